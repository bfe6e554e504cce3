"""`maximize` and `minimize`: what the two verbs share."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pushforward.api.programs import Flow, is_guide, is_process, parameter_names
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import WrongOptimiser
from pushforward.evaluator.foreseen import Foreseen, number, of_type
from pushforward.evaluator.objectives import FitValue, FlowValue, objective_of
from pushforward.evaluator.registry import Algorithm, Running, Setting, Verb
from pushforward.evaluator.settings import SEED
from pushforward.evaluator.values import Record
from pushforward.runtime.unknown import Unforeseen, Unknown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pushforward.api.objective import BoundObjective
    from pushforward.evaluator.values import Value

#: Settings of ours beside those of the optimiser, with what they are when nothing is said.
OURS = {
    "steps": None, "schedule": None, "clip": None, "restarts": None, "jitter": None, "patience": None, "samples": None,
    "average": None, "estimates": None,
}  # fmt: skip


def algorithms() -> tuple[Algorithm, ...]:
    """Optax's optimisers, `adam` first, each with its own settings and ours."""
    from pushforward.runtime.optimise.signatures import signatures

    known = signatures()
    order = ["adam", *sorted(set(known) - {"adam"})]
    return tuple(_algorithm(name, known[name]) for name in order)


def _algorithm(name: str, own: Any) -> Algorithm:
    names = ["learning_rate", *(n for n in own if n != "learning_rate"), *(n for n in OURS if n not in own)]
    settings = (Setting(n, _any) for n in names)
    return Algorithm(name, "", (*settings, SEED))


def _any(value: Value) -> Any:
    """Whatever it is: the optimiser knows what it takes."""
    return value


def run(sense: str, running: Running) -> Value:
    """A fit; a warning where it has not converged. Stopped by ctrl-C, it keeps what it has."""
    from pushforward.runtime.optimise.result import Outcome

    bound, host = objective_of(running.operand, f"`{sense}`"), running.session.host
    given = {n: v for n, v in running.settings.items() if v is not None and n != "seed"}
    rate = given.pop("learning_rate", 1e-2)
    method = bound.maximize if sense == "maximize" else bound.minimize
    with host.stopping() as stop, host.following(sense) as progress:
        try:
            fit = method(running.algorithm.name, rate, **given, seed=running.seed, stop=stop, progress=progress)
        except ValueError as error:
            raise ProgramError(WrongOptimiser.diagnostic(running.span, str(error), verb=sense)) from error
        if fit.result.outcome is Outcome.STOPPED:
            stop.clear()  # it has been heeded: the script goes on with what there is
            host.note(f"`{sense}` {fit.result.sentence}")
    if not fit.result.converged:
        host.warning(fit.result.convergence)
    for sentence in fit.warnings:
        host.warning(sentence)
    return FitValue(fit)


def foresee(sense: str, running: Running) -> Value:
    """A fit whose parameters are not known; its objective is expanded, compiled and kept."""
    from pushforward.compiler.pipeline import Request, compile_to_core
    from pushforward.evaluator.rehearsal import Rehearsal
    from pushforward.runtime.optimise.optimiser import specified
    from pushforward.runtime.optimise.signatures import signatures

    bound = objective_of(running.operand, f"`{sense}`")
    given = {n: v for n, v in running.settings.items() if v is not None and n not in ("seed", "estimates")}
    rate = given.pop("learning_rate", 1e-2)
    try:
        specified(signatures(), running.algorithm.name, rate, **given)
    except ValueError as error:
        raise ProgramError(WrongOptimiser.diagnostic(running.span, str(error), verb=sense)) from error
    compile_to_core(bound.program, "estimate", Request(frozenset()))
    assert isinstance(running.session, Rehearsal)
    running.session.optimises(sense, bound, running.span)
    return _foreseen_fit(bound, f"what `{sense}` finds (line {running.span.line})")


def _foreseen_fit(bound: BoundObjective, because: str) -> Value:
    try:
        sizes: Mapping[str, int] | None = bound.sizes
    except Unforeseen:
        sizes = None
    params = {p.name: of_type(p.type, sizes, because) for p in bound.program.params}
    fields: dict[str, Value] = {
        "value": number(Unknown("real", (), because)),
        "stderr": number(Unknown("real", (), because)),
        "params": Foreseen("parameters", because, params),
        "converged": number(Unknown("bool", (), because)),
        "trace": number(Unknown("real", None, because)),
        "steps": number(Unknown("int", (), because)),
    }
    given = bound.arguments.items()
    # a rehearsal asks for no values of the parameters
    moving = {n: v for n, v in given if is_process(v) and not isinstance(v, Flow) and parameter_names(v)}
    flows = {n: FlowValue(Flow(v, {})) for n, v in moving.items()}
    if flows:
        fields["processes"] = Record(dict(flows), "fitted processes")
    if len(flows) == 1:
        (fields["process"],) = flows.values()
    if sum(is_guide(v) for v in bound.arguments.values()) == 1:
        fields["guide"] = Foreseen("a fitted guide", because)
        fields["pareto_k"] = number(Unknown("real", (), because))
    return Foreseen("a fit", because, fields, None, bound)


def verb(sense: str, sentence: str) -> Verb:
    """The verb of this sense."""
    return Verb(sense, sentence, algorithms, partial(run, sense), partial(foresee, sense))
