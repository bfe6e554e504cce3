"""What a failure tells the user, and its exit status. Nobody is shown a traceback."""

from __future__ import annotations

import os
import platform
import shlex
import signal
import sys
import tempfile
import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pushforward.cli import terminal
from pushforward.cli.storage import cache_folder
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.render import to_json
from pushforward.dsl.source import NOWHERE

FAULT, USAGE, BUG = 1, 2, 70


class WrongUsage(Exception):
    """The command does not make sense; `form` is the usage line, where there is one."""

    def __init__(self, message: str, form: str = "") -> None:
        super().__init__(message)
        self.form = form


class Stopped(Exception):
    """A signal ended the run; `sentence` says what was kept."""

    def __init__(self, number: int, sentence: str) -> None:
        super().__init__(sentence)
        self.number = number


@dataclass(frozen=True)
class Outcome:
    """An exit status, the text for people and the objects for machines."""

    status: int
    sentence: str
    text: str
    diagnostics: tuple[Mapping[str, object], ...] = ()


def usage(wrong: WrongUsage, *, as_json: bool) -> int:
    """Tell how the command is used."""
    text = f"{wrong.form}error: {wrong}\n"
    return _tell(Outcome(USAGE, str(wrong), text), as_json=as_json)


def report(error: BaseException, command: Sequence[str], *, as_json: bool) -> int:
    """Tell what happened; gives the exit status."""
    if isinstance(error, BrokenPipeError):
        # Whoever read our output has enough of it. What is still buffered must not fail again at exit.
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    return _tell(outcome(error, command), as_json=as_json)


def _tell(found: Outcome, *, as_json: bool) -> int:
    sys.stderr.write(found.text)
    if as_json:
        terminal.result_json({"error": found.sentence, "diagnostics": found.diagnostics})
    sys.stderr.flush()
    with suppress(BrokenPipeError):
        sys.stdout.flush()
    return found.status


def outcome(error: BaseException, command: Sequence[str]) -> Outcome:
    """What an exception means to the user."""
    match error:
        case ProgramError(diagnostics=diagnostics):
            return _program(diagnostics, error.exit_code)
        case Stopped(number=number):
            return Outcome(128 + number, str(error), f"{error}\n")
        case KeyboardInterrupt():
            return Outcome(128 + signal.SIGINT, "stopped", "stopped\n")
        case OSError(filename=str(name)) if not isinstance(error, ImportError):
            sentence = f"{name}: {error.strerror}"
            return Outcome(FAULT, sentence, f"error: {sentence}\n")
        case _:
            return _data(error) or _bug(error, command)


def _program(diagnostics: tuple[Diagnostic, ...], status: int) -> Outcome:
    from pushforward.dsl.render import render_all

    ours = any(d.code.startswith("PF9") for d in diagnostics)
    text = render_all(diagnostics, terminal.coloured(sys.stderr)) + "\n"
    return Outcome(BUG if ours else status, counted(diagnostics), text, tuple(map(as_object, diagnostics)))


def as_object(diagnostic: Diagnostic) -> Mapping[str, object]:
    """A diagnostic for machines; one that no text stands behind has no place."""
    found = to_json(diagnostic)
    if diagnostic.primary.span.source is not NOWHERE.source:
        return found
    return {key: found[key] for key in ("code", "severity", "title", "notes", "helps")} | {"labels": []}


def counted(diagnostics: Iterable[Diagnostic]) -> str:
    """`m.pf:3:4: there is no ...`, and how many more there are."""
    found = list(diagnostics)
    place = f"{found[0].primary.span}: " if found[0].primary.span.end else ""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    return f"{place}{found[0].title}{more}"


def _data(error: BaseException) -> Outcome | None:
    """Problems of the data. Whoever raised them has imported their module; nobody else must, as it brings NumPy."""
    module = sys.modules.get("pushforward.runtime.data.problem")
    if module is None or not isinstance(error, module.DataError):
        return None
    problems = error.problems
    texts = [f"{problem}\n  = more: pushforward explain {problem.code}" for problem in problems]
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    found = tuple(
        {
            "code": p.code, "severity": "error", "title": p.title, "key": p.key, "expected": p.expected,
            "found": p.found, "place": p.place, "help": p.help, "declared": p.declared,
        }
        for p in problems
    )  # fmt: skip
    return Outcome(FAULT, f"{problems[0].title}{more}", "\n\n".join(texts) + "\n", found)


def _bug(error: BaseException, command: Sequence[str]) -> Outcome:
    """A fault of ours: one sentence, and the traceback in a file."""
    from pushforward import __version__

    path = _keep(error, command)
    where = f"The details are in {path}." if path else "The details could not be written."
    sentence = f"a bug of Pushforward {place_of(error)}: {_first_line(error)}"
    versions = f"pushforward {__version__}, Python {platform.python_version()}"
    asked = f"Please report it with the command `{shlex.join(command)}` and the versions ({versions}). {where}"
    return Outcome(BUG, sentence, f"error[PF900]: {sentence}\n  = note: {asked}\n  = more: pushforward explain PF900\n")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def place_of(error: BaseException) -> str:
    """`in the pass `fold`` where the compiler names one, else the innermost module of ours."""
    name = getattr(error, "pass_name", None)
    if isinstance(name, str):
        return f"in the pass `{name}`"
    ours = [f for f in traceback.extract_tb(error.__traceback__) if "pushforward" in Path(f.filename).parts]
    if not ours:
        return "in the command line"
    parts = Path(ours[-1].filename).with_suffix("").parts
    inside = parts[len(parts) - 1 - parts[::-1].index("pushforward") :]
    return f"in {'.'.join(inside)}, {ours[-1].name}"


def _keep(error: BaseException, command: Sequence[str]) -> Path | None:
    """Write the traceback to a file of the cache folder, else of the folder for temporary files."""
    text = f"{shlex.join(command)}\n\n{_versions()}\n\n{''.join(traceback.format_exception(error))}"
    for folder in (cache_folder(), Path(tempfile.gettempdir())):
        if folder is None:
            continue
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(prefix="bug-", suffix=".txt", dir=folder)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            return Path(name)
    return None


def _versions() -> str:
    from importlib.metadata import PackageNotFoundError, version

    lines = [f"Python {sys.version}", platform.platform()]
    for name in ("jax", "jaxlib", "numpyro", "numpy"):
        with suppress(PackageNotFoundError):
            lines.append(f"{name} {version(name)}")
    return "\n".join(lines)
