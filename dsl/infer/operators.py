"""The types of operators: promotion, shapes, products of linear algebra, transposes, comparisons, choices.

bool -> int -> real      where arithmetic needs it, written as `Convert` (literals are simply retyped)
`+ - .* ./ .^`           arrays of one shape, or a scalar against an array
`*`                      a scalar times anything; matrix by vector or matrix; `v' * w`; `v * w'`
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.kinds import NotABool, NotNumbers
from pushforward.dsl.errors.shapes import (
    ArrayPower,
    BranchesDiffer,
    EmptyList,
    ItemsDiffer,
    ProductShapes,
    ShapesDiffer,
    TransposeRank,
    VectorProduct,
)  # fmt: skip
from pushforward.dsl.infer.context import Context, is_poison, joined, poison, settle
from pushforward.dsl.infer.intervals import applied, constraint_of, hull, interval_of
from pushforward.dsl.infer.operations import OPERATIONS
from pushforward.dsl.infer.sizes import sources, unwrapped
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Apply, ArrayLiteral, Const, Convert, Expr, IfElse
from pushforward.dsl.types import UNCONSTRAINED, Array, Constraint, Dim, Element, Network, Type

_RANK: dict[Element, int] = {"bool": 0, "int": 1, "real": 2}

_ARITHMETIC = {
    "+": "add",
    "-": "subtract",
    ".*": "multiply",
    "./": "divide",
    "/": "divide",
    ".^": "power",
    "^": "power",
    "%": "modulo",
}
_COMPARISON = {
    "<": "less",
    "<=": "less_equal",
    ">": "greater",
    ">=": "greater_equal",
    "==": "equal",
    "!=": "not_equal",
}
_LOGIC = {"&&": "and", "||": "or"}


def converted(expr: Expr, element: Element) -> Expr:
    """The same value with another element type; literals are retyped."""
    type_ = expr.type
    if not isinstance(type_, Array) or type_.element == element:
        return expr
    if isinstance(expr, Const) and not isinstance(expr.value, str):
        value: float | int | bool = float(expr.value) if element == "real" else int(expr.value)
        new = Array(element)
        return replace(expr, value=value, type=new, stage=settle(new, expr.stage))
    if isinstance(expr, ArrayLiteral):
        new = replace(type_.plain(), element=element)
        items = tuple(converted(i, element) for i in expr.items)
        return replace(expr, items=items, type=new, stage=settle(new, expr.stage))
    result = Array(element, type_.dims, constraint_of(interval_of(expr)))
    return Convert(expr, type=result, stage=settle(result, expr.stage), span=expr.span)


def promoted(*expressions: Expr, least: Element = "bool") -> tuple[Expr, ...]:
    """All values with the widest element type among them, at least `least`."""
    elements: list[Element] = [e.type.element for e in expressions if isinstance(e.type, Array)]
    widest = max((*elements, least), key=lambda e: _RANK[e])
    return tuple(converted(e, widest) for e in expressions)


def described(expr: Expr) -> str:
    """A type in words."""
    return str(expr.type)


def apply(name: str, arguments: tuple[Expr, ...], type_: Type, span: Span) -> Expr:
    """The application of an operator."""
    stage = settle(type_, joined(*arguments))
    return Apply(OPERATIONS[name], arguments, type=type_, stage=stage, span=span)


def numbers(ctx: Context, op: str, span: Span, *operands: Expr) -> bool:
    """Whether all operands are numbers; else it is reported."""
    if is_poison(*operands):
        return False
    for operand in operands:
        if not isinstance(operand.type, Array):
            ctx.report.error(NotNumbers, operand.span, f"this is a {described(operand)}", op=op)
            return False
    return True


def common_dims(ctx: Context, op: str, span: Span, *operands: Expr) -> tuple[Dim, ...] | None:
    """The shape that elementwise operands share, scalars aside; None after reporting that there is none."""
    shaped = [o for o in operands if isinstance(o.type, Array) and o.type.rank]
    if not shaped:
        return ()
    first = shaped[0].type
    assert isinstance(first, Array)
    for other in shaped[1:]:
        assert isinstance(other.type, Array)
        if other.type.dims != first.dims:
            ctx.report.error(
                ShapesDiffer, span, f"{described(shaped[0])} against {described(other)}",
                secondary=_both(ctx, shaped[0], other),
                notes=("only a scalar is spread over an array; arrays must have equal shapes",), op=op,
                left=described(shaped[0]), right=described(other),
            )  # fmt: skip
            return None
    return first.dims


def _both(ctx: Context, left: Expr, right: Expr) -> tuple[Label, ...]:
    """Where the sizes in which two arrays differ come from."""
    if not isinstance(left.type, Array) or not isinstance(right.type, Array):
        return ()
    a, b = left.type.dims, right.type.dims
    differing = [i for i, (x, y) in enumerate(zip(a, b)) if x != y]
    if not differing:
        return sources(ctx, (left, a), (right, b))
    return sources(ctx, (left, tuple(a[i] for i in differing)), (right, tuple(b[i] for i in differing)))


def binary(ctx: Context, op: str, left: Expr, right: Expr, span: Span) -> Expr:
    """`left op right`."""
    if not numbers(ctx, op, span, left, right):
        return poison(span)
    if op == "*":
        return times(ctx, left, right, span)
    if op == "^" and any(isinstance(e.type, Array) and e.type.rank for e in (left, right)):
        return _array_power(ctx, left, right, span)
    dims = common_dims(ctx, op, span, left, right)
    if dims is None:
        return poison(span)
    if op in _LOGIC:
        if not all(is_bool(ctx, e, f"`{op}`") for e in (left, right)):
            return poison(span)
        return apply(_LOGIC[op], (left, right), Array("bool", dims), span)
    if op in _COMPARISON:
        return apply(_COMPARISON[op], promoted(left, right), Array("bool", dims), span)
    return elementwise(_ARITHMETIC[op], left, right, dims, span)


def elementwise(name: str, left: Expr, right: Expr, dims: tuple[Dim, ...], span: Span) -> Expr:
    """An arithmetic operator on operands of one shape."""
    least: Element = "real" if name == "divide" else "int"
    if name == "power" and isinstance(right, Const) and isinstance(right.value, int):
        # A whole exponent stays whole: the emitted power is then a product, with finite derivatives at 0.
        least = "int" if right.value >= 0 else "real"
        operands = (*promoted(left, least=least), *promoted(right, least="int"))
    elif name == "power":
        operands = promoted(left, right, least="real")
    else:
        operands = promoted(left, right, least=least)
    type_ = operands[0].type
    assert isinstance(type_, Array)
    return apply(name, operands, Array(type_.element, dims, applied(name, operands)), span)


def _array_power(ctx: Context, left: Expr, right: Expr, span: Span) -> Expr:
    ctx.report.error(
        ArrayPower, span, f"{described(left)} to the power {described(right)}",
        helps=(f"write `{left.span.text} .^ {right.span.text}` for the power of each element",),
    )  # fmt: skip
    return poison(span)


def is_row(expr: Expr) -> bool:
    """Whether a matrix[1, N] was written as the transpose of a vector, or is such a row times a matrix."""
    match expr:
        case Apply(function=f, arguments=(inner,)) if f.name == "transpose":
            return isinstance(inner.type, Array) and inner.type.rank == 1
        case Apply(function=f, arguments=(left, right)) if f.name == "matmul":
            return is_row(unwrapped(left)) and isinstance(right.type, Array) and right.type.rank == 2
        case _:
            return False


def times(ctx: Context, left: Expr, right: Expr, span: Span) -> Expr:
    """`left * right`, the product of linear algebra."""
    a, b = left.type, right.type
    assert isinstance(a, Array) and isinstance(b, Array)
    if not a.rank or not b.rank:
        return elementwise("multiply", left, right, a.dims or b.dims, span)
    one = Dim.const(1)
    match a.dims, b.dims:
        case (_,), (_,):
            ctx.report.error(
                VectorProduct, span, f"{described(left)} times {described(right)}",
                helps=(f"write `dot({left.span.text}, {right.span.text})` for the inner product",
                       f"write `{left.span.text} .* {right.span.text}` for the product of each pair of elements"),
            )  # fmt: skip
            return poison(span)
        case (m,), (r, n) if r == one:
            dims: tuple[Dim, ...] = (m, n)
        case (m, k1), (k2,) if k1 == k2:
            dims = () if is_row(unwrapped(left)) else (m,)
        case (m, k1), (k2, n) if k1 == k2:
            dims = (m, n)
        case _:
            inner = sources(ctx, (left, a.dims[-1:]), (right, b.dims[:1]))
            ctx.report.error(
                ProductShapes, span, "the inner sizes must agree", secondary=inner,
                product=span.text or "*", left=described(left), right=described(right),
            )  # fmt: skip
            return poison(span)
    operands = promoted(left, right, least="real")
    return apply("matmul", operands, Array("real", dims, applied("matmul", operands)), span)


def transpose(ctx: Context, operand: Expr, span: Span) -> Expr:
    """`x'`: of a vector, a matrix with one row."""
    if not numbers(ctx, "'", span, operand):
        return poison(span)
    type_ = operand.type
    assert isinstance(type_, Array)
    match type_.dims:
        case (n,):
            dims: tuple[Dim, ...] = (Dim.const(1), n)
        case (m, n):
            dims = (n, m)
        case _:
            ctx.report.error(TransposeRank, span, f"this is a {described(operand)}")
            return poison(span)
    kind = type_.constraint.kind
    symmetric = kind in ("corr_matrix", "cov_matrix")
    constraint = type_.constraint if symmetric else _scalar_bounds(type_.constraint)
    return apply("transpose", (operand,), Array(type_.element, dims, constraint), span)


def _scalar_bounds(constraint: Constraint) -> Constraint:
    fixed = all(b is None or isinstance(b, int | float) for b in (constraint.lower, constraint.upper))
    return constraint if constraint.kind == "interval" and fixed else UNCONSTRAINED


def unary(ctx: Context, op: str, operand: Expr, span: Span) -> Expr:
    """`-x`, `+x`, `!b`."""
    if not numbers(ctx, op, span, operand):
        return poison(span)
    type_ = operand.type
    assert isinstance(type_, Array)
    if op == "!":
        if not is_bool(ctx, operand, "`!`"):
            return poison(span)
        return apply("not", (operand,), Array("bool", type_.dims), span)
    (operand,) = promoted(operand, least="int")
    if op == "+":
        return operand
    if isinstance(operand, Const) and not isinstance(operand.value, str):
        return replace(operand, value=-operand.value, span=span)
    assert isinstance(operand.type, Array)
    return apply("negate", (operand,), Array(operand.type.element, type_.dims, applied("negate", (operand,))), span)


def is_bool(ctx: Context, expr: Expr, where: str) -> bool:
    """Whether a value is true or false; else it is reported."""
    if is_poison(expr):
        return False
    if isinstance(expr.type, Array) and expr.type.element == "bool":
        return True
    ctx.report.error(
        NotABool, expr.span, f"this is {described(expr)}", where=where,
        helps=(f"write `{expr.span.text} != 0`",) if isinstance(expr.type, Array) else (),
    )  # fmt: skip
    return False


def choice(ctx: Context, condition: Expr, then: Expr, orelse: Expr, span: Span) -> Expr:
    """`if condition then a else b`: one of two values of a type, or of each pair of elements."""
    if not is_bool(ctx, condition, "the condition of an `if`") or is_poison(then, orelse):
        return poison(span)
    network = next((e for e in (then, orelse) if isinstance(e.type, Network)), None)
    if network is not None:
        helps = ("choose between their values",)
        ctx.report.error(NotNumbers, network.span, f"this is {network.type}", helps=helps, op="if")
        return poison(span)
    if not isinstance(then.type, Array) or not isinstance(orelse.type, Array):
        if then.type == orelse.type:
            return IfElse(condition, then, orelse, type=then.type, stage=joined(condition, then, orelse), span=span)
        return _branches_differ(ctx, then, orelse, span)
    assert isinstance(condition.type, Array)
    a, b = promoted(then, orelse)
    assert isinstance(a.type, Array) and isinstance(b.type, Array)
    if condition.type.rank:
        dims = common_dims(ctx, "if", span, condition, a, b)
        if dims is None:
            return poison(span)
    elif a.type.dims != b.type.dims:
        return _branches_differ(ctx, then, orelse, span)
    else:
        dims = a.type.dims
    constraint = a.type.constraint
    if constraint != b.type.constraint or a.type.dims != b.type.dims or constraint.kind == "none":
        constraint = (
            constraint_of(hull([interval_of(a), interval_of(b)])) if a.type.element != "bool" else UNCONSTRAINED
        )
    type_ = Array(a.type.element, dims, constraint)
    return IfElse(condition, a, b, type=type_, stage=settle(type_, joined(condition, a, b)), span=span)


def _branches_differ(ctx: Context, then: Expr, orelse: Expr, span: Span) -> Expr:
    ctx.report.error(
        BranchesDiffer, span, f"{described(then)} or {described(orelse)}",
        secondary=_both(ctx, then, orelse), then=described(then), orelse=described(orelse),
    )  # fmt: skip
    return poison(span)


def array_of(ctx: Context, items: tuple[Expr, ...], span: Span) -> Expr:
    """`[a, b, c]`."""
    if is_poison(*items):
        return poison(span)
    if not items:
        ctx.report.error(EmptyList, span, "nothing says what this would hold", helps=("write `zeros(0)`",))
        return poison(span)
    if not numbers(ctx, "[ ]", span, *items):
        return poison(span)
    items = promoted(*items)
    first = items[0].type
    assert isinstance(first, Array)
    for item in items[1:]:
        assert isinstance(item.type, Array)
        if item.type.dims != first.dims:
            ctx.report.error(
                ItemsDiffer, item.span, f"this is {described(item)}, the first is {described(items[0])}",
                secondary=_both(ctx, items[0], item),
            )  # fmt: skip
            return poison(span)
    constraint = first.constraint
    if any(i.type != first for i in items) or constraint.kind in ("none", "interval"):
        constraint = UNCONSTRAINED if first.element == "bool" else constraint_of(hull([interval_of(i) for i in items]))
    type_ = Array(first.element, (Dim.const(len(items)), *first.dims), constraint)
    return ArrayLiteral(items, type=type_, stage=settle(type_, joined(*items)), span=span)
