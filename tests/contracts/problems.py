"""Problems with known solutions, for the contracts of solvers, rules and linear solvers.

`exact(args)` is the solution by a way of its own (a formula, a linear system on the known active set, or Newton's iteration
written out) in plain JAX, so that derivatives of any order are had from it. Every problem is small, has an isolated solution
that moves smoothly around `args`, and is far from where its active set changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from pushforward.runtime.solvers.problem import FixedPoint, Minimise, Problem, Root, Saddle

Args = tuple[Any, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """`problem` from `start` [n] at `args`; `multipliers`: a start for those of the constraints, near the right ones."""

    name: str
    problem: Problem
    start: Any
    args: Args
    exact: Callable[[Args], Any]
    multipliers: tuple[float, ...] = ()

    @property
    def kind(self) -> str:
        """As the language calls it."""
        names: dict[type, str] = {Minimise: "argmin", Root: "root", FixedPoint: "fixpoint", Saddle: "saddle"}
        return names[type(self.problem)]

    @property
    def features(self) -> frozenset[str]:
        """What is there beyond a smooth function: prox, equality, inequality."""
        words = ("prox", "equality", "inequality")
        return frozenset(w for w in words if getattr(self.problem, w, None) is not None)

    def at(self, dtype: Any) -> tuple[Any, Args]:
        """start and args in a floating-point type."""
        return jnp.asarray(self.start, dtype), jax.tree.map(lambda x: jnp.asarray(x, dtype), self.args)


_RNG = np.random.default_rng(4)
X = _RNG.normal(size=(12, 3))
Y = X @ np.array([1.0, -2.0, 0.5]) + 0.3 * _RNG.normal(size=12)
LABELS = np.where(Y + _RNG.normal(size=12) > 0, 1.0, -1.0)
#: symmetric positive definite, eigenvalues between 1 and 6
A = np.array([[4.0, 1.0, 0.5], [1.0, 3.0, -0.5], [0.5, -0.5, 2.0]])


def settle(condition: Callable[[Any, Args], Any], start: Any, args: Args) -> Any:
    """Twenty steps of Newton's iteration, each differentiated: at a fixed point all of its derivatives are right."""

    def step(z: Any, _: None) -> tuple[Any, None]:
        return z - jnp.linalg.solve(jax.jacfwd(condition)(z, args), condition(z, args)), None

    return jax.lax.scan(step, jnp.asarray(start, float), length=20)[0]


# --- smooth minima


def _ridge(z: Any, args: Args) -> Any:
    y, theta = args
    return 0.5 * jnp.mean((jnp.asarray(X, z.dtype) @ z - y) ** 2) + 0.5 * jnp.sum(jnp.exp(theta) * z**2)


def _ridge_exact(args: Args) -> Any:
    y, theta = args
    return jnp.linalg.solve(X.T @ X / 12 + jnp.diag(jnp.exp(theta)), X.T @ y / 12)


def _ridge_residuals(z: Any, args: Args) -> Any:
    y, theta = args
    return jnp.concatenate([(jnp.asarray(X, z.dtype) @ z - y) / jnp.sqrt(12.0).astype(z.dtype), jnp.exp(theta / 2) * z])


def _logistic(z: Any, args: Args) -> Any:
    weights, theta = args
    margin = jnp.asarray(LABELS, z.dtype) * (jnp.asarray(X, z.dtype) @ z)
    return jnp.mean(weights * jax.nn.softplus(-margin)) + 0.5 * jnp.exp(theta) * jnp.sum(z**2)


def _rosenbrock(z: Any, args: Args) -> Any:
    a, b = args
    return (a - z[0]) ** 2 + b * (z[1] - z[0] ** 2) ** 2


# --- constraints: args = (linear term, right-hand side)

_E = np.array([[1.0, 1.0, 1.0]])
_G = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0], [-1.0, 0.0, 1.0]])


def _quadratic(z: Any, args: Args) -> Any:
    return 0.5 * z @ jnp.asarray(A, z.dtype) @ z + args[0] @ z


def _kkt(rows: Any, right: Any, linear: Any) -> Any:
    m = len(rows)
    matrix = jnp.block([[jnp.asarray(A), jnp.asarray(rows).T], [jnp.asarray(rows), jnp.zeros((m, m))]])
    return jnp.linalg.solve(matrix, jnp.concatenate([-linear, right]))[:3]


def _curved(z: Any, args: Args) -> Any:
    """A circle, on which a linear function is least at the far end."""
    return jnp.atleast_1d(z @ z - args[1])


# --- nonsmooth minima


def _soft(z: Any, step: Any, args: Args) -> Any:
    return jnp.sign(z) * jnp.maximum(jnp.abs(z) - step * args[1], 0.0)


def _lasso_exact(args: Args) -> Any:
    """On the support {0, 1}, with the signs + and -."""
    y, weight = args
    s = X[:, :2]
    w = jnp.linalg.solve(s.T @ s / 12, s.T @ y / 12 - weight * jnp.array([1.0, -1.0]))
    return jnp.concatenate([w, jnp.zeros(1)])


def _lasso_smooth(z: Any, args: Args) -> Any:
    return 0.5 * jnp.mean((jnp.asarray(X, z.dtype) @ z - args[0]) ** 2)


def project_simplex(z: Any, step: Any, args: Args) -> Any:
    """Onto {z >= 0, sum z = 1}, by sorting (Held, Wolfe and Crowder 1974)."""
    falling = jnp.sort(z)[::-1]
    counts = jnp.arange(1, z.size + 1)
    thresholds = (jnp.cumsum(falling) - 1) / counts.astype(z.dtype)
    return jnp.maximum(z - thresholds[jnp.sum(falling > thresholds) - 1], 0.0)


def _simplex_exact(args: Args) -> Any:
    """On the support {0, 2}."""
    keep = np.array([0, 2])
    matrix = jnp.block([[jnp.asarray(A[np.ix_(keep, keep)]), jnp.ones((2, 1))], [jnp.ones((1, 2)), jnp.zeros((1, 1))]])
    z = jnp.linalg.solve(matrix, jnp.concatenate([-args[0][keep], jnp.ones(1)]))
    return jnp.array([1.0, 0.0, 0.0]) * z[0] + jnp.array([0.0, 0.0, 1.0]) * z[1]


def _ball(z: Any, step: Any, args: Args) -> Any:
    norm = jnp.sqrt(jnp.maximum(z @ z, jnp.finfo(z.dtype).tiny))
    return z * jnp.minimum(1.0, args[1] / norm)


def _distance(z: Any, args: Args) -> Any:
    return 0.75 * jnp.sum((z - args[0]) ** 2)


def _box(z: Any, step: Any, args: Args) -> Any:
    return jnp.clip(z, -args[1], args[1])


def _box_exact(args: Args) -> Any:
    """Entry 1 is at the lower bound, the others are free."""
    a, bound = args
    free = np.array([0, 2])
    z = jnp.linalg.solve(A[np.ix_(free, free)], -a[free] + A[free, 1] * bound)
    return jnp.stack([z[0], -bound, z[1]])


# --- equations, fixed points, saddles


def _polynomials(z: Any, args: Args) -> Any:
    return jnp.stack([z[0] ** 2 + z[1] ** 2 - args[0][0], z[0] * z[1] - args[0][1]])


def _polynomials_exact(args: Args) -> Any:
    plus, minus = jnp.sqrt(args[0][0] + 2 * args[0][1]), jnp.sqrt(args[0][0] - 2 * args[0][1])
    return jnp.stack([(plus + minus) / 2, (plus - minus) / 2])


_TURN = np.array([[0.3, -0.5], [0.4, 0.2]])


def _contraction(z: Any, args: Args) -> Any:
    return args[1] * jnp.sin(jnp.asarray(_TURN, z.dtype) @ z) + args[0]


_P, _Q, _B = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([[1.5]]), np.array([[1.0], [-2.0]])


def _payoff(z: Any, args: Args) -> Any:
    x, y = z[:2], z[2:]
    p, q, b = (jnp.asarray(m, z.dtype) for m in (_P, _Q, _B))
    return 0.5 * x @ p @ x + args[1] * (x @ b @ y) - 0.5 * y @ q @ y + args[0] @ z


def _payoff_exact(args: Args) -> Any:
    a, c = args
    matrix = jnp.block([[jnp.asarray(_P), c * _B], [-c * _B.T, jnp.asarray(_Q)]])
    return jnp.linalg.solve(matrix, jnp.concatenate([-a[:2], a[2:]]))


def _saddle_box(z: Any, step: Any, args: Args) -> Any:
    """What maximises is at most args[1], and would be more."""
    return jnp.concatenate([z[:2], jnp.minimum(z[2:], args[1])])


def _saddle_box_exact(args: Args) -> Any:
    a, top = args
    x = jnp.linalg.solve(jnp.asarray(_P), -a[:2] - (_B @ jnp.ones(1)) * top)
    return jnp.concatenate([x, top[None]])


def _minimise(objective: Any, size: int = 3, **more: Any) -> Minimise:
    return Minimise(objective, size, **more)


_THREE = np.zeros(3)
_LINEAR = np.array([1.0, -2.0, -3.0])

CASES: tuple[Case, ...] = (
    Case("ridge", _minimise(_ridge, residuals=_ridge_residuals, quadratic=True), _THREE, (Y, np.array([-1.0, 0.0, 0.5])), _ridge_exact),
    Case(
        "logistic", _minimise(_logistic), _THREE, (_RNG.uniform(0.5, 1.5, 12), np.array(-2.0)),
        lambda args: settle(jax.grad(_logistic), _THREE, args),
    ),
    Case(
        "rosenbrock", _minimise(_rosenbrock, 2), np.array([-1.2, 1.0]), (np.array(1.1), np.array(20.0)),
        lambda args: jnp.stack([args[0] + 0 * args[1], args[0] ** 2]),
    ),
    Case(
        "equality", _minimise(_quadratic, equality=lambda z, args: jnp.asarray(_E, z.dtype) @ z - args[1], quadratic=True),
        _THREE, (_LINEAR, np.array([0.4])), lambda args: _kkt(_E, args[1], args[0]), (0.0,),
    ),
    Case(  # the first two inequalities are active, the third is not
        "inequality", _minimise(_quadratic, inequality=lambda z, args: jnp.asarray(_G, z.dtype) @ z - args[1], quadratic=True),
        _THREE, (np.array([-6.0, -2.0, -3.0]), np.array([0.3, 0.5, 2.0])), lambda args: _kkt(_G[:2], args[1][:2], args[0]), (1.0, 1.0, 0.0),
    ),
    Case(
        "circle", _minimise(lambda z, args: args[0] @ z, 2, inequality=_curved), np.array([-1.3, 0.9]),
        (np.array([1.0, -0.7]), np.array(2.0)), lambda args: -jnp.sqrt(args[1]) * args[0] / jnp.sqrt(args[0] @ args[0]), (0.5,),
    ),
    Case(
        "lasso", _minimise(_lasso_smooth, prox=_soft, nonsmooth=lambda z, args: args[1] * jnp.sum(jnp.abs(z))),
        np.array([0.5, -1.0, 0.0]), (X @ np.array([1.0, -2.0, 0.02]), np.array(0.4)), _lasso_exact,
    ),
    Case("simplex", _minimise(_quadratic, prox=project_simplex), np.array([0.4, 0.2, 0.4]), (np.array([-3.0, 1.0, -2.0]),), _simplex_exact),
    Case(
        "ball", _minimise(_distance, prox=_ball), np.array([0.5, 0.1, -0.5]), (np.array([2.0, 0.5, -1.0]), np.array(1.3)),
        lambda args: args[1] * args[0] / jnp.sqrt(args[0] @ args[0]),
    ),
    Case("box", _minimise(_quadratic, prox=_box), _THREE, (np.array([-1.0, 6.0, -0.5]), np.array(0.9)), _box_exact),
    Case("polynomials", Root(_polynomials), np.array([2.0, 0.5]), (np.array([3.0, 1.1]),), _polynomials_exact),
    Case(
        "contraction", FixedPoint(_contraction), np.zeros(2), (np.array([0.7, -0.4]), np.array(0.9)),
        lambda args: settle(lambda z, a: _contraction(z, a) - z, np.zeros(2), args),
    ),
    Case("saddle", Saddle(_payoff, 2), _THREE, (_LINEAR, np.array(0.8)), _payoff_exact),
    Case(
        "saddle_box", Saddle(lambda z, args: _payoff(z, (args[0], 1.0)), 2, _saddle_box), _THREE,
        (np.array([1.0, -2.0, 3.0]), np.array(-0.6)), _saddle_box_exact,
    ),
)


@dataclass(frozen=True, eq=False)
class Hopeless:
    """A problem without an isolated solution."""

    name: str
    problem: Problem
    start: Any
    args: Args


HOPELESS: tuple[Hopeless, ...] = (
    Hopeless("valley", _minimise(lambda z, args: 0.5 * (z[0] + z[1] - args[0]) ** 2, 2), np.array([0.3, -0.2]), (np.array(1.0),)),
    Hopeless("downhill", _minimise(lambda z, args: jnp.sum(args[0] * jnp.exp(-z)), 2), np.zeros(2), (np.array(1.0),)),
    Hopeless("rootless", Root(lambda z, args: z**2 + args[0]), np.array([0.7]), (np.array(1.0),)),
    Hopeless("off_domain", _minimise(lambda z, args: jnp.sum(z - args[0] * jnp.log(z)), 2), np.array([-1.0, -2.0]), (np.array(1.0),)),
)
