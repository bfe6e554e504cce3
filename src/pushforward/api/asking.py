"""`mala(step=0.1)`: a sampler and its settings, as a text or as Python values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NoSuchAlgorithm, NoSuchSetting, WrongSetting
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source

#: Reads what a setting is given; raises `ValueError` with what it should be.
Reader = Callable[[object], Any]


def whole(least: int, most: int | None = None) -> Reader:
    """A reader of whole numbers of a range."""
    allowed = f"a whole number of at least {least}" if most is None else f"a whole number in {least}..{most + 1}"

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least or value > (most or value):
            raise ValueError(allowed)
        return value

    return read


def number(value: object) -> float:
    """A reader of numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number")
    return float(value)


def fraction(value: object) -> float:
    """A reader of numbers strictly between 0 and 1."""
    if not isinstance(value, float) or not 0 < value < 1:
        raise ValueError("a number between 0 and 1")
    return value


def positive(value: object) -> float:
    """A reader of numbers above 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
        raise ValueError("a number above 0")
    return float(value)


def nonneg(value: object) -> float:
    """A reader of numbers of at least 0."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError("a number of at least 0")
    return float(value)


def one_of(*words: str) -> Reader:
    """A reader of texts of a list."""

    def read(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(" or ".join(f'"{w}"' for w in words))
        return value

    return read


def each(read: Reader, wanted: str) -> Reader:
    """A reader of one number for all coordinates, or a list with one for each."""

    def values(value: object) -> Any:
        import numpy as np

        try:
            if np.ndim(value) == 0:  # type: ignore[arg-type]
                return read(value)
            return [read(float(v)) for v in np.asarray(value, float)]
        except (ValueError, TypeError):
            raise ValueError(wanted) from None

    return values


def asked(text: str, known: Collection[str]) -> tuple[tree.Expr, str, dict[str, tree.Argument]]:
    """What a text asks for: its tree, the name of an algorithm, and the settings by name. Raises `ProgramError`."""
    match parse(Source("by", text)).items:
        case (tree.ExprStatement(value=tree.Name(id=name) as at),) if name in known:
            return at, name, {}
        case (tree.ExprStatement(value=tree.Call(function=tree.Name(id=name) as at, arguments=given)),) if (
            name in known
        ):
            settings: dict[str, tree.Argument] = {}
            for argument in given:
                if argument.name is None or argument.name in settings:
                    raise _no_such(name, argument.name or argument.span.text, (), argument)
                settings[argument.name] = argument
            return at, name, settings
        case (tree.ExprStatement(value=tree.Name() as head),):
            raise unknown(head, known)
        case (tree.ExprStatement(value=tree.Call(function=tree.Name() as head)),):
            raise unknown(head, known)
        case (item, *_):
            raise ProgramError(
                NoSuchAlgorithm.diagnostic(
                    item.span, "not the name of a sampler", notes=(f"it has {', '.join(known)}",), verb="sample",
                    name=item.span.text,
                )
            )  # fmt: skip
        case _:
            return asked("nuts" if not text.strip() else "_", known)


def unknown(at: tree.Name, known: Collection[str]) -> ProgramError:
    """That no sampler has a name."""
    near = nearest(at.id, known)
    helps = (f"did you mean `{near}`?",) if near else ()
    notes = (f"it has {', '.join(known)}",)
    return ProgramError(
        NoSuchAlgorithm.diagnostic(at.span, "unknown here", notes=notes, helps=helps, verb="sample", name=at.id)
    )


def _no_such(algorithm: str, name: str, known: Collection[str], at: tree.Node) -> ProgramError:
    near = nearest(name, known)
    helps = (f"did you mean `{near}`?",) if near else ("write settings by name: `mala(step=0.1)`",)
    notes = (f"its settings are {', '.join(known)}",) if known else ()
    return ProgramError(
        NoSuchSetting.diagnostic(at.span, "no setting has this name", notes=notes, helps=helps, algorithm=algorithm,
                                 name=name)
    )  # fmt: skip


def read_settings(algorithm: str, given: Mapping[str, tree.Argument], readers: Mapping[str, Reader]) -> dict[str, Any]:
    """The settings that a text gives, those that are `auto` left out. Raises `ProgramError` (PF724, PF725)."""
    found: dict[str, Any] = {}
    for name, argument in given.items():
        if name not in readers:
            raise _no_such(algorithm, name, readers, argument)
        if argument.value == tree.Name("auto"):
            continue
        try:
            found[name] = readers[name](literal(argument.value))
        except ValueError as wanted:
            label = f"this is {argument.value.span.text}"
            raise ProgramError(
                WrongSetting.diagnostic(argument.value.span, label, name=name, algorithm=algorithm, wanted=wanted)
            ) from None
    return found


def literal(node: tree.Expr) -> object:
    """The number, text or list of numbers that an expression is; the expression itself where it is none of these."""
    match node:
        case tree.Number(value=value) | tree.Bool(value=value) | tree.String(value=value):
            return value
        case tree.Unary(op="-", operand=tree.Number(value=value)):
            return -value
        case tree.ListExpr(items=items):
            return [literal(i) for i in items]
        case _:
            return node
