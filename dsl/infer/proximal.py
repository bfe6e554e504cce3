"""Sets, nonsmooth terms and constraints of a hole.

A set and a nonsmooth function are known by their companions in the language:

    w in l2_ball(r)       project_l2_ball(w, r)             the nearest point of the set
    c * l1(w)             prox_l1(w, c * step)              argmin_u l1(u) + |u - w|^2 / (2 c step)
"""

from __future__ import annotations

from dataclasses import dataclass

from pushforward.dsl import tree
from pushforward.dsl.errors.solvers import SolveBody, UnknownDomain
from pushforward.dsl.infer.context import Binding, Context, is_poison, joined
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.statements import statements
from pushforward.dsl.infer.taint import names_of
from pushforward.dsl.typed import Body, Expr, RecordExpr, Ref, Stage, Unknown
from pushforward.dsl.types import Array, Constraint, Record

_STEP = "step__"
_POSITIVE = Array("real", (), Constraint("interval", 0.0, None, open=True))


@dataclass(frozen=True)
class Term:
    """`scale * function(unknown, rest)`: a nonsmooth term of a loss."""

    unknown: str
    function: str
    scale: tree.Expr | None
    call: tree.Call


@dataclass(frozen=True)
class Split:
    """A loss: its smooth part, and its nonsmooth terms."""

    smooth: tree.Expr
    terms: tuple[Term, ...] = ()


def split(ctx: Context, loss: tree.Expr, node: tree.Solve) -> Split:
    """The terms of a sum that are nonsmooth functions of one unknown, and the rest."""
    names = {b.name for b in node.binders}
    smooth: list[tuple[str, tree.Expr]] = []
    found: list[Term] = []
    for sign, term in _summands(loss, "+"):
        nonsmooth = _nonsmooth(ctx, term, names) if sign == "+" else None
        if nonsmooth is None:
            smooth.append((sign, term))
        else:
            found.append(nonsmooth)
    if not found:
        return Split(loss)
    total: tree.Expr | None = None
    for sign, term in smooth:
        if total is None:
            total = term if sign == "+" else tree.Unary("-", term, span=term.span)
        else:
            total = tree.Binary("+" if sign == "+" else "-", total, term, span=loss.span)
    return Split(total if total is not None else tree.Number(0.0, "0.0", span=loss.span), tuple(found))


def _summands(e: tree.Expr, sign: str) -> list[tuple[str, tree.Expr]]:
    match e:
        case tree.Binary(op="+", left=left, right=right):
            return [*_summands(left, sign), *_summands(right, sign)]
        case tree.Binary(op="-", left=left, right=right):
            return [*_summands(left, sign), *_summands(right, "-" if sign == "+" else "+")]
        case _:
            return [(sign, e)]


def _nonsmooth(ctx: Context, e: tree.Expr, unknowns: set[str]) -> Term | None:
    match e:
        case tree.Call(function=tree.Name(id=name), arguments=(tree.Argument(None, tree.Name(id=x)), *rest)) if (
            x in unknowns and ctx.known.is_function(f"prox_{name}") and not _mentions(rest, unknowns)
        ):
            return Term(x, name, None, e)
        case tree.Binary(op="*", left=left, right=right):
            for scale, call in ((left, right), (right, left)):
                inner = _nonsmooth(ctx, call, unknowns)
                if inner is not None and not names_of(scale) & unknowns:
                    whole = scale if inner.scale is None else tree.Binary("*", scale, inner.scale, span=e.span)
                    return Term(inner.unknown, inner.function, whole, inner.call)
            return None
        case _:
            return None


def _mentions(arguments: list[tree.Argument], names: set[str]) -> bool:
    return any(names_of(a.value) & names for a in arguments)


def domains(ctx: Context, node: tree.Solve, terms: Split) -> dict[str, tree.Call] | None:
    """For each unknown that has one, the call that brings it back: a projection or a proximal operator, of the unknown
    and the step. None after a report."""
    found: dict[str, tree.Call] = {}
    for binder in node.binders:
        x = tree.Argument(None, tree.Name(binder.name, span=binder.span), span=binder.span)
        mine = [t for t in terms.terms if t.unknown == binder.name]
        if binder.domain is not None:
            call = _set(ctx, binder.domain, x)
            if call is None:
                return None
            found[binder.name] = call
        elif mine:
            found[binder.name] = _prox(mine[0], x)
        if len(mine) + (binder.domain is not None) > 1:
            ctx.report.error(
                SolveBody, mine[-1].call.span, f"`{binder.name}` has another nonsmooth term, or a set",
                notes=("the proximal operator of a sum is not known from those of its terms",),
                helps=("solve for a copy of it, tied by `subject to`, by `augmented_lagrangian()`",),
                kind=f"`{node.kind}`",
            )  # fmt: skip
            return None
    return found


def of_type(ctx: Context, binder: tree.Binder) -> tree.Expr | None:
    """The set that the type of an unknown says, where there is a projection on it."""
    type_ = binder.type
    if type_ is None or (type_.name in ("real", "vector", "matrix") and not type_.bounds):
        return None
    bounds = {b.side: b.value for b in type_.bounds}
    if len(bounds) == 2:
        ends = tuple(tree.Argument(None, bounds[s], span=binder.span) for s in ("lower", "upper"))
        return tree.Call(tree.Name("box", span=binder.span), ends, span=binder.span)
    if bounds or not ctx.known.is_function(f"project_{type_.name}"):
        return None
    return tree.Name(type_.name, span=type_.span)


def _taken_apart(domain: tree.Expr) -> tuple[str, tuple[tree.Argument, ...]]:
    """The name of a set and its arguments."""
    match domain:
        case tree.Name(id=name):
            return name, ()
        case tree.Call(function=tree.Name(id=name), arguments=rest):
            return name, rest
        case _:
            return domain.span.text, ()


def companions(
    ctx: Context, node: tree.Solve, sets: dict[str, tree.Expr], unknowns: tuple[Unknown, ...]
) -> dict[str, Body]:
    """`mirror` and `vertices` of the sets, where all of them have such: of the unknown and a direction, and of a
    direction alone. The direction of the unknown w is called `w_direction`."""
    parts: dict[str, Body] = {}
    for part, prefix in (("mirror", "mirror_"), ("vertices", "vertex_")):
        known = [ctx.known.is_function(prefix + _taken_apart(s)[0]) for s in sets.values()]
        if not known or not all(known) or len(sets) < len(node.binders):
            continue
        with ctx.scope():
            fields: list[tuple[str, Expr]] = []
            for binder, unknown in zip(node.binders, unknowns, strict=True):
                direction = f"{unknown.name}_direction"
                written = f"{binder.name}__direction"
                plain = unknown.type.plain()
                ctx.define(Binding(written, direction, "argument", plain, Stage.RANDOM, binder.span))
                ctx.used.add(direction)
                name, rest = _taken_apart(sets[binder.name])
                first = [binder.name] if part == "mirror" else []
                names = (tree.Name(n, span=binder.span) for n in (*first, written))
                given = [tree.Argument(None, n, span=binder.span) for n in names]
                call = tree.Call(tree.Name(prefix + name, span=binder.span), (*given, *rest), span=binder.span)
                fields.append((binder.name, expression(ctx, call)))
        if not is_poison(*(v for _, v in fields)):
            parts[part] = Body((), _record(fields))
    return parts


def _set(ctx: Context, domain: tree.Expr, x: tree.Argument) -> tree.Call | None:
    name, rest = _taken_apart(domain)
    if not ctx.known.is_function(f"project_{name}"):
        near = nearest(f"project_{name}", [n for n in ctx.known.names() if n.startswith("project_")])
        helps = (f"did you mean `{near.removeprefix('project_')}`?",) if near else ()
        ctx.report.error(UnknownDomain, domain.span, f"no function is called project_{name}", helps=helps, name=name)
        return None
    return tree.Call(tree.Name(f"project_{name}", span=domain.span), (x, *rest), span=domain.span)


def _prox(term: Term, x: tree.Argument) -> tree.Call:
    span = term.call.span
    step: tree.Expr = tree.Name(_STEP, span=span)
    if term.scale is not None:
        step = tree.Binary("*", tree.Name(_STEP, span=span), term.scale, span=span)
    rest = term.call.arguments[1:]
    function = tree.Name(f"prox_{term.function}", span=span)
    return tree.Call(function, (x, tree.Argument(None, step, span=span), *rest), span=span)


def conditions(
    ctx: Context, node: tree.Solve, terms: Split, sets: dict[str, tree.Call], unknowns: tuple[Unknown, ...],
    lets: tuple[tree.Statement, ...] = (),
) -> dict[str, Body | str] | None:
    """The typed parts beside the loss: `prox`, `nonsmooth`, `equality`, `inequality`; and the name of the step. The
    constraints see the `lets` of the body."""
    parts: dict[str, Body | str] = {}
    if sets:
        with ctx.scope():
            step = ctx.fresh("step")
            ctx.define(Binding(_STEP, step, "argument", _POSITIVE, Stage.RANDOM, node.span))
            ctx.used.add(step)
            fields: list[tuple[str, Expr]] = []
            for binder, unknown in zip(node.binders, unknowns, strict=True):
                same = Ref(unknown.name, type=unknown.type.plain(), stage=Stage.RANDOM, span=binder.span)
                fields.append((binder.name, expression(ctx, sets[binder.name]) if binder.name in sets else same))
        if is_poison(*(v for _, v in fields)):
            return None
        parts |= {"prox": Body((), _record(fields)), "step": step}
    if terms.terms:
        total: tree.Expr | None = None
        for term in terms.terms:
            value = term.call if term.scale is None else tree.Binary("*", term.scale, term.call, span=term.call.span)
            total = value if total is None else tree.Binary("+", total, value, span=node.span)
        assert total is not None
        typed = expression(ctx, total)
        if is_poison(typed):
            return None
        parts["nonsmooth"] = Body((), converted(typed, "real"))
    for c in node.constraints:
        if not (isinstance(c, tree.Binary) and c.op in ("==", "<=", "<", ">=", ">")):
            helps = (f"write `{c.span.text} <= 0` or `{c.span.text} == 0`",)
            ctx.report.error(SolveBody, c.span, "this compares nothing", helps=helps, kind=f"`{node.kind}`")
            return None
    read = {n for c in node.constraints for n in names_of(c)}
    seen = lets if any(n in read for s in lets for n in _named(s)) else ()
    for name, values in _constraints(node).items():
        earlier = set(ctx.lets)
        with ctx.scope():
            before = statements(ctx, seen) if values else ()
            typed_values = [expression(ctx, v) for v in values]
        ctx.used |= set(ctx.lets) - earlier  # what the loss reads need not be read here
        if is_poison(*typed_values):
            return None
        if values:
            parts[name] = Body(before, _record([(f"c{i}", converted(v, "real")) for i, v in enumerate(typed_values)]))
    return parts


def _named(statement: tree.Statement) -> tuple[str, ...]:
    """The name that a `let` gives."""
    return (statement.name,) if isinstance(statement, tree.Let) else ()


def _record(fields: list[tuple[str, Expr]]) -> Expr:
    values = tuple(fields)
    type_ = Record(tuple((n, v.type) for n, v in values))
    return RecordExpr(values, type=type_, stage=joined(*(v for _, v in values)), span=values[0][1].span)


def _constraints(node: tree.Solve) -> dict[str, list[tree.Expr]]:
    """Equalities as what is 0, inequalities as what is at most 0."""
    found: dict[str, list[tree.Expr]] = {"equality": [], "inequality": []}
    for c in node.constraints:
        match c:
            case tree.Binary(op="==", left=left, right=right):
                found["equality"].append(_difference(left, right, c))
            case tree.Binary(op="<=" | "<", left=left, right=right):
                found["inequality"].append(_difference(left, right, c))
            case tree.Binary(op=">=" | ">", left=left, right=right):
                found["inequality"].append(_difference(right, left, c))
            case _:
                found["inequality"].append(c)
    return found


def _difference(left: tree.Expr, right: tree.Expr, whole: tree.Expr) -> tree.Expr:
    if isinstance(right, tree.Number) and right.value == 0:
        return left
    return tree.Binary("-", left, right, span=whole.span)
