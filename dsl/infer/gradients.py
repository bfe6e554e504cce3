"""What a distribution says of its derivatives: `mvd_mu { ... }` for each parameter, and `pathwise = "..."`.

mvd_mu {
  e ~ exponential(1)
  return {constant = 1 / (sigma * sqrt(2 * pi)), plus = mu + sigma * sqrt(2 * e), minus = mu - sigma * sqrt(2 * e)}
}
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import get_args

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.declarations import PathwiseWord, WeakParameter, WeakResult, WeakType
from pushforward.dsl.infer.bodies import block
from pushforward.dsl.infer.context import Context, is_poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.source import Span
from pushforward.dsl.typed import DistributionSignature, Expr, Pathwise, RecordExpr, Statement, WeakDerivative
from pushforward.dsl.types import REAL, Array

_PREFIX = "mvd_"
_FIELDS = ("constant", "plus", "minus")


def is_weak(member: tree.Member) -> bool:
    """Whether a member is a weak derivative."""
    return member.name.startswith(_PREFIX)


@contextmanager
def apart(ctx: Context) -> Iterator[None]:
    """A body whose draws are its own: their names are forgotten at its end, so that another body may use them."""
    outermost, lets, sited = dict(ctx.scopes[0]), dict(ctx.lets), dict(ctx.sited)
    taken, dims = set(ctx.taken), list(ctx.dims)
    try:
        yield
    finally:
        ctx.scopes[0], ctx.lets, ctx.sited, ctx.taken, ctx.dims = outermost, lets, sited, taken, dims


def weak_derivatives(
    ctx: Context, node: tree.Distribution, signature: DistributionSignature
) -> tuple[WeakDerivative, ...]:
    """The typed `mvd_` members; those that were reported are left out."""
    found: list[WeakDerivative] = []
    for member in filter(is_weak, node.members):
        if _differentiable(ctx, member, signature):
            with apart(ctx), ctx.scope():
                weak = _weak_derivative(ctx, member, signature.support)
            found.extend(() if weak is None else (weak,))
    return tuple(found)


def _differentiable(ctx: Context, member: tree.Member, signature: DistributionSignature) -> bool:
    """Whether a member is named for a parameter in which a law has a derivative."""
    name = member.name.removeprefix(_PREFIX)
    parameter = next((p for p in signature.parameters if p.name == name), None)
    if parameter is not None and isinstance(parameter.type, Array) and parameter.type.plain() == REAL:
        return True
    if parameter is None:
        near = nearest(name, [p.name for p in signature.parameters])
        ctx.report.error(
            WeakParameter, member.span, f"there is no parameter `{name}`",
            helps=(f"did you mean `{_PREFIX}{near}`?",) if near else (), name=member.name, law=signature.name,
        )  # fmt: skip
    else:
        ctx.report.error(
            WeakParameter, member.span, f"`{name}` is {parameter.type}",
            secondary=(Label(parameter.span, "declared here"),), name=member.name, law=signature.name,
        )  # fmt: skip
    return False


def _weak_derivative(ctx: Context, member: tree.Member, support: Array) -> WeakDerivative | None:
    statements: tuple[Statement, ...] = ()
    errors = len(ctx.report.errors)
    if isinstance(member.body, tree.Block):
        statements, result = block(ctx, member.body)
    else:
        result = expression(ctx, member.body)
    if is_poison(result) or len(ctx.report.errors) > errors:
        return None
    fields = dict(result.fields) if isinstance(result, RecordExpr) else {}
    if set(fields) != set(_FIELDS):
        found = "{" + ", ".join(fields) + "}" if isinstance(result, RecordExpr) else str(result.type)
        ctx.report.error(
            WeakResult, result.span, f"this is {found}",
            helps=("write `return {constant = c, plus = a, minus = b}`",), name=member.name,
        )  # fmt: skip
        return None
    constant = _of_type(ctx, fields["constant"], REAL, "constant", member.span)
    plus, minus = (_of_type(ctx, fields[side], support.plain(), side, member.span) for side in ("plus", "minus"))
    if constant is None or plus is None or minus is None:
        return None
    return WeakDerivative(member.name.removeprefix(_PREFIX), statements, constant, plus, minus)


def _of_type(ctx: Context, value: Expr, wanted: Array, field: str, place: Span) -> Expr | None:
    """A field of the result as the type it must have; None after a report."""
    type_ = value.type
    order = ("bool", "int", "real")
    if (
        isinstance(type_, Array)
        and type_.dims == wanted.dims
        and order.index(type_.element) <= order.index(wanted.element)
    ):
        return converted(value, wanted.element)
    ctx.report.error(
        WeakType, value.span, f"this is {type_}", secondary=(Label(place, "in this derivative"),),
        name=field, wanted=str(wanted),
    )  # fmt: skip
    return None


def pathwise(ctx: Context, node: tree.Distribution, signature: DistributionSignature) -> Pathwise:
    """What `pathwise = "..."` says, or the default: a draw from a continuous law is a function of its parameters."""
    drawn = signature.bind is not None or signature.draw is not None
    default: Pathwise = "draw" if drawn and not signature.discrete else "none"
    member = next((m for m in node.members if m.name == "pathwise"), None)
    if member is None:
        return default
    word = member.body.value if isinstance(member.body, tree.String) else None
    chosen = next((w for w in _WORDS if w == word), None)
    problem = _problem(chosen, signature)
    if chosen is None or problem is not None:
        ctx.report.error(PathwiseWord, member.body.span, problem or "this is none of them", name=signature.name)
        return default
    return chosen


_WORDS: tuple[Pathwise, ...] = get_args(Pathwise)


def _problem(word: Pathwise | None, signature: DistributionSignature) -> str | None:
    """Why a law cannot be what `pathwise` says."""
    if word in (None, "none"):
        return None
    if signature.discrete:
        return f"{signature.name} is discrete: its draws jump"
    if word == "draw":
        return None
    if signature.support.rank:
        return f"{signature.name} is on {signature.support}, and has no distribution function"
    missing = [name for name in ("cdf", "logpdf") if signature.member(name) is None]
    return f"{signature.name} has no {' and no '.join(missing)}" if missing else None
