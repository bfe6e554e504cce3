"""What names of an objective can stand for: expressions, programs, and records of choices."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeAlias

from pushforward.dsl import tree
from pushforward.dsl.instantiate.names import substitute
from pushforward.dsl.typed import TypedProgram
from pushforward.dsl.types import Array

_KEYS = count()


@dataclass(frozen=True)
class Instance:
    """A program with its arguments: what `cone() | {z = 5}` is.

    `meaning` says what its arguments, dimension names and parameters are in the program that is being written;
    `observed` what is known of its variables. `label` is what new names are made from where they clash.
    `typed` is there when the program was checked by itself, which `dim` and `constrain` need. `fixed`: where the values
    of its parameters come from, if they do not move: a path through the arguments of the objective.
    """

    node: tree.Program
    label: str
    meaning: Mapping[str, Meaning] = field(default_factory=dict)
    observed: Mapping[str, tree.Expr] = field(default_factory=dict)
    typed: TypedProgram | None = None
    # of the law of a process at a time: the program that draws, if it is another one; the types of the states; why the
    # density is not known; and how many probes it is estimated with
    drawn: Instance | None = None
    shapes: tuple[tuple[str, Array], ...] | None = None
    unknown: str | None = None
    probes: int = 0
    key: int = field(default_factory=lambda: next(_KEYS))
    fixed: str = ""
    place: str = ""  # the path through the arguments by which the program was given

    def given(self, values: Mapping[str, tree.Expr]) -> Instance:
        """The program conditioned on values of some of its variables."""
        return replace(self, observed={**self.observed, **values}, key=next(_KEYS))

    @property
    def missing(self) -> tuple[tree.Parameter, ...]:
        """The parameters that were not given."""
        return tuple(p for p in self.node.parameters if p.name not in self.meaning)


@dataclass(frozen=True)
class Marginal:
    """`marginal(q, keep=[x]) by sir(K, proposal=r)`: the law of some of the choices of `program`, its density
    estimated by importance sampling of the others from `proposal`.
    """

    program: Instance
    keep: tuple[str, ...]
    particles: tree.Expr
    proposal: Instance
    key: int = field(default_factory=lambda: next(_KEYS))


@dataclass(frozen=True)
class Normalized:
    """`normalize(p | {y = y_obs}) by sir(K, proposal=q)`: the law of one of K draws of the proposal, chosen by their
    importance weights, which approaches the posterior of `program` as K grows.
    """

    program: Instance
    particles: tree.Expr
    proposal: Instance
    key: int = field(default_factory=lambda: next(_KEYS))


Programs: TypeAlias = Instance | Marginal | Normalized


@dataclass(frozen=True)
class Record:
    """The choices of a draw. `fields` are what the program gives back, by name; `choices` all that it drew, which its
    own density needs. They are written with names that mean the present turn of the loops in `loops`;
    `names` are the variables among these. `result` is what the program returns, if that is one value.
    """

    program: Programs | None
    fields: Mapping[str, tree.Expr | Record]
    choices: Mapping[str, tree.Expr | Record]
    names: frozenset[str] = frozenset()
    loops: tuple[str, ...] = ()
    stopped: bool = False  # whether no derivative passes the values
    prefix: tuple[tree.Expr, ...] = ()  # subscripts of the outer loops that are known already
    # what the program returns besides, written where it is read; its density knows nothing of it
    returned: Mapping[str, Callable[[], tree.Expr]] = field(default_factory=dict, compare=False)
    result: tree.Expr | None = None

    @property
    def value(self) -> tree.Expr | None:
        """What the draw stands for where a value is wanted: what the program returns, or its only choice."""
        if self.result is not None or len(self.fields) != 1:
            return self.result
        (only,) = self.fields.values()
        return only.value if isinstance(only, Record) else only

    def at(self, subscripts: tuple[tree.Expr, ...]) -> Record:
        """The draw of one turn, outside the loops in which it was drawn. With fewer subscripts than loops it waits for
        the others."""
        known = (*self.prefix, *subscripts)
        if len(known) < len(self.loops):
            return replace(self.each(lambda r: r.at(subscripts)), prefix=known)
        meaning: dict[str, tree.Expr] = {n: tree.Subscript(tree.Name(n), known) for n in self.names}
        meaning |= dict(zip(self.loops, known, strict=False))

        def part(value: tree.Expr | Record) -> tree.Expr | Record:
            return value.at(subscripts) if isinstance(value, Record) else substitute(value, meaning)

        return replace(
            self,
            fields={n: part(v) for n, v in self.fields.items()},
            choices={n: part(v) for n, v in self.choices.items()},
            names=frozenset(),
            loops=(),
            prefix=(),
            result=None if self.result is None else substitute(self.result, meaning),
        )

    def within(self, loops: tuple[str, ...]) -> Record:
        """The record as it is seen in the loops around `loops`, the inner ones of those in which it is drawn."""
        return self if loops == self.loops else replace(self.each(lambda r: r.within(loops)), loops=loops)

    def each(self, change: Callable[[Record], Record]) -> Record:
        """The record with the records in it changed."""

        def part(value: tree.Expr | Record) -> tree.Expr | Record:
            return change(value) if isinstance(value, Record) else value

        fields, choices = ({n: part(v) for n, v in d.items()} for d in (self.fields, self.choices))
        return replace(self, fields=fields, choices=choices)

    def stop(self, change: Callable[[tree.Expr], tree.Expr]) -> Record:
        """The record with values that `change` has made constants."""

        def part(value: tree.Expr | Record) -> tree.Expr | Record:
            return value.stop(change) if isinstance(value, Record) else change(value)

        return replace(
            self,
            fields={n: part(v) for n, v in self.fields.items()},
            choices={n: part(v) for n, v in self.choices.items()},
            stopped=True,
            result=None if self.result is None else change(self.result),
        )


Meaning: TypeAlias = tree.Expr | Instance | Marginal | Normalized | Record
