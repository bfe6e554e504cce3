"""unconstrain: variables as functions of a vector without constraints, with the log-Jacobian.

    declare tau: positive          tau_free = free q[1]
                                   tau = positive_constrain(tau_free)
                                   t = positive_log_jacobian(tau_free);  factor t

The offsets are polynomials in the sizes, so one compiled program serves all sizes. `free_vector` is the
inverse: from values of the variables to the vector.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower.builder import Builder
from pushforward.dsl.free import free_dims, free_size
from pushforward.dsl.types import REAL, Array, Dim

def unconstrain(program: ir.Program) -> ir.Program:
    """The program as a function of the free vector `q`; its `free_size` is set."""
    fresh = Fresh(names_of(program))
    q, out, offset = fresh("q"), Builder(fresh), Dim(())
    for stmt in program.body:
        match stmt:
            case ir.Declare():
                offset = offset + _constrain(stmt, ir.Var(q), offset, out)
            case _:
                out.add(stmt)
    vector = ir.Input(q, Array("real", (offset,)), "free", span=program.span)
    return replace(program, inputs=(*program.inputs, vector), body=tuple(out.statements), free_size=offset)


def free_vector(program: ir.Program) -> ir.Program:
    """The program that returns the free vector `q` of given values of the variables."""
    out = Builder(Fresh(names_of(program)))
    parts: list[ir.Atom] = []
    for stmt in program.body:
        match stmt:
            case ir.Declare():
                parts.append(_unconstrain(stmt, out))
            case ir.Site() | ir.Score() | ir.Factor() | ir.Return():
                pass
            case _:
                out.add(stmt)
    size = sum((free_size(s.type) for s in program.body if isinstance(s, ir.Declare)), Dim(()))
    joined = ir.Call(ir.Op("join", "rt.vectors.join"), tuple(parts), span=program.span)
    q = out.let(Array("real", (size,)), joined, name=out.fresh("q"), span=program.span)
    out.add(ir.Return((("q", q),), span=program.span))
    latents = tuple(
        ir.Input(v.name, v.type.plain(), "latent", span=v.span) for v in program.variables if not v.observed
    )
    return replace(program, inputs=(*program.inputs, *latents), body=tuple(out.statements), free_size=size)


def bijector_of(declare: ir.Declare) -> tuple[str, tuple[ir.Atom, ...]]:
    """The name of the transform for a declared type, and its arguments after the free value."""
    kind = declare.type.constraint.kind
    if declare.type.element != "real":
        raise not_yet(f"sampling the discrete variable {declare.name}", declare.span, _DISCRETE_HELP)
    if kind == "stochastic_matrix":
        return "simplex", ()
    if kind != "interval":
        return ("real" if kind == "none" else kind), ()
    match _finite(declare.lower), _finite(declare.upper):
        case None, None:
            return "real", ()
        case ir.Lit(0.0), None:
            return "positive", ()
        case ir.Lit(0.0), ir.Lit(1.0):
            return "unit", ()
        case lower, None if lower is not None:
            return "lower", (lower,)
        case None, upper if upper is not None:
            return "upper", (upper,)
        case lower, upper:
            assert lower is not None and upper is not None
            return "interval", (lower, upper)


_DISCRETE_HELP = "give it in the data, or sum it out by hand with mixture(...)"


def _finite(bound: ir.Atom | None) -> ir.Atom | None:
    return None if isinstance(bound, ir.Lit) and abs(bound.value) == float("inf") else bound


def _op(bijector: str, function: str, elementwise: bool) -> ir.Op:
    name = f"{bijector}_{function}"
    return ir.Op(name, f"bijectors.{bijector}.{name}", elementwise)


def _constrain(declare: ir.Declare, q: ir.Var, offset: Dim, out: Builder) -> Dim:
    """Write how a variable follows from the free vector; the number of entries it takes."""
    bijector, arguments = bijector_of(declare)
    type_, name, span = declare.type.plain(), declare.name, declare.span
    size = free_size(declare.type)
    shape = free_dims(declare.type)
    if bijector == "real":
        out.let(type_, ir.Free(q, offset, shape, span=span), name=name, span=span)
        return size
    free = out.let(
        Array("real", shape), ir.Free(q, offset, shape, span=span), name=out.fresh(f"{name}_free"), span=span
    )
    batch = _event_batch(declare.type)
    if not batch:
        elementwise = declare.type.constraint.event_rank == 0
        constrain = ir.Call(_op(bijector, "constrain", elementwise), (free, *arguments), span=span)
        out.let(type_, constrain, name=name, span=span)
        jacobian = ir.Call(_op(bijector, "log_jacobian", False), (free, *arguments), span=span)
        out.add(ir.Factor(out.let(REAL, jacobian, span=span), f"the transform of {name}", span=span))
        return size
    out.add(ir.Container(name, type_, span=span))
    with out.loops(batch, span) as index:
        subs = tuple(ir.At(i) for i in index)
        z = out.let(Array("real", shape[len(batch) :]), ir.Index(free, subs, span=span), span=span)
        event = Array("real", type_.dims[len(batch) :])
        x = out.let(event, ir.Call(_op(bijector, "constrain", False), (z,), span=span), span=span)
        out.add(ir.Store(name, subs, x, span=span))
        j = out.let(REAL, ir.Call(_op(bijector, "log_jacobian", False), (z,), span=span), span=span)
        out.add(ir.Factor(j, f"the transform of {name}", span=span))
    return size


def _event_batch(type_: Array) -> tuple[Dim, ...]:
    """The dimensions over which an event transform is repeated; elementwise transforms take any shape."""
    match type_.constraint.kind:
        case "none" | "interval" | "index":
            return ()
        case "stochastic_matrix":
            return type_.dims[:-1]
        case _:
            return type_.batch


def _unconstrain(declare: ir.Declare, out: Builder) -> ir.Atom:
    bijector, arguments = bijector_of(declare)
    value, span = ir.Var(declare.name), declare.span
    shape = free_dims(declare.type)
    if bijector == "real":
        return value
    batch = _event_batch(declare.type)
    elementwise = declare.type.constraint.event_rank == 0
    op = _op(bijector, "unconstrain", elementwise)
    if not batch:
        return out.let(Array("real", shape), ir.Call(op, (value, *arguments), span=span), span=span)
    target = out.fresh(f"{declare.name}_free")
    out.add(ir.Container(target, Array("real", shape), span=span))
    with out.loops(batch, span) as index:
        subs = tuple(ir.At(i) for i in index)
        event = Array("real", declare.type.dims[len(batch) :])
        x = out.let(event, ir.Index(value, subs, span=span), span=span)
        z = out.let(Array("real", shape[len(batch) :]), ir.Call(op, (x,), span=span), span=span)
        out.add(ir.Store(target, subs, z, span=span))
    return ir.Var(target)
