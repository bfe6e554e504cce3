"""weigh: costs that depend on a choice carry its weight, and its score.

    factor t                   factor w[n] * t             for the weight w of the points of a choice z[n]
                               factor stop(t) * s[n]       for the surrogate s of the score of a choice z[n]

A cost is multiplied by what belongs to the choices that it depends on, element by element where it depends on one
element, and by nothing else (Rao-Blackwellisation). Expects loops that are distributed.

A baseline b of a scored choice is taken off its costs: factor -b * s[n]. What it is learned from goes into sums of
their
own (`ir.Factor.into`).

An enumerated value may be impossible: its weight is 0, and its cost may be log 0. Where a cost is not certainly finite
it is w * if_possible(w, t), and logarithms on the way to it have a slope of 0 at 0, so that the product is 0 and so is
what it adds to the derivative. A finite cost stays: the derivative of w * t at w = 0 is t.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import reduce

from pushforward.compiler.analyses.influence import Element, Influences, merge
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.impossible import ENUMERATED, IF_POSSIBLE, Costly, impossible
from pushforward.compiler.transforms.strategies.strategy import stop
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.errors.gradients import SharedChoice
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim


def weigh(program: ir.Program) -> ir.Program:
    """The program whose value and whose derivative are unbiased. Raises PF506 where a choice that is looked at at
    several points reaches a cost that depends on several of its elements at once.
    """
    program, costly = impossible(program, influences(program))
    weigher = _Weigher(program, costly)
    for stmt in program.body:
        weigher.statement(stmt)
        weigher.out.statements.extend(weigher.after(stmt))
    return replace(program, body=tuple(weigher.out.statements))


def influences(program: ir.Program) -> Influences:
    """An empty analysis of a program's choices."""
    ranks = {c.name: _rank(program, c) for c in program.choices}
    drawn = {name: {c.name: at} for c in program.choices for name, at in c.draws}
    points = {c.axis: c.name for c in program.choices if c.axis}
    return Influences(ranks, points=points, sizes=frozenset(program.statics), drawn=drawn)


def _rank(program: ir.Program, choice: ir.Choice) -> int:
    beside = choice.surrogate or choice.weight or choice.name
    return next(s.type.rank for s in statements(program.body) if isinstance(s, ir.Container) and s.name == beside)


@dataclass
class _Weigher:
    program: ir.Program
    costly: Costly
    out: Builder = field(init=False)
    known: Influences = field(init=False)
    totals: dict[str, ir.Var] = field(default_factory=dict)
    predicted: dict[str, ir.Var] = field(default_factory=dict)  # sums of learned baselines

    def __post_init__(self) -> None:
        self.out = Builder(Fresh(names_of(self.program)))
        self.known = influences(self.program)
        types = {s.name: s.type for s in statements(self.program.body) if isinstance(s, ir.Container)}
        self.shapes = {name: t.dims for name, t in types.items()}
        self.sizes = {c.name: types[c.surrogate].dims for c in self.program.choices if c.surrogate}
        self.choices = {c.name: c for c in self.program.choices}
        self.pending = {c.name: self.last_store(c) for c in self.program.choices if c.surrogate}

    def last_store(self, choice: ir.Choice) -> int:
        """The last statement of the program that stores to the surrogates of a choice."""
        found = [
            i
            for i, s in enumerate(self.program.body)
            if any(isinstance(x, ir.Store) and x.name == choice.surrogate for x in statements((s,)))
        ]
        return id(self.program.body[found[-1]]) if found else 0

    def after(self, stmt: ir.Stmt) -> tuple[ir.Stmt, ...]:
        """The whole score of a choice, once all of it is drawn; and the baseline, which costs nothing in the mean."""
        with self.out.block() as made:
            for name in [n for n, last in self.pending.items() if last == id(stmt)]:
                del self.pending[name]
                choice, span = self.choices[name], stmt.span
                surrogate = ir.Var(choice.surrogate)
                scalar = not self.known.ranks[name]
                expr = ir.Copy(surrogate, span=span) if scalar else ir.Call(ops.SUM, (surrogate,), span=span)
                self.totals[name] = self.out.let(REAL, expr, name=self.out.fresh(f"{choice.surrogate}_sum"), span=span)
                if choice.baseline is not None:
                    less = self.negative(choice.baseline, span)
                    self.factor(ops.MULTIPLY, (less, self.totals[name]), f"baseline of {name}", span)
                if choice.learned:
                    self.learned(choice, span)
        self.known.block(made)
        return tuple(made)

    def statement(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.Factor():
                self.cost(stmt)
            case ir.For(kind="scan"):
                self.known.statement(stmt)
                self.out.add(stmt)
            case ir.For():
                self.known.enter(stmt)
                with self.out.block() as inner:
                    for each in stmt.body:
                        self.statement(each)
                self.out.add(replace(stmt, body=tuple(inner)))
            case _:
                self.known.statement(stmt)
                self.out.add(stmt)

    def cost(self, factor: ir.Factor) -> None:
        """A factor with the weights and scores of the choices that it depends on."""
        span, value = factor.span, factor.value
        influence = sorted(
            self.known.of(value).items(), key=lambda pair: pair[0]
        )  # an order that no set decides: it is emitted
        chances: list[ir.Atom] = []
        for name, element in influence:
            choice = self.choices[name]
            if choice.weight:
                if element is None or not self.single(name, element):
                    raise _shared(choice, factor)
                weight = self.read(choice.weight, element, span)
                if choice.strategy == ENUMERATED and self.costly(factor.value):
                    chances.append(weight)
                    continue
                value = self.let(ops.MULTIPLY, (weight, value), span)
        if chances:
            chance = reduce(lambda a, b: self.let(ops.MULTIPLY, (a, b), span), chances)
            value = self.let(ops.MULTIPLY, (chance, self.let(IF_POSSIBLE, (chance, value), span)), span)
        self.out.add(replace(factor, value=value))
        scored = [(self.choices[n], e) for n, e in influence if self.choices[n].surrogate]
        if not scored:
            return
        fixed = stop(value, REAL, self.out, span)
        self.known.block(self.out.statements[-1:])
        for choice, element in scored:
            if element is None and choice.name not in self.totals:
                raise not_yet(f"a cost in the recursion that draws {choice.name}", span)
            score = self.totals[choice.name] if element is None else self.read(choice.surrogate, element, span)
            self.factor(ops.MULTIPLY, (fixed, score), f"score of {choice.name}", span)
            self.compared(choice, element, fixed, span)

    def compared(self, choice: ir.Choice, element: Element, fixed: ir.Atom, span: Span) -> None:
        """What a baseline learns of a cost c: it goes into the average over the elements, and of the squared error
        (c - b)^2 = c^2 - 2 c b + b^2 into the second term, which is linear in c.
        """
        if choice.cost:
            share = fixed
            if element:
                size = reduce(lambda a, b: a * b, self.sizes[choice.name][: len(element)])
                share = self.let(ops.DIVIDE, (fixed, ir.Size(size)), span)
            self.out.add(ir.Factor(share, f"cost of {choice.name}", choice.cost, span=span))
        if choice.learned:
            b = self.predicted[choice.name] if element is None else self.read(choice.learned, element, span)
            twice = self.let(ops.MULTIPLY, (ir.Lit(-2.0), fixed), span)
            self.factor(ops.MULTIPLY, (twice, b), f"baseline of {choice.name}", span, ir.LOSS)

    def learned(self, choice: ir.Choice, span: Span) -> None:
        """A learned baseline: element by element it is taken off the costs, held still, and squared for its own error.
        Where that is done at the points of another choice, it has their weights.
        """
        whole = ir.Var(choice.learned)
        scalar = not self.known.ranks[choice.name]
        expr = ir.Copy(whole, span=span) if scalar else ir.Call(ops.SUM, (whole,), span=span)
        self.predicted[choice.name] = self.out.let(REAL, expr, name=self.out.fresh(f"{choice.learned}_sum"), span=span)
        with self.out.block() as made, self.out.loops(self.sizes[choice.name], span) as index:
            b, score = self.read(choice.learned, index, span), self.read(choice.surrogate, index, span)
            weights = self.weights(b, score, span)
            less = self.negative(stop(b, REAL, self.out, span), span)
            terms = ((self.let(ops.MULTIPLY, (less, score), span), ""), (self.let(ops.MULTIPLY, (b, b), span), ir.LOSS))
            for term, into in terms:
                for weight in weights:
                    term = self.let(ops.MULTIPLY, (weight, term), span)
                self.out.add(ir.Factor(term, f"baseline of {choice.name}", into, span=span))
        self.out.statements.extend(made)

    def weights(self, b: ir.Atom, score: ir.Atom, span: Span) -> list[ir.Atom]:
        """The weights of the points at which a baseline or a score is looked at, held still."""
        found = []
        for name, element in sorted(merge((self.known.of(b), self.known.of(score))).items(), key=lambda pair: pair[0]):
            choice = self.choices[name]
            if choice.weight and element is not None and self.single(name, element):
                weight = self.read(choice.weight, element, span)
                found.append(stop(weight, REAL, self.out, span))
                self.known.block(self.out.statements[-1:])
        return found

    def negative(self, atom: ir.Atom, span: Span) -> ir.Atom:
        """Minus a number."""
        return ir.Lit(-atom.value) if isinstance(atom, ir.Lit) else self.let(ops.NEGATE, (atom,), span)

    def single(self, choice: str, element: Element) -> bool:
        """Whether this is one element, and not several."""
        return element is not None and len(element) == self.known.ranks[choice]

    def read(self, container: str, element: tuple[Dim, ...], span: Span) -> ir.Atom:
        """One element of what a choice is weighed by, or the sum of those that begin with these subscripts."""
        whole = ir.Var(container)
        expr = ir.Index(whole, tuple(ir.At(d) for d in element), span=span) if element else ir.Copy(whole, span=span)
        rest = self.shapes[container][len(element) :]
        made = self.out.let(Array("real", rest), expr, span=span)
        self.known.block(self.out.statements[-1:])
        return self.let(ops.SUM, (made,), span) if rest else made

    def let(self, op: ir.Op, arguments: tuple[ir.Atom, ...], span: Span) -> ir.Atom:
        made = self.out.let(REAL, ir.Call(op, arguments, span=span), span=span)
        self.known.block(self.out.statements[-1:])
        return made

    def factor(self, op: ir.Op, arguments: tuple[ir.Atom, ...], origin: str, span: Span, into: str = "") -> None:
        made = self.out.let(REAL, ir.Call(op, arguments, span=span), span=span)
        self.known.block(self.out.statements[-1:])
        self.out.add(ir.Factor(made, origin, into, span=span))


class SharedPoints(ProgramError):
    """A choice with points whose elements share a cost (PF506)."""

    def __init__(self, variable: str, *diagnostics: Diagnostic) -> None:
        super().__init__(*diagnostics)
        self.variable = variable


def _shared(choice: ir.Choice, factor: ir.Factor) -> SharedPoints:
    note = "one element at a time is looked at at several points; together they would have the product of their numbers"
    helps = ("write `@ score` at the choice", "or make the cost a sum with one term for each element")
    return SharedPoints(
        choice.name,
        SharedChoice.diagnostic(
            factor.span, f"this depends on several elements of {choice.name} at once",
            secondary=(Label(choice.span, f"{choice.name} is taken by `@ {choice.strategy}`"),), notes=(note,),
            helps=helps, name=choice.name,
        )
    )  # fmt: skip
