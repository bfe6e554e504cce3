"""Whether a density exists where a program draws: the support of a choice, and that of the law whose density is asked
for."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.programs import SupportNotCovered
from pushforward.dsl.infer.context import Binding, Context
from pushforward.dsl.infer.intervals import interval_of_type
from pushforward.dsl.show_typed import show_type
from pushforward.dsl.typed import Const, Expr, Ref
from pushforward.dsl.types import Array


def covered(ctx: Context, binding: Binding, node: tree.Site, support: Array) -> None:
    """Report a choice that is certainly drawn where the law at a site has no density: on the whole line for a law with
    an end, or beyond an end that is a number.
    """
    value = binding.value
    drawn = ctx.sited.get(value.name) if isinstance(value, Ref) else None
    if drawn is None or not _outside(drawn.type, support):
        return
    place = drawn.constraint_from or drawn.span
    ctx.report.error(
        SupportNotCovered, node.span, f"the density is on {_said(support)}",
        secondary=(Label(place, f"drawn on {_said(drawn.type)}"),),
        helps=("draw it from a law on the same support, or use `mean_field(p)`, which transforms",),
        name=node.target.span.text, found=_said(drawn.type), wanted=_said(support),
    )  # fmt: skip


def _outside(drawn: Array, support: Array) -> bool:
    mine, theirs = drawn.constraint.kind, support.constraint.kind
    if mine == "none" and theirs not in ("none", "interval", "index"):
        return True
    if mine not in ("none", "interval") or theirs != "interval":
        return False
    here, there = interval_of_type(drawn), interval_of_type(support)
    below = _number(drawn.constraint.lower) and here.lo < there.lo
    return below or (_number(drawn.constraint.upper) and here.hi > there.hi)


def _number(bound: Expr | float | None) -> bool:
    """Whether an end of a support is known: infinite, or a number."""
    return bound is None or isinstance(bound, int | float | Const)


def _said(type_: Array) -> str:
    constraint = type_.constraint
    return constraint.kind if constraint.event_rank else show_type(Array(type_.element, (), constraint))
