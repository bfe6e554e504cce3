"""Influence: which choices a value depends on, and on which of their elements.

In a loop over n a value may depend on z[n] alone, so that a cost of n is weighed by the score of z[n] and by no other,
and an enumerated z is summed element by element. `element` holds the subscripts of the choice in the loop indices
around the value. Fewer than there are dimensions stand for all elements that begin with them: the cost of n may
depend on z[n, 0], z[n, 1] and so on, and on no z[m, k]. None stands for any elements.

Expects loops that are distributed: a name bound in one of the loops over an index stands, in later loops over the same
index, for the value of that turn.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile

from pushforward.compiler.analyses.dependence import linear
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import bound, statements, used
from pushforward.dsl.types import Dim

Element = tuple[Dim, ...] | None
Influence = Mapping[str, Element]


@dataclass(frozen=True)
class Stored:
    """A store to a container: where, and what the stored value depends on."""

    subs: tuple[ir.Sub, ...]
    influence: Influence


@dataclass
class Influences:
    """What names depend on so far. `ranks` are the dimensions of the choices' elements."""

    ranks: Mapping[str, int]
    names: dict[str, Influence] = field(default_factory=dict)
    stores: dict[str, list[Stored]] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)  # the choice that an axis of points belongs to
    sizes: frozenset[str] = frozenset()  # names in subscripts that are no loop indices
    turns: dict[str, tuple[Dim, Dim]] = field(default_factory=dict)  # the bounds of loops
    drawn: Mapping[str, Influence] = field(default_factory=dict)  # names of drawn elements that are not stored yet
    shapes: dict[str, tuple[Dim, ...]] = field(default_factory=dict)  # of containers

    def block(self, body: Iterable[ir.Stmt]) -> None:
        """Follow statements one after another."""
        for stmt in body:
            self.statement(stmt)

    def statement(self, stmt: ir.Stmt) -> None:
        """Follow one statement."""
        match stmt:
            case ir.For(body=body, kind="scan"):
                self.enter(stmt)
                self.recursion(body)
            case ir.For(body=body):
                self.enter(stmt)
                self.block(body)
            case ir.Total(body=body):
                self.block(body)
            case ir.Container(name, type_, start):
                self.stores.setdefault(name, [])
                self.shapes[name] = type_.dims
                if start is not None:
                    self.stores[name].append(Stored((), self.of(start)))
            case ir.Store(name, subs, value):
                found = merge((self.of(value), *(self.of(ir.Var(n)) for n in used(subs))))
                found.pop(name, None)  # which element of a choice this is, a read knows best
                self.stores.setdefault(name, []).append(Stored(subs, found))
            case ir.Let(name):
                self.names[name] = merge((self.of_expr(stmt.expr), self.drawn.get(name, {})))
            case _:
                pass

    def enter(self, loop: ir.For) -> None:
        """Take note of the bounds of a loop."""
        self.turns[loop.index] = (loop.lower, loop.upper)

    def recursion(self, body: tuple[ir.Stmt, ...]) -> None:
        """A scan: what it stores depends on all turns before, so on every element of what any of its steps does."""
        stores = {n: list(s) for n, s in self.stores.items()}
        inner = replace(self, names=dict(self.names), stores=stores)
        for _ in range(2):
            inner.block(body)
        found = [inner.names[n] for s in statements(body) for n in bound(s) if n in inner.names]
        stored = sorted({s.name for s in statements(body) if isinstance(s, ir.Store)})
        found += [s.influence for n in stored for s in inner.stores.get(n, ())]
        found += [{n: None} for n in stored if n in self.ranks]
        everything: Influence = {choice: self.whole(choice) for choice in merge(found)}
        for stmt in statements(body):
            if isinstance(stmt, (ir.Let, ir.Total)):
                self.names[stmt.name] = everything
        for name in stored:
            self.stores.setdefault(name, []).append(Stored((), everything))

    def whole(self, choice: str) -> Element:
        """All elements of a choice: the only one of a scalar."""
        return () if self.ranks.get(choice) == 0 else None

    def of(self, atom: ir.Atom) -> Influence:
        """What an atom depends on."""
        if not isinstance(atom, ir.Var):
            return {}
        if atom.name in self.stores:
            return self.read(atom.name, ())
        return self.names.get(atom.name, {})

    def of_expr(self, expr: ir.Expr) -> Influence:
        """What the value of an expression depends on."""
        match expr:
            case ir.Index(base, subs) if base.name in self.stores:
                return merge((self.read(base.name, subs), *(self.of(ir.Var(n)) for n in used(subs))))
            case ir.Points(axis, place=place):
                own: Influence = {self.points[axis]: place} if axis in self.points else {}
                return merge((own, *(self.of(ir.Var(n)) for n in used(expr))))
            case _:
                return merge(self.of(ir.Var(n)) for n in used(expr))

    def read(self, name: str, subs: tuple[ir.Sub, ...]) -> Influence:
        """What a part of a container depends on: on what the one store says that certainly made it, or on all elements
        of what any store says that may have.
        """
        stores, shape = self.stores[name], self.shapes.get(name, ())
        subs = (*subs, *(ir.Range(Dim.const(0), d) for d in shape[len(subs) :]))
        certain = [i for i, s in enumerate(stores) if self.covers(s.subs, subs)]
        able = [s for s in stores[certain[-1] if certain else 0 :] if not self.apart(s.subs, subs)]
        if len(able) == 1 and certain:
            found = [moved(able[0], subs, self)]
        else:
            found = [{c: self.whole(c) for c in s.influence} for s in able]
        if name in self.ranks:
            found.append({name: place_of(subs, self.ranks[name])})
        return merge(found)

    def covers(self, stored: tuple[ir.Sub, ...], read: tuple[ir.Sub, ...]) -> bool:
        """Whether a read finds nothing but what a store, in all its turns, has put there."""
        return len(read) >= len(stored) and all(
            s == r or ((a := self.extent(s)) and (b := self.extent(r)) and _least(b[0] - a[0]) and _least(a[1] - b[1]))
            for s, r in zip(stored, read, strict=False)
        )

    def apart(self, stored: tuple[ir.Sub, ...], read: tuple[ir.Sub, ...]) -> bool:
        """Whether a read certainly finds nothing of a store."""
        return any(
            (a := self.extent(s)) and (b := self.extent(r)) and (_least(a[0] - b[1], 1) or _least(b[0] - a[1], 1))
            for s, r in zip(stored, read, strict=False)
        )

    def extent(self, sub: ir.Sub) -> tuple[Dim, Dim] | None:
        """The first and the last place that a subscript names in all turns of its loop, if that can be told."""
        match sub:
            case ir.Range(lower, upper):
                first, last = lower, upper - Dim.const(1)
            case ir.At(dim):
                first = last = dim
            case _:
                return None
        indices = (first.names | last.names) & self.turns.keys()
        if not indices:
            return first, last
        (index, *others) = indices
        one, other = linear(first, index), linear(last, index)
        if others or one is None or other is None:
            return None
        begin, end = self.turns[index]
        end = end - Dim.const(1)
        (up, low), (down, high) = one, other
        if (up, down) == (1, 1):
            return low + begin, high + end
        return (low - end, high - begin) if (up, down) == (-1, -1) else None


def _least(dim: Dim, bound: int = 0) -> bool:
    """Whether a size is known to be a number no smaller than a bound."""
    return dim.value is not None and dim.value >= bound


def place_of(subs: tuple[ir.Sub, ...], rank: int) -> Element:
    """The element that subscripts single out, or those that begin with the same subscripts."""
    found = takewhile(lambda s: isinstance(s, ir.At), subs[:rank])
    return tuple(s.dim for s in found if isinstance(s, ir.At)) or (None if rank else ())


def merge(parts: Iterable[Influence]) -> dict[str, Element]:
    """The union: of two different elements of one choice, all those that begin as both do."""
    found: dict[str, Element] = {}
    for part in parts:
        for choice, element in part.items():
            found[choice] = _common(found[choice], element) if choice in found else element
    return found


def _common(one: Element, other: Element) -> Element:
    if one is None or other is None or one == other:
        return one if one == other else None
    return tuple(a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))) or None


def moved(stored: Stored, subs: tuple[ir.Sub, ...], known: Influences) -> Influence:
    """What a read depends on of what a store has put there: the indices of the store's loops as those of the read."""
    binding: dict[str, Dim | None] = {}
    for position, sub in enumerate(stored.subs):
        if not isinstance(sub, ir.At):
            continue
        read = subs[position] if position < len(subs) else None
        indices = sub.dim.names - known.sizes
        for index in sorted(indices):
            parts = linear(sub.dim, index)
            single = len(indices) == 1 and index not in binding
            if parts is None or parts[0] != 1 or not isinstance(read, ir.At) or not single:
                binding[index] = None
            else:
                binding[index] = read.dim - parts[1]
    return {c: _moved(e, binding, known.whole(c)) for c, e in stored.influence.items()}


def _moved(element: Element, binding: Mapping[str, Dim | None], whole: Element) -> Element:
    if element is None:
        return None
    known = tuple(takewhile(lambda d: not any(binding.get(n, ()) is None for n in d.names), element))
    if not known:
        return whole
    return tuple(d.substitute({n: d for n, d in binding.items() if d is not None}) for d in known)
