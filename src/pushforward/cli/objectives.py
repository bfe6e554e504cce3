"""The objectives that the script of a file optimises, found without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.cli import storage, terminal
from pushforward.cli.outcome import WrongUsage

if TYPE_CHECKING:
    from pushforward.compiler.core.ir import Program
    from pushforward.evaluator.rehearsal import Optimised


def optimised(path: str, name: str | None) -> tuple[Optimised, ...]:
    """Those of a name, or all. An optimisation of which only a run knows the objective is noted. Raises `ProgramError`
    for what is wrong in the script."""
    from pushforward.dsl.diagnostic import ProgramError
    from pushforward.dsl.infer import infer
    from pushforward.dsl.parse import parse
    from pushforward.dsl.source import Source
    from pushforward.evaluator.rehearsal import rehearse
    from pushforward.evaluator.vocabulary import vocabulary
    from pushforward.stdlib.catalogue import catalogue

    file = parse(Source(path, storage.read_program(path).replace("\r\n", "\n")))
    rehearsal = rehearse(file, infer(file, catalogue(), vocabulary))
    if rehearsal.errors:
        raise ProgramError(*rehearsal.errors)
    for run, because in rehearsal.unforeseen:
        terminal.note(f"`{run.span.text}` ({path}:{run.span.line}) is seen only by `run`: it needs {because}")
    return tuple(o for o in rehearsal.optimised if name in (None, o.name))


def wanted(path: str, name: str | None) -> tuple[Optimised, ...]:
    """As `optimised`; that there is none is wrong usage."""
    found = optimised(path, name)
    if not found:
        which = "an objective" if name is None else f"the objective {name!r}"
        raise WrongUsage(f"{path} optimises {which} nowhere that can be seen without running it")
    return found


def one(path: str, name: str | None) -> Optimised | None:
    """The one objective that is meant, or none. Several of one name are told by their places."""
    found = optimised(path, name)
    if len(found) > 1:
        several = ", ".join(o.title for o in found)
        raise WrongUsage(f"which objective is meant? {path} optimises {several}; one is compiled at a time")
    return found[0] if found else None


def stage(found: Optimised, name: str, what: str) -> str:
    """The text of an objective at a stage. Raises `ProgramError`."""
    from pushforward.compiler.core.show import show
    from pushforward.compiler.pipeline import OBJECTIVES, Request, compile_to_core
    from pushforward.dsl.show_typed import show_program
    from pushforward.dsl.unparse import unparse

    bound = found.bound
    match name:
        case "gradient":
            return bound.gradient_program()
        case "expanded":
            return unparse(bound.instance.program)
        case "typed":
            return show_program(bound.program)
        case "jax":
            return bound.emitted.text
    seen: dict[str, Program] = {}  # a pass may stand twice in a list: the last time counts
    compile_to_core(bound.program, what, Request(frozenset()), seen.__setitem__)
    if name not in seen:
        known = ", ".join(dict.fromkeys(("core", *(step.name for step in OBJECTIVES[what]))))
        raise WrongUsage(f"there is no stage {name!r} for {what}; there are expanded, typed, {known}, gradient and jax")
    return show(seen[name])
