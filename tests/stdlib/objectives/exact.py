"""The objectives of the library on a normal model, written out by hand and integrated by Gauss-Hermite quadrature.

    x ~ normal(t, 1)   y ~ normal(x, 1/2)   y = 1.2           q: x ~ normal(m, exp(s))
    with an auxiliary choice                                  q: u ~ normal(0, 1)   x ~ normal(m + u, exp(s))
                                                              r: u ~ normal(0.4 x, 0.9)

`Exact.value(a, b)` is the objective where densities have the parameters `a` and draws come from those in `b`: an objective
that lets derivatives pass its draws is differentiated in both, one that does not in `a` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import numpy as np
from scipy.special import logsumexp

Params: TypeAlias = Mapping[str, float]
Y = 1.2
AT = {"t": 0.3, "m": 0.5, "s": -0.3}

PROGRAMS = """
model target() {
  param t: real = 0.3
  x ~ normal(t, 1)
  y ~ normal(x, 0.5)
}
model guide() {
  param m: real = 0.5
  param s: real = -0.3
  x ~ normal(m, exp(s))
}
model scored() {
  param m: real = 0.5
  param s: real = -0.3
  x ~ normal(m, exp(s)) @ score
}
model hierarchical() {
  param m: real = 0.5
  param s: real = -0.3
  u ~ normal(0, 1)
  x ~ normal(m + u, exp(s))
}
model back(x: real) {
  u ~ normal(0.4 * x, 0.9)
}
"""


def normal(x: Any, mu: Any, sigma: Any) -> Any:
    return -0.5 * ((x - mu) / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)


def lp(x: Any, a: Params) -> Any:
    return normal(x, a["t"], 1.0) + normal(Y, x, 0.5)


def lq(x: Any, a: Params) -> Any:
    return normal(x, a["m"], np.exp(a["s"]))


def lh(x: Any, u: Any, a: Params) -> Any:
    """log q(x, u) - log r(u; x) of the hierarchical guide."""
    return normal(u, 0.0, 1.0) + normal(x, a["m"] + u, np.exp(a["s"])) - normal(u, 0.4 * x, 0.9)


def drawn(e: Any, b: Params) -> Any:
    return b["m"] + np.exp(b["s"]) * e


def evidence(a: Params) -> float:
    return float(normal(Y, a["t"], np.sqrt(1.25)))


def logmeanexp(x: Any) -> Any:
    return logsumexp(x, axis=0) - np.log(len(x))


def softmax(x: Any) -> Any:
    return np.exp(x - logsumexp(x, axis=0))


@cache
def grid(rank: int, nodes: int) -> tuple[Any, Any]:
    """Nodes f[rank, n] and weights f[n] of the standard normal in `rank` dimensions."""
    x, w = np.polynomial.hermite_e.hermegauss(nodes)
    points = np.stack([g.ravel() for g in np.meshgrid(*[x] * rank, indexing="ij")])
    weights = np.prod(np.stack([g.ravel() for g in np.meshgrid(*[w / w.sum()] * rank, indexing="ij")]), axis=0)
    return points, weights


@dataclass(frozen=True)
class Exact:
    """An integrand of standard normal numbers e f[rank, n], and how it is integrated."""

    integrand: Callable[[Any, Params, Params], Any]
    rank: int
    pathwise: bool = True  # whether derivatives pass the draws
    nodes: int = 80

    def value(self, a: Params, b: Params) -> float:
        e, w = grid(self.rank, self.nodes)
        return float(np.sum(w * self.integrand(e, a, b)))

    def gradient(self, at: Params, step: float = 1e-4) -> dict[str, float]:
        """By central differences."""
        found = {}
        for name in at:
            up, down = ({**at, name: at[name] + h} for h in (step, -step))
            values = [self.value(p, p if self.pathwise else at) for p in (up, down)]
            found[name] = (values[0] - values[1]) / (2 * step)
        return found


def _ratio(e: Any, a: Params, b: Params) -> Any:
    x = drawn(e, b)
    return lp(x, a) - lq(x, a)


def _fixed(a: Params, b: Params, *names: str) -> Params:
    """`a` with some parameters as they are in `b`."""
    return {**a, **{n: b[n] for n in names}}


def _forward(e: Any, a: Params, b: Params) -> Any:
    x = drawn(e, b)
    lw = lp(x, a) - lq(x, b)
    return np.sum(softmax(lw) * (lp(x, a) - lq(x, a)), axis=0) - logmeanexp(lw)


def _thermodynamic(e: Any, a: Params, b: Params) -> Any:
    x = drawn(e, b)
    total = 0.0
    for low, high in ((0.0, 0.25), (0.25, 1.0)):
        weights = softmax(low * lp(x, a) + (1 - low) * lq(x, a) - lq(x, b))
        total = total + (high - low) * np.sum(weights * (lp(x, a) - lq(x, a)), axis=0)
    return total


def _hierarchical(e: Any, b: Params, others: int) -> Any:
    """The log weight of a draw: e holds u, x and, from r, the other u's."""
    x = b["m"] + e[0] + np.exp(b["s"]) * e[1]
    us = [e[0], *(0.4 * x + 0.9 * e[2 + k] for k in range(others))]
    return lp(x, b) - logmeanexp(np.stack([lh(x, u, b) for u in us]))


BOUND = Exact(lambda e, a, b: logmeanexp(_ratio(e, a, b)), 2)

EXACT: Mapping[str, Exact] = {
    "elbo": Exact(lambda e, a, b: _ratio(e[0], a, b), 1),
    "iwelbo": BOUND,
    "vimco": BOUND,
    "dreg": BOUND,
    "vr_iwae": Exact(lambda e, a, b: logmeanexp(0.6 * _ratio(e, a, b)) / 0.6, 2),
    "renyi": Exact(lambda e, a, b: np.expm1(0.6 * (_ratio(e[0], a, b) + 2)) / 0.6, 1),
    "chi": Exact(lambda e, a, b: np.exp(1.5 * (_ratio(e[0], a, b) + 2)), 1),
    "forward_kl": Exact(_forward, 2, pathwise=False),
    "wake_p": Exact(lambda e, a, b: BOUND.integrand(e, _fixed(a, b, "m", "s"), b), 2, pathwise=False),
    "wake_q": Exact(lambda e, a, b: _forward(e, _fixed(a, b, "t"), b), 2, pathwise=False),
    "tvo": Exact(_thermodynamic, 2, pathwise=False),
    "hvi": Exact(lambda e, a, b: _hierarchical(e, b, 0), 2),
    "iwhvi": Exact(lambda e, a, b: _hierarchical(e, b, 1), 3),
    "diwhvi": Exact(
        lambda e, a, b: logmeanexp(np.stack([_hierarchical(e[:3], b, 1), _hierarchical(e[3:], b, 1)])), 6, nodes=10
    ),
}
