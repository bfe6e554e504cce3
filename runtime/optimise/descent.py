"""The compiled program of a fit: as many steps of an optimiser as the host asks for.

The number of steps is an argument, so there is one program, and the gradient is traced once, however the
host cuts the steps into blocks. A step's key is a function of the step's number alone: where blocks end
changes no bit. The steps go in strides of a fixed number, because XLA makes a faster loop when it knows how
long it is, and because the keys of a stride are made together.

The program returns early when something is not finite. It does not undo the steps, which would cost each of
them a copy; the host runs the block again in strides of one step, up to the step before.
"""

from __future__ import annotations

from collections.abc import Callable
from math import gcd
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import lax
from jax.tree_util import Partial

from pushforward.runtime.optimise.optimiser import OptimiserSpec, transformation
from pushforward.runtime.optimise.result import Estimate, Learner, Params, Sense

CAPACITY = 2**14  # about the most steps a call can make
LONGEST_STRIDE = 64


class State(NamedTuple):
    """All a start needs to go on."""

    params: Any
    optimiser: Any
    average: Any  # of the parameters, or () when none is kept
    learned: Any  # the state that one estimate hands to the next, or () when there is none
    step: Any  # i32[]: steps made


class Block(NamedTuple):
    """What one call made: values[0..done-1] are filled. When not `finite`, `state` is of no use."""

    state: State
    values: Any  # f[capacity]
    done: Any  # i32[]: a multiple of the stride
    finite: Any  # bool[]


def stride_of(spec: OptimiserSpec) -> int:
    """The longest stride that ends where the steps end, and where patience looks."""
    whole = gcd(spec.steps, spec.patience or spec.steps)
    return max(n for n in range(1, LONGEST_STRIDE + 1) if whole % n == 0)


def start(spec: OptimiserSpec, params: Params, learned: Any = ()) -> State:
    """A start that has made no step."""
    kept = params if spec.average else ()
    return State(params, transformation(spec).init(params), kept, learned, jnp.zeros((), jnp.int32))


def block(
    spec: OptimiserSpec, sense: Sense, stride: int, learns: bool = False
) -> Callable[[Any, State, Any, Any], Block]:
    """The function `(estimate, state, key, length) -> Block` to compile. What `learns` is not an estimate by itself:
    see `learning`.

    The length, i32[], is a multiple of the stride and at most `capacity(stride)`. The estimate is a pytree
    (`jax.tree_util.Partial`), so that arrays it holds are arguments of the program and not constants in it.
    """
    descent = transformation(spec)
    sign = -1.0 if sense == "maximize" else 1.0

    def step(estimate: Estimate | Learner, state: State, key: Any) -> tuple[State, Any, Any]:
        made = learning(estimate, spec.samples, learns)

        def cost(params: Params) -> Any:
            value, loss, learned = made(params, state.learned, key)
            # The error of a baseline is made small whatever is made of the objective; as a number it is not its part.
            whole = sign * value + (loss - lax.stop_gradient(loss)) if learns else sign * value
            return whole, (value, learned)

        (whole, (value, learned)), gradient = jax.value_and_grad(cost, has_aux=True)(state.params)
        updates, optimiser = descent.update(
            gradient, state.optimiser, state.params, value=whole, grad=gradient, value_fn=lambda p: cost(p)[0]
        )
        moved = _same_types(optax.apply_updates(state.params, updates), state.params)
        average = _averaged_in(state.average, moved, state.step, spec.average)
        learned = _same_types(learned, state.learned)
        after = State(moved, _same_types(optimiser, state.optimiser), average, learned, state.step + 1)
        return after, value, jnp.isfinite(whole + _total(gradient))

    def run(estimate: Estimate | Learner, state: State, key: Any, length: Any) -> Block:
        def go_on(block: Block) -> Any:
            return block.finite & (block.done < length)

        def walk(block: Block) -> Block:
            numbers = block.state.step + jnp.arange(stride, dtype=jnp.int32)
            keys = jax.vmap(jax.random.fold_in, (None, 0))(key, numbers)

            def inner(carry: tuple[State, Any], key: Any) -> tuple[tuple[State, Any], Any]:
                state, value, finite = step(estimate, carry[0], key)
                return (state, carry[1] & finite), value

            (state, finite), values = lax.scan(inner, (block.state, block.finite), keys)
            kept = lax.dynamic_update_slice(block.values, values, (block.done,))
            return Block(state, kept, block.done + stride, finite & jnp.isfinite(_total(state.params)))

        dtype = jax.eval_shape(learning(estimate, 1, learns), state.params, state.learned, key)[0].dtype
        empty = jnp.zeros(capacity(stride), dtype)
        return lax.while_loop(go_on, walk, Block(state, empty, jnp.zeros((), jnp.int32), jnp.ones((), bool)))

    return run


def capacity(stride: int) -> int:
    """The most steps of a call."""
    return CAPACITY // stride * stride


def learning(estimate: Any, samples: int, learns: bool) -> Learner:
    """What a step is made from: the value, the error of learned baselines, and the state for the next step, each the
    mean of several. Where nothing is learned, there is no error and the state is empty.
    """

    def one(params: Params, learned: Any, key: Any) -> tuple[Any, Any, Any]:
        found: tuple[Any, Any, Any] = estimate(params, learned, key) if learns else (estimate(params, key), 0.0, ())
        return found

    def mean(params: Params, learned: Any, key: Any) -> tuple[Any, Any, Any]:
        found = jax.vmap(one, (None, None, 0))(params, learned, jax.random.split(key, samples))
        several: tuple[Any, Any, Any] = jax.tree.map(lambda x: jnp.mean(x, axis=0), found)
        return several

    return one if samples == 1 else mean


def settled(estimate: Any, learned: Any, learns: bool) -> Estimate:
    """What learns as an estimate by itself, with what has been learned: a pytree."""
    bind: Any = Partial
    held: Estimate = bind(_value, estimate, learned) if learns else estimate
    return held


def _value(learner: Any, learned: Any, params: Params, key: Any) -> Any:
    return learner(params, learned, key)[0]


def named_leaves(tree: Any) -> dict[str, Any]:
    """The arrays of a pytree by their paths, such as `encoder.weight`."""
    leaves, _ = jax.tree_util.tree_flatten_with_path(tree)
    return {jax.tree_util.keystr(path, simple=True, separator="."): leaf for path, leaf in leaves}


def not_finite(tree: Any) -> tuple[str, ...]:
    """The paths of the arrays that are not finite."""
    return tuple(name for name, leaf in named_leaves(tree).items() if not np.isfinite(np.asarray(leaf)).all())


def _total(tree: Any) -> Any:
    """The sum of all elements: finite when they are, and much cheaper than to look at each."""
    return sum((jnp.sum(leaf) for leaf in jax.tree.leaves(tree)), start=jnp.zeros(()))


def _same_types(new: Any, old: Any) -> Any:
    """`new` with the types of `old`: some of optax's states change theirs with the first gradient."""
    return jax.tree.map(lambda n, o: jnp.asarray(n).astype(jnp.asarray(o).dtype), new, old)


def _averaged_in(average: Any, params: Params, step: Any, share: float) -> Any:
    """The running average, with weights that grow as a power of the step (Shamir and Zhang 2013, section 4).

    The power is such that the mean age of what is averaged is that of a uniform average over the last
    `share` of all steps, at any time.
    """
    if not share:
        return ()
    power = 2.0 / share - 2.0

    def move(a: Any, p: Any) -> Any:
        weight = ((power + 1.0) / (step + 1.0 + power)).astype(p.dtype)
        return a + weight * (p - a)

    return jax.tree.map(move, average, params)
