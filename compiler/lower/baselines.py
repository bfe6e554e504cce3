"""The parameters of learned baselines: they are fitted to the costs, so nothing else may depend on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

from pushforward.dsl import typed
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.errors.gradients import StrategyRefused


def check_baselines(program: typed.TypedProgram) -> None:
    """Raises PF501 for a baseline with a parameter that moves something else too."""
    params = {p.name for p in program.params}
    elsewhere = set(_names(program.body)) & params
    problems = [p for s in _learned(program.body) if (p := _problem(s, params, elsewhere)) is not None]
    if problems:
        raise ProgramError(*problems)


def _problem(site: typed.Site, params: set[str], elsewhere: set[str]) -> Diagnostic | None:
    assert site.strategy is not None and site.strategy.baseline is not None
    shared = sorted(set(_names(site.strategy.baseline, held=False)) & params & elsewhere)
    if not shared:
        return None
    helps = (f"give the baseline a parameter of its own, or write `stop({shared[0]})`",)
    return StrategyRefused.diagnostic(
        site.strategy.span, f"its baseline would fit {shared[0]} to the costs, and the objective depends on it",
        helps=helps, name=site.strategy.name, variable=site.address,
    )  # fmt: skip


def _learned(body: Iterable[typed.Statement]) -> Iterator[typed.Site]:
    for stmt in body:
        match stmt:
            case typed.Site(strategy=typed.Strategy(baseline=baseline)) if baseline is not None:
                yield stmt
            case typed.For():
                yield from _learned(stmt.body)
            case typed.If():
                yield from _learned((*stmt.then, *stmt.orelse))
            case _:
                pass


def _names(node: object, held: bool = True) -> Iterator[str]:
    """The names in a piece of a program, but for those in strategies, and without `held` those in `stop(...)`."""
    match node:
        case typed.Ref(name):
            yield name
        case typed.Strategy():
            pass
        case typed.Apply(function=typed.Signature(extern="lax.stop_gradient")) if not held:
            pass
        case tuple():
            for item in node:
                yield from _names(item, held)
        case typed.Node():
            for f in fields(node):
                if f.name not in ("span", "type", "function", "distribution"):
                    yield from _names(getattr(node, f.name), held)
        case _:
            pass
