"""The machine that runs chains of kernels: one compiled program for starting, step size search, warmup and sampling.

As in `machine.py` a unit of work is the same whatever the phase: looking at a starting point is a step whose size is
next to nothing, a step of the search for a step size is a step that is not made, a draw is `thin` steps. So the density
stands in the program once, and what is known of the present position is carried from step to step.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from pushforward.runtime.functions.target import Asked
from pushforward.runtime.samplers import adaptation
from pushforward.runtime.samplers.counter import normals, stream, threefry, uniforms
from pushforward.runtime.samplers.kernel import Kernel, Stepped, propose
from pushforward.runtime.samplers.keys import child, key_of
from pushforward.runtime.samplers.machine import (
    ADAPT,
    DRAW,
    FAILED,
    SEARCH,
    SETTLE,
    START,
    STATISTICS,
    Block,
    ChainState,
    Control,
    LogDensity,
)

_LARGEST_STEP, _SMALLEST_STEP = 1e7, 1e-12
_STANDING_STILL = 1e-30  # the size of the step that looks at a starting point
_ACCEPT, _DRAW, _BATCH = range(3)  # what the numbers of a step are for


class Turn(NamedTuple):
    """Within a unit of work; the loop over its steps carries it as one array, as each array that a loop carries costs a
    kernel a turn."""

    state: Array  # f64[parts * n]
    gradient: Array  # f64[n]
    value: Array  # f64[]
    accepted: Array  # sum of probabilities
    left: Array  # how many steps left the region in which the density is finite
    log_accept: Array  # of the last step


def _pack(turn: Turn) -> Array:
    return jnp.concatenate([turn.state, turn.gradient, jnp.stack(turn[2:])])


def _unpack(packed: Array, width: int) -> Turn:
    """The turn whose state has a width."""
    return Turn(packed[:width], packed[width:-4], packed[-4], packed[-3], packed[-2], packed[-1])


def _parts(kernel: Kernel, packed: Array) -> dict[str, Array]:
    parts = packed.reshape(len(kernel.states), *((kernel.rows, -1) if kernel.rows else (-1,)))
    return {s: parts[i] for i, s in enumerate(kernel.states)}


def _flat(kernel: Kernel, parts: dict[str, Array]) -> Array:
    return jnp.concatenate([parts[s].reshape(-1) for s in kernel.states])


class Rules(NamedTuple):
    """What is done with what a step proposes."""

    correcting: Array  # it is taken by its probability
    starting: Array  # it is taken


def _step(kernel: Kernel, density: Any, settings: Any, origin: Array, turn: Turn, rules: Rules) -> tuple[Turn, int]:
    """One step, corrected if its density is known, and how many evaluations of the density are in it."""
    if kernel.batched:
        target = Asked(lambda q: density(q, key_of(origin, _BATCH)), kernel.smooth)
    else:
        target = Asked(density, kernel.smooth)
    state = _parts(kernel, turn.state)
    position = state[kernel.states[0]]
    target.tell(position, turn.value, turn.gradient.reshape(position.shape))
    made: Stepped = propose(kernel, target, state, settings, key_of(origin, _DRAW))
    candidate, gradient = _flat(kernel, made.proposed), made.gradient.reshape(-1)
    inside = jnp.isfinite(made.value) & jnp.all(jnp.isfinite(candidate)) & jnp.all(jnp.isfinite(gradient))
    taken, refused, log_accept = inside, turn.state, jnp.where(inside, made.log_accept, -jnp.inf)
    if kernel.log_density is not None:
        log_accept = jnp.where(jnp.isnan(log_accept), -jnp.inf, log_accept)
        accepted = uniforms(origin, jnp.full((), _ACCEPT, jnp.uint64)) < jnp.exp(log_accept)
        taken = jnp.where(rules.correcting, accepted, inside)
        refused = jnp.where(rules.correcting, _flat(kernel, made.back), turn.state)
    taken = taken | rules.starting
    return Turn(
        jnp.where(taken, candidate, refused),
        jnp.where(taken, gradient, turn.gradient),
        jnp.where(taken, made.value, turn.value),
        turn.accepted + jnp.minimum(1.0, jnp.exp(log_accept)),
        turn.left + (~inside & ~rules.correcting), log_accept,
    ), target.count  # fmt: skip


def _unit(
    kernel: Kernel, density: Any, settings: Any, thin: Array, adapting: Array, state: ChainState, control: Control
) -> Any:
    """The steps that the state's phase asks for: after them, the state before, how many, and evaluations in each."""
    starting, drawing = state.phase == START, state.phase == DRAW
    n, width = state.force.shape[0], state.q.shape[0]
    word = jnp.where(drawing, 0, 1 + state.attempt).astype(jnp.uint32)
    random_start = starting & (control.tries > 0)
    place = jnp.where(random_start, -1, state.iteration).astype(jnp.uint32)
    origin = stream(threefry((control.key[0], control.key[1]), (word, place)))
    uniform = uniforms(origin, lax.iota(jnp.uint64, width))
    position = jnp.where(random_start, 4.0 * uniform[:n] - 2.0, state.q[:n])
    # Velocities are drawn anew at a start, and before each draw while warmup adapts: a chain that falls from its
    # starting point would keep the energy for long where there is little friction, and learn the scales of its fall.
    fresh = starting | adapting
    begun = jnp.concatenate([position, jnp.where(fresh, normals(uniform[n:]), state.q[n:])])
    size = jnp.where(starting, _STANDING_STILL, state.step.size)
    given = {**settings} | ({"step": size} if kernel.sized else {}) | ({"scale": state.scale} if kernel.scaled else {})
    zero = jnp.zeros(())
    value, gradient = (jnp.where(starting, 0.0, x) for x in (state.log_density, state.force))
    rules, counted = Rules(jnp.asarray(kernel.corrected) | adapting, starting), [0]

    def step(i: Array, packed: Array) -> Array:
        inner = child(origin, i.astype(jnp.uint64))
        after, counted[0] = _step(kernel, density, given, inner, _unpack(packed, width), rules)
        return _pack(after)

    steps = jnp.where(drawing, thin, 1)
    first = _pack(Turn(begun, gradient, value, zero, zero, zero))
    last = _unpack(lax.fori_loop(jnp.zeros((), jnp.int32), steps, step, first), width)
    return last, begun, steps, counted[0]


def _searched(state: ChainState, log_accept: Array, target: Array) -> tuple[adaptation.StepSize, Array, Array]:
    """(step size, direction, whether it ends) after one step of the search: doubled or halved until the acceptance of
    one step crosses the one that is aimed at (Hoffman and Gelman 2014, algorithm 4)."""
    higher = log_accept > jnp.log(target)
    direction = jnp.where(state.attempt == 0, jnp.where(higher, 1, -1), state.direction)
    crossed = (state.attempt > 0) & (higher != (direction == 1))
    tried = jnp.where(direction == 1, 2.0 * state.step.size, 0.5 * state.step.size)
    ended = crossed | (tried > _LARGEST_STEP) | (tried < _SMALLEST_STEP)
    return adaptation.restart(jnp.where(ended, state.step.size, tried)), direction, ended


def _advance(
    state: ChainState, control: Control, last: Turn, begun: Array, steps: Array, flag: Array, fixed: Array
) -> ChainState:
    """The state after a unit of work. A step size that is `fixed` is not searched for."""
    starting, searching, drawing = state.phase == START, state.phase == SEARCH, state.phase == DRAW
    # A start is at the candidate of the step that stood still, with the velocities that were drawn for it.
    n = last.gradient.shape[0]
    after = jnp.where(starting, jnp.concatenate([last.state[:n], begun[n:]]), last.state)
    found = jnp.isfinite(last.value) & jnp.all(jnp.isfinite(last.gradient))
    exhausted = starting & ~found & (state.attempt + 1 >= control.tries)

    searched, direction, settled = _searched(state, last.log_accept, control.target_accept)
    adapted = adaptation.adapt(state.step, last.accepted / steps, control.target_accept)
    adapted = adaptation.choose((flag & ADAPT) > 0, adapted, state.step)
    adapted = adaptation.choose((flag & SETTLE) > 0, adaptation.settle(adapted), adapted)
    adapted = adaptation.choose(fixed, state.step, adapted)

    ended = (starting & found) | (searching & settled)
    skipped = starting & found & fixed
    return ChainState(
        q=jnp.where(searching, state.q, after),
        force=jnp.where(searching, state.force, last.gradient),
        log_density=jnp.where(searching, state.log_density, last.value),
        scale=state.scale,
        step=adaptation.choose(drawing, adapted, adaptation.choose(searching, searched, state.step)),
        phase=jnp.where(exhausted, FAILED, state.phase + ended + skipped).astype(jnp.int32),
        attempt=jnp.where(drawing | ended, 0, state.attempt + 1).astype(jnp.int32),
        direction=jnp.where(searching, direction, state.direction).astype(jnp.int32),
        iteration=(state.iteration + drawing).astype(jnp.int32),
    )  # fmt: skip


def program(kernel: Kernel, log_density: LogDensity, capacity: int) -> Callable[[ChainState, Any, Control], Block]:
    """The function to compile. Its data are those of the density, settings, `thin`, whether the step size is `fixed`,
    and whether warmup adapts something: then its steps are corrected, also those of a sampler that is not, so that what
    is found is found where the posterior is.
    """

    def block(state: ChainState, data: Any, control: Control) -> Block:
        given, settings, thin, fixed, adapting = data
        n = state.force.shape[0]

        def density(q: Array, *key: Any) -> Array:
            return jnp.asarray(log_density(q, given, *key))

        def unit(carry: Block) -> Block:
            flag = control.flags[carry.done]
            now = adapting & ((flag & ADAPT) > 0)
            last, begun, steps, count = _unit(kernel, density, settings, thin, now, carry.state, control)
            after = _advance(carry.state, control, last, begun, steps, flag, fixed)
            numbers = (
                last.value, last.accepted / steps, carry.state.step.size, 0.0, steps * count, last.left, -last.value,
            )  # fmt: skip
            return Block(
                after,
                carry.positions.at[carry.done].set(last.state[:n]),
                carry.statistics.at[carry.done].set(jnp.stack([jnp.asarray(x, jnp.float64) for x in numbers])),
                carry.done + (carry.state.phase == DRAW),
                (carry.gradients + steps * count).astype(jnp.int32),
            )

        def unfinished(carry: Block) -> Array:
            within = (carry.done < control.length) & (carry.gradients < control.budget)
            return jnp.logical_and(carry.state.phase != FAILED, within)

        nothing = jnp.zeros((), jnp.int32)
        rows = jnp.zeros((capacity, n)), jnp.zeros((capacity, len(STATISTICS)))
        last: Block = lax.while_loop(unfinished, unit, Block(state, *rows, nothing, nothing))
        return last

    return block


