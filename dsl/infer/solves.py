"""`argmin`, `argmax`, `root`, `fixpoint` and `saddle`: what is solved for, what is solved, by what, and its derivative.

A hole is typed as if its unknowns were arguments of functions: its loss, its constraints, and what its nonsmooth terms
and sets ask of a proximal solver. What else these mention is found by the compiler.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.errors.solvers import ChoiceInside, SolveBody
from pushforward.dsl.infer.context import Binding, Context, is_poison, joined, poison
from pushforward.dsl.infer.degree import degree_of_body
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.methods import Chosen, Shape, kinked, needs_met, rule_of, solver_of, symmetric
from pushforward.dsl.infer.operators import converted, unary
from pushforward.dsl.infer.proximal import Split, companions, conditions, domains, of_type, split
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.squares import residuals
from pushforward.dsl.infer.statements import ascribed, repeated, statements
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.transports import transport_of
from pushforward.dsl.infer.typeexprs import array_type
from pushforward.dsl.infer.walk import expressions_of, names_in, walk
from pushforward.dsl.typed import (
    Algorithm,
    Body,
    Expr,
    Let,
    RecordExpr,
    Ref,
    Solve,
    Stage,
    Statement,
    Unknown,
)  # fmt: skip
from pushforward.dsl.types import REAL, Array, Record, Type


def solve(ctx: Context, node: tree.Solve, method: tree.Method | None) -> Expr:
    """The typed form of a hole; poison after a report."""
    if node.kind == "bilevel":
        from pushforward.dsl.infer.bilevel import bilevel

        return bilevel(ctx, node, method)
    kind = "argmin" if node.kind == "argmax" else node.kind
    if _choice_inside(ctx, node):
        return poison(node.span)
    with ctx.scope():
        unknowns = unknowns_of(ctx, node)
        if unknowns is None:
            return poison(node.span)
        *lets, last = node.body.statements or (tree.ExprStatement(tree.Number(0), span=node.body.span),)
        result = last.value if isinstance(last, tree.ExprStatement | tree.Return) else None
        if result is None:
            _misfit(ctx, node, last.span, "the last statement must be what is solved, an expression")
            return poison(node.span)
        terms = split(ctx, result, node) if kind == "argmin" else Split(result)
        sets = domains(ctx, node, terms)
        rule = rule_of(ctx, node, method)
        if sets is None or rule is None:
            return poison(node.span)
        shape = _shape(ctx, node, kind, tuple(lets), terms, unknowns)
        chosen = solver_of(ctx, node, method, kind, prox=bool(sets), shape=shape, unknowns=unknowns)
        if chosen is None:
            return poison(node.span)
        if "prox" in chosen.takes:
            node, unknowns = _projected(ctx, node, unknowns)
            sets = domains(ctx, node, terms) or {}
        elif terms.terms:
            terms = Split(result)
        parts, step = _parts(ctx, node, tuple(lets), terms, sets, unknowns)
        if parts is not None:
            parts |= _asked(ctx, node, tuple(lets), unknowns, shape, chosen)
    if parts is None or not needs_met(ctx, node, chosen, parts) or kinked(ctx, parts["objective"], unknowns, rule):
        return poison(node.span)
    if not symmetric(ctx, rule, kind == "argmin" and not {"prox", "mirror", "equality", "inequality"} & parts.keys()):
        return poison(node.span)
    quadratic = shape.quadratic and not any(u.transformed for u in unknowns)
    return replace(_typed(node, kind, unknowns, parts, chosen, rule, step), quadratic=quadratic)


def _shape(
    ctx: Context, node: tree.Solve, kind: str, lets: tuple[tree.Statement, ...], terms: Split,
    unknowns: tuple[Unknown, ...],
) -> Shape:  # fmt: skip
    """The form of a loss, found by typing it once, quietly."""
    if kind != "argmin":
        return Shape()
    trial = replace(ctx, report=Report(), quiet=True)
    before, loss = _loss(trial, node, lets, terms, unknowns)
    if loss is None:
        return Shape()
    moving = {u.name: 1.0 for u in unknowns}
    bodies = conditions(trial, replace(node), replace(terms, terms=()), {}, unknowns, lets) or {}
    affine = all(degree_of_body(b, moving) <= 1 for b in bodies.values() if isinstance(b, Body))
    squared = residuals(terms.smooth) if node.kind == "argmin" else None
    return Shape(affine and degree_of_body(Body(before, loss), moving) <= 2, squared)


def _loss(
    ctx: Context, node: tree.Solve, lets: tuple[tree.Statement, ...], terms: Split, unknowns: tuple[Unknown, ...]
) -> tuple[tuple[Statement, ...], Expr | None]:
    with ctx.scope():
        before = statements(ctx, lets)
        return before, loss_of(ctx, node, terms.smooth, unknowns)


def _projected(
    ctx: Context, node: tree.Solve, unknowns: tuple[Unknown, ...]
) -> tuple[tree.Solve, tuple[Unknown, ...]]:
    """For a solver that takes sets: constrained types are kept by projection, where there is one."""
    sets = [b.domain if b.domain is not None else of_type(ctx, b) for b in node.binders]
    binders = tuple(replace(b, domain=s) for b, s in zip(node.binders, sets, strict=True))
    kept = tuple(replace(u, transformed=u.transformed and s is None) for u, s in zip(unknowns, sets, strict=True))
    return replace(node, binders=binders), kept


def _parts(
    ctx: Context, node: tree.Solve, lets: tuple[tree.Statement, ...], terms: Split, sets: dict[str, tree.Call],
    unknowns: tuple[Unknown, ...],
) -> tuple[dict[str, Body] | None, str]:  # fmt: skip
    """The typed bodies, and the name of the step; None after a report."""
    before, objective = _loss(ctx, node, lets, terms, unknowns)
    if objective is None:
        return None, ""
    extra = conditions(ctx, node, terms, sets, unknowns, lets) if (sets or node.constraints) else {}
    if extra is None:
        return None, ""
    parts = {"objective": Body(before, objective)}
    step = extra.pop("step", "")
    parts |= {name: body for name, body in extra.items() if isinstance(body, Body)}
    return parts, step if isinstance(step, str) else ""


def _asked(
    ctx: Context, node: tree.Solve, lets: tuple[tree.Statement, ...], unknowns: tuple[Unknown, ...], shape: Shape,
    chosen: Chosen,
) -> dict[str, Body]:  # fmt: skip
    """The bodies that only some solvers look at: mirror steps and vertices of sets, and what is squared."""
    parts: dict[str, Body] = {}
    if {"mirror", "vertices"} & set(chosen.needs):
        written = {b.name: b.domain for b in node.binders if b.domain is not None}
        parts |= companions(ctx, node, written, unknowns)
    if "transport" in chosen.needs:
        parts |= transport_of(ctx, node, lets)
    if "squares" in chosen.needs and shape.squared is not None:
        with ctx.scope():
            first = statements(ctx, lets)
            squared = [converted(expression(ctx, e), "real") for e in shape.squared]
        if not is_poison(*squared):
            fields = tuple((f"r{i}", e) for i, e in enumerate(squared))
            type_ = Record(tuple((n, e.type) for n, e in fields))
            parts["residuals"] = Body(first, RecordExpr(fields, type=type_, stage=joined(*squared), span=node.span))
    return parts


def _typed(
    node: tree.Solve, kind: str, unknowns: tuple[Unknown, ...], parts: dict[str, Body], chosen: Chosen,
    rule: Algorithm, step: str,
) -> Solve:  # fmt: skip
    stages = [e.stage for body in parts.values() for e in outer(body, unknowns)]
    stage = max((s for s in stages), default=Stage.DATA)
    types: list[tuple[str, Type]] = [(b.name, u.type) for b, u in zip(node.binders, unknowns, strict=True)]
    type_: Type = types[0][1] if len(types) == 1 else Record(tuple(types))
    return Solve(
        kind, unknowns, tuple(parts.items()), chosen.by, rule, least=_least(node), step=step,  # type: ignore[arg-type]
        type=type_, stage=max(stage, Stage.DATA), span=node.span,
    )  # fmt: skip


def _least(node: tree.Solve) -> int:
    """How many unknowns of a saddle minimise: the first, or all but the last."""
    return max(1, len(node.binders) - 1) if node.kind == "saddle" else 0


def outer(body: Body, unknowns: tuple[Unknown, ...]) -> list[Expr]:
    """What a body reads from around the hole."""
    inside = {u.name for u in unknowns}
    for stmt in body.statements:
        if isinstance(stmt, Let) and names_in(stmt.value) & inside:
            inside.add(stmt.name)
    refs = [r for e in expressions_of(body) for r in walk(e) if isinstance(r, Ref)]
    local = inside | {s.name for s in body.statements if isinstance(s, Let)}
    starts = [u.start for u in unknowns if u.start is not None]
    return [*(r for r in refs if r.name not in local), *starts]


def _choice_inside(ctx: Context, node: tree.Solve) -> bool:
    for inner in node.body.statements:
        for piece in nodes_of(inner):
            if isinstance(piece, tree.LogDensity):
                return False
            if isinstance(piece, tree.Site):
                ctx.report.error(ChoiceInside, piece.span, "this is drawn anew at each look", kind=node.kind)
                return True
    return False


def unknowns_of(ctx: Context, node: tree.Solve) -> tuple[Unknown, ...] | None:
    """The unknowns, defined in the present scope."""
    found: list[Unknown] = []
    starts = _starts(ctx, node)
    if starts is None:
        return None
    for binder, start in zip(node.binders, starts, strict=True):
        if binder.type is not None:
            type_ = array_type(ctx, binder.type)
        else:
            type_ = start.type.plain() if start is not None and isinstance(start.type, Array) else REAL
        if type_ is None or type_.element == "bool":
            return None
        if start is not None:
            start = _start(ctx, binder, type_, start)
            if is_poison(start):
                return None
        unique = ctx.fresh(binder.name)
        ctx.define(Binding(binder.name, unique, "argument", type_, Stage.RANDOM, binder.span))
        ctx.used.add(unique)
        constrained = type_.constraint.kind != "none"
        found.append(Unknown(unique, type_, constrained and node.kind != "fixpoint", start, span=binder.span))
    return tuple(found)


def _start(ctx: Context, binder: tree.Binder, type_: Array, start: Expr) -> Expr:
    if isinstance(start.type, Array) and not start.type.rank and type_.rank:
        start = repeated(ctx, converted(start, "real"), type_.dims)
    return ascribed(ctx, start, type_.plain(), binder.name, binder.span, form="start")


def _starts(ctx: Context, node: tree.Solve) -> tuple[Expr | None, ...] | None:
    if node.start is None:
        return (None,) * len(node.binders)
    start = expression(ctx, node.start)
    if is_poison(start):
        return None
    if isinstance(start, RecordExpr):
        fields = dict(start.fields)
        return tuple(fields.get(b.name) for b in node.binders)
    return (start, *(None for _ in node.binders[1:]))


def loss_of(ctx: Context, node: tree.Solve, result: tree.Expr, unknowns: tuple[Unknown, ...] = ()) -> Expr | None:
    """What is solved: a number, or a record with a field for each unknown."""
    value = expression(ctx, result)
    if is_poison(value):
        return None
    if node.kind in ("argmin", "argmax", "saddle", "bilevel"):
        if not isinstance(value.type, Array) or value.type.rank:
            helps = ("write `sum(...)` or `mean(...)` around it",) if isinstance(value.type, Array) else ()
            _misfit(ctx, node, value.span, f"this is {value.type}, not a number", helps)
            return None
        value = converted(value, "real")
        return unary(ctx, "-", value, value.span) if node.kind == "argmax" else value
    fields = value.fields if isinstance(value, RecordExpr) else ((node.binders[0].name, value),)
    given = dict(fields)
    wanted = {b.name: u.type for b, u in zip(node.binders, unknowns, strict=True)}
    arrays = {n: v.type.dims if isinstance(v.type, Array) else None for n, v in given.items()}
    if node.kind == "fixpoint" and arrays != {n: t.dims for n, t in wanted.items()}:
        shown = ", ".join(f"{n}: {t.plain()}" for n, t in wanted.items())
        _misfit(ctx, node, value.span, f"this is {value.type}", (f"give {{{shown}}}",))
        return None
    if any(d is None for d in arrays.values()):
        _misfit(ctx, node, value.span, f"this is {value.type}")
        return None
    names = [b.name for b in node.binders] if node.kind == "fixpoint" else list(given)
    kept = tuple((n, converted(given[n], "real")) for n in names)
    type_ = Record(tuple((n, v.type) for n, v in kept))
    return RecordExpr(kept, type=type_, stage=joined(*(v for _, v in kept)), span=value.span)


def _misfit(ctx: Context, node: tree.Solve, span: object, label: str, helps: tuple[str, ...] = ()) -> None:
    ctx.report.error(SolveBody, span, label, helps=helps, kind=f"`{node.kind}`")  # type: ignore[arg-type]
