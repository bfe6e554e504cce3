"""The loop: an input is a command or statements, and whatever fails, the session goes on."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.render import render_all
from pushforward.dsl.source import Source
from pushforward.evaluator.session import Session
from pushforward.repl.host import ReplHost
from pushforward.repl.reading import Input
from pushforward.repl.registry import Misused, commands


class Quit(Exception):
    """The user leaves."""


@dataclass
class Repl:
    """`read` gives the text of a file; `failure` tells people what an exception means that is not ours to tell."""

    session: Session
    host: ReplHost
    read: Callable[[str], str]
    failure: Callable[[BaseException], str]
    loaded: str | None = None  # the last file of `:load`
    count: int = 0

    def loop(self, inputs: Input) -> bool:
        """Handle inputs until there are no more; whether all went well."""
        well = True
        while True:
            try:
                text = inputs.read()
            except KeyboardInterrupt:
                continue
            if text is None:
                return well
            if not text.strip():
                continue
            try:
                well &= self.handle(text)
            except Quit:
                return well

    def handle(self, text: str) -> bool:
        """Evaluate one input; whether it went well. Raises `Quit` only."""
        try:
            if text.lstrip().startswith(":"):
                self._command(text.strip()[1:])
            else:
                self.session.run(self.source(text), interactive=True)
            return True
        except Quit:
            raise
        except ProgramError as error:
            self.host.tell(render_all(error.diagnostics, colour=_coloured(self.host)))
        except Misused as wrong:
            self.host.tell(f"error: {wrong}")
        except KeyboardInterrupt:
            self.host.tell("stopped")
        except Exception as error:
            # Whoever raised Interrupted has imported its module; asking for it here would bring NumPy.
            result = sys.modules.get("pushforward.runtime.samplers.result")
            stopped = result is not None and isinstance(error, result.Interrupted)
            self.host.tell("stopped" if stopped else self.failure(error).rstrip("\n"))
        return False

    def source(self, text: str) -> Source:
        """An input as a text with a name: `input 3`."""
        self.count += 1
        return Source(f"input {self.count}", text)

    def _command(self, text: str) -> None:
        name, _, rest = text.partition(" ")
        known = commands()
        matching = [c for n, c in known.items() if n == name] or [c for n, c in known.items() if n.startswith(name)]
        if len(matching) != 1 or not name:
            there = ", ".join(f":{n}" for n in (known if not matching or not name else [c.name for c in matching]))
            raise Misused(f"there is no command :{name}; there are {there}")
        matching[0].run(self, rest.strip())


def _coloured(host: ReplHost) -> bool:
    import os

    return host.err.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
