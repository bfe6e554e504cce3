"""Fitting: the host's side of the descent.

The steps of a start are made in blocks of about `BLOCK_SECONDS`, between which a fit can be watched and
stopped. The result is a function of the estimate, the initial parameters, the settings and the seed: not of
where blocks end.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.tree_util import Partial

from pushforward.runtime.optimise.convergence import ahead, doubts, gains, resolution, verdict
from pushforward.runtime.optimise.descent import (
    Block,
    State,
    block,
    capacity,
    learning,
    named_leaves,
    not_finite,
    start,
    stride_of,
)  # fmt: skip
from pushforward.runtime.optimise.descent import (
    settled as held,
)
from pushforward.runtime.optimise.evaluation import CALLS, Evaluation, at_once, evaluator
from pushforward.runtime.optimise.optimiser import OptimiserSpec
from pushforward.runtime.optimise.patience import Window, settled, window
from pushforward.runtime.optimise.record import Record
from pushforward.runtime.optimise.result import (
    Array,
    Estimate,
    Event,
    FitResult,
    Learner,
    Outcome,
    Params,
    Sense,
    Trace,
)  # fmt: skip

BLOCK_SECONDS = 0.3
FIRST_BLOCK = 64  # steps
ESTIMATES = 1000


@dataclass(frozen=True, eq=False)
class Programs:
    """What is compiled for a fit."""

    estimate: Estimate | Learner
    learns: bool
    spec: OptimiserSpec
    sense: Sense
    stride: int
    begin: Callable[[Params, Any], State]
    many: Callable[..., Block]  # in strides
    single: Callable[..., Block]  # step by step; compiled only when something was not finite
    bytes_each: int  # what one estimate with its gradient takes


@dataclass(frozen=True, eq=False)
class Start:
    """A start that has ended."""

    params: Params
    way: Params  # from the parameters at about half of the steps to these
    trace: Trace
    outcome: Outcome
    failed: tuple[str, ...]
    steps: int
    learned: Any


def fit(
    estimate: Estimate | Learner, initial: Params, *, sense: Sense, optimiser: OptimiserSpec, seed: int = 0,
    stop: threading.Event | None = None, progress: Callable[[Event], None] | None = None,
    estimates: int = ESTIMATES, learned: Any = None,
) -> FitResult:  # fmt: skip
    """Maximise or minimise the objective that `estimate(params, key) -> f[]` estimates without bias.

    With `learned`, the state of an estimate that learns from the ones before it, it is
    `estimate(params, state, key) -> (f[], loss f[], state)`: each step has the state of the last one, and makes the
    loss small, whatever becomes of the objective. Estimates at the end have the state of the last step.

    `initial` is a pytree of floating arrays, whose types are kept. A `jax.tree_util.Partial` as estimate
    passes the arrays it binds as arguments to the compiled programs; a closure makes constants of them.
    When `stop` is set the fit ends with the block it is in (about 0.3 s) and keeps what it has. `progress` is
    called after every block. The value, its standard error and the gradient's noise at the end are from
    `estimates` fresh keys; with several restarts, these are not the ones by which the best was chosen. How
    convergence is judged: see `convergence`.

    Raises ValueError for parameters that are not floating, not finite or not there, and for an estimate
    that is no floating scalar; whatever is not finite later is an outcome.
    """
    began = time.perf_counter()
    params, run = _checked(initial), bound(estimate)
    starting, stepping, judging = jax.random.split(jax.random.key(seed), 3)
    learns, learned = learned is not None, () if learned is None else jax.tree.map(jnp.asarray, learned)
    _check_estimate(held(run, learned, learns), params, stepping)
    programs = _compile(run, params, optimiser, sense, stepping, learned, learns)
    evaluate_with = evaluator(at_once(programs.bytes_each), estimates)
    choosing, reporting, looking = jax.random.split(judging, 3)
    halted = (stop or threading.Event()).is_set
    starts, evaluations = list[Start](), list[Evaluation]()
    for index in range(optimiser.restarts):
        if index and halted():
            break
        told = _told(progress, index, optimiser, began)
        initially = params if index == 0 else _jittered(params, starting, index, optimiser.jitter)
        starts.append(_run(programs, initially, learned, jax.random.fold_in(stepping, index), halted, told))
        if optimiser.restarts > 1:
            last = held(run, starts[-1].learned, learns)
            evaluations.append(evaluate_with(last, starts[-1].params, choosing, estimates, None))
    values = [e.value for e in evaluations]
    best = _best(values, sense)
    chosen = starts[best]
    evaluate = partial(evaluate_with, held(run, chosen.learned, learns))
    with np.errstate(over="ignore", invalid="ignore"):  # huge numbers are told of in sentences
        final = evaluate(chosen.params, reporting, estimates, None)
        smallest = resolution(final, chosen.trace.values.dtype)
        points = ahead(final.gradient, chosen.way, sense)
        gained = gains(evaluate, chosen.params, points, looking, estimates // CALLS, sense)
        against = [chosen.outcome.value] if chosen.outcome.failed else []
        against += doubts(chosen.trace.values, final, gained, smallest, sense)
    converged, sentence = verdict(against, smallest)
    values = values or [final.value]
    return FitResult(
        chosen.params, final.value, final.stderr, final.values.size, chosen.trace, final.noise, converged,
        sentence, chosen.outcome, chosen.failed, chosen.steps, time.perf_counter() - began,
        (*values, *[float("nan")] * (optimiser.restarts - len(values))), best, sense,
    )  # fmt: skip


def _run(
    programs: Programs, initial: Params, learned: Any, key: Any, halted: Callable[[], bool],
    told: Callable[[int, float], None],
) -> Start:  # fmt: skip
    """One start, to its end."""
    spec, stride = programs.spec, programs.stride
    state, made, record, failed = programs.begin(initial, learned), 0, Record(), tuple[str, ...]()
    windows, budget, outcome = list[Window](), FIRST_BLOCK, Outcome.COMPLETED
    # The parameters at the last two doublings of the steps: the first are at most half way back.
    earlier, latest, doubling = _current(spec, state), _current(spec, state), stride
    while made < spec.steps:
        if halted():
            outcome = Outcome.STOPPED
            break
        length, began = _length(spec, stride, made, budget, doubling), time.perf_counter()
        found = programs.many(programs.estimate, state, key, np.int32(length))
        whole = bool(found.finite)
        if not whole:
            found, whole = _up_to_failure(programs, state, key, length)
        state, done = found.state, int(found.done)
        values = np.asarray(found.values)[:done]
        record.add(values, looking=spec.patience is not None)
        made += done
        if not whole:
            outcome, failed = _diagnosis(programs, state, key)
            break
        told(made, float(values.mean()))
        if made == doubling:
            earlier, latest, doubling = latest, _current(spec, state), 2 * doubling
        if spec.patience and made % spec.patience == 0:
            windows.append(window(record.since_last_look()))
            if made < spec.steps and settled(windows, programs.sense):
                outcome = Outcome.SETTLED
                break
        budget = int(min(8 * length, BLOCK_SECONDS * done / max(time.perf_counter() - began, 1e-9)))
    params = _current(spec, state)
    way = jax.tree.map(lambda new, old: np.asarray(new) - np.asarray(old), params, earlier)
    return Start(params, way, record.trace(), outcome, failed, made, state.learned)


def _current(spec: OptimiserSpec, state: State) -> Params:
    return state.average if spec.average else state.params


def _length(spec: OptimiserSpec, stride: int, made: int, budget: int, doubling: int) -> int:
    """How many steps to ask for, in whole strides: not past the end, the buffer, the next look of patience
    or the next doubling.
    """
    look = spec.steps if not spec.patience else (made // spec.patience + 1) * spec.patience
    wanted = max(1, budget // stride) * stride
    return min(wanted, capacity(stride), spec.steps - made, look - made, doubling - made)


def _up_to_failure(programs: Programs, state: State, key: Any, length: int) -> tuple[Block, bool]:
    """The block again, step by step, up to the last step that is finite, and whether that is all of it.

    The two programs round differently, so what was not finite in one may be finite in the other.
    """
    asked = length
    while True:
        found = programs.single(programs.estimate, state, key, np.int32(asked))
        if bool(found.finite):
            return found, asked == length
        asked = int(found.done) - 1


def _diagnosis(programs: Programs, state: State, key: Any) -> tuple[Outcome, tuple[str, ...]]:
    """What the step after `state` met, and in which arrays."""
    made = learning(programs.estimate, programs.spec.samples, programs.learns)

    def whole(params: Params, key: Any) -> Any:
        value, loss, _ = made(params, state.learned, key)
        return value + loss

    key = jax.random.fold_in(key, state.step)
    value, gradient = jax.jit(jax.value_and_grad(whole))(state.params, key)
    if not np.isfinite(value):
        return Outcome.VALUE, ()
    names = not_finite(gradient)
    return (Outcome.GRADIENT, names) if names else (Outcome.UPDATE, ())


def _compile(
    estimate: Estimate | Learner, params: Params, spec: OptimiserSpec, sense: Sense, key: Any, learned: Any,
    learns: bool,
) -> Programs:  # fmt: skip
    stride = stride_of(spec)
    begin = jax.jit(partial(start, spec))
    state = jax.eval_shape(begin, params, learned)
    many = jax.jit(block(spec, sense, stride, learns)).lower(estimate, state, key, np.int32(0)).compile()
    memory = many.memory_analysis()
    working = int(memory.temp_size_in_bytes) // spec.samples if memory is not None else 0
    gradients = sum(leaf.size * leaf.dtype.itemsize for leaf in jax.tree.leaves(params))
    single = jax.jit(block(spec, sense, 1, learns))
    return Programs(estimate, learns, spec, sense, stride, begin, many, single, max(working, gradients))


def bound(estimate: Estimate | Learner) -> Any:
    """The estimate as a pytree: what a `Partial` binds are its leaves."""
    make: Any = Partial
    return estimate if isinstance(estimate, Partial) else make(estimate)


def _checked(initial: Params) -> Params:
    """The initial parameters as arrays. Raises ValueError."""
    leaves = named_leaves(initial)
    if not leaves:
        raise ValueError("there are no parameters to fit")
    for name, leaf in leaves.items():
        array = np.asarray(leaf)
        if not jnp.issubdtype(array.dtype, jnp.floating):
            raise ValueError(f"the parameter {name} must be floating; it is {array.dtype}")
        if not np.isfinite(array).all():
            raise ValueError(f"the parameter {name} must be finite at the start; it is {_shown(array)}")
    # A copy that is not weakly typed, so that the types of the steps are those of the start.
    return jax.tree.map(lambda x: jnp.array(x, dtype=jnp.asarray(x).dtype), initial)


def _shown(array: Array) -> str:
    return str(array) if array.size <= 4 else f"an array with {int((~np.isfinite(array)).sum())} that are not"


def _check_estimate(estimate: Estimate, params: Params, key: Any) -> None:
    found = jax.eval_shape(estimate, params, key)
    shape, dtype = getattr(found, "shape", None), getattr(found, "dtype", None)
    if shape != () or dtype is None or not jnp.issubdtype(dtype, jnp.floating):
        raise ValueError(f"an estimate must be a floating scalar; this one is {found}")


def _jittered(params: Params, key: Any, index: int, scale: float) -> Params:
    """Another place to begin: N(0, 1) * scale is added on the unconstrained scale."""
    leaves, structure = jax.tree.flatten(params)
    keys = jax.random.split(jax.random.fold_in(key, index), len(leaves))
    moved = [x + scale * jax.random.normal(k, x.shape, x.dtype) for x, k in zip(leaves, keys, strict=True)]
    return jax.tree.unflatten(structure, moved)


def _best(values: list[float], sense: Sense) -> int:
    """The start with the best value; the first when none has a finite one."""
    finite = [i for i, value in enumerate(values) if np.isfinite(value)]
    choose = max if sense == "maximize" else min
    return choose(finite, key=lambda i: values[i], default=0)


def _told(
    progress: Callable[[Event], None] | None, restart: int, spec: OptimiserSpec, began: float
) -> Callable[[int, float], None]:
    def tell(step: int, value: float) -> None:
        if progress is not None:
            elapsed = time.perf_counter() - began
            progress(Event(restart, spec.restarts, step, spec.steps, value, elapsed))

    return tell
