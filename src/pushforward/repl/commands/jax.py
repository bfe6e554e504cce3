"""`:jax NAME [WHAT]` or `:jax EXPR`: the JAX source that a program, an objective or an expression becomes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.repl.expressions import objective_of, program_of
from pushforward.repl.registry import Command, Misused

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl

FORM = ":jax NAME [WHAT], or :jax EXPR"


def run(repl: Repl, text: str) -> None:
    """Write the source. Nothing is executed."""
    from pushforward.api.compiled import Compiled
    from pushforward.compiler.pipeline import PIPELINES, SOLVES, first_asked, leaves

    if (bound := objective_of(repl, text)) is not None:
        repl.host.write(bound.emitted.text)
        return
    name, *rest = text.split() or [""]
    named = name in repl.session.environment.programs and len(rest) < 2
    program = program_of(repl, name if named else text, FORM)
    what = (rest[0] if rest else first_asked(program)) if named else "generated"
    known = {**PIPELINES, **SOLVES}
    if what not in known:
        raise Misused(f"nothing is called {what!r}; there are {', '.join(known)}")
    compiled = Compiled(program, leaves(program) if named else frozenset(), program.span.source.name)
    repl.host.write(compiled.text((what,))[0].text)


COMMAND = Command("jax", "NAME [WHAT]", "the JAX source of a program or of an expression", run)
