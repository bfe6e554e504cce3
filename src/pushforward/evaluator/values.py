"""What a name can hold: numbers, arrays, text, and compound values, each of which says how it is shown.

The set is open: a new kind of result is a new subclass of `Compound`, in the file of the verb that gives it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

    from pushforward.api.model import Bound, Model
    from pushforward.api.sampling import Posterior
    from pushforward.runtime.draws import Draws, Summary

Array: TypeAlias = "np.ndarray[Any, np.dtype[Any]]"
Value: TypeAlias = "bool | int | float | str | tuple[str, ...] | Array | Compound"


class Compound(ABC):
    """A value with parts. `text` is what people read, `json` what machines do."""

    @property
    @abstractmethod
    def kind(self) -> str:
        """What it is, with an article: `a posterior`."""

    @abstractmethod
    def parts(self) -> Mapping[str, Value]:
        """What `value.name` gives, by name."""

    @abstractmethod
    def text(self) -> str:
        """Lines for people."""

    @abstractmethod
    def json(self) -> Any:
        """The value in the terms of JSON."""

    def number(self) -> Array | None:
        """The numbers it stands for in an expression, if it stands for any."""
        return None


@dataclass(frozen=True, eq=False)
class Record(Compound):
    """`{a = 1, b = x}`, or the content of a file of data."""

    fields: Mapping[str, Value]
    origin: str = "a record"

    @property
    def kind(self) -> str:
        return self.origin

    def parts(self) -> Mapping[str, Value]:
        return self.fields

    def text(self) -> str:
        from pushforward.evaluator.shown import record_text

        return record_text(self.fields)

    def json(self) -> Any:
        from pushforward.evaluator.shown import to_json

        return {name: to_json(value) for name, value in self.fields.items()}


@dataclass(frozen=True, eq=False)
class Drawn(Compound):
    """The draws of one variable, the chains one after the other: f64[draws, ...]. In arithmetic it is that array."""

    name: str
    array: Array
    chains: int = 1

    @property
    def kind(self) -> str:
        return f"{len(self.array):,} draws of {self.name}"

    def parts(self) -> Mapping[str, Value]:
        return {}

    def number(self) -> Array:
        return self.array

    def by_chain(self) -> Array:
        """The draws as [chains, draws, ...]."""
        return self.array.reshape(self.chains, -1, *self.array.shape[1:])

    def text(self) -> str:
        from pushforward.evaluator.shown import drawn_text

        return drawn_text(self)

    def json(self) -> Any:
        return self.array.tolist()


@dataclass(frozen=True, eq=False)
class ProgramValue(Compound):
    """A model by its name, before it has its arguments."""

    model: Model

    @property
    def kind(self) -> str:
        return "a model"

    def parts(self) -> Mapping[str, Value]:
        return {}

    def text(self) -> str:
        from pushforward.evaluator.shown import model_text

        return model_text(self.model)

    def json(self) -> Any:
        return {"program": self.model.name, "kind": self.model.program.kind}


@dataclass(frozen=True, eq=False)
class Given(Compound):
    """A model with its arguments, and with what is known of its variables."""

    bound: Bound

    @property
    def kind(self) -> str:
        return "a model with its arguments"

    def parts(self) -> Mapping[str, Value]:
        return {}

    def text(self) -> str:
        from pushforward.evaluator.shown import named_text

        arguments, known = (named_text(given) for given in (self.bound.arguments, self.bound.observations))  # type: ignore[arg-type]
        return f"{self.bound.model.name}({arguments})" + (f" | {{{known}}}" if known else "")

    def json(self) -> Any:
        return {"program": self.bound.model.name, "observed": list(self.bound.observations)}


@dataclass(frozen=True, eq=False)
class DrawsValue(Compound):
    """Draws of several variables: of a simulation, of predictions, of a file."""

    draws: Draws
    what: str = "draws"

    @property
    def kind(self) -> str:
        return self.what

    def parts(self) -> Mapping[str, Value]:
        return _variables(self.draws)

    def text(self) -> str:
        from pushforward.evaluator.shown import draws_text

        return draws_text(self.draws)

    def json(self) -> Any:
        return self.draws.summary().to_json_object()


@dataclass(frozen=True, eq=False)
class PosteriorValue(Compound):
    """Draws from a posterior, with the model they are of."""

    bound: Bound
    posterior: Posterior

    @property
    def kind(self) -> str:
        return "a posterior"

    def parts(self) -> Mapping[str, Value]:
        return _variables(self.posterior.draws)

    def text(self) -> str:
        return str(self.posterior.summary())

    def json(self) -> Any:
        return self.posterior.summary().to_json_object()


@dataclass(frozen=True, eq=False)
class Table(Compound):
    """A summary: a row for every scalar."""

    summary: Summary

    @property
    def kind(self) -> str:
        return "a table"

    def parts(self) -> Mapping[str, Value]:
        return dict(self.summary.columns)

    def text(self) -> str:
        return str(self.summary)

    def json(self) -> Any:
        return self.summary.to_json_object()


def _variables(draws: Draws) -> dict[str, Value]:
    """The variables of draws, their chains joined."""
    groups = ("posterior", "posterior_predictive", "prior", "prior_predictive")
    arrays = {n: a for group in groups for n, a in draws.group(group).items()}
    return {n: Drawn(n, a.reshape(-1, *a.shape[2:]), a.shape[0]) for n, a in arrays.items()}


def kind_of(value: Value) -> str:
    """What a value is, with an article, for messages."""
    match value:
        case Compound():
            return value.kind
        case bool():
            return "a truth value"
        case int():
            return "a whole number"
        case float():
            return "a number"
        case str():
            return "text"
        case tuple():
            return "a list of texts"
        case _:
            return "an array"


def type_of(value: Value) -> str:
    """The type of a value as the language writes it: `vector[8]`, `{sigma: vector[8]}`, `posterior`."""
    from pushforward.evaluator.numeric import written_type

    match value:
        case Record(fields=fields):
            return "{" + ", ".join(f"{n}: {type_of(v)}" for n, v in fields.items()) + "}"
        case Drawn(array=array):
            return f"draws {written_type(array)}"
        case Compound():
            return value.kind.removeprefix("a ")
        case str():
            return "string"
        case tuple():
            return f"string[{len(value)}]"
        case _:
            return written_type(value)
