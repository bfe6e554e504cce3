"""The machine that runs a chain: one compiled program for starting, step size search, warmup and sampling.

A unit of work is a trajectory whatever the phase is in: looking for a starting point is a step of size zero
from a candidate, a step of the search for a step size is a trajectory of one leaf, a transition is a whole
one. So the density's gradient is traced once, and the same executable serves every phase, any number of
draws, and every chain. The loop over leaves is nested in the loop over units, and not flattened into one, so
that what happens once a transition costs nothing per gradient.

The program returns to the host after `length` transitions, or after the first that ends beyond `budget`
gradients, at the end of a transition in any case: where it returns changes no bit of what it computes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from pushforward.runtime.samplers import adaptation, trajectory
from pushforward.runtime.samplers.counter import normals, stream, threefry, uniforms
from pushforward.runtime.samplers.trajectory import Metric, Record, Trajectory

LogDensity: TypeAlias = Callable[..., Any]

START, SEARCH, DRAW, FAILED = range(4)
ADAPT, SETTLE = 1, 2  # bits of a transition's flag: adapt the step size; then fix it at its average
STATISTICS = ("log_density", "accept_stat", "step_size", "treedepth", "n_leapfrog", "diverging", "energy")
_LARGEST_STEP, _SMALLEST_STEP = 1e7, 1e-12


class ChainState(NamedTuple):
    """All a chain needs to go on, on the device and in a checkpoint alike."""

    q: Any  # f64[n]
    force: Any  # f64[n]: the gradient in the metric's coordinates, L' g
    log_density: Any  # f64[]
    scale: Any  # f64[n] or lower triangular f64[n, n]: L with L L' the inverse metric
    step: adaptation.StepSize
    phase: Any  # i32[]
    attempt: Any  # i32[]: of a start or of the search for a step size
    direction: Any  # i32[]: of the search, +1 doubles and -1 halves
    iteration: Any  # i32[]: transitions made


class Control(NamedTuple):
    """What the host decides for one call; all of it traced, none of it compiled in."""

    key: Any  # u32[2], the chain's
    flags: Any  # i32[capacity], for the transitions of this call
    length: Any  # i32[]
    budget: Any  # i32[]
    max_depth: Any  # i32[]
    target_accept: Any  # f64[]
    tries: Any  # i32[]: how many random starting points may be looked at; 0 to start where the state stands


class Block(NamedTuple):
    """What one call made: rows 0..done-1 are filled."""

    state: ChainState
    positions: Any  # f64[capacity, n]
    statistics: Any  # f64[capacity, len(STATISTICS)]
    done: Any
    gradients: Any


def metric(scale: Array) -> Metric:
    """The maps of a diagonal (f64[n]) or dense (f64[n, n]) metric."""
    if scale.ndim == 1:
        return Metric(lambda r: scale * r, lambda g: scale * g)
    return Metric(lambda r: jnp.dot(scale, r), lambda g: jnp.dot(g, scale))


def _trajectory(state: ChainState, control: Control, density: Any, depths: int) -> Trajectory:
    """The trajectory that the state's phase asks for."""
    starting, drawing = state.phase == START, state.phase == DRAW
    word = jnp.where(drawing, 0, 1 + state.attempt).astype(jnp.uint32)
    place = jnp.where(starting & (control.tries > 0), -1, state.iteration).astype(jnp.uint32)
    origin = stream(threefry((control.key[0], control.key[1]), (word, place)))
    uniform = uniforms(origin, lax.iota(jnp.uint64, state.q.shape[0]))

    q = jnp.where(starting & (control.tries > 0), 4.0 * uniform - 2.0, state.q)
    momentum = jnp.where(starting, 0.0, normals(uniform))
    force = jnp.where(starting, 0.0, state.force)
    value = jnp.where(starting, 0.0, state.log_density)
    step_size = jnp.where(starting, 0.0, state.step.size)
    max_depth = jnp.where(drawing, control.max_depth, 1)
    energy = 0.5 * (momentum * momentum).sum() - value
    maps = metric(state.scale)

    return lax.while_loop(
        lambda t: (t.status == trajectory.GOING) & (t.leaf >> max_depth == 0),
        lambda t: trajectory.step(t, density, maps, step_size, energy, origin),
        trajectory.start(Record(q, momentum, force, value, energy), origin, depths),
    )


def _searched(state: ChainState, weight: Array) -> tuple[adaptation.StepSize, Array, Array]:
    """(step size, direction, whether it ends) after one step of the search, whose acceptance has log
    `weight`.

    The heuristic of Hoffman and Gelman (2014, algorithm 4) with Stan's threshold: doubled or halved until the
    acceptance of one step crosses 0.8.
    """
    higher = weight > np.log(0.8)
    direction = jnp.where(state.attempt == 0, jnp.where(higher, 1, -1), state.direction)
    crossed = (state.attempt > 0) & (higher != (direction == 1))
    tried = jnp.where(direction == 1, 2.0 * state.step.size, 0.5 * state.step.size)
    ended = crossed | (tried > _LARGEST_STEP) | (tried < _SMALLEST_STEP)
    return adaptation.restart(jnp.where(ended, state.step.size, tried)), direction, ended


def _advance(state: ChainState, control: Control, t: Trajectory, flag: Array) -> ChainState:
    """The state after a unit of work."""
    starting, searching, drawing = state.phase == START, state.phase == SEARCH, state.phase == DRAW
    # The draw from a sub-tree of one leaf is that leaf, be its density finite or not: the point looked at.
    record = trajectory.unpack(jnp.where(starting, t.sub, t.tree))
    found = (t.sub_weight > trajectory.NEVER) & jnp.all(jnp.isfinite(record.force))
    exhausted = starting & ~found & (state.attempt + 1 >= control.tries)

    searched, direction, settled = _searched(state, t.sub_weight)
    accept = t.accept_sum / trajectory.leapfrogs(t)
    adapted = adaptation.adapt(state.step, accept, control.target_accept)
    adapted = adaptation.choose((flag & ADAPT) > 0, adapted, state.step)
    adapted = adaptation.choose((flag & SETTLE) > 0, adaptation.settle(adapted), adapted)

    ended = (starting & found) | (searching & settled)
    return ChainState(
        q=jnp.where(searching, state.q, record.q),
        force=jnp.where(searching, state.force, record.force),
        log_density=jnp.where(searching, state.log_density, record.log_density),
        scale=state.scale,
        step=adaptation.choose(drawing, adapted, adaptation.choose(searching, searched, state.step)),
        phase=jnp.where(exhausted, FAILED, state.phase + ended),
        attempt=jnp.where(drawing | ended, 0, state.attempt + 1),
        direction=jnp.where(searching, direction, state.direction),
        iteration=state.iteration + drawing,
    )


def program(log_density: LogDensity, capacity: int, depths: int) -> Callable[[ChainState, Any, Control], Block]:
    """The function to compile: at most `capacity` transitions a call, of at most `depths` doublings each."""

    def block(state: ChainState, data: Any, control: Control) -> Block:
        def density(q: Array) -> tuple[Array, Array]:
            value, gradient = jax.value_and_grad(log_density)(q, data)
            return value.astype(jnp.float64), gradient

        def unit(carry: Block) -> Block:
            t = _trajectory(carry.state, control, density, depths)
            leaves, drawn = trajectory.leapfrogs(t), trajectory.unpack(t.tree)
            numbers = (
                drawn.log_density, t.accept_sum / leaves, carry.state.step.size, trajectory.depth(t),
                leaves, t.status == trajectory.DIVERGED, drawn.energy,
            )  # fmt: skip
            return Block(
                _advance(carry.state, control, t, control.flags[carry.done]),
                carry.positions.at[carry.done].set(drawn.q),
                carry.statistics.at[carry.done].set(jnp.stack([jnp.asarray(x, jnp.float64) for x in numbers])),
                carry.done + (carry.state.phase == DRAW),
                carry.gradients + leaves,
            )

        def unfinished(carry: Block) -> Array:
            within = (carry.done < control.length) & (carry.gradients < control.budget)
            return jnp.logical_and(carry.state.phase != FAILED, within)

        nothing = jnp.zeros((), jnp.int32)
        rows = jnp.zeros((capacity, state.q.shape[0])), jnp.zeros((capacity, len(STATISTICS)))
        last: Block = lax.while_loop(unfinished, unit, Block(state, *rows, nothing, nothing))
        return last

    return block
