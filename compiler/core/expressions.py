"""The expressions of the core: what a step computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from pushforward.compiler.core.atoms import AnyLaw, Atom, Node, Op, Sub, Var
from pushforward.dsl.types import Dim, Setting

ZERO = Dim(())


@dataclass(frozen=True)
class Copy(Node):
    """An atom by itself."""

    atom: Atom


@dataclass(frozen=True)
class Call(Node):
    """An operation on atoms. `axis`, when given, reduces those axes (negative, counted from the end) in place
    of all. `mapped` has, for each enclosing batch axis, outermost first, whether each argument carries that
    axis in front; it is empty for elementwise operations, which broadcast.
    """

    op: Op
    arguments: tuple[Atom, ...]
    axis: tuple[int, ...] | None = None
    mapped: tuple[tuple[bool, ...], ...] = ()


@dataclass(frozen=True)
class Select(Node):
    """`where(condition, then, orelse)`, elementwise; both sides are computed."""

    condition: Atom
    then: Atom
    orelse: Atom


@dataclass(frozen=True)
class Index(Node):
    """`base[subs]`; missing subscripts leave dimensions whole."""

    base: Var
    subs: tuple[Sub, ...]


@dataclass(frozen=True)
class Stack(Node):
    """Atoms of one shape along a new axis, which is number `axis` of the result."""

    items: tuple[Atom, ...]
    axis: int = 0


@dataclass(frozen=True)
class Draw(Node):
    """A draw from a law (structured core). Each one consumes randomness of its own."""

    law: AnyLaw


@dataclass(frozen=True)
class Points(Node):
    """One of the points at which a choice is looked at: item number `axis`, or that number plus `lower` when there
    are no items. What follows from it is computed for each (`spread`). `place` is which element of the choice it is.
    """

    axis: str
    count: Dim
    items: tuple[Atom, ...]
    lower: Dim = ZERO
    place: tuple[Dim, ...] = ()


@dataclass(frozen=True)
class Sample(Node):
    """A draw from the library object `target(**arguments)`; in array core with the batch `shape` in front and
    the `key` it uses.
    """

    target: str
    arguments: tuple[tuple[str, Atom], ...]
    shape: tuple[Dim, ...] = ()
    key: str | None = None


@dataclass(frozen=True)
class BoundLogProb(Node):
    """The log density at `value` by the bound library object, for a law whose density the language does not
    spell out.
    """

    target: str
    arguments: tuple[tuple[str, Atom], ...]
    value: Atom
    mapped: tuple[tuple[bool, ...], ...] = ()


@dataclass(frozen=True)
class Free(Node):
    """`count` entries of the unconstrained vector at `offset` in the shape `dims` (no dims: the scalar at
    `offset`).
    """

    vector: Var
    offset: Dim
    dims: tuple[Dim, ...]


@dataclass(frozen=True)
class Zeros(Node):
    """An array of zeros (array core: the start of a container that is filled by parts)."""

    dims: tuple[Dim, ...]
    element: str = "real"


@dataclass(frozen=True)
class Weights(Node):
    """A network of a kind at the start. Its random weights differ from those of another `place`."""

    kind: str
    settings: tuple[tuple[str, Setting], ...]
    place: int


@dataclass(frozen=True)
class Iota(Node):
    """`lower, lower + 1, ..., upper - 1`."""

    lower: Dim
    upper: Dim


@dataclass(frozen=True)
class Expand(Node):
    """New axes of length one: `pattern` has one entry an axis of the result, True where an axis of `atom`
    stands.
    """

    atom: Atom
    pattern: tuple[bool, ...]


@dataclass(frozen=True)
class Permute(Node):
    """Axes in the order given."""

    atom: Atom
    order: tuple[int, ...]


@dataclass(frozen=True)
class Broadcast(Node):
    """To the shape `dims`."""

    atom: Atom
    dims: tuple[Dim, ...]


@dataclass(frozen=True)
class Update(Node):
    """`base` with the region `base[subs]` replaced by `value`."""

    base: Var
    subs: tuple[Sub, ...]
    value: Atom


@dataclass(frozen=True)
class Concat(Node):
    """Arrays joined along an axis (counted from the front)."""

    items: tuple[Atom, ...]
    axis: int


Expr: TypeAlias = (
    Copy
    | Call
    | Select
    | Index
    | Stack
    | Draw
    | Points
    | Sample
    | BoundLogProb
    | Free
    | Zeros
    | Weights
    | Iota
    | Expand
    | Permute
    | Broadcast
    | Update
    | Concat
)
