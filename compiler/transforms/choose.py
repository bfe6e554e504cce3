"""choose: a strategy for every choice.

    site x: real ~ normal(mu, 1.0)        site x: real ~ normal(mu, 1.0) by reparam

What the program says is checked; where it says nothing, the strategy is chosen by type and smoothness: `reparam` for a
continuous choice whose draws are smooth in their parameters and that reaches no jump, `enum` for a discrete one with
few values whose elements do not share a cost, `score` for everything else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pushforward.compiler.analyses.jumps import Jump, jumps
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import bound, statements, used
from pushforward.compiler.transforms.strategies import strategies
from pushforward.compiler.transforms.strategies.strategy import is_discrete
from pushforward.compiler.transforms.strategies.support import finite_support
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.errors.gradients import BiasedStrategy, ReachesJump, StrategyRefused, UnknownStrategy
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.typed import Strategy as Chosen

FEW = 32  # values of a discrete choice that are summed over without being asked


@dataclass(frozen=True)
class Decision:
    """What was decided for a variable, and why, in words."""

    variable: str
    strategy: Chosen
    why: str


def choose(program: ir.Program) -> ir.Program:
    """The program in which every site has a strategy. Raises PF501 to PF504 for one that cannot be taken."""
    decided = {d.variable: d.strategy for d in decisions(program)}

    def block(body: Iterable[ir.Stmt]) -> tuple[ir.Stmt, ...]:
        return tuple(one(s) for s in body)

    def one(stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.Site(address):
                return replace(stmt, strategy=decided[address])
            case ir.For() | ir.Total():
                return replace(stmt, body=block(stmt.body))
            case ir.If():
                return replace(stmt, then=block(stmt.then), orelse=block(stmt.orelse))
            case _:
                return stmt

    return replace(program, body=block(program.body))


def decisions(program: ir.Program) -> tuple[Decision, ...]:
    """The strategy of every variable of the program, in order."""
    sites: dict[str, list[ir.Site]] = {}
    for stmt in statements(program.body):
        if isinstance(stmt, ir.Site):
            sites.setdefault(stmt.address, []).append(stmt)
    reached, moving = jumps(program, sites), dependent(program)
    found: list[Decision] = []
    problems: list[Diagnostic] = []
    for variable, group in sites.items():
        said = next((s.strategy for s in group if s.strategy is not None), None)
        moves = any(used(s.law) & moving for s in group)
        if said is None:
            found.append(_default(variable, group, reached.get(variable), moves))
            continue
        problem = next((p for s in group if (p := _problem(s, said, reached.get(variable), moves)) is not None), None)
        if problem is not None:
            problems.append(problem)
        found.append(Decision(variable, said, "as written"))
    if problems:
        raise ProgramError(*problems)
    return tuple(found)


def dependent(program: ir.Program) -> frozenset[str]:
    """The names that depend on a parameter or on a choice."""
    found = {i.name for i in program.inputs if i.role == "param"} | {v.name for v in program.variables}
    grew = True
    while grew:
        before = len(found)
        for stmt in statements(program.body):
            if not isinstance(stmt, (ir.For, ir.If, ir.Total)) and used(stmt) & found:
                found |= bound(stmt)
            elif isinstance(stmt, ir.Total) and used(stmt.body) & found:
                found.add(stmt.name)
        grew = len(found) > before
    return frozenset(found)


def _default(variable: str, group: list[ir.Site], jump: Jump | None, moves: bool) -> Decision:
    laws = [s.law for s in group]
    if any(is_discrete(law) for law in laws):
        supports = [finite_support(law) for law in laws]
        counts = [s[1] for s in supports if s is not None]
        if len(counts) == len(laws) and all(c.value is None or c.value <= FEW for c in counts):
            return Decision(variable, Chosen("enum"), "discrete, with few values")
        if not moves:
            return Decision(variable, Chosen("stop"), "its law depends on no parameter")
        return Decision(variable, Chosen("score"), "discrete, with many values")
    reparam = strategies()["reparam"]
    if not moves:
        return Decision(variable, Chosen("stop"), "its law depends on no parameter")
    if any(reparam.refuse(law, Chosen("reparam")) is not None for law in laws):
        return Decision(variable, Chosen("score"), "continuous, and its draws carry no derivative")
    if jump is not None:
        return Decision(variable, Chosen("score"), f"continuous, and it reaches {jump.path[-1][1]}")
    return Decision(variable, Chosen("reparam"), "continuous, and what follows from it is smooth")


def _problem(site: ir.Site, said: Chosen, jump: Jump | None, moves: bool) -> Diagnostic | None:
    known = strategies()
    place = said.span if said.span.end else site.span
    if said.name not in known:
        near = nearest(said.name, known)
        helps = (f"did you mean `{near}`?",) if near else ("the strategies are " + ", ".join(known),)
        return UnknownStrategy.diagnostic(place, "no strategy has this name", helps=helps, name=said.name)
    strategy = known[said.name]
    unknown = [k for k, _ in said.arguments if not k.isdigit() and k not in strategy.settings]
    too_many = len(said.arguments) > len(strategy.settings)
    if unknown or too_many:
        what = ", ".join(strategy.settings) or "nothing"
        name = f"{said.name}({unknown[0]}=...)" if unknown else f"{said.name}(...)"
        return UnknownStrategy.diagnostic(place, f"between the brackets it takes {what}", name=name)
    if (strategy.biased or (strategy.kind == "constant" and moves)) and not said.unsafe:
        help_ = f"write `@ unsafe {place.text}`, or `@ score`"
        return BiasedStrategy.diagnostic(place, strategy.sentence, helps=(help_,), name=said.name)
    refusal = strategy.refuse(site.law, said)
    if refusal is not None:
        secondary = (Label(site.span, refusal.label),) if site.span != place else ()
        return StrategyRefused.diagnostic(
            place, refusal.why, secondary=secondary, helps=refusal.helps, name=said.name, variable=site.address
        )
    if strategy.kind == "pathwise" and jump is not None:
        return _reaches(site, said, jump)
    return None


def _reaches(site: ir.Site, said: Chosen, jump: Jump) -> Diagnostic:
    *before, (place, what) = jump.path
    labels = (Label(site.span, f"{site.address} is drawn here"), *(Label(span, text) for span, text in before))
    return ReachesJump.diagnostic(
        place, f"{what}: its slope is 0 or not defined", secondary=tuple(x for x in labels if x.span != place),
        notes=(f"the derivative with respect to the parameters of {site.address} would miss the jump",),
        helps=(f"write `@ score` at `{site.address}`", "or replace the jump by something smooth, such as inv_logit"),
        name=site.address, strategy=said.name,
    )  # fmt: skip
