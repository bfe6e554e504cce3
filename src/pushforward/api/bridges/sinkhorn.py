"""The entropic plan between points, by Sinkhorn's iteration, and the bridge whose ends it joins (Pooladian and
Niles-Weed 2024, "Plug-in estimation of Schroedinger bridges"): the drift follows from the potential of the last
points."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.api.bridges.bridge import Bridge, by_potential
from pushforward.api.bridges.ends import Unfit
from pushforward.api.bridges.methods import Choice, Method

if TYPE_CHECKING:
    from pushforward.api.bridges.ends import End
    from pushforward.api.bridges.reference import Reference

_FIT = """model fit(x: matrix[N, D], y: matrix[M, D], eps: positive) {{
  let u = cloud_potential(x, y, eps) by sinkhorn(tol={tol}, steps={steps})
  return {{w = u.w, r = u.r, S = u.S}}
}}
"""


def judge(start: End, end: End, under: Reference) -> None:
    """Under Brownian motion only."""
    if under.theta:
        raise Unfit("`sinkhorn` is for bridges under `brownian(eps)`; `gaussian` knows `ou`")


def run(start: End, end: End, under: Reference, seed: int, settings: Mapping[str, Any]) -> Bridge:
    """The plan between the points, or between draws."""
    from pushforward.api.files import loads

    judge(start, end, under)
    x, y = start.draws(settings["draws"], seed), end.draws(settings["draws"], seed + 1)
    tol = 1e-3 / max(len(x), len(y))  # of the weight of a point
    model = loads(_FIT.format(steps=settings["steps"], tol=f"{tol:.3g}"), "<sinkhorn>").models["fit"]
    solved = model(x=x, y=y, eps=under.eps).solve()
    potential = {n: np.asarray(solved.values[n]) for n in ("w", "r", "S")}
    return by_potential(start, under, potential, METHOD, solved.warnings)


METHOD = Method(
    "sinkhorn", "the entropic plan between points", (Choice("steps", 10_000), Choice("draws", 1000, 2)), judge, run
)
