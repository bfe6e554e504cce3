"""How a path is made: the scheme that was named, or the exact law of a step where there is one."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.processes import (
    ConfinedStart,
    NoDensity,
    NoExactLaw,
    NoiseOfScheme,
    SchemeArgument,
    UnknownScheme,
)
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.report import Report
from pushforward.dsl.processes.asked import Asked
from pushforward.dsl.processes.linear import why_not_linear
from pushforward.dsl.processes.reading import Process, State
from pushforward.dsl.processes.schemes import draws_next, is_scheme, takes_any_noise
from pushforward.dsl.processes.shaken import singular


def usual(known: Declarations, process: Process) -> str:
    """The scheme of Euler and Maruyama that fits: centred, unless a state has no noise or a confined start."""
    apart = any(not s.noises or confines(known, s) for s in process.states) or singular(process.states) is not None
    return "euler_maruyama_noncentered" if apart else "euler_maruyama"


def why_not_exact(known: Declarations, process: Process) -> str | None:
    """Why the path is not made by the exact law of its steps; None if it is."""
    if any(confines(known, s) for s in process.states):
        return "its initial law is confined to a part of the line, and its steps are not"
    return why_not_linear(process)


def confines(known: Declarations, state: State) -> bool:
    """Whether the initial law of a state does not have the whole line for its support."""
    head = state.initial.function if isinstance(state.initial, tree.Call) else state.initial
    if not isinstance(head, tree.Name) or not known.is_law(head.id):
        return False
    law = known.law(head.id, Report(), head.span)
    return law is not None and law.signature.support.constraint.kind != "none"


def scheme_of(known: Declarations, asked: Asked, report: Report) -> tuple[tree.Program, int] | None:
    """The scheme that a path is made by, and its number of steps between two times; None after a report."""
    written = asked.site.method.algorithm if asked.site.method is not None else None
    reason = why_not_exact(known, asked.process)
    text = "exact"
    if written is not None:
        head = written.function if isinstance(written, tree.Call) else written
        text = head.id if isinstance(head, tree.Name) else written.span.text
    if text == "exact" and reason is not None:
        report.error(
            NoExactLaw, (asked.site if written is None else written).span, reason,
            helps=(f"write `by {usual(known, asked.process)}(steps=10)`: ten steps between two times",),
            name=asked.process.node.name,
        )  # fmt: skip
        return None
    scheme = known.program(text)
    if scheme is None or not is_scheme(scheme):
        near = nearest(text, sorted(set(known.schemes()) - {text}))
        helps = (f"did you mean `{near}`?",) if near else (f"schemes are {', '.join(sorted(known.schemes()))}",)
        if scheme is not None:
            helps = ("write it as `model s(p: process, x: real, t: real, h: positive) { next ~ ... }`",)
        report.error(UnknownScheme, (written or asked.site).span, "named here", helps=helps, name=text)
        return None
    if text == "exact":
        return _with_steps(scheme, written, text, report)
    joint = asked.process.joint
    if joint is not None and not takes_any_noise(scheme):
        report.error(
            NoiseOfScheme, joint.equation.span, "these are a matrix of noises, or shared",
            helps=(f"make the path by `{usual(known, asked.process)}`",), name=scheme.name,
        )  # fmt: skip
        return None
    single = singular(asked.process.states)
    if joint is not None and draws_next(scheme):
        several = [s for s in asked.process.states if asked.process.shares(s) and any(n.product for n in s.noises)]
        if several:
            report.later(f"`{asked.process.node.name}`", "the law of a matrix of noises that states share",
                         several[0].equation.span, "make the path by `euler_maruyama_noncentered`")  # fmt: skip
            return None
        if single is not None:
            report.error(
                NoDensity, single.equation.span, "there are fewer noises than states that they move",
                helps=("make the path by `euler_maruyama_noncentered`",), name=asked.process.node.name,
            )  # fmt: skip
            return None
    still = [s for s in asked.process.states if not s.noises]
    if still and draws_next(scheme):
        report.error(
            NoDensity, still[0].equation.span, f"`{still[0].name}` has no noise",
            helps=("make the path by `euler_maruyama_noncentered`",), name=asked.process.node.name,
        )  # fmt: skip
        return None
    confined = [s for s in asked.process.states if confines(known, s)]
    if confined and draws_next(scheme):
        report.error(
            ConfinedStart, confined[0].initial.span, "the steps do not stay there",
            helps=("make the path by `euler_maruyama_noncentered`, or let the logarithm evolve",),
            name=asked.process.node.name,
        )  # fmt: skip
        return None
    return _with_steps(scheme, written, text, report)


def _with_steps(
    scheme: tree.Program, written: tree.Expr | None, text: str, report: Report
) -> tuple[tree.Program, int] | None:
    steps = _steps(written, text, report)
    return None if steps is None else (scheme, steps)


def _steps(written: tree.Expr | None, text: str, report: Report) -> int | None:
    steps = 1
    for argument in written.arguments if isinstance(written, tree.Call) else ():
        match argument:
            case tree.Argument(name=None | "steps", value=tree.Number(value=int(n))) if n >= 1:
                steps = n
            case _:
                report.error(
                    SchemeArgument, argument.span, "not a number of steps", name=text,
                    helps=(f"write `{text}(steps=10)`: ten steps between two times",),
                )  # fmt: skip
                return None
    return steps
