"""A sampler's step on a model as a program, at a stage of the compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.api import asking
from pushforward.api.sampler import Step, samplers
from pushforward.compiler.core.show import show
from pushforward.compiler.pipeline import Request, compile_to_core
from pushforward.dsl.samplers import drawing, standing
from pushforward.dsl.show_typed import show_program
from pushforward.dsl.unparse import unparse

if TYPE_CHECKING:
    from pushforward.api.model import Model
    from pushforward.compiler.core import ir

#: What may be asked of a step: a draw of it, its density, and what it keeps.
ASKED = ("simulate", "log_density", "generated")


class NoStage(Exception):
    """There is no such stage, or nothing is asked for by this name; the message says what there is."""


def step_at(model: Model, observed: frozenset[str], by: str, stage: str, what: str | None = None) -> str:
    """The text of a step of `by` on `model` at a stage: `expanded`, `typed`, a pass, or `jax`; this one with the
    density that the step asks for. Raises `ProgramError`, `NoStage`.
    """
    known = ("nuts", *samplers(model.file))
    _, name, _ = asking.asked(by, known)
    if name == "nuts":
        raise NoStage(f"nuts is no program of the library; there are {', '.join(known[1:])}")
    step, what = Step.named(name, model.file), what or "simulate"
    if what not in ASKED:
        raise NoStage(f"of a step there are {', '.join(ASKED)}, not {what!r}")
    compiled = step.standing if what == "generated" else step.drawing
    match stage:
        case "expanded":
            texts = (unparse(drawing(step.sampler)), unparse(standing(step.sampler)))
            return f"# a step\n{texts[0]}\n# what it keeps, and how it is reversed\n{texts[1]}"
        case "typed":
            return show_program(compiled.program)
        case "jax":
            asked = ("simulate", "log_density") if step.sampler.reversible else ("simulate",)
            parts = {
                "a step": step.drawing.text(asked)[0].text,
                "what it keeps, and how it is reversed": step.standing.text(("generated",))[0].text,
                "the density that it asks for": model.compiled(observed).text(("log_density_unconstrained",))[0].text,
            }
            return "\n".join(f"# ---- {title}\n\n{text}" for title, text in parts.items())
    seen: dict[str, ir.Program] = {}  # a pass may stand twice in a list: the last time counts
    compile_to_core(compiled.program, what, Request(frozenset()), seen.__setitem__)
    if stage not in seen:
        raise NoStage(f"there is no stage {stage!r} for {what}; there are expanded, typed, {', '.join(seen)} and jax")
    return show(seen[stage])
