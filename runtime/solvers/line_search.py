"""How far to go along a direction: by bisection and doubling, to the conditions of Wolfe.

    phi(t) = merit(z + t d)
    decrease   phi(t) <= phi(0) + c1 t phi'(0)         else t is too long
    curvature  phi'(t) >= c2 phi'(0)                   else t is too short (only if c2 is given)

(Lewis and Overton 2013, "Nonsmooth optimization via quasi-Newton methods", algorithm 2.6.) Where rounding hides the
decrease, phi'(t) <= (2 c1 - 1) phi'(0) stands for it: the same condition if phi is quadratic (Hager and Zhang 2005,
equation 4.1).

Every trial step is the first one times a whole number over a power of 2. So the step that is found does not change with
the arguments of the problem, but at isolated places, and a solver's step is differentiated rightly with it held fixed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.known import known
from pushforward.runtime.solvers.problem import Function, Minimise
from pushforward.runtime.solvers.rounding import unit


class Found(NamedTuple):
    """A step, and whether it satisfies the conditions."""

    t: jax.Array
    good: jax.Array


class Descent(NamedTuple):
    """A new point, the value and the gradient there, and whether the step satisfies the conditions."""

    z: jax.Array
    value: jax.Array
    gradient: jax.Array
    good: jax.Array


class _Trial(NamedTuple):
    t: jax.Array
    low: jax.Array
    high: jax.Array
    n: jax.Array
    good: jax.Array
    kept: Any  # what came with the value at `low`


#: t -> the merit at z + t d, its derivative in t, and what else was computed there
_Along: TypeAlias = Callable[[jax.Array], tuple[jax.Array, jax.Array, Any]]


def search(
    merit: Function, z: jax.Array, direction: jax.Array, args: Any, *, first: jax.Array | float = 1.0,
    decrease: float = 1e-4, curvature: float | None = None, trials: int = 30,
) -> Found:  # fmt: skip
    """The first step that satisfies the conditions, among at most `trials`; 0 where there is none."""
    z, direction, args, first = jax.lax.stop_gradient((z, direction, args, first))

    def along(t: jax.Array) -> tuple[jax.Array, jax.Array, Any]:
        return *jax.jvp(lambda t: merit(z + t * direction, args), (t,), (jnp.ones_like(t),)), ()

    start = along(jnp.zeros((), z.dtype))
    return _searched(along, start, first, decrease, curvature, trials)[0]


def descend(
    problem: Minimise, z: jax.Array, value: jax.Array, gradient: jax.Array, direction: jax.Array, args: Any, *,
    first: jax.Array | float = 1.0, curvature: float | None = None, trials: int = 30,
) -> Descent:  # fmt: skip
    """`search` on the smooth objective, whose value and gradient at z are known, by gradients: those at the new point
    come with it, so that a step that is taken at once costs one of them."""
    still = jax.lax.stop_gradient((z, value, gradient, direction, args, first))
    at, before, slopes, way, given, begin = still

    def along(t: jax.Array) -> tuple[jax.Array, jax.Array, Any]:
        after, gradient = jax.value_and_grad(problem.objective)(at + t * way, given)
        return after, gradient @ way, (after, gradient)

    start = (before, slopes @ way, (before, slopes))
    found, (after, following) = _searched(along, start, begin, 1e-4, curvature, trials)
    z = z + found.t * direction
    after = known(problem.objective, after, z, args)
    return Descent(z, after, known(jax.grad(problem.objective), following, z, args), found.good)


def _searched(
    along: _Along, start: tuple[jax.Array, jax.Array, Any], first: jax.Array | float, decrease: float,
    curvature: float | None, trials: int,
) -> tuple[Found, Any]:  # fmt: skip
    """The step, and what came with the value there; no derivative passes."""
    before, slope, kept = start
    zero = jnp.zeros_like(before)
    noise = 8 * unit(before) * (1 + jnp.abs(before))

    def trial(now: _Trial) -> _Trial:
        after, rising, came = along(now.t)
        seen = after <= before + decrease * now.t * slope
        hidden = (after <= before + noise) & (rising <= (2 * decrease - 1) * slope)
        lower = seen | hidden
        steep = (rising < curvature * slope) if curvature is not None else jnp.zeros((), bool)
        low, high = jnp.where(lower, now.t, now.low), jnp.where(lower, now.high, now.t)
        good = lower & ~steep
        following = jnp.where(jnp.isfinite(high), (low + high) / 2, 2 * now.t)
        kept = jax.tree.map(lambda new, old: jnp.where(lower, new, old), came, now.kept)
        return _Trial(jnp.where(good, now.t, following), low, high, now.n + 1, good, kept)

    begun = _Trial(zero + first, zero, zero + jnp.inf, jnp.zeros((), jnp.int32), jnp.zeros((), bool), kept)
    # the first trial, which is nearly always the last, stands before the loop: XLA runs it faster there
    last = jax.lax.while_loop(lambda now: ~now.good & (now.n < trials), trial, trial(begun))
    found = Found(jnp.where(last.good, last.t, last.low), last.good | (last.low > 0))
    return jax.lax.stop_gradient((found, last.kept))


def exact(problem: Minimise, z: jax.Array, gradient: jax.Array, direction: jax.Array, args: Any) -> Found:
    """The minimum of a quadratic along a direction: t = -g'd / d'Hd. Not good where the quadratic does not curve up."""
    _, image = jax.jvp(lambda at: jax.grad(problem.objective)(at, args), (z,), (direction,))
    bend, slope = direction @ image, gradient @ direction
    good = (bend > 0) | (slope == 0)
    return Found(jnp.where(bend > 0, -slope / jnp.where(bend > 0, bend, 1.0), 0.0), good)


def minimising(
    problem: Minimise, z: jax.Array, gradient: jax.Array, direction: jax.Array, args: Any, first: jax.Array | float,
    curvature: float,
) -> Found:  # fmt: skip
    """Along a direction of descent: exactly if the loss is known to be quadratic, else by `search`."""
    if problem.quadratic:
        return exact(problem, z, gradient, direction, args)
    return search(problem.objective, z, direction, args, first=first, curvature=curvature)


def power_of_two(value: jax.Array) -> jax.Array:
    """The nearest power of two, held fixed by derivatives; 1 for what has no logarithm."""
    value = jax.lax.stop_gradient(value)
    usable = (value > 0) & jnp.isfinite(value)
    return jnp.where(usable, jnp.exp2(jnp.round(jnp.log2(jnp.where(usable, value, 1.0)))), 1.0)
