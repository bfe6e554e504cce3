"""choose: a strategy for every choice.

    site x: real ~ normal(mu, 1.0)        site x: real ~ normal(mu, 1.0) by reparam

What the program says is checked; where it says nothing, the strategy is chosen by type and smoothness: `reparam` for a
continuous choice whose draws are smooth in their parameters and that reaches no jump, `enum` for a discrete one with
few values whose elements do not share a cost, `score` for everything else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from pushforward.compiler.analyses.jumps import Jump, jumps
from pushforward.compiler.analyses.moving import moving
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import statements, used
from pushforward.compiler.transforms.strategies import strategies
from pushforward.compiler.transforms.strategies.strategy import Asked, Refusal, is_discrete
from pushforward.compiler.transforms.strategies.support import finite_support
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.errors.gradients import BiasedStrategy, ReachesJump, StrategyRefused, UnknownStrategy
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.source import Span
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
    return decided(program, decisions(program))


def decided(program: ir.Program, found: Iterable[Decision]) -> ir.Program:
    """The program with strategies as they were decided."""
    chosen = {d.variable: d.strategy for d in found}

    def block(body: Iterable[ir.Stmt]) -> tuple[ir.Stmt, ...]:
        return tuple(one(s) for s in body)

    def one(stmt: ir.Stmt) -> ir.Stmt:
        match stmt:
            case ir.Site(address):
                return replace(stmt, strategy=chosen[address])
            case ir.For() | ir.Total():
                return replace(stmt, body=block(stmt.body))
            case ir.If():
                return replace(stmt, then=block(stmt.then), orelse=block(stmt.orelse))
            case _:
                return stmt

    return replace(program, body=block(program.body))


def decisions(program: ir.Program) -> tuple[Decision, ...]:
    """The strategy of every variable of the program, in order."""
    from pushforward.compiler.transforms.shared import shared_choices

    found = first_decisions(program)
    shared = shared_choices(program, found)
    why = "discrete, and a cost depends on several of its elements at once"
    return tuple(Decision(d.variable, Chosen("score"), why) if d.variable in shared else d for d in found)


def first_decisions(program: ir.Program) -> tuple[Decision, ...]:
    """The strategies by type and smoothness alone: whether elements of a choice share a cost is not looked at."""
    sites: dict[str, list[ir.Site]] = {}
    for stmt in statements(program.body):
        if isinstance(stmt, ir.Site):
            sites.setdefault(stmt.address, []).append(stmt)
    asked = _asked(program, sites)
    stopped: frozenset[str] = frozenset()  # choices that no derivative goes through
    found: list[Decision] = []
    problems: list[Diagnostic] = []
    for variable, group in reversed(sites.items()):  # what a choice reaches depends on the choices behind it
        jump = jumps(program, (variable,), stopped).get(variable)
        said = next((s.strategy for s in group if s.strategy is not None), None)
        questions = tuple(asked(s, said or Chosen("reparam")) for s in group)
        if said is None:
            decision = _default(variable, questions, jump)
            found.append(decision)
            refusal = next((r for q in questions if (r := _refusal(q, decision.strategy)) is not None), None)
            problem = None if refusal is None else _refused(group[0], group[0].span, decision.strategy, refusal)
        else:
            found.append(Decision(variable, said, "as written"))
            pairs = zip(group, questions, strict=True)
            problem = next((p for s, q in pairs if (p := _problem(s, q, jump)) is not None), None)
            problem = problem or _relaxed(program, variable, said, group[0])
            other = next((s for s in group if s.strategy not in (None, said)), None)
            problem = problem or (None if other is None else _two(other, said))
        if problem is not None:
            problems.append(problem)
        if not _follows(found[-1].strategy.name):
            stopped |= {variable}
    if problems:
        raise ProgramError(*_once(tuple(reversed(problems))))
    return tuple(reversed(found))


def _once(problems: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """One diagnostic for a strategy that is biased, with all the choices that have it."""
    biased: dict[str, list[Diagnostic]] = {}
    for problem in problems:
        if problem.code == BiasedStrategy.code:
            biased.setdefault(problem.title, []).append(problem)
    kept = []
    for problem in problems:
        same = biased.get(problem.title, [problem])
        if problem is same[0]:
            labels = {label.span: label for p in same for label in (*p.secondary, p.primary)}
            labels.pop(problem.primary.span)
            kept.append(replace(problem, secondary=tuple(labels.values())))
    return tuple(kept)


def _asked(program: ir.Program, sites: Mapping[str, list[ir.Site]]) -> Callable[[ir.Site, Chosen], Asked]:
    """The question that a site is to a strategy. A choice whose strategy is not decided yet counts as pathwise if it
    can be."""
    declares = {s.name: s for s in program.body if isinstance(s, ir.Declare)}
    pathwise = {
        v for v, group in sites.items()
        if all(_carries(s) for s in group)
    }  # fmt: skip
    names = moving(program, frozenset(pathwise))

    def question(site: ir.Site, chosen: Chosen) -> Asked:
        declare = declares.get(site.address)
        cut = None
        if site.truncated and declare is not None:
            cut = ir.Truncation(declare.type.constraint.kind, declare.lower, declare.upper)
        return Asked(site.law, chosen, names, cut)

    return question


def _carries(site: ir.Site) -> bool:
    """Whether the value of a draw may carry a derivative: as its strategy says, or as far as is known without one."""
    if site.strategy is None:
        return not is_discrete(site.law)
    known = strategies().get(site.strategy.name)
    return known is not None and (known.follows or bool(known.relaxes))


def _follows(name: str) -> bool:
    known = strategies().get(name)
    return known is not None and known.follows


def _refusal(asked: Asked, chosen: Chosen) -> Refusal | None:
    """Why a strategy cannot take what is asked of it: draws put in order follow their parameters, or nothing does."""
    strategy = strategies()[chosen.name]
    if asked.cut is not None and asked.cut.kind in ("ordered", "positive_ordered") and chosen.name != "reparam":
        label, helps = "the declared type orders them", ("write `@ reparam`",)
        return Refusal("cannot take draws that are put in order", label, helps)
    return strategy.refuse(replace(asked, chosen=chosen))


def _default(variable: str, asked: tuple[Asked, ...], jump: Jump | None) -> Decision:
    """The first strategy that takes a choice; where none does, the last one that was tried."""

    def taken(name: str) -> bool:
        return all(_refusal(q, Chosen(name)) is None for q in asked)

    if any(is_discrete(q.law) for q in asked):
        supports = [finite_support(q.law) for q in asked]
        counts = [s[1] for s in supports if s is not None]
        if len(counts) == len(asked) and all(c.value is None or c.value <= FEW for c in counts):
            return Decision(variable, Chosen("enum"), "discrete, with few values")
        if not any(q.law_moves for q in asked):
            return Decision(variable, Chosen("stop"), "its law depends on no parameter")
        return Decision(variable, Chosen("score"), "discrete, with many values")
    if not any(q.law_moves for q in asked):
        return Decision(variable, Chosen("stop"), "its law depends on no parameter")
    if jump is None and taken("reparam"):
        return Decision(variable, Chosen("reparam"), "continuous, and what follows from it is smooth")
    why = "continuous, and its draws carry no derivative"
    if jump is not None:
        why = f"continuous, and it reaches {jump.path[-1][1]}"
    if not taken("score") and taken("mvd"):
        return Decision(variable, Chosen("mvd"), f"{why}; its support moves with the parameters")
    return Decision(variable, Chosen("score"), why)


def _problem(site: ir.Site, asked: Asked, jump: Jump | None) -> Diagnostic | None:
    known, said = strategies(), asked.chosen
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
    if (strategy.biased or (strategy.kind == "constant" and asked.law_moves)) and not said.unsafe:
        help_ = f"write `@ unsafe {place.text}`, or `@ score`"
        chosen = () if site.span.start <= place.start <= site.span.end else (Label(site.span, "a choice that has it"),)
        return BiasedStrategy.diagnostic(place, strategy.sentence, secondary=chosen, helps=(help_,), name=said.name)
    refusal = _refusal(asked, said)
    if refusal is not None:
        return _refused(site, place, said, refusal)
    if strategy.follows and jump is not None:
        return _reaches(site, said, jump)
    return None


def _relaxed(program: ir.Program, variable: str, said: Chosen, site: ir.Site) -> Diagnostic | None:
    """What a real number in the place of a whole one must not reach: an index; and, if it is not even near one,
    anything that jumps, and the density of a discrete law.
    """
    strategy = strategies().get(said.name)
    if strategy is None or not strategy.relaxes:
        return None
    reached = jumps(program, (variable,), indices=strategy.relaxes == "slope").get(variable)
    place = None if reached is None else reached.path[-1][0]
    if place is None and strategy.relaxes == "value":
        scores = (s for s in statements(program.body) if isinstance(s, ir.Score))
        place = next((s.span for s in scores if s.address == variable or used(s.value) & {variable}), None)
    if place is None:
        return None
    refusal = Refusal(
        "puts a real number in the place of a whole one", f"a whole number is needed ({place.text})",
        ("write `@ score`, or `@ enum`",),
    )  # fmt: skip
    return _refused(site, said.span if said.span.end else site.span, said, refusal)


def _refused(site: ir.Site, place: Span, said: Chosen, refusal: Refusal) -> Diagnostic:
    secondary = (Label(site.span, refusal.label),) if site.span != place else ()
    notes = () if secondary else (refusal.label,)
    return StrategyRefused.diagnostic(
        place, refusal.why, secondary=secondary, notes=notes, helps=refusal.helps, name=said.name, variable=site.address
    )


def _two(site: ir.Site, said: Chosen) -> Diagnostic:
    assert site.strategy is not None
    refusal = Refusal(
        "is not what another site of the variable says", f"elsewhere it is taken by `@ {said.name}`",
        ("give all sites of a variable one strategy, or draw two variables",),
    )  # fmt: skip
    return _refused(site, site.strategy.span, site.strategy, refusal)


def _reaches(site: ir.Site, said: Chosen, jump: Jump) -> Diagnostic:
    *before, (place, what) = jump.path
    labels = (Label(site.span, f"{site.address} is drawn here"), *(Label(span, text) for span, text in before))
    return ReachesJump.diagnostic(
        place, f"{what}: its slope is 0 or not defined", secondary=tuple(x for x in labels if x.span != place),
        notes=(f"the derivative with respect to the parameters of {site.address} would miss the jump",),
        helps=(f"write `@ score` at `{site.address}`", "or replace the jump by something smooth, such as inv_logit"),
        name=site.address, strategy=said.name,
    )  # fmt: skip
