"""Arithmetic: an expression as a program of the language, typed, compiled and run in float64.

    x + sum(d.y)     model it(x: real, d_y: vector[8]) { return {value = x + sum(d_y)} }

Its arguments have the types of the values at hand, so every size is known when it is typed: a wrong shape or an index
beyond the end is told at the script's own line, before anything runs. What was compiled is kept by text and types.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.care import IndexMayRunOut
from pushforward.dsl.errors.running import FailedRunning
from pushforward.dsl.infer.programs import program
from pushforward.dsl.infer.report import Report
from pushforward.dsl.source import Span
from pushforward.evaluator.lifting import Lifted
from pushforward.evaluator.values import Record
from pushforward.runtime.unknown import Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pushforward.dsl.typed import TypedProgram
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.values import Value


def compute(session: Session, node: tree.Expr) -> Value:
    """The value of an expression of numbers. Raises `ProgramError`."""
    return _computed(session, (), node, node.span)


def declared(session: Session, name: str, written: tree.TypeExpr, node: tree.Expr) -> Value:
    """The value of `let name: T = e`, which must be of the type."""
    return _computed(session, ((name, written),), node, node.span)


def infer_type(session: Session, node: tree.Expr) -> TypedProgram:
    """The program of an expression, typed and not run: `:type` and `:show` ask for it."""
    lifted = _lift(session, node)
    return typed_expression(session, _program(lifted, (), node.span), node.span)


def _lift(session: Session, node: tree.Expr) -> tuple[tree.Expr, Lifted]:
    from pushforward.evaluator.expressions import evaluate

    lifted = Lifted(session, lambda inner: evaluate(session, inner))
    return lifted.expression(node), lifted


def _computed(session: Session, ascribed: tuple[tuple[str, tree.TypeExpr], ...], node: tree.Expr, span: Span) -> Value:
    value, lifted = _lift(session, node)
    types = tuple((name, lifted.expression(written)) for name, written in ascribed)
    whole = _program((value, lifted), types, span)
    return session.number(whole, {name: number for name, (number, _) in lifted.arguments.items()}, span)


def run_expression(session: Session, whole: tree.Program, arguments: Mapping[str, Any], span: Span) -> Value:
    """The value of the program that an expression is. Raises `ProgramError`."""
    # The place is part of the key: what is compiled says in its messages where it came from.
    key = (session.environment.version, whole, span.source.name, span.start)
    if key not in session.compiled:
        session.compiled[key] = _compiled(session, whole, span)
    found = session.compiled[key](dict(arguments))
    if "value" in found:
        return _plain(found["value"])
    return Record({name.removeprefix("value_"): _plain(part) for name, part in found.items()})


def _program(
    lifted: tuple[tree.Expr, Lifted], ascribed: tuple[tuple[str, tree.TypeExpr], ...], span: Span
) -> tree.Program:
    """The model whose only statement returns the value."""
    value, found = lifted
    parameters = tuple(
        tree.Parameter(name, _type(number, place), span=place) for name, (number, place) in found.arguments.items()
    )
    before: tuple[tree.Statement, ...] = ()
    for name, written in ascribed:
        name = name if name not in found.arguments else f"{name}_"
        before = (tree.Let(name, written, value, span=span),)
        value = tree.Name(name, span=span)
    record = tree.RecordExpr((tree.Field("value", value, span=span),), span=span)
    body = tree.Block((*before, tree.Return(record, span=span)), span=span)
    return tree.Program("model", "expression", parameters, body, span=span)


def typed_expression(session: Session, whole: tree.Program, span: Span) -> TypedProgram:
    """The program that an expression is, typed. Raises `ProgramError`."""
    report = Report()
    typed = program(session.environment.known, whole, report)
    # Sizes are numbers here, so an index that may run out does.
    beyond = [d for d in report.warnings if d.code == IndexMayRunOut.code]
    errors = report.errors or [replace(d, severity="error") for d in beyond] or report.not_yet
    if errors or typed is None:
        raise ProgramError(*errors)
    return typed


def _compiled(session: Session, whole: tree.Program, span: Span) -> Callable[[dict[str, Any]], Any]:
    typed = typed_expression(session, whole, span)
    session.prepare()
    import jax

    from pushforward.api.compiled import Compiled, located

    compiled = Compiled(typed, frozenset(), span.source.name)
    generated = compiled.function("generated")
    jitted = jax.jit(lambda data: generated({}, data, {}))

    def run(arguments: dict[str, Any]) -> Any:
        try:
            with located():
                return jitted(arguments)
        except ArithmeticError as error:  # a whole number beyond 64 bits
            raise ProgramError(FailedRunning.diagnostic(span, str(error))) from error

    return run


def _plain(value: Any) -> Value:
    import numpy as np

    array = np.asarray(value)
    if array.dtype.kind == "c":  # Python's own power of constants, (-1.0)^0.5, has no real value
        array = np.where(array.imag == 0, array.real, np.nan)
    return array if array.ndim else array.item()


def _type(value: Any, span: Span) -> tree.TypeExpr:
    """The type of a value. Whole numbers that are not negative are indices below the next number, which is what they
    may be used as.
    """
    if isinstance(value, Unknown):
        assert value.shape is not None
        dims = tuple(tree.Number(n, str(n), span=span) for n in value.shape)
        return tree.TypeExpr(value.kind, dims=dims, span=span)
    if isinstance(value, float):
        return tree.TypeExpr("real", span=span)
    import numpy as np

    array = np.asarray(value)
    sizes = tuple(tree.Number(n, str(n), span=span) for n in array.shape)
    match array.dtype.kind:
        case "b":
            return tree.TypeExpr("bool", dims=sizes, span=span)
        case "i" | "u" if array.size and array.min() >= 0:
            most = int(array.max()) + 1
            return tree.TypeExpr("index", dims=(*sizes, tree.Number(most, str(most), span=span)), span=span)
        case "i" | "u":
            return tree.TypeExpr("int", dims=sizes, span=span)
        case _:
            name = {1: "vector", 2: "matrix"}.get(array.ndim, "real")
            return tree.TypeExpr(name, dims=sizes, span=span)


def written_type(value: Any) -> str:
    """The type of a number or an array as the language writes it: `vector[8]`."""
    import numpy as np

    array = np.asarray(value)
    element = {"b": "bool", "i": "int", "u": "int"}.get(array.dtype.kind, "real")
    name = {1: "vector", 2: "matrix"}.get(array.ndim, "real") if element == "real" else element
    return f"{name}[{', '.join(map(str, array.shape))}]" if array.ndim else name
