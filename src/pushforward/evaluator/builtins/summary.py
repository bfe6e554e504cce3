"""`summary(post)`: mean, sd, quantiles, effective sample sizes and R-hat of every scalar."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NotOfThatKind
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import Drawn, DrawsValue, PosteriorValue, Table, Value, kind_of

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


def run(session: Session, given: Mapping[str, Argument], span: Span) -> Value:
    """The table of a posterior, of draws, or of the draws of one variable."""
    from pushforward.runtime.draws import summarise_variables

    match given["value"].value:
        case PosteriorValue(posterior=posterior):
            return Table(posterior.summary())
        case DrawsValue(draws=draws):
            return Table(draws.summary())
        case Drawn() as drawn:
            return Table(summarise_variables({drawn.name: drawn.by_chain()}))
        case other:
            found = kind_of(other)
            raise ProgramError(
                NotOfThatKind.diagnostic(
                    given["value"].span, f"this is {found}", who="`summary`", wanted="draws", found=found
                )
            )


BUILTIN = Builtin("summary", "a row for every scalar of draws, and whether to trust it", ("value",), 1, run)
