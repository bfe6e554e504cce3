"""Baselines that are expressions of the program: `@ score(baseline=b(x))`, with `param b: mlp(in=2, out=1)`.

What such a baseline is made of is held still, but for its own parameters: the draws before it, the other parameters and
what follows from them. The expression may mention no draw that is not made yet, so that it cannot depend on the draw
whose score it is taken from.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any, cast

from pushforward.dsl import tree
from pushforward.dsl.errors.gradients import BaselineType
from pushforward.dsl.infer.context import Context, is_poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.typed import (
    Apply,
    Const,
    Expr,
    ExprNode,
    FormalParameter,
    Index,
    LogDensity,
    Ref,
    Signature,
    SliceSub,
    Stage,
)
from pushforward.dsl.types import INT, REAL, Array, Dim, Network

AVERAGE = "ema"


def learned(ctx: Context, node: tree.Expr) -> bool:
    """Whether a baseline is an expression of the program: neither a number nor a moving average."""
    match node:
        case tree.Number() | tree.Unary(op="-", operand=tree.Number()):
            return False
        case tree.Name(id=name) | tree.Call(function=tree.Name(id=name)):
            return name != AVERAGE or ctx.lookup(name) is not None
        case _:
            return True


def baseline(ctx: Context, node: tree.Expr) -> Expr | None:
    """The typed form: a number, or what a network with one output gives. None after a report."""
    found = expression(ctx, node)
    if is_poison(found):
        return None
    type_ = found.type
    if isinstance(type_, Array) and type_.dims == (Dim.const(1),):
        first = Const(0, type=INT, stage=Stage.STATIC, span=node.span)
        found = Index(found, (first,), type=Array(type_.element), stage=found.stage, span=node.span)
    if not isinstance(found.type, Array) or found.type.rank:
        ctx.report.error(BaselineType, node.span, f"this is {type_}")
        return None
    names = frozenset(p.name for p in ctx.params)
    return cast(Expr, _held(converted(found, "real"), names))


def _held(value: Any, own: frozenset[str]) -> Any:
    """The expression with everything stopped that it reads, but for its own parameters."""
    match value:
        case Ref(name=name, stage=stage) if name in own or stage <= Stage.DATA:
            return value
        case Ref():
            return _stopped(value)
        case Index(base=Ref(name=name)) if name not in own and value.stage > Stage.DATA:
            return _stopped(replace(value, subs=_held(value.subs, own)))
        case LogDensity() | Apply(function=Signature(extern="lax.stop_gradient")):
            return _stopped(value)
        case tuple():
            return tuple(_held(v, own) for v in value)
        case ExprNode() | SliceSub():
            kept = ("type", "stage", "span", "function", "distribution")
            names = [f.name for f in fields(value) if f.name not in kept]
            changed: dict[str, Any] = {n: _held(getattr(value, n), own) for n in names}
            return replace(value, **changed)
        case _:
            return value


def _stopped(value: Expr) -> Expr:
    """`stop(value)`."""
    if not isinstance(value.type, Array | Network):
        return value
    plain = value.type if isinstance(value.type, Network) else REAL
    signature = Signature("stop", (FormalParameter("x", plain),), plain, elementwise=True, extern="lax.stop_gradient")
    return Apply(signature, (value,), type=value.type, stage=value.stage, span=value.span)
