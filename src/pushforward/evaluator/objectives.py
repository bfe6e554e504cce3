"""Objectives, programs that take programs, and fits as values of scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.programs import NotAProgram
from pushforward.dsl.errors.scripts import NotOfThatKind
from pushforward.dsl.infer.templates import PROGRAM_TYPES
from pushforward.evaluator.binding import placed, plain
from pushforward.evaluator.faults import located
from pushforward.evaluator.foreseen import judged
from pushforward.evaluator.network import NetworkValue
from pushforward.evaluator.registry import Argument
from pushforward.evaluator.values import Compound, DrawsValue, Given, ProgramValue, Record, Value, kind_of

if TYPE_CHECKING:
    from pushforward.api.fitting import Fit
    from pushforward.api.guide import Guide
    from pushforward.api.objective import BoundObjective, Objective
    from pushforward.api.programs import Applied, Flow, Template
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


@dataclass(frozen=True, eq=False)
class Plain(Compound):
    """A value that is used and not looked into."""

    @property
    def kind(self) -> str:
        return "a program"

    def parts(self) -> Mapping[str, Value]:
        return {}

    def text(self) -> str:
        return self.kind

    def json(self) -> Any:
        return {"kind": self.kind.removeprefix("a ").removeprefix("an ")}


@dataclass(frozen=True, eq=False)
class TemplateValue(Plain):
    """A model that takes programs, by its name."""

    template: Template


@dataclass(frozen=True, eq=False)
class AppliedValue(Plain):
    """A model that takes programs, with its arguments."""

    applied: Applied

    def text(self) -> str:
        return f"{self.applied.template.name}({', '.join(self.applied.arguments)})"


@dataclass(frozen=True, eq=False)
class ObjectiveValue(Plain):
    """An objective by its name."""

    objective: Objective

    @property
    def kind(self) -> str:
        return "an objective"


@dataclass(frozen=True, eq=False)
class BoundValue(Plain):
    """An objective with its arguments."""

    bound: BoundObjective

    @property
    def kind(self) -> str:
        return "an objective with its arguments"

    def text(self) -> str:
        from pushforward.dsl.unparse import unparse

        return unparse(self.bound.instance.program).rstrip()


@dataclass(frozen=True, eq=False)
class GuideValue(Compound):
    """A program at the parameters that a fit has found. It can be drawn from: `simulate fit.guide by mc(1000)`."""

    guide: Guide

    @property
    def kind(self) -> str:
        return "a fitted guide"

    def parts(self) -> Mapping[str, Value]:
        return {}

    def text(self) -> str:
        return f"a fitted guide with the parameters {', '.join(self.guide.params)}"

    def json(self) -> Any:
        return {"kind": "guide", "parameters": list(self.guide.params)}


@dataclass(frozen=True, eq=False)
class FlowValue(Compound):
    """A process at the parameters that a fit has found: `generate fit.process 1000`."""

    flow: Flow

    @property
    def kind(self) -> str:
        return "a fitted process"

    def parts(self) -> Mapping[str, Value]:
        return {}

    def text(self) -> str:
        return f"a fitted process with the parameters {', '.join(self.flow.params)}"

    def json(self) -> Any:
        return {"kind": "process", "parameters": list(self.flow.params)}


@dataclass(frozen=True, eq=False)
class FitValue(Compound):
    """What `maximize` and `minimize` give."""

    fit: Fit

    @property
    def kind(self) -> str:
        return "a fit"

    def parts(self) -> Mapping[str, Value]:
        """value, stderr, params, converged, trace, steps, and guide and pareto_k where there is one guide."""
        fit = self.fit
        found: dict[str, Value] = {
            "value": fit.value,
            "stderr": fit.stderr,
            "params": Record({n: _number(v) for n, v in fit.params.items()}, "parameters"),
            "converged": fit.converged,
            "trace": fit.result.trace.values,
            "steps": fit.result.steps_taken,
        }
        if fit.processes:
            found["processes"] = Record({n: FlowValue(f) for n, f in fit.processes.items()}, "fitted processes")
        if len(fit.processes) == 1:
            found["process"] = FlowValue(fit.process)
        if len(fit.guides) == 1:
            found["guide"] = GuideValue(fit.guide)
            if fit.pareto_k is not None:
                found["pareto_k"] = fit.pareto_k
        return found

    def text(self) -> str:
        from pushforward.evaluator.shown import text_of

        fit, result = self.fit, self.fit.result
        lines = [f"{fit.objective.objective.name} = {fit.value:.6g} ± {fit.stderr:.2g}   {result.sentence}"]
        lines += [result.convergence]
        if fit.pareto_k is not None:
            lines.append(f"Pareto k of the guide {fit.pareto_k:.2f}: {_advice(fit.pareto_k)}")
        width = max((len(n) for n in fit.params), default=0)
        for name, value in fit.params.items():
            lines.append(f"  {name.ljust(width)} = {text_of(_number(value))}")
        if result.gradient_noise:
            lines.append("gradient noise (norm of the mean, sd of one draw)")
        for name, noise in result.gradient_noise.items():
            lines.append(f"  {name.ljust(width)}   {noise.mean_norm:.2g}, {noise.sd:.2g}")
        return "\n".join(lines)

    def json(self) -> Any:
        from pushforward.evaluator.shown import to_json

        fit, result = self.fit, self.fit.result
        return {
            "objective": fit.objective.objective.name,
            "value": fit.value,
            "stderr": fit.stderr,
            "converged": fit.converged,
            "convergence": result.convergence,
            "outcome": result.sentence,
            "warnings": list(fit.warnings),
            "steps": result.steps_taken,
            "pareto_k": fit.pareto_k,
            "params": {n: to_json(_number(v)) for n, v in fit.params.items()},
            "gradient_noise": {n: {"mean_norm": g.mean_norm, "sd": g.sd} for n, g in result.gradient_noise.items()},
        }


def _number(value: Any) -> Value:
    """A parameter as a value: a number, an array, or a network."""
    if not hasattr(value, "ndim"):
        return NetworkValue(value)
    found: Value = value.item() if value.ndim == 0 else value
    return found


def _advice(k: float) -> str:
    if k < 0.7:
        return "importance weights can correct it"
    return "too far from the posterior to be corrected by importance weights; use a richer guide, or `sample`"


def program_of(given: Argument) -> Any:
    """The program that a value is, as the API takes it; None if it is none."""
    match judged(given.value):
        case Given(bound=bound):
            return bound
        case ProgramValue(model=model):
            return model if model.program.parameters else model()
        case AppliedValue(applied=applied):
            return applied
        case FlowValue(flow=flow):
            return flow
        case TemplateValue(template=template):
            return template if template.node.parameters else template()
        case _:
            return None


def arguments_of(node: tree.Program, given: tuple[tuple[str | None, Argument], ...], span: Span) -> dict[str, object]:
    """The arguments of a program that takes programs. Raises `ProgramError`: PF210, PF211, PF402."""
    parameters = [p.name for p in node.parameters]
    required = sum(p.default is None for p in node.parameters)
    found = placed(node.name, parameters, required, given, span)
    from pushforward.api.programs import without_times

    result: dict[str, object] = {}
    for parameter in node.parameters:
        argument = found.get(parameter.name)
        if argument is None:
            continue
        if parameter.type is not None and parameter.type.name in PROGRAM_TYPES:
            program = program_of(argument)
            if program is None:
                label, what = f"this is {kind_of(argument.value)}", f"`{parameter.name}` of `{node.name}`"
                raise ProgramError(NotAProgram.diagnostic(argument.span, label, what=what))
            result[parameter.name] = without_times(program)
        else:
            result[parameter.name] = plain(argument, f"`{parameter.name}`")
    return result


def bound_objective(
    session: Session, node: tree.Program, given: tuple[tuple[str | None, Argument], ...], span: Span
) -> BoundValue:
    """An objective with its arguments, expanded and checked. Raises `ProgramError`."""
    from pushforward.api.objective import Objective

    bound = Objective(node, session.environment.file)(**arguments_of(node, given, span))
    with located(span):
        _ = bound.program  # what is wrong in it is told here
    return BoundValue(bound)


def applied_template(
    session: Session, node: tree.Program, given: tuple[tuple[str | None, Argument], ...], span: Span
) -> AppliedValue:
    """A model that takes programs, with its arguments."""
    from pushforward.api.programs import Template

    return AppliedValue(Template(node, session.environment.file)(**arguments_of(node, given, span)))


def objective_of(given: Argument, who: str) -> BoundObjective:
    """The objective with its arguments that a value is. Raises `ProgramError` (PF721)."""
    value = judged(given.value)
    if isinstance(value, BoundValue):
        return value.bound
    found = kind_of(given.value)
    helps = ("write `elbo(p | {y = y_obs}, guide())`: an objective with its arguments",)
    raise ProgramError(
        NotOfThatKind.diagnostic(
            given.span, f"this is {found}", helps=helps, who=who, wanted="an objective", found=found
        )
    )


def simulated(guide: GuideValue, draws: int | None, seed: int) -> Value:
    """Draws of a fitted guide: a record of one, or many."""
    found = guide.guide.sample(draws or 1, seed=seed)
    if draws is not None:
        return DrawsValue(found, "draws of a guide")
    arrays = found.group("posterior")
    return Record({n: a[0, 0] if a.ndim > 2 else a[0, 0].item() for n, a in arrays.items()}, "a simulated record")
