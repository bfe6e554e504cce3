"""What a strategy is, and what it is told of the element that it draws."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Literal

from pushforward.compiler.analyses.moving import moves
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import used
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.density import arguments_at, log_density
from pushforward.compiler.transforms.draws import draw
from pushforward.compiler.transforms.truncation import log_mass
from pushforward.dsl import typed
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Strategy as Chosen
from pushforward.dsl.types import REAL, Array, Dim

STOP = ir.Op("stop", "lax.stop_gradient", elementwise=True)
EXP = ir.Op("exp", "jnp.exp", elementwise=True)


@dataclass(frozen=True)
class Element:
    """One element of a choice: draw number `index` of the batch of `law`, whose event has the type `value`. `bounds`
    are there when the declared type cuts the law; `moving` are the names that may carry a derivative; `place` is where
    the element stands in the variable, and `axis` a name for the axis along which its points lie, if it has several.
    """

    address: str
    law: ir.AnyLaw
    index: tuple[Dim, ...]
    value: Array
    event: Array
    bounds: tuple[ir.Atom | None, ir.Atom | None] | None
    place: tuple[Dim, ...]
    axis: str
    chosen: Chosen
    moving: frozenset[str]
    span: Span

    def draw(self, out: Builder) -> ir.Atom:
        """Write a draw, as the simulation of the program would."""
        name = out.fresh(f"{self.address}_draw")
        return draw(self.law, self.index, self.value, self.bounds, out, self.span, name)

    def stopped(self, out: Builder) -> ir.Atom:
        """Write a draw through which no derivative passes."""
        return stop(self.draw(out), self.event, out, self.span)

    def log_prob(self, at: ir.Atom, out: Builder) -> ir.Atom:
        """Write the log density at a value, the normaliser of a cut law included."""
        whole = log_density(self.law, self.index, at, out, self.span)
        if self.bounds is None or not isinstance(self.law, ir.Law):
            return whole
        scope = arguments_at(self.law, self.index, out, self.span)
        with out.at(self.span):
            mass = log_mass(self.law, scope, *self.bounds, out, self.span)
        return out.let(REAL, ir.Call(ops.SUBTRACT, (whole, mass), span=self.span), span=self.span)

    def surrogate(self, at: ir.Atom, out: Builder) -> ir.Atom:
        """Write log q - stop(log q) at a value: 0, with the score for its derivative."""
        log_q = self.log_prob(at, out)
        fixed = stop(log_q, REAL, out, self.span)
        return out.let(REAL, ir.Call(ops.SUBTRACT, (log_q, fixed), span=self.span), span=self.span)

    def setting(self, name: str, position: int, default: float | str | Chosen | None = None) -> object:
        """What was given for a setting by name or by position."""
        given = dict(self.chosen.arguments)
        return given.get(name, given.get(str(position), default))


def stop(atom: ir.Atom, type_: Array, out: Builder, span: Span) -> ir.Atom:
    """Write a value through which no derivative passes."""
    if not isinstance(atom, ir.Var):
        return atom
    return out.let(type_, ir.Call(STOP, (atom,), span=span), span=span)


@dataclass(frozen=True)
class Drawn:
    """What a strategy has written: the value of the element, and what else its kind needs."""

    value: ir.Atom
    surrogate: ir.Atom | None = None
    weight: ir.Atom | None = None
    count: Dim | None = None


@dataclass(frozen=True)
class Asked:
    """What a strategy is asked to take: a law, cut by the declared type or not, and the names in the program that may
    carry a derivative with respect to the parameters.
    """

    law: ir.AnyLaw
    chosen: Chosen
    moving: frozenset[str] = frozenset()
    cut: ir.Truncation | None = None

    @property
    def name(self) -> str:
        """The name of the law."""
        return self.law.signature.name if isinstance(self.law, ir.Law) else "mixture"

    def moves(self, parameter: str) -> bool:
        """Whether the argument for a parameter of the law may carry a derivative."""
        if not isinstance(self.law, ir.Law):
            return True
        names = [p.name for p in self.law.signature.parameters]
        return parameter in names and moves(self.law.arguments[names.index(parameter)], self.moving)

    @property
    def law_moves(self) -> bool:
        """Whether anything of the law may carry a derivative."""
        ends = () if self.cut is None else (self.cut.lower, self.cut.upper)
        return bool(used(self.law) & self.moving) or any(moves(end, self.moving) for end in ends)

    def support_moves(self) -> bool:
        """Whether the ends of the support may carry a derivative: of the law, or of the type by which it is cut."""
        if self.cut is not None and any(moves(bound, self.moving) for bound in (self.cut.lower, self.cut.upper)):
            return True
        if not isinstance(self.law, ir.Law):
            return any(replace(self, law=c, cut=None).support_moves() for c in self.law.components)
        constraint = self.law.signature.support.constraint
        return any(self.moves(n) for b in (constraint.lower, constraint.upper) for n in _named(b))


def _named(bound: object) -> Iterator[str]:
    """The names in the bound of a support."""
    if isinstance(bound, typed.Ref):
        yield bound.name
    elif isinstance(bound, typed.ExprNode):
        for f in fields(bound):
            part = getattr(bound, f.name)
            for item in part if isinstance(part, tuple) else (part,):
                yield from _named(item)


@dataclass(frozen=True)
class Refusal:
    """Why a strategy cannot take a choice, in words that finish "`@ name` ..."; and what to write instead."""

    why: str
    label: str
    helps: tuple[str, ...] = ()


@dataclass(frozen=True)
class Strategy:
    """A strategy: `refuse` says whether it can take a law, `draw` writes an element.

    `follows`: the derivative goes through the value, so that nothing that follows may jump. `biased`: the derivative is
    not that of the expectation, and the word `unsafe` must say that this is known. `settings` are the names of what may
    be given between brackets.
    """

    name: str
    sentence: str
    draw: Callable[[Element, Builder], Drawn]
    refuse: Callable[[Asked], Refusal | None]
    kind: Literal["pathwise", "scored", "points", "constant"]
    biased: bool = False
    settings: tuple[str, ...] = ()
    follows: bool = False


def ends_move(asked: Asked) -> Refusal | None:
    """The refusal of a law whose support moves: its score says nothing of what enters or leaves at the ends."""
    if not asked.support_moves():
        return None
    what = "the declared type" if asked.cut is not None else asked.name
    return Refusal(
        "needs a support that does not move with the parameters",
        f"the ends of {what} follow the parameters, and the score does not see them",
        ("write `@ reparam`, or `@ mvd` if what follows jumps",),
    )


def is_discrete(law: ir.AnyLaw) -> bool:
    """Whether the values of a law are whole numbers."""
    if isinstance(law, ir.MixtureLaw):
        return any(c.signature.discrete for c in law.components)
    return law.signature.discrete
