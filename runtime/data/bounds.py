"""Entry by entry: finite, within the declared bounds, a valid index."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from pushforward.runtime.data.arrays import Array
from pushforward.runtime.data.dimensions import parse, whole
from pushforward.runtime.data.kinds import first, shown
from pushforward.runtime.data.problem import Problem, and_more
from pushforward.runtime.data.spec import Bound, DataSpec

_OUTSIDE: Final[Mapping[tuple[str, bool], tuple[str, Callable[[Array, Array], Array]]]] = {
    ("lower", False): ("at least", np.less),
    ("lower", True): ("greater than", np.less_equal),
    ("upper", False): ("at most", np.greater),
    ("upper", True): ("less than", np.greater_equal),
}


def infinite(spec: DataSpec, value: Array) -> tuple[Problem, ...]:
    """PF804 for infinities that no explicit infinite bound admits."""
    bad = (np.isposinf(value) & (spec.upper != math.inf)) | (np.isneginf(value) & (spec.lower != -math.inf))
    return _problem(spec, value, bad, "finite numbers") if bad.any() else ()


def outside(spec: DataSpec, value: Array, others: Mapping[str, Array]) -> tuple[Problem, ...]:
    """PF804 for each bound that some entry does not keep, except bounds in terms of an absent value."""
    return (*_side(spec, value, "lower", others), *_side(spec, value, "upper", others))


def _side(spec: DataSpec, value: Array, side: str, others: Mapping[str, Array]) -> tuple[Problem, ...]:
    bound: Bound = spec.lower if side == "lower" else spec.upper
    is_open = spec.lower_open if side == "lower" else spec.upper_open
    try:
        limit = np.asarray(bound(others) if callable(bound) else bound, dtype=np.float64)
    except KeyError:
        return ()
    if bound is None:
        return ()
    if limit.shape not in ((), value.shape):
        raise ValueError(f"the {side} bound of {spec.name} has shape {limit.shape}, its value {value.shape}")
    words, breaks = _OUTSIDE[side, is_open]
    # At an explicit infinite bound the infinity itself is admitted, and reported by `infinite` elsewhere.
    bad = breaks(value, limit) & np.isfinite(value)
    if not bad.any():
        return ()
    at = np.broadcast_to(limit, value.shape)[tuple(np.argwhere(bad)[0])]
    return _problem(spec, value, bad, f"{words} {shown(at)}")


def index_problems(spec: DataSpec, value: Array, sizes: Mapping[str, int]) -> tuple[Problem, ...]:
    """PF804 for entries that are no index. `value` is as the data has it: an `index1` still counts from 1."""
    base = 1 if spec.kind == "index1" else 0
    size = None if spec.index_size is None else whole(parse(spec.index_size), sizes)
    top = math.inf if size is None else size - 1 + base
    bad = (value < base) | (value > top)
    if not bad.any():
        return ()
    other = 0 if base else 1
    shifted = size is not None and bool(np.all((value >= other) & (value <= size - 1 + other)))
    declare = "index" if base else "index1"
    help = f"these look counted from {other}: declare `{declare}[{spec.index_size}]`" if shifted else ""
    indices = f"{base} to {top}, the indices of {spec.index_size} = {size}"
    expected = f"at least {base}" if size is None else indices
    return _problem(spec, value, bad, expected, help)


def _problem(spec: DataSpec, value: Array, bad: Array, expected: str, help: str = "") -> tuple[Problem, ...]:
    found = shown(value[tuple(np.argwhere(bad)[0])]) + and_more(int(bad.sum()))
    return (
        Problem(
            code="PF804",
            key=spec.name,
            expected=expected,
            found=found,
            place=first(spec.name, bad),
            help=help,
            declared=spec.span_note,
        ),
    )
