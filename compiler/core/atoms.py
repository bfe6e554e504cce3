"""Atoms, subscripts, operations and laws: what the steps of the core are about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from pushforward.dsl.source import NOWHERE, Span
from pushforward.dsl.typed import DistributionSignature
from pushforward.dsl.types import Dim

if TYPE_CHECKING:
    from pushforward.compiler.core.holes import Hole


@dataclass(frozen=True)
class Node:
    """Every node knows the `.pf` text it came from; equality does not look at it."""

    span: Span = field(default=NOWHERE, kw_only=True, compare=False, repr=False)


@dataclass(frozen=True)
class Var:
    """A name."""

    name: str


@dataclass(frozen=True)
class Lit:
    """A number or a truth value."""

    value: int | float | bool


@dataclass(frozen=True)
class Size:
    """An integer known before compilation, or (structured core) one that follows a loop index: a polynomial."""

    dim: Dim


Atom: TypeAlias = Var | Lit | Size


@dataclass(frozen=True)
class At:
    """The subscript `dim`, a polynomial in static names and loop indices; it drops the dimension."""

    dim: Dim


@dataclass(frozen=True)
class Range:
    """The subscript `lower:upper`; it keeps the dimension."""

    lower: Dim
    upper: Dim


@dataclass(frozen=True)
class Pick:
    """A subscript that is a value: an integer (drops the dimension) or an array of integers (replaces it by
    its own dimensions).
    """

    atom: Atom


Sub: TypeAlias = At | Range | Pick


@dataclass(frozen=True)
class Op:
    """What a `Call` applies. `target` is where it lives (`jnp.sqrt`, `rt.special.owens_t`); elementwise
    operations work on scalars and on arrays of one shape, others on the whole of their arguments. `out_rank`
    and `in_ranks` are those of one application, before batching. The operation of a hole is a function of its own,
    which `hole` says.
    """

    name: str
    target: str
    elementwise: bool = False
    hole: Hole | None = None


@dataclass(frozen=True)
class Law:
    """A distribution with its arguments. `dims` binds the dimension names of its signature. Its value is one
    event, or `batch` of them with `lifted` arguments.
    """

    signature: DistributionSignature
    arguments: tuple[Atom, ...]
    lifted: tuple[bool, ...]
    batch: tuple[Dim, ...]
    dims: tuple[tuple[str, Dim], ...] = ()


@dataclass(frozen=True)
class MixtureLaw:
    """Weights and component laws; with `family` the one law has the components as its last batch dimension."""

    weights: Atom
    components: tuple[Law, ...]
    family: bool
    batch: tuple[Dim, ...]


AnyLaw: TypeAlias = Law | MixtureLaw
