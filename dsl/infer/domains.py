"""Whether an argument lies in the domain that its parameter declares.

What is certainly outside is an error. What may leave is a warning, and only where the value is made of unconstrained
variables, arguments and arithmetic: of other functions too little is known to say it.
"""

from __future__ import annotations

import math

from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.care import MayLeaveDomain
from pushforward.dsl.errors.supports import OutsideDomain
from pushforward.dsl.infer.context import Context
from pushforward.dsl.infer.intervals import Interval, interval_of, interval_of_type
from pushforward.dsl.infer.operations import OPERATIONS
from pushforward.dsl.infer.sizes import unwrapped
from pushforward.dsl.typed import Apply, Const, Convert, Expr, FormalParameter, Index, Ref, Stage
from pushforward.dsl.types import Array, Type


def within_domain(ctx: Context, value: Expr, parameter: FormalParameter, callee: str, law: bool) -> None:
    """Report an argument outside the domain of its parameter, or one that may leave it."""
    if ctx.quiet or not isinstance(parameter.type, Array) or not isinstance(value.type, Array):
        return
    if parameter.type.constraint.kind not in ("interval", "index"):
        return
    domain, known = interval_of_type(parameter.type), interval_of(value)
    if _outside(known, domain):
        words = f"{known.lo:g}" if known.lo == known.hi else in_words(known)
        ctx.report.error(
            OutsideDomain, value.span, f"this is {words}",
            callee=callee, parameter=parameter.name, wanted=in_words(domain),
        )  # fmt: skip
    elif (law or value.stage is Stage.RANDOM) and _may_leave(known, domain) and _transparent(ctx, value):
        _warn(ctx, value, parameter.name, callee, domain)


def _warn(ctx: Context, value: Expr, parameter: str, callee: str, domain: Interval) -> None:
    binding = ctx.lets.get(_bare_name(value) or "")
    name = binding.name if binding is not None else None
    helps = (f"declare `{name}` as {_declaration(domain)}",) if name else (_repair(domain, value),)
    ctx.report.error(
        MayLeaveDomain, value.span, "nothing keeps this there", secondary=_origin(ctx, value), helps=helps,
        callee=callee, parameter=parameter, wanted=in_words(domain),
    )  # fmt: skip


def in_words(domain: Interval) -> str:
    """A domain as a reader would say it."""
    lo, hi = domain.lo, domain.hi
    if (lo, hi, domain.open) == (0, math.inf, True):
        return "positive"
    if (lo, hi, domain.open) == (-math.inf, 0, True):
        return "negative"
    if hi == math.inf:
        return f"at least {lo:g}"
    return f"at most {hi:g}" if lo == -math.inf else f"between {lo:g} and {hi:g}"


def _declaration(domain: Interval) -> str:
    if domain.lo == 0 and domain.hi == math.inf:
        return "`positive`" if domain.open else "`nonneg`"
    if (domain.lo, domain.hi) == (0, 1):
        return "`unit`"
    ends = [f"{side}={end:g}" for side, end in (("lower", domain.lo), ("upper", domain.hi)) if math.isfinite(end)]
    return f"`real<{', '.join(ends)}>`"


def _repair(domain: Interval, value: Expr) -> str:
    text = value.span.text
    if domain.lo == 0 and domain.hi == math.inf:
        return f"write `exp({text})`, or declare what it is made of as positive"
    if (domain.lo, domain.hi) == (0, 1):
        return f"write `inv_logit({text})`"
    return f"keep it {in_words(domain)}"


def _outside(known: Interval, domain: Interval) -> bool:
    """Certainly: the intervals are apart, or meet in an end that one of them excludes."""
    if known.lo > domain.hi or known.hi < domain.lo:
        return True
    meet = [end for end, other in ((known.hi, domain.lo), (known.lo, domain.hi)) if end == other]
    return (known.open or domain.open) and any(map(math.isfinite, meet))


def _may_leave(known: Interval, domain: Interval) -> bool:
    return known.lo < domain.lo or known.hi > domain.hi


def _transparent(ctx: Context, value: Expr) -> bool:
    """Whether a value is made only of arguments, variables, literals and arithmetic: its range is understood."""
    match value:
        case Const():
            return True
        case Convert(value=inner):
            return _transparent(ctx, inner)
        case Index(base=base):
            return _transparent(ctx, base)
        case Apply(function=f, arguments=arguments):
            return OPERATIONS.get(f.name) is f and f.name != "matmul" and all(_transparent(ctx, a) for a in arguments)
        case Ref(name=name, type=Array(element="real")):
            binding = ctx.lets.get(name)
            if binding is None:
                return False
            if binding.kind == "let":
                return binding.value is not None and _transparent(ctx, binding.value)
            # A bound that is itself unknown ties variables together: `1 - a - b` with `b` below `1 - a` is positive.
            return binding.kind in ("argument", "variable") and _fixed_bounds(value.type)
        case _:
            return False


def _fixed_bounds(type_: Type) -> bool:
    bounds = (type_.constraint.lower, type_.constraint.upper) if isinstance(type_, Array) else ()
    return all(b is None or isinstance(b, int | float) for b in bounds)


def _bare_name(value: Expr) -> str | None:
    match unwrapped(value):
        case Ref(name=name):
            return name
        case Index(base=base):
            return _bare_name(base)
        case _:
            return None


def _origin(ctx: Context, value: Expr) -> tuple[Label, ...]:
    name = _bare_name(value)
    binding = ctx.lets.get(name) if name else None
    if binding is None or binding.span == value.span:
        return ()
    return (Label(binding.span, f"`{binding.name}` comes from here"),)
