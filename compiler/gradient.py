"""What an estimate of an objective is made of: the strategy of every choice, why, and the costs that it multiplies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pushforward.compiler.analyses.influence import Element, Influences
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import statements
from pushforward.compiler.pipeline import Request, compile_to_core
from pushforward.compiler.transforms.choose import Decision, decisions
from pushforward.compiler.transforms.strategies import strategies
from pushforward.compiler.transforms.weigh import influences
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Strategy, TypedProgram


@dataclass(frozen=True)
class Cost:
    """A term of the objective that depends on a choice; `element` when it depends on one element of it at a time."""

    span: Span
    element: Element


@dataclass(frozen=True)
class Explained:
    """A choice: where it is drawn, what was decided for it, and the costs that depend on it."""

    span: Span
    decision: Decision
    costs: tuple[Cost, ...]


#: What the strategies of a kind do to the costs that depend on a choice.
_DOES = {
    "pathwise": "the derivative passes through",
    "scored": "multiplies by its score",
    "points": "weighs at each of its points",
    "constant": "is computed from it",
}


def explained(program: TypedProgram) -> tuple[Explained, ...]:
    """Every choice of an expanded objective, in the order of the program. Raises ProgramError."""
    stages: dict[str, ir.Program] = {}
    compile_to_core(program, "estimate", Request(frozenset()), stages.__setitem__)
    start, planned = stages["parameters"], stages["distribute"]
    known = influences(planned)
    costs: dict[str, list[Cost]] = {}
    for factor in _followed(planned.body, known):
        for name, element in known.of(factor.value).items():
            costs.setdefault(name, []).append(Cost(factor.span, element))
    places = {s.address: s.span for s in statements(start.body) if isinstance(s, ir.Site)}
    return tuple(Explained(places[d.variable], d, tuple(costs.get(d.variable, ()))) for d in decisions(start))


def _followed(body: tuple[ir.Stmt, ...], known: Influences) -> Iterator[ir.Factor]:
    """The factors, each when all before it is known."""
    for stmt in body:
        match stmt:
            case ir.Factor():
                yield stmt
            case ir.For(kind=kind) if kind != "scan":
                known.enter(stmt)
                yield from _followed(stmt.body, known)
            case _:
                known.statement(stmt)


def explain_gradient(program: TypedProgram) -> str:
    """A text: for every choice of an expanded objective its strategy, why, and the costs that it multiplies with the
    lines they come from. Raises ProgramError.
    """
    return "\n".join(line for each in explained(program) for line in _lines(each)) + "\n"


def _lines(each: Explained) -> Iterator[str]:
    decision = each.decision
    kind = strategies()[decision.strategy.name].kind
    yield f"{_place(each.span)}  {decision.variable} by @ {_written(decision.strategy)}: {decision.why}"
    found: dict[tuple[str, str], None] = {}
    for cost in each.costs:
        found.setdefault((f"{_place(cost.span)}  {_text(cost.span)}", _elements(decision.variable, cost.element)), None)
    for text, elements in found:
        yield f"    {_DOES[kind]}  {text}{elements}"
    if not found:
        yield "    no cost depends on it"


def _elements(variable: str, element: Element) -> str:
    if element is None:
        return f"  (all of {variable})"
    return f"  (of {variable}[{', '.join(map(str, element))}] alone)" if element else ""


def _written(strategy: Strategy) -> str:
    def value(of: object) -> str:
        return _written(of) if isinstance(of, Strategy) else str(of)

    given = [value(v) if k.isdigit() else f"{k}={value(v)}" for k, v in strategy.arguments]
    learned = strategy.baseline
    arguments = ", ".join([*given, *([f"baseline={_text(learned.span)}"] if learned is not None else [])])
    return f"{'unsafe ' if strategy.unsafe else ''}{strategy.name}{f'({arguments})' if arguments else ''}"


def _place(span: Span) -> str:
    return f"{span.source.name.rsplit('/', 1)[-1]}:{span.line}" if span.end else "-"


def _text(span: Span) -> str:
    """The first line of a piece of text, blanks put together."""
    (first, *more) = (span.text.strip() or " ").splitlines()
    return " ".join(first.split()) + (" ..." if more else "")
