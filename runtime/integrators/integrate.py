"""`integrate f from x0 over ts` as emitted programs call it.

Unknowns are a tuple of arrays, as in the program; the integrators see one flat vector. `args` is a tree of arrays:
whatever the field
depends on. The derivative in the start and in `args` is the rule's. That in the times is the field's, for every rule:

    dx(t_k) = f(t_k, x(t_k)) dt_k,     and the first time moves as the start would that lies on the same solution

This is exact for the solution and not for its discretisation: an integrator with long steps has it up to its own error.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from pushforward.runtime.integrators.rules.rule import IntegralRule
from pushforward.runtime.integrators.trajectory import Field, Integrator, Trajectory

Arrays: TypeAlias = tuple[jax.Array, ...]


def integrate(
    field: Callable[[Any, Arrays, Any], Arrays], start: Arrays, times: jax.Array, args: Any, by: Integrator,
    at: IntegralRule,
    *, moving: bool = True,
) -> tuple[Arrays, jax.Array]:
    """The unknowns at all `times` [T], which increase, T in front; `start` is at the first. And a report: [status,
    largest error in units of the tolerance, steps]. Where the times have no derivative, `moving=False` saves two
    evaluations of the field for each."""
    flat, unravel = ravel_pytree(start)
    times = jnp.asarray(times, flat.dtype)
    leaves, tree = jax.tree.flatten(args)
    real = [jnp.issubdtype(jnp.result_type(x), jnp.inexact) for x in leaves]
    theta, numbers = ravel_pytree([x for x, r in zip(leaves, real, strict=True) if r])
    others = tuple(x for x, r in zip(leaves, real, strict=True) if not r)

    def flat_field(t: Any, y: jax.Array, a: Any) -> jax.Array:
        inexact, exact = iter(numbers(a[0])), iter(a[1])
        merged = jax.tree.unflatten(tree, [next(inexact) if r else next(exact) for r in real])
        return ravel_pytree(field(t, unravel(y), merged))[0].astype(y.dtype)

    arguments = (theta, others)
    fixed = jax.lax.stop_gradient(times)
    begun = _moved(flat_field, flat, times[0], fixed[0] - times[0], arguments) if moving else flat
    found = _solved(flat_field, by, at, begun, fixed, theta, others)
    later = found.states[1:]
    if moving:
        later = jax.vmap(lambda y, t, h: _moved(flat_field, y, t, h, arguments))(later, fixed[1:], (times - fixed)[1:])
    states = jnp.concatenate([flat[None], later])
    return jax.vmap(unravel)(states), found.report()


@partial(jax.custom_jvp, nondiff_argnums=(0, 1, 2))
def _solved(
    field: Field, by: Integrator, at: IntegralRule, start: jax.Array, times: jax.Array, theta: jax.Array, others: Any
) -> Trajectory:
    return by.run(field, start, times, (theta, others))


@_solved.defjvp
def _derivative(
    field: Field, by: Integrator, at: IntegralRule, primals: Any, tangents: Any
) -> tuple[Trajectory, Trajectory]:
    start, times, theta, others = primals
    dstart, _, dtheta, _ = tangents
    found, states = at.tangent(field, by, start, times, (theta, others), dstart, dtheta)
    zeros: Trajectory = jax.tree.map(_no_tangent, found)
    return found, zeros._replace(states=states)


def _no_tangent(x: jax.Array) -> Any:
    aval = jax.typeof(x).to_tangent_aval()
    return jnp.zeros(aval.shape, aval.dtype) if aval.dtype != jax.dtypes.float0 else _float0(aval.shape)


def _float0(shape: tuple[int, ...]) -> Any:
    import numpy as np

    return np.zeros(shape, jax.dtypes.float0)


def _moved(field: Field, state: jax.Array, t: Any, h: jax.Array, args: Any) -> jax.Array:
    """The state a time h, which is 0, later: a step of the midpoint method, whose first and second derivatives are
    those of the
    solution."""
    half = state + h / 2 * field(t, state, args)
    return state + h * field(t + h / 2, half, args)
