"""A bridge whose potential is a mixture of normal densities (Korotin, Gushchin and Burnaev 2024, "Light Schroedinger
bridge"): plan and drift are in closed form, and the potential is found by one minimisation over the draws of both ends,
`light_potential` of the library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.api.bridges.bridge import Bridge, by_potential
from pushforward.api.bridges.clusters import clusters
from pushforward.api.bridges.ends import Points, Unfit
from pushforward.api.bridges.methods import Choice, Method

if TYPE_CHECKING:
    from pushforward.api.bridges.ends import End
    from pushforward.api.bridges.reference import Reference
    from pushforward.api.solving import Solved

#: So many draws are enough for a start.
_FEW = 2000

_FIT = """model fit(
  x: matrix[N, D], y: matrix[M, D], eps: positive, w: vector[K], r: matrix[K, D], S: positive[K, D]
) {{
  let u = light_potential(x, y, eps, w, r, S) by lbfgs(tol=1e-5, steps={steps})
  return {{w = u.w, r = u.r, S = u.S}}
}}
"""


def judge(start: End, end: End, under: Reference) -> None:
    """Under Brownian motion only."""
    if under.theta:
        raise Unfit("`light` is for bridges under `brownian(eps)`; `gaussian` knows `ou`")
    for which, e in (("start", start), ("end", end)):
        if isinstance(e, Points) and len(e.array) < 2:
            raise Unfit("one point is no law", which)


def run(start: End, end: End, under: Reference, seed: int, settings: Mapping[str, Any]) -> Bridge:
    """Draws of both ends, a start from where those of the last lie, and the minimum."""
    from pushforward.api.files import loads

    judge(start, end, under)
    draws, count, eps = settings["draws"], settings["components"], under.eps
    x, y = start.draws(draws, seed), end.draws(draws, seed + 1)
    middle, spread, share = clusters(y, count, seed)
    # a component of the last points has the variance S + S^2 var(x) / eps^2
    wide = max(float(x.var(0).mean()), 1e-12) / eps**2
    S = (np.sqrt(1 + 4 * wide * spread) - 1) / (2 * wide)
    r = middle - S[:, None] * x.mean(0) / eps
    begin = {"w": np.log(share + 1e-3), "r": r, "S": np.repeat(S[:, None], x.shape[1], axis=1)}
    model = loads(_FIT.format(steps=settings["steps"]), "<light>").models["fit"]
    few = max(_FEW, max(len(x), len(y)) // 16)
    if few < max(len(x), len(y)):  # most of the way on some of the draws
        part = np.random.default_rng(seed)
        some = (a if len(a) <= few else a[part.choice(len(a), few, replace=False)] for a in (x, y))
        begin = _found(model(*some, eps, **begin).solve())
    solved = model(x, y, eps, **begin).solve()
    return by_potential(start, under, _found(solved), METHOD, solved.warnings)


def _found(solved: Solved) -> dict[str, Any]:
    return {n: np.asarray(solved.values[n]) for n in ("w", "r", "S")}


METHOD = Method(
    "light", "a potential that is a mixture of normal densities",
    (Choice("components", 10), Choice("steps", 500), Choice("draws", 20_000, 2)), judge, run,
)  # fmt: skip
