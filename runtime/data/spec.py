"""What a program asks of its data: one `DataSpec` a key, one `DimensionSpec` a dimension name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pushforward.runtime.data.arrays import Array

Kind: TypeAlias = Literal["real", "int", "bool", "index", "index1"]
ShapeKind: TypeAlias = Literal[
    "array",
    "simplex",
    "ordered",
    "positive_ordered",
    "unit_vector",
    "sum_to_zero",
    "cholesky_corr",
    "corr_matrix",
    "cov_matrix",
    "cholesky_cov",
    "stochastic_matrix",
]
Bound: TypeAlias = float | Callable[[Mapping[str, Array]], Array] | None


@dataclass(frozen=True, slots=True)
class DataSpec:
    """One key of the data as the program declares it.

    `dims` has an entry for every axis, batch axes first; a `shape_kind` of vectors constrains the last
    axis, one of matrices the last two. An entry is arithmetic over dimension names and integers: `N`, `3`,
    `K - 1`.

    A bound is a number, or a function of the other values of the data (checked and converted, with the
    dimensions under their names) that returns a scalar or an array of the shape of this value. Bounds are
    closed unless `lower_open` or `upper_open`. None admits every finite number; an explicit
    bound of `inf` or `-inf` admits that infinity too.

    `index_size` is the size N of `index[N]` (values 0..N-1) or `index1[N]` (values 1..N, shifted to 0..N-1).
    """

    name: str
    kind: Kind = "real"
    dims: tuple[str, ...] = ()
    shape_kind: ShapeKind = "array"
    lower: Bound = None
    upper: Bound = None
    index_size: str | None = None
    required: bool = True
    span_note: str = ""
    lower_open: bool = False
    upper_open: bool = False

    @property
    def type_words(self) -> str:
        """The declared type as a user reads it: `real`, `int[N, 2]`, `simplex[K]`, `index1[J][N]`."""
        element: str = self.kind if self.shape_kind == "array" else self.shape_kind
        if self.index_size is not None:
            element += f"[{self.index_size}]"
        return element + (f"[{', '.join(self.dims)}]" if self.dims else "")


@dataclass(frozen=True, slots=True)
class DimensionSpec:
    """A dimension name of the program. The shapes give its size, or a key of that name in the data."""

    name: str
    span_note: str = ""
    lower: int = 0
    required: bool = True
