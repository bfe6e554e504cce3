"""A hole as a function: its bodies, and the call of the solver with the rule for its derivative.

    def argmin_1(start, tau, X, D, N):
        given = (tau, X)

        def objective(unknowns, given):
            (w,) = unknowns
            tau, X = given
            value = ...
            return value

        return argmin(objective, (start,), given, by=Newton(tol=1e-09), at=Implicit())
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TYPE_CHECKING

from pushforward.compiler.core import ir
from pushforward.compiler.core.holes import Hole
from pushforward.compiler.core.walk import names_of, used
from pushforward.compiler.emit.names import Import
from pushforward.compiler.emit.python import added
from pushforward.dsl.typed import Algorithm
from pushforward.dsl.types import Array

if TYPE_CHECKING:
    from pushforward.compiler.emit.function import FunctionEmitter, Text

ROOM = "pushforward.runtime.holes"
#: What the name of a loss that is estimated from batches ends in.
SAMPLED = "_sampled"
DERIVATIVES = "pushforward.runtime.derivatives"

#: How an emitter for the inside of a function is made: of its text, and the names that are taken.
Make = Callable[[frozenset[str], dict[str, Array]], "FunctionEmitter"]


def hole_function(name: str, hole: Hole, text: Text, indent: int, make: Make) -> None:
    """Write the function of a hole."""
    starts = [f"start_of_{n}" for n, _ in hole.unknowns]
    times = ["times"] if hole.times is not None else []
    arguments = ", ".join([*starts, *times, *(n for n, _ in hole.given), *hole.sizes])
    text.line("", 0)
    text.line(f"def {name}({arguments}):", indent, hole.span)
    objective = hole.part("objective")
    assert objective is not None
    types = dict(hole.given)
    prepared = [i for i in objective.inputs if i.role == "prepared"]
    if objective.prepare:
        inside = make(_taken(objective), types)
        pending = inside.statements(objective.prepare, indent + 1, lambda s: None)
        for i in prepared:
            if i.name in pending:
                text.line(f"{i.name} = {ast.unparse(pending[i.name])}", indent + 1)
        types |= {i.name: i.type for i in prepared}
    read = frozenset(n for p in hole.parts for n in used(p.program.body))
    given = tuple(n for n in types if n in read)
    text.line(f"given = {_tuple(given)}", indent + 1)
    for part in hole.parts:
        _body(part.name, part.program, hole, given, types, text, indent + 1, make)
    keywords = _levels(hole) if hole.kind == "bilevel" else _named(hole)
    keywords += ["quadratic=True"] if hole.quadratic else []
    least = [str(hole.least)] if hole.kind in ("saddle", "bilevel") else []
    positional = ["objective", *least, _tuple(starts), *times, "given"]
    if not hole.reports:
        text.imports.add(Import(DERIVATIVES, hole.kind))
        text.line("", 0)
        text.line(f"return {hole.kind}(objective, {_tuple(starts)}, given)", indent + 1, hole.span)
        text.line("", 0)
        return
    methods = [f"by={_algorithm(hole.by, text)}", f"at={_algorithm(hole.at, text)}"]
    text.imports.add(Import(ROOM, hole.kind))
    if hole.sampling is not None:
        text.imports.add(Import("pushforward.runtime.bilevel.sampling", "Batch"))
    text.line("", 0)
    text.line(f"return {hole.kind}({', '.join([*positional, *methods, *keywords])})", indent + 1, hole.span)
    text.line("", 0)


def _named(hole: Hole) -> list[str]:
    return [f"{p.name}={p.name}" for p in hole.parts if p.name != "objective"]


def _levels(hole: Hole) -> list[str]:
    """The lower levels of a bilevel problem, and what its batches are."""
    names = [p.name for p in hole.parts]
    lower = [n for n in names if n.startswith("lower") and not n.endswith(SAMPLED)]
    keywords = [f"lower={_tuple(lower)}"]
    batches = hole.sampling
    if batches is not None:
        pairs = [f"Batch({whole}, {size})" for whole, size in zip(batches.wholes, batches.sizes, strict=True)]
        estimates = _tuple([f"{n}{SAMPLED}" for n in ("objective", *lower)])
        keywords += [f"estimates={estimates}", f"batches={_tuple(pairs)}"]
        reads = [_reads(hole, f"{n}{SAMPLED}", batches.names) for n in ("objective", *lower)]
        keywords += [f"reads={_tuple(reads)}", f"groups={batches.groups}"]
    return keywords


def _reads(hole: Hole, part: str, batches: tuple[str, ...]) -> str:
    """Which batches a loss looks at, by their places."""
    program = hole.part(part)
    read = set[str]() if program is None else used(program.body)
    return _tuple([str(i) for i, name in enumerate(batches) if name in read])


def _body(
    name: str, program: ir.Program, hole: Hole, given: tuple[str, ...], types: dict[str, Array], text: Text,
    indent: int, make: Make,
) -> None:  # fmt: skip
    step = f"{hole.step}, " if name == "prox" else ""
    time = f"{hole.step}, " if hole.times is not None else ""
    batches = hole.sampling.names if hole.sampling is not None and name.endswith(SAMPLED) else ()
    step += "rows, " if batches else ""
    first = {"mirror": "unknowns, direction", "vertices": "direction"}.get(name, "unknowns")
    text.line("", 0)
    text.line(f"def {name}({time}{first}, {step}given):", indent, program.span)
    if "unknowns" in first:
        text.line(f"{_targets(tuple(n for n, _ in hole.unknowns))} = unknowns", indent + 1)
    if "direction" in first:
        text.line(f"{_targets(tuple(f'{n}_direction' for n, _ in hole.unknowns))} = direction", indent + 1)
    if batches:
        text.line(f"{_targets(batches)} = rows", indent + 1)
    if given:
        text.line(f"{_targets(given)} = given", indent + 1)
    directions = {f"{n}_direction": t for n, t in hole.unknowns}
    inside = make(_taken(program), {**types, **dict(hole.unknowns), **directions})
    if time:
        inside.fixed |= {hole.step}  # the argument keeps its name, `t`, which is that of temporaries too
    terms, fields = 0, list[str]()

    def result(stmt: ir.Stmt) -> None:
        nonlocal terms
        match stmt:
            case ir.Factor(value):
                term = inside.look(value)
                whole = added(ast.Name("value"), term) if terms else term
                text.line(f"value = {ast.unparse(whole)}", indent + 1, stmt.span)
                terms += 1
            case ir.Return(values):
                fields.extend(ast.unparse(inside.look(v)) for _, v in values)
            case _:
                pass

    inside.statements(program.body, indent + 1, result)
    scalar = "value" if terms else "jnp.zeros(())"
    text.line(f"return {_tuple(tuple(fields)) if fields else scalar}", indent + 1)


def _taken(program: ir.Program) -> frozenset[str]:
    return names_of(program) | {"unknowns", "given", "value", "objective", "times", "direction", "rows"}


def _tuple(names: tuple[str, ...] | list[str]) -> str:
    return f"({', '.join(names)}{',' if len(names) == 1 else ''})"


def _targets(names: tuple[str, ...]) -> str:
    return _tuple(names) if len(names) == 1 else ", ".join(names)


def _algorithm(algorithm: Algorithm, text: Text) -> str:
    """`Newton(tol=1e-09)`, its class imported."""
    module, _, name = algorithm.target.rpartition(".")
    text.imports.add(Import(module, name))

    def written(value: object) -> str:
        return _algorithm(value, text) if isinstance(value, Algorithm) else repr(value)

    return f"{name}({', '.join(f'{k}={written(v)}' for k, v in algorithm.arguments)})"
