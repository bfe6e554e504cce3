"""`by nuts(chains=4, draws=500)`: which algorithm, and its settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pushforward.api.asking import fraction, one_of, whole
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NoSuchAlgorithm, NoSuchSetting, NotOfThatKind, WrongSetting
from pushforward.dsl.infer.names import nearest
from pushforward.evaluator.foreseen import Foreseen
from pushforward.evaluator.registry import Algorithm, Setting, Verb

#: The default of a setting that the algorithm finds itself.
AUTO = "auto"

if TYPE_CHECKING:
    from pushforward.evaluator.session import Session


__all__ = ["AUTO", "SEED", "fraction", "one_of", "read", "shown", "whole"]

SEED = Setting("seed", whole(0, 2**63 - 1))


def read(session: Session, verb: Verb, method: tree.Method | None) -> tuple[Algorithm, dict[str, Any]]:
    """The algorithm of a `by` clause and all its settings. Raises `ProgramError`: PF721, PF723, PF724, PF725."""
    if method is not None and method.derivative is not None:
        found = f"`@ {method.derivative.span.text}`"
        label = "a run of a script is not differentiated"
        raise ProgramError(
            NotOfThatKind.diagnostic(
                method.derivative.span, label, who=f"`{verb.name}`", wanted="`by` alone", found=found
            )
        )
    algorithms = {a.name: a for a in (*verb.algorithms(), *verb.own(session))}
    written = method.algorithm if method is not None else None
    if written is None:
        algorithm = next(iter(algorithms.values()))
        return algorithm, {s.name: s.default for s in algorithm.settings}
    named = written.function if isinstance(written, tree.Call) else written
    name = named.span.text
    if not isinstance(named, tree.Name) or named.id not in algorithms:
        near = nearest(name, algorithms)
        helps = (f"did you mean `{near}`?",) if near else ()
        notes = (f"it has {', '.join(algorithms)}",)
        raise ProgramError(
            NoSuchAlgorithm.diagnostic(named.span, "unknown here", notes=notes, helps=helps, verb=verb.name, name=name)
        )
    algorithm = algorithms[named.id]
    arguments = written.arguments if isinstance(written, tree.Call) else ()
    return algorithm, {s.name: s.default for s in algorithm.settings} | _given(session, algorithm, arguments)


def _given(session: Session, algorithm: Algorithm, arguments: tuple[tree.Argument, ...]) -> dict[str, Any]:
    from pushforward.evaluator.expressions import evaluate

    known = {s.name: s for s in algorithm.settings}
    found: dict[str, Any] = {}
    for position, argument in enumerate(arguments):
        name = argument.name if argument.name is not None else [*known, ""][min(position, len(known))]
        if name not in known or name in found:
            raise _no_such(algorithm, name or argument.span.text, name in found, argument)
        if known[name].default == AUTO and argument.value == tree.Name(AUTO):
            continue
        value = evaluate(session, argument.value)
        if isinstance(value, Foreseen):
            continue  # judged when it is known
        try:
            found[name] = known[name].read(value)
        except ValueError as wanted:
            label = f"this is {argument.value.span.text}"
            raise ProgramError(
                WrongSetting.diagnostic(argument.value.span, label, name=name, algorithm=algorithm.name, wanted=wanted)
            ) from None
    return found


def _no_such(algorithm: Algorithm, name: str, twice: bool, argument: tree.Argument) -> ProgramError:
    near = None if twice else nearest(name, [s.name for s in algorithm.settings])
    helps = (f"did you mean `{near}`?",) if near else ()
    label = "given twice" if twice else "no setting has this name"
    notes = (f"its settings are {shown(algorithm)}",)
    return ProgramError(
        NoSuchSetting.diagnostic(argument.span, label, notes=notes, helps=helps, algorithm=algorithm.name, name=name)
    )


def shown(algorithm: Algorithm) -> str:
    """`chains=4, draws=1000, seed`."""
    return ", ".join(s.name if s.default is None else f"{s.name}={_word(s.default)}" for s in algorithm.settings)


def _word(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) and value != AUTO else str(value)
