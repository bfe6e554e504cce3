"""Typed expressions to atoms of the core.

Integers known before compilation become sizes (polynomials), so that subscripts and bounds stay readable for
loop planning. A function with a body in the language is inlined: its parameters become the argument atoms.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import as_dim
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.bijectors import constrain, log_jacobians, transform_of
from pushforward.compiler.lower.builder import Builder
from pushforward.dsl import typed
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim, Network


@dataclass(frozen=True)
class Scope:
    """What the names of the typed tree stand for: atoms for values, dimensions for dimension names (of an
    inlined function).
    """

    values: Mapping[str, ir.Atom]
    dims: Mapping[str, Dim]
    inlined: bool = False  # names bound inside an inlined body are made fresh
    scale: ir.Atom | None = None  # in a density: what its terms are multiplied by (`None` outside of densities)

    def bind(self, name: str, atom: ir.Atom) -> Scope:
        """The scope with one more value."""
        return replace(self, values={**self.values, name: atom})

    def dim(self, dim: Dim) -> Dim:
        """A dimension of the typed tree in the names of the core."""

        def look(name: str) -> Dim | None:
            if name in self.dims:
                return self.dims[name]
            atom = self.values.get(name)
            return as_dim(atom) if atom is not None else None

        return dim.substitute(look)

    def array(self, type_: object) -> Array:
        """A type of the typed tree in the names of the core, its constraint forgotten; a network is opaque."""
        if isinstance(type_, Network):
            return Array("network")
        assert isinstance(type_, Array), f"not an array: {type_}"
        return Array(type_.element, tuple(self.dim(d) for d in type_.dims))


def lower_expr(e: typed.Expr, scope: Scope, out: Builder, name: str | None = None) -> ir.Atom:
    """Write the steps that compute `e`; the last one is called `name` when it is not an atom already."""
    match e:
        case typed.Const(value):
            return _constant(value, e)
        case typed.Ref(ref):
            if ref in scope.dims:
                return ir.Size(scope.dims[ref])
            return scope.values.get(ref, ir.Var(ref))
        case typed.Convert(value):
            return _convert(lower_expr(value, scope, out), value, e, scope, out, name)
        case typed.Apply():
            return _apply(e, scope, out, name)
        case typed.Index(base, subs):
            lowered = lower_expr(base, scope, out)
            if not isinstance(lowered, ir.Var):
                lowered = out.let(scope.array(base.type), ir.Copy(lowered), span=e.span)
            index = ir.Index(lowered, lower_subs(subs, scope, out), span=e.span)
            return out.let(scope.array(e.type), index, name=name, span=e.span)
        case typed.ArrayLiteral(items):
            atoms = tuple(lower_expr(item, scope, out) for item in items)
            return out.let(scope.array(e.type), ir.Stack(atoms, span=e.span), name=name, span=e.span)
        case typed.Comprehension():
            return _comprehension(e, scope, out, name)
        case typed.IfElse(condition, then, orelse):
            c, a, b = (lower_expr(x, scope, out) for x in (condition, then, orelse))
            return out.let(scope.array(e.type), ir.Select(c, a, b, span=e.span), name=name, span=e.span)
        case typed.Size(dim):
            return ir.Size(scope.dim(dim))
        case typed.Transformed():
            return _transformed(e, scope, out, name)
        case typed.LogDensity():
            from pushforward.compiler.lower.densities import lower_log_density

            return lower_log_density(e, scope, out, name)
        case typed.Solve():
            from pushforward.compiler.lower.solves import lower_solve

            return lower_solve(e, scope, out, name)[""]
        case typed.FieldOf(record, field):
            from pushforward.compiler.lower.records import lower_record

            return lower_record(record, scope, out)[field]
        case typed.RecordExpr():
            raise not_yet("a record in the middle of an expression", e.span)
        case typed.Draw() | typed.Mixture():
            raise AssertionError("a law is lowered where it is used")
        case _:
            assert_never(e)


def _transformed(e: typed.Transformed, scope: Scope, out: Builder, name: str | None) -> ir.Atom:
    """A constrained value, or the log-Jacobian of its transform, at a part of a free vector."""
    type_, span = e.of, e.span
    constraint = type_.constraint
    low, high = (bound_atom(b, scope, out) for b in (constraint.lower, constraint.upper))
    own = replace(type_, dims=tuple(scope.dim(d) for d in type_.dims))
    transform = transform_of(own, low, high, "this", span)
    vector = lower_expr(e.vector, scope, out)
    assert isinstance(vector, ir.Var)
    free = _part(vector, scope.dim(e.offset), transform.free, out, span)
    if not e.jacobian:
        return constrain(transform, free, out, span, name)
    with out.block() as body:
        log_jacobians(transform, free, out, span, lambda j: out.add(ir.Factor(j, "the transform", span=span)))
    total = name if name is not None else out.fresh("t")
    out.add(ir.Total(total, tuple(body), span=span))
    return ir.Var(total)


def bound_atom(bound: typed.Expr | float | None, scope: Scope, out: Builder) -> ir.Atom | None:
    """A bound of a type as an atom."""
    if bound is None or isinstance(bound, int | float):
        return None if bound is None else ir.Lit(float(bound))
    return lower_expr(bound, scope, out)


def _part(vector: ir.Var, offset: Dim, dims: tuple[Dim, ...], out: Builder, span: Span) -> ir.Var:
    """The entries of a vector from `offset` on, in the shape `dims`."""
    if not dims:
        return out.let(REAL, ir.Index(vector, (ir.At(offset),), span=span), span=span)
    count = Dim.const(1)
    for d in dims:
        count = count * d
    flat = ir.Index(vector, (ir.Range(offset, offset + count),), span=span)
    part = out.let(Array("real", (count,)), flat, span=span)
    if len(dims) == 1:
        return part
    shaped = ir.Call(ir.Op("shaped", "rt.vectors.shaped"), (part, *(ir.Size(d) for d in dims)), span=span)
    return out.let(Array("real", dims), shaped, span=span)


def lower_subs(subs: tuple[typed.Sub, ...], scope: Scope, out: Builder) -> tuple[ir.Sub, ...]:
    """Subscripts: polynomials stay polynomials."""

    def one(sub: typed.Sub) -> ir.Sub:
        if isinstance(sub, typed.SliceSub):
            lower, upper = (as_dim(lower_expr(x, scope, out)) for x in (sub.lower, sub.upper))
            if lower is None or upper is None:
                raise not_yet("a slice whose ends depend on the data", sub.span)
            return ir.Range(lower, upper)
        atom = lower_expr(sub, scope, out)
        size = as_dim(atom)
        return ir.Pick(atom) if size is None else ir.At(size)

    return tuple(one(sub) for sub in subs)


def lower_body(body: typed.Body, scope: Scope, out: Builder, name: str | None = None) -> ir.Atom:
    """Inline a body: its statements, then its value."""
    from pushforward.compiler.lower.statements import lower_statements

    inner = lower_statements(body.statements, replace(scope, inlined=True), out)
    return lower_expr(body.result, inner, out, name)


def lower_size(e: typed.Expr, scope: Scope, out: Builder) -> Dim:
    """A loop bound or dimension."""
    size = as_dim(lower_expr(e, scope, out))
    if size is None:
        raise not_yet("a loop bound that is not a polynomial in sizes", e.span)
    return size


def _constant(value: int | float | bool | str, e: typed.Const) -> ir.Atom:
    if isinstance(value, str):
        raise not_yet("a text in a model", e.span)
    if isinstance(e.type, Array) and e.type.element == "real":
        return ir.Lit(float(value))
    return ir.Size(Dim.const(value)) if isinstance(value, int) and not isinstance(value, bool) else ir.Lit(value)


def _convert(
    atom: ir.Atom, value: typed.Expr, e: typed.Convert, scope: Scope, out: Builder, name: str | None
) -> ir.Atom:
    assert isinstance(value.type, Array) and isinstance(e.type, Array)
    if isinstance(atom, ir.Lit):
        return ir.Lit(float(atom.value) if e.type.element == "real" else int(atom.value))
    if value.type.element != "bool":
        return atom  # an integer is a real number; arithmetic promotes it
    one = ir.Lit(1.0 if e.type.element == "real" else 1)
    return out.let(scope.array(e.type), ir.Call(ops.MULTIPLY, (atom, one), span=e.span), name=name, span=e.span)


def _comprehension(e: typed.Comprehension, scope: Scope, out: Builder, name: str | None) -> ir.Atom:
    lower, upper = lower_size(e.lower, scope, out), lower_size(e.upper, scope, out)
    type_ = scope.array(e.type)
    target = name if name is not None else out.fresh("t")
    out.add(ir.Container(target, Array(type_.element, (upper - lower, *type_.dims[1:])), span=e.span))
    index = out.fresh(e.index)
    inner = scope.bind(e.index, ir.Size(Dim.name(index)))
    with out.block() as body:
        element = lower_expr(e.element, inner, out)
        out.add(ir.Store(target, (ir.At(Dim.name(index) - lower),), element, span=e.span))
    out.add(ir.For(index, lower, upper, tuple(body), span=e.span))
    return ir.Var(target)


def _apply(e: typed.Apply, scope: Scope, out: Builder, name: str | None) -> ir.Atom:
    signature = e.function
    if signature.extern is None and signature.body is None and signature.name in ("matmul", "transpose"):
        return _linear_algebra(e, scope, out, name)
    if signature.body is not None:
        with out.at(e.span):
            return lower_body(signature.body, inner_scope(e, scope, out), out, name)
    atoms = tuple(lower_expr(a, scope, out) for a in e.arguments)
    if signature.extern is not None:
        op = ir.Op(signature.name, signature.extern, signature.elementwise)
    else:
        folded = _fold(signature.name, atoms)
        if folded is not None:
            return folded
        op = ops.OPERATORS[signature.name]
        if op.name == "power":
            atoms = _real_base(atoms, e, scope, out)
    return out.let(scope.array(e.type), ir.Call(op, atoms, span=e.span), name=name, span=e.span)


def inner_scope(e: typed.Apply, scope: Scope, out: Builder) -> Scope:
    """The scope of a function's body at a call: its parameters are the argument atoms."""
    values = {p.name: lower_expr(a, scope, out) for p, a in zip(e.function.parameters, e.arguments, strict=True)}
    return Scope(values, {n: scope.dim(d) for n, d in e.dims})


def _real_base(atoms: tuple[ir.Atom, ...], e: typed.Apply, scope: Scope, out: Builder) -> tuple[ir.Atom, ...]:
    """An integer that is raised to a real result is made real first: JAX refuses negative powers of integers."""
    given = e.arguments[0]
    base, type_ = (given.value if isinstance(given, typed.Convert) else given).type, scope.array(e.type)
    if type_.element != "real" or not isinstance(base, Array) or base.element == "real":
        return atoms
    made = ir.Call(ops.MULTIPLY, (atoms[0], ir.Lit(1.0)), span=e.span)
    return (out.let(Array("real", scope.array(base).dims), made, span=e.span), *atoms[1:])


def _fold(operator: str, atoms: tuple[ir.Atom, ...]) -> ir.Atom | None:
    """Arithmetic of sizes is arithmetic of polynomials; a negated literal is a literal."""
    match operator, atoms:
        case "add", (ir.Size(a), ir.Size(b)):
            return ir.Size(a + b)
        case "subtract", (ir.Size(a), ir.Size(b)):
            return ir.Size(a - b)
        case "multiply", (ir.Size(a), ir.Size(b)):
            return ir.Size(a * b)
        case "negate", (ir.Size(a),):
            return ir.Size(-a)
        case "negate", (ir.Lit(value),):
            return ir.Lit(-value)
        case _:
            return None


def _linear_algebra(e: typed.Apply, scope: Scope, out: Builder, name: str | None) -> ir.Atom:
    """`*` between arrays and `'`, with row vectors (transposed vectors) kept one-dimensional where the result
    allows.
    """
    type_ = scope.array(e.type)

    def let(op: ir.Op, *atoms: ir.Atom) -> ir.Atom:
        return out.let(type_, ir.Call(op, atoms, span=e.span), name=name, span=e.span)

    if e.function.name == "transpose":
        (operand,) = e.arguments
        atom = lower_expr(operand, scope, out)
        if _rank(operand) == 1:
            return out.let(type_, ir.Stack((atom,), span=e.span), name=name, span=e.span)
        return let(ops.TRANSPOSE, atom)
    left, right = e.arguments
    row, column = _transposed_vector(left), _transposed_vector(right)
    if type_.rank == 0:
        a = lower_expr(row if row is not None else left, scope, out)
        return let(ops.DOT, a, lower_expr(right, scope, out))
    if column is not None and _rank(left) == 1:
        return let(ops.OUTER, lower_expr(left, scope, out), lower_expr(column, scope, out))
    return let(ops.MATMUL, lower_expr(left, scope, out), lower_expr(right, scope, out))


def _rank(e: typed.Expr) -> int:
    return e.type.rank if isinstance(e.type, Array) else 0


def _transposed_vector(e: typed.Expr) -> typed.Expr | None:
    match e:
        case typed.Apply(function, (operand,)) if function.name == "transpose" and _rank(operand) == 1:
            return operand
        case _:
            return None


def lower_law(law: typed.Draw | typed.Mixture, scope: Scope, out: Builder, span: Span) -> ir.AnyLaw:
    """A distribution with its arguments as atoms."""
    match law:
        case typed.Draw():
            return ir.Law(
                law.distribution,
                tuple(lower_expr(a, scope, out) for a in law.arguments),
                law.lifted,
                tuple(scope.dim(d) for d in law.batch),
                tuple((n, scope.dim(d)) for n, d in law.dims),
            )
        case typed.Mixture():
            components = []
            for component in law.components:
                lowered = lower_law(component, scope, out, span)
                assert isinstance(lowered, ir.Law)
                components.append(lowered)
            weights = lower_expr(law.weights, scope, out)
            batch = tuple(scope.dim(d) for d in law.batch)
            return ir.MixtureLaw(weights, tuple(components), law.family, batch)
