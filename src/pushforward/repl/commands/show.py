"""`:show NAME [STAGE [WHAT]]`: a program at a stage of the compiler, as `pushforward show` prints it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pushforward.repl.expressions import objective_of, program_of, split_stage
from pushforward.repl.registry import Command, Misused

if TYPE_CHECKING:
    from pushforward.api.objective import BoundObjective
    from pushforward.compiler.core.ir import Program
    from pushforward.dsl.typed import TypedProgram
    from pushforward.repl.loop import Repl

FORM = ":show NAME [STAGE [WHAT]], :show NAME by SAMPLER [STAGE], or :show EXPR"


def run(repl: Repl, text: str) -> None:
    """Write the program; an expression of numbers is shown as the program that it becomes."""
    from pushforward.dsl.show_typed import show_program

    if (asked := re.fullmatch(r"(\w+) by (.+?\)?)(?: (\w+))?", text.strip())) is not None:
        repl.host.write(_step(repl, *asked.groups(default="expanded")))
        return
    expression, stage = split_stage(text)
    if (bound := objective_of(repl, expression)) is not None:
        repl.host.write(_objective(bound, stage))
        return
    name, *rest = text.split() or [""]
    if name not in repl.session.environment.programs:
        repl.host.write(show_program(program_of(repl, text, FORM)))
        return
    program = program_of(repl, name, FORM)
    from pushforward.compiler.pipeline import first_asked

    default = first_asked(program)
    stage, what = [*rest, "typed", default][:2] if len(rest) != 1 else (rest[0], default)
    repl.host.write(show_program(program) if stage == "typed" else _core(program, stage, what))


def _step(repl: Repl, name: str, by: str, stage: str) -> str:
    """A step of a sampler on a model of the session: `:show m by mala jax`."""
    from pushforward.api.model import Model
    from pushforward.api.stages import NoStage, step_at
    from pushforward.compiler.pipeline import leaves

    environment = repl.session.environment
    program = program_of(repl, name, FORM)
    model = Model(program, program.span.source, environment.programs.get(name), environment.file)
    try:
        return step_at(model, leaves(program), by, stage)
    except NoStage as error:
        raise Misused(str(error)) from error


def _objective(bound: BoundObjective, stage: str) -> str:
    """An objective with its arguments: as one program, typed, after a pass, or its gradient."""
    from pushforward.compiler.core.show import show
    from pushforward.compiler.pipeline import Request, compile_to_core
    from pushforward.dsl.show_typed import show_program
    from pushforward.dsl.unparse import unparse

    match stage:
        case "" | "expanded":
            return unparse(bound.instance.program)
        case "typed":
            return show_program(bound.program)
        case "gradient":
            return bound.gradient_program()
    seen: dict[str, Program] = {}
    compile_to_core(bound.program, "estimate", Request(frozenset()), seen.__setitem__)
    if stage not in seen:
        known = f"expanded, typed, {', '.join(seen)}, gradient"
        raise Misused(f"there is no stage {stage!r} of an objective; there are {known}")
    return show(seen[stage])


def _core(program: TypedProgram, stage: str, what: str) -> str:
    """The program after a pass. Raises `Misused` for a stage or a purpose that there is not."""
    from pushforward.compiler.core.show import show
    from pushforward.compiler.pipeline import PIPELINES, SOLVES, Request, compile_to_core, leaves

    known = {**PIPELINES, **SOLVES}
    if what not in known:
        raise Misused(f"nothing is called {what!r}; there are {', '.join(known)}")
    seen: dict[str, Program] = {}  # a pass may stand twice in a list: the last time counts
    compile_to_core(program, what, Request(leaves(program)), seen.__setitem__)
    if stage not in seen:
        raise Misused(f"there is no stage {stage!r} for {what}; there are typed, {', '.join(seen)}")
    return show(seen[stage])


COMMAND = Command("show", "NAME [STAGE [WHAT]]", "a program as the compiler sees it", run)
