"""`save(post, "draws.nc")`: a value to a file, which is replaced at once or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NotSaved
from pushforward.evaluator.binding import text
from pushforward.evaluator.faults import writing
from pushforward.evaluator.objectives import FlowValue
from pushforward.evaluator.registry import Argument, Builtin
from pushforward.evaluator.values import DrawsValue, PosteriorValue, kind_of

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session
    from pushforward.runtime.draws import Draws


def run(session: Session, given: Mapping[str, Argument], span: Span) -> None:
    """Write the value. Raises `ProgramError`: PF707, PF730."""
    from pushforward.evaluator.shown import to_json
    from pushforward.runtime.draws.atomic import replacing

    path = Path(text(given["path"], "`save`", "the name of a file"))
    value = given["value"].value
    draws = _draws(value)
    match path.suffix.lower():
        case ".nc" if draws is not None:
            with writing(str(path), given["path"].span):
                draws.write_netcdf(path)
        case ".json":
            written = json.dumps(to_json(value), ensure_ascii=False, allow_nan=False, indent=2) + "\n"
            with writing(str(path), given["path"].span), replacing(path) as temporary:
                temporary.write_text(written, encoding="utf-8")
        case ".npz" if isinstance(value, FlowValue):
            from pushforward.api.flow_file import write

            with writing(str(path), given["path"].span):
                write(value.flow, path)
        case suffix:
            kind = kind_of(value)
            helps = ('write it as `.json`, or draws as `.nc`: `save(post, "post.nc")`',)
            if isinstance(value, FlowValue):
                helps = ('write it as `.npz`: `save(fit.process, "flow.npz")`',)
            raise ProgramError(
                NotSaved.diagnostic(
                    given["path"].span, "this says the format", helps=helps,
                    found=kind[0].upper() + kind[1:], suffix=suffix or path.name,
                )
            )  # fmt: skip
    session.host.note(f"wrote {path}")


def _draws(value: object) -> Draws | None:
    match value:
        case DrawsValue(draws=draws):
            return draws
        case PosteriorValue(posterior=posterior):
            return posterior.draws
        case _:
            return None


BUILTIN = Builtin(
    "save", "write draws (.nc), a fitted process (.npz), or any value (.json)", ("value", "path"), 2, run, effect=True
)
