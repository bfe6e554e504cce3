"""Holes: their bodies become programs of their own, and what these read from around the hole becomes arguments."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import prod

from pushforward.compiler.core import ir
from pushforward.compiler.core.holes import REPORT, Hole, Part
from pushforward.compiler.core.walk import Fresh, dims, statements
from pushforward.compiler.lower.bijectors import Transform, constrain, transform_of, unconstrain
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.densities import ONE, lower_value
from pushforward.compiler.lower.expressions import Scope, bound_atom, lower_expr
from pushforward.compiler.lower.operations import ADD
from pushforward.compiler.lower.statements import lower_statements
from pushforward.dsl import typed
from pushforward.dsl.infer.walk import expressions_of, walk
from pushforward.dsl.types import INT, Array, Dim, Network, Record

NETWORK = Array("network")


@dataclass
class Captured:
    """What the bodies of a hole read from around it: names inside, the atoms outside, and their types."""

    names: list[str] = field(default_factory=list)
    atoms: list[ir.Atom] = field(default_factory=list)
    types: list[Array] = field(default_factory=list)

    def add(self, name: str, atom: ir.Atom, type_: Array) -> ir.Var:
        """The name inside of something outside."""
        self.names.append(name)
        self.atoms.append(atom)
        self.types.append(type_)
        return ir.Var(name)


def lower_solve(e: typed.Solve, scope: Scope, out: Builder, name: str | None = None) -> dict[str, ir.Atom]:
    """Write the call of a hole; what each unknown is at the solution, by the name of its field."""
    transforms = [_transform(u, scope, out) if u.transformed else None for u in e.unknowns]
    shapes = [t.free if t is not None else scope.array(u.type).dims for u, t in zip(e.unknowns, transforms)]
    plain = [Array("real", shape) for shape in shapes]
    middle = 0.5 if "mirror" in dict(e.parts) else 0.0  # mirror steps begin inside, not on the boundary
    starts = tuple(_start(u, t, p, scope, out, middle) for u, t, p in zip(e.unknowns, transforms, plain))
    captured, inner = _capture(e, scope, out)
    fresh = Fresh({*captured.names, *(u.name for u in e.unknowns)})
    inside = [fresh(f"{u.name}_free") if t is not None else u.name for u, t in zip(e.unknowns, transforms)]
    unknowns = tuple(zip(inside, plain))
    parts = tuple(Part(n, _part(e, n, b, inner, unknowns, captured, transforms, out)) for n, b in e.parts)
    sampling = _sampling(e.sampling, scope)
    sizes = tuple(sorted({n for p in parts for n in p.program.statics} | _names(sampling)))
    times = () if e.times is None else (lower_expr(e.times, scope, out),)
    length = None if e.times is None else scope.array(e.times.type).dims[0]
    if length is not None:
        plain = [Array("real", (length, *p.dims)) for p in plain]
    given = tuple(zip(captured.names, captured.types))
    label = out.fresh(f"{e.kind}_{e.unknowns[0].name}")
    hole = Hole(
        e.kind, unknowns, given, sizes, parts, e.by, e.at, e.least, e.quadratic, e.step, length, sampling, span=e.span
    )
    op = ir.Op(label, label, hole=hole)
    count = sum((_count(p) for p in plain), Dim(()))
    arguments = (*starts, *times, *captured.atoms, *(ir.Size(Dim.name(n)) for n in sizes))
    call = ir.Call(op, arguments, span=e.span)
    if not hole.reports:
        return {"": out.let(scope.array(e.type), call, name=name, span=e.span)}
    found_by = out.fresh(f"{e.unknowns[0].name}_solution")
    vector = out.let(Array("real", (count + REPORT,)), call, name=found_by, span=e.span)
    offset, found = Dim(()), dict[str, ir.Atom]()
    fields = [n for n, _ in e.type.fields] if len(e.unknowns) > 1 else [""]  # type: ignore[union-attr]
    for i, (type_, t) in enumerate(zip(plain, transforms)):
        only = name if len(plain) == 1 else None
        value = _taken(vector, offset, type_, out, e, only if t is None else None)
        found[fields[i]] = value if t is None else constrain(t, value, out, e.span, only)
        offset = offset + _count(type_)
    return found


def _sampling(sampling: typed.Sampling | None, scope: Scope) -> typed.Sampling | None:
    """The batches, their sizes in the names of the core."""
    if sampling is None:
        return None
    wholes, sizes = (tuple(scope.dim(d) for d in dims) for dims in (sampling.wholes, sampling.sizes))
    return replace(sampling, wholes=wholes, sizes=sizes)


def _names(sampling: typed.Sampling | None) -> frozenset[str]:
    """The names of sizes in what batches are drawn from."""
    if sampling is None:
        return frozenset()
    return frozenset(n for d in (*sampling.wholes, *sampling.sizes) for n in d.names)


def _count(type_: Array) -> Dim:
    return prod(type_.dims, start=Dim.const(1))


def _transform(u: typed.Unknown, scope: Scope, out: Builder) -> Transform:
    constraint = u.type.constraint
    low, high = (bound_atom(b, scope, out) for b in (constraint.lower, constraint.upper))
    own = replace(u.type, dims=tuple(scope.dim(d) for d in u.type.dims))
    return transform_of(own, low, high, u.name, u.span)


def _start(
    u: typed.Unknown, t: Transform | None, plain: Array, scope: Scope, out: Builder, middle: float
) -> ir.Atom:
    """Where to begin: what was said, in free coordinates if it is solved in these; else the same number everywhere."""
    if u.start is None:
        if not plain.dims:
            return ir.Lit(middle)
        start = out.let(plain, ir.Zeros(plain.dims, span=u.span), name=out.fresh("start"), span=u.span)
        if not middle:
            return start
        return out.let(plain, ir.Call(ADD, (start, ir.Lit(middle)), span=u.span), span=u.span)
    value = lower_expr(u.start, scope, out)
    if t is None:
        return value
    if not isinstance(value, ir.Var):
        value = out.let(scope.array(u.type), ir.Copy(value, span=u.span), span=u.span)
    return unconstrain(t, value, out, u.span, u.name)


def _capture(e: typed.Solve, scope: Scope, out: Builder) -> tuple[Captured, Scope]:
    """The names that the bodies read from around the hole, as arguments; and the scope of the bodies."""
    captured = Captured()
    fresh = Fresh(_unknown_names(e) | _bound(e))
    local = _unknown_names(e) | _bound(e)
    values: dict[str, ir.Atom] = {}
    sizes = dict(scope.dims)
    for ref in _refs(e):
        if ref.name in local or ref.name in values:
            continue
        if isinstance(ref.type, Record):
            for field, type_ in ref.type.fields:
                whole = f"{ref.name}.{field}"
                if whole not in values:
                    outer = scope.values[whole]
                    is_var = isinstance(outer, ir.Var)
                    named = fresh(f"{ref.name}_{field}")
                    values[whole] = captured.add(named, outer, scope.array(type_)) if is_var else outer
            continue
        atom = ir.Size(scope.dims[ref.name]) if ref.name in scope.dims else scope.values.get(ref.name, ir.Var(ref.name))
        match atom:
            case ir.Var():
                type_ = NETWORK if isinstance(ref.type, Network) else scope.array(ref.type)
                values[ref.name] = captured.add(fresh(ref.name), atom, type_)
            case ir.Size(dim) if _moves(dim, scope, ref.name):
                values[ref.name] = captured.add(fresh(ref.name), atom, INT)
                sizes.pop(ref.name, None)
            case _:
                values[ref.name] = atom
    return captured, replace(scope, values=values, dims=sizes, inlined=False, scale=None)


def _moves(dim: Dim, scope: Scope, name: str) -> bool:
    """Whether an integer follows a loop around the hole."""
    return bool(dim.names) and name in scope.values and name not in scope.dims


def _part(
    e: typed.Solve, part: str, body: typed.Body, scope: Scope, unknowns: tuple[tuple[str, Array], ...],
    captured: Captured, transforms: list[Transform | None], outer: Builder,
) -> ir.Program:  # fmt: skip
    """One body as a program: of the unknowns (latent), and of what it depends on (data)."""
    taken = {n for n, _ in unknowns} | set(captured.names) | _bound(e) | _unknown_names(e)
    out = Builder(Fresh(taken))
    values: dict[str, ir.Atom] = dict(scope.values)
    for unknown, (free, _), t in zip(e.unknowns, unknowns, transforms):
        if t is None:
            values[unknown.name] = ir.Var(free)
        else:
            bounds = _transform(unknown, replace(scope, values=values), out)
            constrain(bounds, ir.Var(free), out, unknown.span, unknown.name)
            values[unknown.name] = ir.Var(unknown.name)
    inner = lower_statements(body.statements, replace(scope, values=values), out)
    if isinstance(body.result, typed.RecordExpr):
        fields = tuple((n, lower_expr(v, inner, out)) for n, v in body.result.fields)
        out.add(ir.Return(fields, span=body.result.span))
    else:
        lower_value(body.result, ONE, inner, out)
    stmts = tuple(out.statements)
    names = {n for d in dims(stmts) for n in d.names} | {n for _, t in unknowns for d in t.dims for n in d.names}
    statics = tuple(sorted(names - _indices(stmts)))
    inputs = [ir.Input(n, t, "latent") for n, t in unknowns]
    inputs += [ir.Input(n, t, "data") for n, t in zip(captured.names, captured.types)]
    if part in ("mirror", "vertices"):
        inputs += [ir.Input(f"{u.name}_direction", t, "latent") for u, (_, t) in zip(e.unknowns, unknowns)]
    if part.endswith("_sampled") and e.sampling is not None:
        drawn = zip(e.sampling.names, e.sampling.sizes)
        inputs += [ir.Input(n, Array("int", (scope.dim(d),)), "latent") for n, d in drawn]
    if part == "prox" or e.times is not None:
        inputs.append(ir.Input(e.step, Array("real"), "latent"))
    return ir.Program(part, statics, tuple(inputs), (), stmts, span=e.span)


def _indices(body: tuple[ir.Stmt, ...]) -> set[str]:
    return {s.index for s in statements(body) if isinstance(s, ir.For)}


def _refs(e: typed.Solve) -> Iterable[typed.Ref]:
    for u in e.unknowns:
        for b in (u.type.constraint.lower, u.type.constraint.upper):
            if isinstance(b, typed.ExprNode):
                yield from (r for r in walk(b) if isinstance(r, typed.Ref))
    for _, body in e.parts:
        for whole in expressions_of(body):
            yield from (r for r in walk(whole) if isinstance(r, typed.Ref))


def _unknown_names(e: typed.Solve) -> set[str]:
    """What the bodies are functions of: unknowns, directions, the step, batches."""
    rows = e.sampling.names if e.sampling is not None else ()
    return {e.step, *rows, *(u.name for u in e.unknowns), *(f"{u.name}_direction" for u in e.unknowns)}


def _bound(e: typed.Solve) -> set[str]:
    """The names that the bodies bind themselves."""
    from pushforward.compiler.lower.program import bound_names

    found = {n for _, body in e.parts for n in bound_names(body.statements)}
    for _, body in e.parts:
        for whole in expressions_of(body):
            found |= {c.index for c in walk(whole) if isinstance(c, typed.Comprehension)}
            found |= {n for d in walk(whole) if isinstance(d, typed.LogDensity) for n in bound_names(d.body)}
            for s in (s for s in walk(whole) if isinstance(s, typed.Solve)):
                found |= _unknown_names(s) | _bound(s)
    return found


def _taken(
    vector: ir.Var, offset: Dim, type_: Array, out: Builder, e: typed.Solve, name: str | None
) -> ir.Var:
    """A part of the solution in its shape."""
    span = e.span
    if not type_.dims:
        return out.let(type_, ir.Index(vector, (ir.At(offset),), span=span), name=name, span=span)
    count = _count(type_)
    flat = ir.Index(vector, (ir.Range(offset, offset + count),), span=span)
    if len(type_.dims) == 1:
        return out.let(type_, flat, name=name, span=span)
    part = out.let(Array("real", (count,)), flat, span=span)
    shaped = ir.Call(ir.Op("shaped", "rt.vectors.shaped"), (part, *(ir.Size(d) for d in type_.dims)), span=span)
    return out.let(type_, shaped, name=name, span=span)

