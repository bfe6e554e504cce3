"""parameters: what an optimiser moves, as functions of free coordinates.

    declare s: positive param          program m(; s_free: real param s)
                                       s = positive_constrain(s_free)

Parameters have no density, so there is no Jacobian. The weights of a network have no constraint and stay as they are.
`initial` is the inverse: the program that returns the free coordinates of what parameters are at the start.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.compiler.lower.bijectors import constrain, transform_of, unconstrain
from pushforward.compiler.lower.builder import Builder
from pushforward.dsl.types import Array


def parameters(program: ir.Program) -> ir.Program:
    """The program whose parameters are inputs of role `param`."""
    out = Builder(Fresh(names_of(program)))
    inputs: list[ir.Input] = []
    for stmt in program.body:
        match stmt:
            case ir.Declare(name, Array("network") as type_, role="param"):
                inputs.append(ir.Input(name, type_, "param", name, span=stmt.span))
            case ir.Declare(name, type_, lower, upper, "param"):
                transform = transform_of(type_, lower, upper, name, stmt.span)
                free = name if transform.name == "real" else out.fresh(f"{name}_free")
                inputs.append(ir.Input(free, Array("real", transform.free), "param", name, span=stmt.span))
                if transform.name != "real":
                    constrain(transform, ir.Var(free), out, stmt.span, name)
            case _:
                out.add(stmt)
    return replace(program, inputs=(*program.inputs, *inputs), body=tuple(out.statements))


def initial(program: ir.Program, values: tuple[tuple[str, ir.Atom], ...]) -> ir.Program:
    """The program that returns the free coordinates of `values`, which its body computes; a parameter without a value
    begins at the origin.
    """
    out = Builder(Fresh(names_of(program)))
    given = dict(values)
    fields: list[tuple[str, ir.Atom]] = []
    for stmt in program.body:
        match stmt:
            case ir.Declare(name, Array("network"), role="param"):
                fields.append((name, given[name]))
            case ir.Declare(name, type_, lower, upper, "param"):
                transform = transform_of(type_, lower, upper, name, stmt.span)
                if name not in given:
                    zeros = ir.Zeros(transform.free, span=stmt.span)
                    start = out.let(Array("real", transform.free), zeros, name=name, span=stmt.span)
                    fields.append((name, start))
                    continue
                value = out.let(type_.plain(), ir.Copy(given[name], span=stmt.span), name=name, span=stmt.span)
                fields.append((name, unconstrain(transform, value, out, stmt.span, name)))
            case _:
                out.add(stmt)
    out.add(ir.Return(tuple(fields), span=program.span))
    return replace(program, body=tuple(out.statements))


def values_of_parameters(program: ir.Program) -> ir.Program:
    """The program that returns its parameters, given their free coordinates, and does nothing else."""
    made = parameters(program)
    fields = tuple((v.name, ir.Var(v.name)) for v in program.params)
    return replace(made, body=(*made.body, ir.Return(fields, span=program.span)))
