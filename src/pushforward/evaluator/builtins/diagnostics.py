"""`diagnostics(post)`: whether a posterior can be trusted, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NotOfThatKind
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import PosteriorValue, Record, Value, kind_of

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def run(session: Session, given: Mapping[str, Argument], span: Span) -> Value:
    """Divergences, hits of the largest tree depth, E-BFMI a chain, gradients, and the advice as texts."""
    import numpy as np

    value = given["posterior"].value
    if not isinstance(value, PosteriorValue):
        found = kind_of(value)
        raise ProgramError(
            NotOfThatKind.diagnostic(
                given["posterior"].span, f"this is {found}", who="`diagnostics`", wanted="a posterior", found=found
            )
        )
    seen = value.posterior.diagnostics
    fields: dict[str, Value] = {n: np.asarray(v) if isinstance(v, list) else v for n, v in seen.items()}
    advice = tuple(a.sentence for a in value.posterior.advice)
    return Record({**fields, "advice": advice}, "the diagnostics of a posterior")


BUILTIN = Builtin("diagnostics", "divergences, energy, gradients and advice of a posterior", ("posterior",), 1, run)
