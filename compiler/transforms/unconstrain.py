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
from pushforward.compiler.lower import bijectors
from pushforward.compiler.lower.bijectors import Transform, constrain, log_jacobians, transform_of
from pushforward.compiler.lower.builder import Builder
from pushforward.dsl.free import free_size
from pushforward.dsl.types import Array, Dim


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


def _transform(declare: ir.Declare) -> Transform:
    return transform_of(declare.type, declare.lower, declare.upper, declare.name, declare.span)


def _constrain(declare: ir.Declare, q: ir.Var, offset: Dim, out: Builder) -> Dim:
    """Write how a variable follows from the free vector; the number of entries it takes."""
    transform, name, span = _transform(declare), declare.name, declare.span
    part = ir.Free(q, offset, transform.free, span=span)
    if transform.name == "real":
        out.let(declare.type.plain(), part, name=name, span=span)
        return free_size(declare.type)
    free = out.let(Array("real", transform.free), part, name=out.fresh(f"{name}_free"), span=span)
    origin = f"the transform of {name}"
    constrain(transform, free, out, span, name)
    log_jacobians(transform, free, out, span, lambda j: out.add(ir.Factor(j, origin, span=span)))
    return free_size(declare.type)


def _unconstrain(declare: ir.Declare, out: Builder) -> ir.Atom:
    return bijectors.unconstrain(_transform(declare), ir.Var(declare.name), out, declare.span, declare.name)
