"""Arguments put in their places, and values as programs take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.names import ArgumentCount, ArgumentName
from pushforward.dsl.errors.scripts import NotANumber, NotOfThatKind
from pushforward.dsl.infer.names import nearest
from pushforward.evaluator.foreseen import judged
from pushforward.evaluator.registry import Argument
from pushforward.evaluator.values import Compound, kind_of

if TYPE_CHECKING:
    from pushforward.dsl.source import Span

Given = Sequence[tuple[str | None, Argument]]


def placed(callee: str, parameters: Sequence[str], required: int, given: Given, span: Span) -> Mapping[str, Argument]:
    """The arguments by parameter. Raises `ProgramError`: PF210 for their number, PF211 for a name."""
    found: dict[str, Argument] = {}
    for position, (name, argument) in enumerate(given):
        if name is None:
            if position >= len(parameters):
                raise _wrong_count(callee, parameters, required, f"{len(given)} arguments", len(given), span)
            name = parameters[position]
        if name not in parameters or name in found:
            raise _wrong_name(callee, parameters, name, name in found, argument.span)
        found[name] = argument
    missing = [p for p in parameters[:required] if p not in found]
    if missing:
        raise _wrong_count(callee, parameters, required, f"missing: {', '.join(missing)}", len(given), span)
    return found


def _wrong_count(
    callee: str, parameters: Sequence[str], required: int, label: str, count: int, span: Span
) -> ProgramError:
    most = len(parameters)
    wanted = f"{required} to {most} arguments" if required < most else f"{most} argument{'s' if most != 1 else ''}"
    notes = (f"its parameters are {', '.join(parameters)}",) if parameters else ()
    return ProgramError(ArgumentCount.diagnostic(span, label, notes=notes, callee=callee, wanted=wanted, count=count))


def _wrong_name(callee: str, parameters: Sequence[str], name: str, twice: bool, span: Span) -> ProgramError:
    near = None if twice else nearest(name, parameters)
    helps = (f"did you mean `{near}`?",) if near else ()
    notes = (f"its parameters are {', '.join(parameters)}",) if parameters else ()
    label = "given twice" if twice else "no parameter has this name"
    return ProgramError(ArgumentName.diagnostic(span, label, notes=notes, helps=helps, callee=callee, name=name))


def plain(given: Argument, what: str) -> Any:
    """A number or an array, as programs take them. Raises `ProgramError` (PF726)."""
    value = given.value
    number = value.number() if isinstance(value, Compound) else None if isinstance(value, str | tuple) else value
    if number is None:
        raise ProgramError(
            NotANumber.diagnostic(given.span, f"{what} must be numbers", found=kind_of(value).capitalize())
        )
    return number


def text(given: Argument, who: str, wanted: str) -> str:
    """A text. Raises `ProgramError` (PF721)."""
    value = judged(given.value)
    if isinstance(value, str):
        return value
    found = kind_of(given.value)
    helps = (f'write it between quotes: `"{given.span.text}"`',) if isinstance(given.value, Compound) else ()
    raise ProgramError(
        NotOfThatKind.diagnostic(given.span, f"this is {found}", helps=helps, who=who, wanted=wanted, found=found)
    )
