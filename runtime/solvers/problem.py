"""What is solved, and the condition that its solution satisfies: `optimality(z, args) = 0`.

The condition is all that implicit differentiation needs (Blondel et al. 2022, "Efficient and modular implicit
differentiation", section 2): the solver's steps are not looked at. z is the point and, with constraints, the
multipliers behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp

#: (point [n], args) -> a number or a vector
Function: TypeAlias = Callable[[jax.Array, Any], jax.Array]
#: (point [n], step, args) -> argmin_u nonsmooth(u) + |u - point|^2 / (2 step); a projection does not look at `step`
Prox: TypeAlias = Callable[[jax.Array, jax.Array | float, Any], jax.Array]
#: (point [n], direction [n], args) -> argmin_u direction'u + D(u, point) over the set, D a Bregman divergence
Mirror: TypeAlias = Callable[[jax.Array, jax.Array, Any], jax.Array]
#: (direction [n], args) -> the point of the set with the least direction'u
Vertices: TypeAlias = Callable[[jax.Array, Any], jax.Array]


@dataclass(frozen=True)
class Minimise:
    """argmin over vectors of length `size` of `objective` (smooth), plus `nonsmooth` whose proximal operator is `prox`,
    subject to equality = 0 and inequality <= 0. `nonsmooth` is None for a set, whose projection is `prox`; a set may
    also have `mirror` steps and `vertices`. `residuals`: objective = sum(residuals^2) / 2, where that form is known.
    `quadratic`: the objective is known to be quadratic in z and the constraints affine. `transport` is what the dual of
    an entropic transport problem is made of: costs, weights, temperature (`solvers.entropic`).
    """

    objective: Function
    size: int
    prox: Prox | None = None
    nonsmooth: Function | None = None
    equality: Function | None = None
    inequality: Function | None = None
    residuals: Function | None = None
    quadratic: bool = False
    mirror: Mirror | None = None
    vertices: Vertices | None = None
    transport: Callable[[jax.Array, Any], tuple[jax.Array, ...]] | None = None

    @property
    def symmetric(self) -> bool:
        """Whether the derivative of the condition in z is symmetric."""
        return self.prox is None and self.mirror is None and self.equality is None and self.inequality is None

    @property
    def affine(self) -> bool:
        """Whether the condition is known to be affine in z: its derivative is the same everywhere."""
        return self.quadratic and self.symmetric

    def along(self, z: jax.Array, args: Any, v: jax.Array) -> jax.Array:
        """The derivative of the condition at z, times v."""
        image: jax.Array = jax.jvp(lambda at: self.optimality(at, args), (z,), (v,))[1]
        return image

    def optimality(self, z: jax.Array, args: Any) -> jax.Array:
        """The gradient; with a proximal operator, z - prox(z - gradient); with constraints, the conditions of Karush,
        Kuhn and Tucker, the part of the inequalities as max(multiplier + inequality, 0) - multiplier.

        That part is 0 if and only if multiplier >= 0, inequality <= 0 and one of them is 0, and its derivative is
        regular where one of them is not (Facchinei and Pang 2003, section 1.5). A product would be 0 at violated
        inequalities too.
        A mirror step is the condition only where there is no projection: every stationary point of a face of the
        simplex is a fixed point of its steps.
        """
        if self.equality is not None or self.inequality is not None:
            return self._kkt(z, args)
        gradient: jax.Array = jax.grad(self.objective)(z, args)
        if self.prox is not None:
            return z - self.prox(z - gradient, 1.0, args)
        if self.mirror is not None:
            return z - self.mirror(z, gradient, args)
        if self.vertices is not None:
            raise ValueError("a set with vertices needs its projection too: it is the condition at a solution")
        return gradient

    def extended(self, z: jax.Array, args: Any) -> jax.Array:
        """A point [size] with multipliers 0 behind it; what has multipliers stays as it is."""
        missing = self.size + sum(self.multipliers(z[: self.size], args)) - z.size
        return jnp.concatenate([z, jnp.zeros(missing, z.dtype)])

    def constraints(self, x: jax.Array, args: Any) -> tuple[jax.Array, jax.Array]:
        """The equalities and the inequalities at x, each a vector, empty where there are none."""
        none = jnp.zeros(0, x.dtype)
        equality = none if self.equality is None else self.equality(x, args).ravel()
        return equality, none if self.inequality is None else self.inequality(x, args).ravel()

    def violation(self, x: jax.Array, args: Any) -> jax.Array:
        """By how much the constraints are violated at x [size], at most."""
        equality, inequality = self.constraints(x, args)
        worst = jnp.max(jnp.abs(equality), initial=0.0)
        return jnp.maximum(worst, jnp.max(inequality, initial=0.0))

    def multipliers(self, x: jax.Array, args: Any) -> tuple[int, int]:
        """How many equalities and inequalities there are."""
        def count(constraint: Function | None) -> int:
            return 0 if constraint is None else jax.eval_shape(constraint, x, args).size

        return count(self.equality), count(self.inequality)

    def split(self, z: jax.Array, args: Any) -> tuple[jax.Array, jax.Array, jax.Array]:
        """z = (x [size], multipliers of the equalities, those of the inequalities, which are >= 0)."""
        n = self.size
        equalities, _ = self.multipliers(z[:n], args)
        return z[:n], z[n : n + equalities], z[n + equalities :]

    def _kkt(self, z: jax.Array, args: Any) -> jax.Array:
        x, nu, lam = self.split(z, args)

        def lagrangian(x: jax.Array) -> jax.Array:
            equality, inequality = self.constraints(x, args)
            return self.objective(x, args) + nu @ equality + lam @ inequality

        gradient = jax.grad(lagrangian)(x)
        stationary = gradient if self.prox is None else x - self.prox(x - gradient, 1.0, args)
        equality, inequality = self.constraints(x, args)
        pushed = lam + inequality
        return jnp.concatenate([stationary, equality, jnp.where(pushed <= 0, 0.0, pushed) - lam])


@dataclass(frozen=True)
class Root:
    """The zero of `residual`: [n] -> [n]; or, for least squares, [n] -> [m]."""

    residual: Function
    symmetric: bool = False

    def optimality(self, z: jax.Array, args: Any) -> jax.Array:
        """The residual itself."""
        return self.residual(z, args)


@dataclass(frozen=True)
class FixedPoint:
    """The z with map(z) = z."""

    map: Function
    symmetric: bool = False

    def optimality(self, z: jax.Array, args: Any) -> jax.Array:
        """map(z) - z."""
        return self.map(z, args) - z


@dataclass(frozen=True)
class Saddle:
    """min over z[:split], max over z[split:] of `payoff`; `prox` acts on all of z."""

    payoff: Function
    split: int
    prox: Prox | None = None
    symmetric: bool = False

    def field(self, z: jax.Array, args: Any) -> jax.Array:
        """(gradient in what minimises, minus the gradient in what maximises): monotone if the payoff is
        convex-concave."""
        gradient = jax.grad(self.payoff)(z, args)
        return jnp.concatenate([gradient[: self.split], -gradient[self.split :]])

    def optimality(self, z: jax.Array, args: Any) -> jax.Array:
        """The field, or z - prox(z - field)."""
        field = self.field(z, args)
        return field if self.prox is None else z - self.prox(z - field, 1.0, args)


Problem: TypeAlias = Minimise | Root | FixedPoint | Saddle
