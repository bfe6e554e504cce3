"""Supports: what a declared type and a law's support make of a variable together.

A declared type narrower than the support truncates the law. Declared wider, the support holds: the variable's
constraint is the narrower of the two. Types that no draw can have are errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.care import HardBound
from pushforward.dsl.errors.supports import DiscreteMismatch, DisjointSupport, KindMismatch
from pushforward.dsl.infer.context import Context
from pushforward.dsl.infer.intervals import interval_of, interval_of_type
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Const, Expr
from pushforward.dsl.types import Array, Constraint

_ORDERED = ("ordered", "positive_ordered")


@dataclass(frozen=True)
class Agreement:
    """The type of the variable, and whether its declaration truncates the law."""

    type: Array
    truncated: bool


def agree(
    ctx: Context, declared: Array, support: Array, law: str, place: Span, law_place: Span, part_of: str = "none"
) -> Agreement | None:
    """The variable that a declared type and a law (named `law`) make together; None after a report. `part_of` is
    the kind of the container when the site is on a part of it."""
    if (declared.element == "real") != (support.element == "real"):
        _element_mismatch(ctx, declared, support, law, place, law_place)
        return None
    if law == "flat":
        return Agreement(declared, False)
    mine, theirs = declared.constraint, support.constraint
    if mine.kind == "none":
        truncated = part_of in _ORDERED
        element = "bool" if declared.element == "bool" else support.element
        if element == "bool":
            return Agreement(Array("bool", declared.dims), truncated)
        return Agreement(Array(element, declared.dims, theirs), truncated)
    if mine == theirs:
        return Agreement(declared, part_of in _ORDERED)
    if mine.event_rank or theirs.event_rank:
        return _structured(ctx, declared, support, law, place, law_place)
    return _intervals(ctx, declared, support, law, place, law_place, part_of)


def _element_mismatch(ctx: Context, declared: Array, support: Array, law: str, place: Span, law_place: Span) -> None:
    whole = support.element != "real"
    label = f"`{law}` draws {'whole numbers' if whole else 'real numbers'}"
    helps = (
        (f"declare it `{'int' if not declared.rank else 'int[' + ', '.join(map(str, declared.dims)) + ']'}`",)
        if whole
        else (f"declare it `{Array('real', declared.dims)}` (whole numbers in the data are fine there)",)
    )
    ctx.report.error(
        DiscreteMismatch, law_place, label, secondary=(Label(place, f"this is {declared}"),), helps=helps,
        found="real" if whole else "discrete", law="discrete" if whole else "continuous",
    )  # fmt: skip


def _structured(
    ctx: Context, declared: Array, support: Array, law: str, place: Span, law_place: Span
) -> Agreement | None:
    mine, theirs = declared.constraint.kind, support.constraint.kind
    if mine in _ORDERED and theirs in ("none", "interval"):
        if mine == "positive_ordered" and interval_of_type(support).hi <= 0:
            _disjoint(ctx, declared, support, law, place, law_place)
            return None
        return Agreement(declared, True)
    if mine == theirs:
        return Agreement(declared, False)
    if {mine, theirs} == set(_ORDERED):
        return Agreement(Array("real", declared.dims, Constraint("positive_ordered")), mine == "positive_ordered")
    if theirs in ("none", "interval") and not support.constraint.event_rank:
        ctx.later(
            f"`{law}` restricted to `{mine}`",
            law_place,
            "its normalising constant is not known; give it `flat()` or a law on it",
        )
        return None
    ctx.report.error(
        KindMismatch, law_place, f"`{law}` draws {support}", secondary=(Label(place, f"this is {declared}"),),
        declared=str(declared), support=str(support),
    )  # fmt: skip
    return None


def _disjoint(ctx: Context, declared: Array, support: Array, law: str, place: Span, law_place: Span) -> None:
    from pushforward.dsl.infer.domains import in_words

    ctx.report.error(
        DisjointSupport, law_place, f"`{law}` draws numbers that are {in_words(interval_of_type(support))}",
        secondary=(Label(place, f"this is {in_words(interval_of_type(declared))}"),), law=law,
    )  # fmt: skip


def _intervals(
    ctx: Context, declared: Array, support: Array, law: str, place: Span, law_place: Span, part_of: str
) -> Agreement | None:
    known, theirs = interval_of_type(declared), interval_of_type(support)
    if known.lo > theirs.hi or known.hi < theirs.lo:
        _disjoint(ctx, declared, support, law, place, law_place)
        return None
    mine, other = declared.constraint, support.constraint
    if mine.kind == "index" or other.kind == "index":
        kept = declared if mine.kind == "index" else replace(support, dims=declared.dims)
        return Agreement(kept, mine.kind == "index" and _index_narrower(mine, other))
    low = narrower(mine.lower, other.lower, low=True)
    high = narrower(mine.upper, other.upper, low=False)
    constraint = Constraint(
        "interval", mine.lower if low else other.lower, mine.upper if high else other.upper,
        open=mine.open or other.open,
    )  # fmt: skip
    return Agreement(Array(declared.element, declared.dims, constraint), low or high or part_of in _ORDERED)


def _index_narrower(mine: Constraint, other: Constraint) -> bool:
    if other.kind == "index":
        return mine.size != other.size
    upper = other.upper
    if isinstance(upper, int | float) and mine.size is not None and mine.size.value is not None:
        return mine.size.value - 1 < upper or other.lower != 0
    return True


def narrower(mine: Expr | float | None, other: Expr | float | None, low: bool) -> bool:
    """Whether one bound excludes values that the other allows; unequal expressions are taken to."""
    if mine is None:
        return False
    if other is None:
        return True
    a, b = number(mine), number(other)
    if a is not None and b is not None:
        return a > b if low else a < b
    if mine == other:
        return False
    known_mine, known_other = _range(mine), _range(other)
    if low:
        return not known_mine[1] <= known_other[0]
    return not known_mine[0] >= known_other[1]


def number(bound: Expr | float) -> float | None:
    """The number that a bound is, if it is one."""
    if isinstance(bound, int | float):
        return bound
    return float(bound.value) if isinstance(bound, Const) and not isinstance(bound.value, str) else None


def _range(bound: Expr | float) -> tuple[float, float]:
    if isinstance(bound, int | float):
        return bound, bound
    known = interval_of(bound)
    return known.lo, known.hi


def hard_bound(ctx: Context, declared: Array, support: Array, place: Span) -> None:
    """Warn of two constant bounds on a variable that are no natural ones."""
    c = declared.constraint
    if ctx.quiet or c.kind != "interval" or declared.element != "real" or c == support.constraint:
        return
    lower, upper = (None if b is None else number(b) for b in (c.lower, c.upper))
    if lower is None or upper is None or (lower, upper) in ((0, 1), (-1, 1)):
        return
    if (lower, upper) in ((0, math.pi), (-math.pi, math.pi), (0, 2 * math.pi)):
        return
    if (lower, upper) == tuple(
        None if b is None else number(b) for b in (support.constraint.lower, support.constraint.upper)
    ):
        return
    middle, half = (lower + upper) / 2, (upper - lower) / 2
    ctx.report.error(
        HardBound, place, f"nothing outside {lower:g}..{upper:g} can be found",
        helps=(f"write a soft one: `~ normal({middle:g}, {half:g})`",), lower=f"{lower:g}", upper=f"{upper:g}",
    )  # fmt: skip
