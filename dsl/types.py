"""Types: arrays with symbolic dimensions and constraints, records, distributions, programs, networks.

A dimension is a polynomial in names, kept in a canonical form so that equality of dimensions is equality of
values: `N + 1 - 1` is `N`. What a user writes has integer coefficients; sizes of triangles (`K * (K - 1) /
2`) have fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pushforward.dsl.typed import Expr

Monomial: TypeAlias = tuple[str, ...]  # names, sorted, repeated for powers; () is the constant


@dataclass(frozen=True)
class Dim:
    """A polynomial: sorted pairs (monomial, coefficient) without zero coefficients."""

    terms: tuple[tuple[Monomial, int | Fraction], ...]

    @staticmethod
    def const(value: int | Fraction) -> Dim:
        return Dim((((), value),)) if value else Dim(())

    @staticmethod
    def name(name: str) -> Dim:
        return Dim((((name,), 1),))

    @staticmethod
    def _of(terms: Mapping[Monomial, int | Fraction]) -> Dim:
        return Dim(tuple(sorted((m, c) for m, c in terms.items() if c)))

    def __add__(self, other: Dim) -> Dim:
        terms = dict(self.terms)
        for monomial, coefficient in other.terms:
            terms[monomial] = terms.get(monomial, 0) + coefficient
        return Dim._of(terms)

    def __neg__(self) -> Dim:
        return Dim(tuple((m, -c) for m, c in self.terms))

    def __sub__(self, other: Dim) -> Dim:
        return self + (-other)

    def __mul__(self, other: Dim) -> Dim:
        terms: dict[Monomial, int | Fraction] = {}
        for m1, c1 in self.terms:
            for m2, c2 in other.terms:
                m = tuple(sorted(m1 + m2))
                terms[m] = terms.get(m, 0) + c1 * c2
        return Dim._of(terms)

    @property
    def value(self) -> int | None:
        """The integer this dimension is, if it is one."""
        match self.terms:
            case ():
                return 0
            case (((), value),):
                return int(value)
            case _:
                return None

    def at(self, sizes: Mapping[str, int]) -> int:
        """The integer it is for given values of its names."""
        return int(sum(c * prod(sizes[n] for n in m) for m, c in self.terms))

    @property
    def names(self) -> frozenset[str]:
        """The names that occur."""
        return frozenset(n for m, _ in self.terms for n in m)

    def substitute(self, binding: Callable[[str], Dim | None] | Mapping[str, Dim]) -> Dim:
        """Replace names by dimensions; a name without a binding stays."""
        look = binding.get if isinstance(binding, Mapping) else binding
        total = Dim(())
        for monomial, coefficient in self.terms:
            term = Dim.const(coefficient)
            for name in monomial:
                replacement = look(name)
                term = term * (Dim.name(name) if replacement is None else replacement)
            total = total + term
        return total

    def __str__(self) -> str:
        if not self.terms:
            return "0"
        denominator = lcm(*(Fraction(c).denominator for _, c in self.terms))
        if denominator != 1:
            return f"({self * Dim.const(denominator)}) // {denominator}"
        text = ""
        for monomial, coefficient in sorted(self.terms, key=lambda t: (not t[0], t[1] < 0, t[0])):
            sign = "-" if coefficient < 0 else "+"
            size = abs(coefficient)
            factors = ([str(size)] if size != 1 or not monomial else []) + list(monomial)
            body = " * ".join(factors)
            text += body if not text and sign == "+" else f"-{body}" if not text else f" {sign} {body}"
        return text


#: `network` is opaque: the weights of a network as the core sees them, which nothing looks into.
Element: TypeAlias = Literal["real", "int", "bool", "network"]

#: How many trailing dimensions belong to one constrained value of each kind; dimensions before them make an
#: array of values.
EVENT_RANK: Mapping[str, int] = {
    "none": 0,
    "interval": 0,
    "index": 0,
    "simplex": 1,
    "ordered": 1,
    "positive_ordered": 1,
    "unit_vector": 1,
    "sum_to_zero": 1,
    "cholesky_corr": 2,
    "corr_matrix": 2,
    "cov_matrix": 2,
    "cholesky_cov": 2,
    "stochastic_matrix": 2,
}


@dataclass(frozen=True)
class Constraint:
    """What is known of the values beside their element type.

    `interval` has bounds (a missing one is infinite; typed expressions, scalar or of the shape of the
    array). `index` counts `0..size-1`; `base` is 1 when the data count from 1 (they are shifted on load).
    """

    kind: str = "none"
    lower: Expr | float | None = None
    upper: Expr | float | None = None
    size: Dim | None = None
    base: int = 0
    open: bool = False  # whether finite constant bounds are excluded (positive) or included (nonneg)

    @property
    def event_rank(self) -> int:
        return EVENT_RANK[self.kind]


UNCONSTRAINED = Constraint()


@dataclass(frozen=True)
class Array:
    """A scalar (no dimensions) or array. The square matrix kinds (`cov_matrix[K]`) have both dimensions
    here.
    """

    element: Element
    dims: tuple[Dim, ...] = ()
    constraint: Constraint = UNCONSTRAINED

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def batch(self) -> tuple[Dim, ...]:
        """The dimensions before those of one constrained value."""
        return self.dims[: len(self.dims) - self.constraint.event_rank]

    def plain(self) -> Array:
        """The same array with its constraint forgotten."""
        return Array(self.element, self.dims)

    def __str__(self) -> str:
        shape = f"[{', '.join(map(str, self.dims))}]" if self.dims else ""
        kind = self.constraint.kind
        if kind in ("none", "interval", "index"):
            names = {(1, "real"): "vector", (2, "real"): "matrix"}
            return names.get((self.rank, self.element), self.element) + shape
        square = kind in ("cholesky_corr", "corr_matrix", "cov_matrix", "cholesky_cov")
        return f"{kind}[{', '.join(map(str, self.dims[:-1] if square else self.dims))}]"


@dataclass(frozen=True)
class Record:
    """Named values."""

    fields: tuple[tuple[str, Type], ...]

    def __str__(self) -> str:
        return "{" + ", ".join(f"{n}: {t}" for n, t in self.fields) + "}"


@dataclass(frozen=True)
class Law:
    """The type of a distribution expression such as `normal(mu, 1)`: a law on values of type `value`."""

    value: Array

    def __str__(self) -> str:
        return f"distribution on {self.value}"


@dataclass(frozen=True)
class ProgramType:
    """The type of a program used as a value."""

    kind: str

    def __str__(self) -> str:
        return self.kind


#: What a setting of a network is: a size, several sizes, or a word.
Setting: TypeAlias = Dim | tuple[Dim, ...] | str


@dataclass(frozen=True)
class Network:
    """The type of a network with weights, `mlp(in=D, out=K, hidden=[64, 64])`: its kind (`dsl.networks`) and all its
    settings, in the order of the kind.
    """

    kind: str
    settings: tuple[tuple[str, Setting], ...]

    def size(self, name: str) -> Dim:
        """The setting `name`, which is a size."""
        found = dict(self.settings)[name]
        assert isinstance(found, Dim)
        return found

    def mapped(self, change: Callable[[Dim], Dim]) -> Network:
        """The type with every size replaced."""

        def one(value: Setting) -> Setting:
            if isinstance(value, str):
                return value
            return change(value) if isinstance(value, Dim) else tuple(change(d) for d in value)

        return Network(self.kind, tuple((n, one(v)) for n, v in self.settings))

    def __str__(self) -> str:
        def shown(value: Setting) -> str:
            return f"[{', '.join(map(str, value))}]" if isinstance(value, tuple) else str(value)

        return f"{self.kind}({', '.join(f'{n}={shown(v)}' for n, v in self.settings)})"


@dataclass(frozen=True)
class Unknown:
    """The type of an expression that was already reported: it agrees with everything, so that one mistake is
    told once.
    """

    def __str__(self) -> str:
        return "unknown"


Type: TypeAlias = Array | Record | Law | ProgramType | Network | Unknown

REAL = Array("real")
INT = Array("int")
BOOL = Array("bool")
