"""`argmin`, `root`, `fixpoint` and `saddle` as emitted programs call them.

Unknowns are a tuple of arrays, as in the program; the solvers see one flat vector. `args` is a tuple of arrays:
whatever the bodies depend on. Each call gives one vector: the unknowns at the solution, flat, one after another, and
behind them [status, residual, iterations].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import jax
import jax.numpy as jnp
from jax.flatten_util import ravel_pytree

from pushforward.runtime.bilevel.problem import Bilevel, Group
from pushforward.runtime.bilevel.sampling import Batch, Rows
from pushforward.runtime.rules.rule import Rule
from pushforward.runtime.solvers.iterate import Solver
from pushforward.runtime.solvers.problem import (
    FixedPoint,
    Function,
    Minimise,
    Mirror,
    Prox,
    Root,
    Saddle,
    Vertices,
)

Arrays: TypeAlias = tuple[jax.Array, ...]
#: (unknowns, args) -> what a body returns
Body: TypeAlias = Callable[[Arrays, Any], Any]


def argmin(
    objective: Body, start: Arrays, args: Any, by: Solver, at: Rule, *, prox: Callable[..., Arrays] | None = None,
    nonsmooth: Body | None = None, equality: Body | None = None, inequality: Body | None = None,
    residuals: Body | None = None, quadratic: bool = False,
    mirror: Callable[..., Arrays] | None = None, vertices: Callable[..., Arrays] | None = None,
    transport: Body | None = None,
) -> jax.Array:
    """The unknowns that minimise `objective`. `prox(unknowns, step, args)` gives unknowns, and so do
    `mirror(unknowns, direction, args)` and `vertices(direction, args)`; `equality`, `inequality`, `residuals` and
    `transport` give a tuple of arrays."""
    start, args = _arrays(start), jax.tree.map(jnp.asarray, args)
    flat, unravel = ravel_pytree(start)

    def vector(body: Body | None) -> Function | None:
        return None if body is None else lambda z, a: ravel_pytree(body(unravel(z), a))[0]

    def number(body: Body | None) -> Function | None:
        return None if body is None else lambda z, a: body(unravel(z), a)

    proximal: Prox | None = None
    if prox is not None:
        proximal = lambda z, step, a: ravel_pytree(prox(unravel(z), step, a))[0]  # noqa: E731
    steps: Mirror | None = None
    if mirror is not None:
        steps = lambda z, g, a: ravel_pytree(mirror(unravel(z), unravel(g), a))[0]  # noqa: E731
    corners: Vertices | None = None
    if vertices is not None:
        corners = lambda g, a: ravel_pytree(vertices(unravel(g), a))[0]  # noqa: E731
    made: Callable[[jax.Array, Any], Arrays] | None = None
    if transport is not None:
        made = lambda z, a: transport(unravel(z), a)  # noqa: E731
    smooth = number(objective)
    assert smooth is not None
    if proximal is not None and nonsmooth is None:
        flat = proximal(flat, 1.0, args)  # a start in the set
    problem = Minimise(
        smooth, flat.size, proximal, number(nonsmooth), vector(equality), vector(inequality), vector(residuals),
        quadratic, steps, corners, made,
    )
    return _solved(problem, flat, args, by, at)


def root(residual: Body, start: Arrays, args: Any, by: Solver, at: Rule) -> jax.Array:
    """The unknowns at which the arrays that `residual` gives are 0."""
    start, args = _arrays(start), jax.tree.map(jnp.asarray, args)
    flat, unravel = ravel_pytree(start)
    return _solved(Root(lambda z, a: ravel_pytree(residual(unravel(z), a))[0]), flat, args, by, at)


def fixpoint(update: Body, start: Arrays, args: Any, by: Solver, at: Rule) -> jax.Array:
    """The unknowns that `update` leaves as they are."""
    start, args = _arrays(start), jax.tree.map(jnp.asarray, args)
    flat, unravel = ravel_pytree(start)
    return _solved(FixedPoint(lambda z, a: ravel_pytree(update(unravel(z), a))[0]), flat, args, by, at)


def saddle(
    payoff: Body, least: int, start: Arrays, args: Any, by: Solver, at: Rule, *,
    prox: Callable[..., Arrays] | None = None,
) -> jax.Array:
    """The unknowns of which the first `least` minimise and the others maximise."""
    start, args = _arrays(start), jax.tree.map(jnp.asarray, args)
    flat, unravel = ravel_pytree(start)
    split = sum(x.size for x in start[:least])
    proximal: Prox | None = None
    if prox is not None:
        proximal = lambda z, step, a: ravel_pytree(prox(unravel(z), step, a))[0]  # noqa: E731
    problem = Saddle(lambda z, a: payoff(unravel(z), a), split, proximal)
    return _solved(problem, flat, args, by, at)


def bilevel(
    objective: Body, least: int, start: Arrays, args: Any, by: Solver, at: Rule, *, lower: tuple[Body, ...],
    estimates: tuple[Callable[..., Any], ...] = (), batches: tuple[Batch, ...] = (),
    reads: tuple[tuple[int, ...], ...] = (), groups: tuple[int, ...] = (),
) -> jax.Array:
    """The first `least` unknowns, which minimise `objective` where the others minimise the sum of the losses `lower`.
    `estimates` are the same losses, the upper one first, as functions of (unknowns, rows, args); `reads` says which
    batches each looks at, `groups` of which batch the blocks of each unknown below are, or -1."""
    start, args = _arrays(start), jax.tree.map(jnp.asarray, args)
    flat, unravel = ravel_pytree(start)
    above = sum(x.size for x in start[:least])

    def loss(full: tuple[Body, ...], few: tuple[Callable[..., Any], ...]) -> Callable[..., jax.Array]:
        def value(x: jax.Array, z: jax.Array, rows: Rows, args: Any) -> jax.Array:
            unknowns = unravel(jnp.concatenate([x, z]))
            terms = [f(unknowns, rows, args) for f in few] if rows else [f(unknowns, args) for f in full]
            total: jax.Array = sum(terms[1:], terms[0])
            return total

        return value

    blocks, place = list[Group](), 0
    for x, batch in zip(start[least:], groups):
        if batch >= 0:
            blocks.append(Group(place, x.size // x.shape[0], batch))
        place += x.size
    problem = Bilevel(
        loss((objective,), estimates[:1]), loss(lower, estimates[1:]), above, flat.size - above, batches,
        reads[0] if reads else (), tuple(sorted({b for r in reads[1:] for b in r})), tuple(blocks),
    )
    return _solved(problem, flat, args, by, at)


def _arrays(start: Any) -> Arrays:
    """The start as arrays of real numbers; a literal of the program is a Python number."""
    return tuple(jnp.asarray(x, jnp.result_type(float)) for x in start)


def _solved(problem: Any, flat: jax.Array, args: Any, by: Solver, at: Rule) -> jax.Array:
    solution = at.solve(problem, by, flat, args)
    return jnp.concatenate([solution.z[: flat.size], solution.report()])


def integrate(
    field: Callable[[jax.Array, Arrays, Any], Arrays], start: Arrays, times: jax.Array, args: Any, by: Any, at: Any
) -> jax.Array:
    """The states at all times, flat, the times outermost. Imported when it is needed: integrators take a second."""
    from pushforward.runtime.integrators.integrate import integrate as trajectory

    states, report = trajectory(field, _arrays(start), times, jax.tree.map(jnp.asarray, args), by, at)
    return jnp.concatenate([*(x.ravel() for x in states), report.astype(states[0].dtype)])
