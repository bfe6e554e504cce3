"""Smooth problems with known solutions, for every solver that takes them.

Each is a function of (z, a), a > 0 a number, and its solution a function of a.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pushforward.runtime.solvers.problem import FixedPoint, Minimise, Problem, Root, Saddle

#: what a method may need of a problem
Traits = frozenset[str]


@dataclass(frozen=True)
class Case:
    """`solution(a)` lists every solution. `error` is how far the point may be away in float64 at a residual of 1e-8."""

    name: str
    problem: Problem
    start: tuple[float, ...]
    solution: Callable[[float], Any]
    traits: Traits = frozenset()
    error: float = 1e-6

    def __str__(self) -> str:
        return self.name

    def miss(self, z: jax.Array, a: float) -> float:
        """The distance to the nearest solution."""
        return float(np.min(np.max(np.abs(np.atleast_2d(np.asarray(self.solution(a))) - np.asarray(z)), axis=-1)))


def _least(residuals: Callable[[jax.Array, Any], jax.Array], n: int) -> Minimise:
    return Minimise(lambda z, a: 0.5 * jnp.sum(residuals(z, a) ** 2), n, residuals=residuals)


def _rosenbrock(z: jax.Array, a: Any) -> jax.Array:
    return jnp.stack([10 * (z[1] - z[0] ** 2), a - z[0]])


def _powell(z: jax.Array, a: Any) -> jax.Array:
    x = z - a
    return jnp.stack([x[0] + 10 * x[1], 5**0.5 * (x[2] - x[3]), (x[1] - 2 * x[2]) ** 2, 10**0.5 * (x[0] - x[3]) ** 2])


def _himmelblau(z: jax.Array, a: Any) -> jax.Array:
    return 0.25 * ((z[0] ** 2 + a * z[1] - 11) ** 2 + (z[0] + (a * z[1]) ** 2 - 7) ** 2)


def _logistic(z: jax.Array, a: Any) -> jax.Array:
    """Six rows of which each sign occurs as often for either label: the weights are 0 and the offset log odds of 2 : 1."""
    x = jnp.asarray([[1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [0.0, 2.0, 1.0], [0.0, -2.0, 1.0]], z.dtype)
    signals = x @ z
    return jnp.mean(3 * jax.nn.softplus(signals) - 2 * signals) + 0.5 * a * jnp.sum(z[:2] ** 2)


CURVATURES = np.logspace(0, 3, 6)


def _bowl(z: jax.Array, a: Any) -> jax.Array:
    return 0.5 * jnp.sum(jnp.asarray(CURVATURES, z.dtype) * (z - a) ** 2)


def _decay(z: jax.Array, a: Any) -> jax.Array:
    t = jnp.linspace(0.0, 1.0, 8, dtype=z.dtype)
    return z[0] * jnp.exp(-z[1] * t) - 2 * jnp.exp(-a * t)


def _system(z: jax.Array, a: Any) -> jax.Array:
    return jnp.stack([z[0] ** 2 + z[1] ** 2 - 2 * a**2, jnp.exp(z[0] / a - 1) + (z[1] / a) ** 3 - 2])


def _affine(z: jax.Array, a: Any) -> jax.Array:
    return 0.5 * jnp.stack([jnp.cos(0.7) * z[0] - jnp.sin(0.7) * z[1], jnp.sin(0.7) * z[0] + jnp.cos(0.7) * z[1]]) + a


def _affine_solution(a: float) -> Any:
    c, s = np.cos(0.7), np.sin(0.7)
    return np.linalg.solve(np.eye(2) - 0.5 * np.array([[c, -s], [s, c]]), np.full(2, a))


def _monotone(z: jax.Array, a: Any) -> jax.Array:
    return 0.5 * jnp.stack([z[0] + z[1], z[1] - z[0]]) + 0.2 * jnp.tanh(z - a) - 0.5 * jnp.stack([2 * a, 0 * a])


def _payoff(z: jax.Array, a: Any) -> jax.Array:
    """Bilinear; its saddle is (-a, a, 2 a, 0) for the matrix [[1, 0.5], [0, 1]]."""
    x, y = z[:2], z[2:]
    matrix = jnp.asarray([[1.0, 0.5], [0.0, 1.0]], z.dtype)
    return (x - a * jnp.asarray([-1.0, 1.0], z.dtype)) @ matrix @ (y - a * jnp.asarray([2.0, 0.0], z.dtype))


def _curved(z: jax.Array, a: Any) -> jax.Array:
    x, y = z[:2] - a, z[2:]
    return _payoff(jnp.concatenate([x, y]), 0 * a) + 0.5 * x @ x + 0.25 * jnp.sum(x**4) - jnp.sum(jnp.cosh(y))


def _simplex(v: jax.Array) -> jax.Array:
    u = jnp.sort(v)[::-1]
    means = (jnp.cumsum(u) - 1) / jnp.arange(1, v.size + 1).astype(v.dtype)
    return jnp.maximum(v - means[jnp.sum(u > means) - 1], 0)


def _game(z: jax.Array, a: Any) -> jax.Array:
    """Matching pennies with stakes a and 1: the mixtures are (1, a) / (1 + a)."""
    return a * z[0] * z[2] + z[1] * z[3] / 1.0 - 0 * a


CASES: tuple[Case, ...] = (
    Case("rosenbrock", _least(_rosenbrock, 2), (-1.2, 1.0), lambda a: [a, a**2], frozenset({"squares"})),
    Case("powell", _least(_powell, 4), (3.0, -1.0, 0.0, 1.0), lambda a: [a] * 4, frozenset({"squares", "singular"}), 1e-2),
    Case(
        "himmelblau", Minimise(_himmelblau, 2), (1.0, 1.0),
        lambda a: np.array([[3, 2], [-2.805118087, 3.131312518], [-3.779310253, -3.283185991], [3.584428340, -1.848126527]]) / [1, a],
    ),
    Case("logistic", Minimise(_logistic, 3), (1.0, -1.0, 0.0), lambda a: [0, 0, np.log(2)], frozenset({"convex"})),
    Case("bowl", Minimise(_bowl, 6, quadratic=True), (0.0,) * 6, lambda a: [a] * 6, frozenset({"convex"})),
    Case("bowl unknown", Minimise(_bowl, 6), (0.0,) * 6, lambda a: [a] * 6, frozenset({"convex"})),
    Case("decay", _least(_decay, 2), (1.0, 0.5), lambda a: [2, a], frozenset({"squares"})),
    Case("system", Root(_system), (1.5, 0.7), lambda a: [a, a], frozenset({"hard"})),
    Case("rosenbrock equations", Root(_rosenbrock), (-1.2, 1.0), lambda a: [a, a**2], frozenset({"hard"})),
    Case("monotone", Root(_monotone), (2.0, -1.0), lambda a: [a, a], frozenset({"contraction"})),
    Case("contraction", FixedPoint(_affine), (3.0, -2.0), _affine_solution, frozenset({"contraction"})),
    Case("cycle", FixedPoint(lambda z, a: jnp.stack([-z[1] + a, z[0] + a])), (3.0, 1.0), lambda a: [0, a]),
    Case("cosine", FixedPoint(lambda z, a: a * jnp.cos(z / a)), (0.2,), lambda a: [0.7390851332151607 * a], frozenset({"contraction", "scalar"})),
    Case("cube", Root(lambda z, a: z**3 - a**3 + z - a), (5.0,), lambda a: [a], frozenset({"hard", "scalar"})),
    Case("bilinear", Saddle(_payoff, 2), (1.0, 0.0, 0.0, 1.0), lambda a: [-a, a, 2 * a, 0], frozenset({"bilinear"})),
    Case("convex-concave", Saddle(_curved, 2), (2.0, 0.0, 1.0, 1.0), lambda a: [a, a, 0, 0]),
    Case(
        "game", Saddle(_game, 2, lambda z, step, a: jnp.concatenate([_simplex(z[:2]), _simplex(z[2:])])),
        (0.9, 0.1, 0.2, 0.8), lambda a: np.array([1, a, 1, a]) / (1 + a), frozenset({"bilinear", "prox"}),
    ),
)  # fmt: skip

#: problems without a solution, and starts from which nothing says that there is one
HOPELESS: tuple[Case, ...] = (
    Case("line", Minimise(lambda z, a: a * jnp.sum(z), 2), (0.0, 0.0), lambda a: []),
    Case("no root", Root(lambda z, a: z**2 + a), (1.0,), lambda a: [], frozenset({"scalar"})),
    Case("shift", FixedPoint(lambda z, a: z + a), (0.0,), lambda a: [], frozenset({"scalar"})),
    Case("steep", Saddle(lambda z, a: a * (z[0] - z[1]), 1), (0.0, 0.0), lambda a: []),
)
