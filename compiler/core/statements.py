"""The statements of the core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from pushforward.compiler.core.atoms import AnyLaw, Atom, Node, Sub, Var
from pushforward.compiler.core.expressions import Expr
from pushforward.dsl.typed import Strategy
from pushforward.dsl.types import Array, Dim


@dataclass(frozen=True)
class Let(Node):
    """`name: type = expr`."""

    name: str
    type: Array
    expr: Expr


@dataclass(frozen=True)
class Container(Node):
    """`name: type`, to be stored into; `start` names the value its elements have before (data of a partly
    observed container).
    """

    name: str
    type: Array
    start: Var | None = None


@dataclass(frozen=True)
class Declare(Node):
    """The variable `name` of the program, or its parameter, begins here: its type, and the bounds of an interval as
    atoms (a missing one is infinite).
    """

    name: str
    type: Array
    lower: Atom | None = None
    upper: Atom | None = None
    role: Literal["variable", "param"] = "variable"


@dataclass(frozen=True)
class Store(Node):
    """`name[subs] = value`."""

    name: str
    subs: tuple[Sub, ...]
    value: Atom


@dataclass(frozen=True)
class Site(Node):
    """`address[subs] ~ law`; `value` is the type of what is drawn; `truncated` when the declared type is
    narrower than the law's support; `observes` when the value is known whatever the data say. `baseline` is the value
    of
    one that the strategy takes off the costs, where it is an expression of the program.
    """

    address: str
    subs: tuple[Sub, ...]
    law: AnyLaw
    value: Array
    truncated: bool = False
    observes: bool = False
    strategy: Strategy | None = None
    baseline: Atom | None = None


@dataclass(frozen=True)
class Truncation:
    """The declared type by which a law is cut: the kind of its constraint (`interval`, `ordered`, ...) and
    the bounds, if any.
    """

    kind: str
    lower: Atom | None
    upper: Atom | None


@dataclass(frozen=True)
class Score(Node):
    """The log density of `law` at `value` is added; what `condition` makes of a site. `truncation` is there
    when the declared type is narrower than the law's support; `scale` multiplies what is added.
    """

    law: AnyLaw
    value: Atom
    type: Array
    address: str
    truncation: Truncation | None = None
    scale: Atom | None = None


@dataclass(frozen=True)
class Factor(Node):
    """A number (or all the numbers of an array) added to the log density; `origin` names the site or
    transform it comes from. With `into` it is added to the sum of that name, which is not the density.
    """

    value: Atom
    origin: str
    into: str = ""


@dataclass(frozen=True)
class Total(Node):
    """`name` is the sum of the factors of `body`, which are not factors of the program."""

    name: str
    body: tuple[Stmt, ...]


@dataclass(frozen=True)
class For(Node):
    """`for index in lower..upper`; `kind` is decided by loop planning: iterations of a `map` do not see one
    another.
    """

    index: str
    lower: Dim
    upper: Dim
    body: tuple[Stmt, ...]
    kind: Literal["plain", "map", "scan"] = "plain"


@dataclass(frozen=True)
class If(Node):
    """Statements under a condition (structured core before `predicate`)."""

    condition: Atom
    then: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True)
class Slot(Node):
    """One value that a scan carries: its name inside the step, what it is at the start, and what it is after
    a step. `final` names, outside, what it is at the end.
    """

    name: str
    type: Array
    initial: Atom
    updated: Atom
    final: str | None = None


@dataclass(frozen=True)
class Feed(Node):
    """One array that a scan walks over along its first axis, with the name of its slice inside the step."""

    name: str
    type: Array
    source: Atom


@dataclass(frozen=True)
class Emit(Node):
    """One value of every step, stacked along a new first axis under `name` outside."""

    name: str
    type: Array
    value: Atom


@dataclass(frozen=True)
class Scan(Node):
    """`lax.scan` of `length` steps (array core)."""

    name: str
    length: Dim
    slots: tuple[Slot, ...]
    feeds: tuple[Feed, ...]
    body: tuple[Stmt, ...]
    emits: tuple[Emit, ...]


@dataclass(frozen=True)
class Split(Node):
    """Random keys from the stream `key`, which moves on: `count` of them for the steps of a scan, or a
    single one.
    """

    name: str
    key: str
    count: Dim | None


@dataclass(frozen=True)
class Return(Node):
    """What the program gives back."""

    fields: tuple[tuple[str, Atom], ...]


Stmt: TypeAlias = (
    Let | Container | Declare | Store | Site | Score | Factor | Total | For | If | Scan | Split | Return
)  # fmt: skip
