"""Values of a script that only running it can give: what is known of them beforehand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pushforward.dsl import typed
from pushforward.dsl.types import Array
from pushforward.evaluator.values import Compound, Value
from pushforward.runtime.unknown import Unforeseen, Unknown

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.api.objective import BoundObjective


@dataclass(frozen=True, eq=False)
class Foreseen(Compound):
    """What will be there. `fields` are its parts, None where not even their names are known; `unknown` the numbers that
    it will stand for; `program` what it will be draws of, or a fit of; `because` says why it is not known now."""

    what: str
    because: str
    fields: Mapping[str, Value] | None = field(default_factory=dict)
    unknown: Unknown | None = None
    program: Bound | BoundObjective | None = None

    @property
    def kind(self) -> str:
        return self.what

    @property
    def open(self) -> bool:
        """Whether nothing at all is known of it."""
        return self.fields is None

    def parts(self) -> Mapping[str, Value]:
        return self.fields or {}

    def text(self) -> str:
        return f"{self.what}, known only when the script runs"

    def json(self) -> Any:
        return {"kind": self.what}

    def number(self) -> Any:
        return self.unknown


def nothing_known(because: str) -> Foreseen:
    """A value of which nothing is known."""
    return Foreseen("a value", because, None, Unknown(because=because))


def number(unknown: Unknown) -> Foreseen:
    """A number or an array."""
    return Foreseen("a number" if unknown.shape == () else "an array", unknown.because, {}, unknown)


def judged(value: Value) -> Value:
    """A value that is looked into. Raises `Unforeseen` where nothing is known of it."""
    if isinstance(value, Foreseen) and value.open:
        raise Unforeseen(value.because)
    return value


def of_type(type_: object, sizes: Mapping[str, int] | None, because: str, draws: tuple[int, ...] | None = ()) -> Value:
    """A value of a type, at sizes if they are known, with axes for `draws` before it."""
    if not isinstance(type_, Array):
        return nothing_known(because)
    known = sizes is not None and draws is not None and all(d.names <= sizes.keys() for d in type_.dims)
    shape = (*(draws or ()), *(d.at(sizes or {}) for d in type_.dims)) if known else None
    kind: Any = type_.element if type_.element in ("int", "bool") else "real"
    return number(Unknown(kind, shape, because))


def variables(
    bound: Bound, what: str, because: str, draws: tuple[int, ...] | None, *, everything: bool = True
) -> Foreseen:
    """Draws of a model: of all its variables or of the unknown ones alone, and of what it returns."""
    try:
        sizes: Mapping[str, int] | None = bound.sizes
    except Unforeseen:
        sizes = None
    program = bound.model.program
    types = {v.name: v.type for v in program.variables if everything or v.name not in bound.observations}
    returned = next((s.fields for s in program.body if isinstance(s, typed.Return)), ())
    found: dict[str, object] = {**{n: e.type for n, e in returned if n not in bound.observations}, **types}
    return Foreseen(what, because, {n: of_type(t, sizes, because, draws) for n, t in found.items()}, None, bound)
