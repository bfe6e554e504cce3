"""A value with its axes, and the loops around a statement."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pushforward.compiler.core import ir
from pushforward.dsl.types import Array, Dim


@dataclass(frozen=True)
class Axis:
    """A map loop: the name of its index and its bounds."""

    index: str
    lower: Dim
    upper: Dim

    @property
    def length(self) -> Dim:
        return self.upper - self.lower


@dataclass(frozen=True)
class Value:
    """An array in the emitted program: `axes` (indices of map loops, outermost first), then `own` dimensions.
    `known` says that it follows from the data alone.
    """

    atom: ir.Atom
    axes: tuple[str, ...]
    own: tuple[Dim, ...]
    element: str
    known: bool = False

    @property
    def rank(self) -> int:
        return len(self.axes) + len(self.own)


@dataclass(frozen=True)
class Context:
    """The loops around a statement: map axes, outermost first, and the values of the indices of scans whose
    step we are in. `key` is the stream that draws take their keys from.
    """

    axes: tuple[Axis, ...] = ()
    steps: tuple[tuple[str, Value], ...] = ()
    key: str = "key"

    def inside(self, axis: Axis) -> Context:
        """The context of the body of a map loop."""
        return replace(self, axes=(*self.axes, axis))

    def step(self, index: str, value: Value, key: str) -> Context:
        """The context of the step of a scan."""
        return replace(self, steps=(*self.steps, (index, value)), key=key)

    def axis(self, index: str) -> Axis:
        return next(a for a in self.axes if a.index == index)

    def ordered(self, indices: frozenset[str]) -> tuple[str, ...]:
        """Indices of map loops in the order of the loops."""
        return tuple(a.index for a in self.axes if a.index in indices)

    def lengths(self, indices: tuple[str, ...]) -> tuple[Dim, ...]:
        return tuple(self.axis(i).length for i in indices)


def array_type(value: Value, context: Context) -> Array:
    """The type of the whole array."""
    return Array(value.element, (*context.lengths(value.axes), *value.own))  # type: ignore[arg-type]
