"""Emitted modules, executed, with tracebacks that lead to the `.pf` line."""

from __future__ import annotations

import hashlib
import linecache
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from pushforward.compiler.core import ir
from pushforward.compiler.emit.module import Emitted, emit
from pushforward.compiler.errors import InternalError
from pushforward.compiler.pipeline import PIPELINES, SOLVES, Request, compile_to_core
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.source import Span
from pushforward.dsl.typed import TypedProgram

#: What sampling needs comes in one module.
SAMPLING = ("log_density_unconstrained", "constrain", "generated")

_SPANS: dict[str, Mapping[int, Span]] = {}


@dataclass(frozen=True)
class Unit:
    """An executed module: its text, its functions, and the core programs behind them."""

    emitted: Emitted
    module: ModuleType
    programs: Mapping[str, ir.Program]
    missing: Mapping[str, ProgramError]

    @property
    def digest(self) -> str:
        """What identifies the text."""
        return hashlib.sha256(self.emitted.text.encode()).hexdigest()


@dataclass(frozen=True)
class Compiled:
    """A program for one set of observed variables; modules are made when something is asked for."""

    program: TypedProgram
    observed: frozenset[str]
    file: str
    _units: dict[tuple[str, ...], Unit] = field(default_factory=dict, compare=False, repr=False)

    def function(self, what: str) -> Callable[..., Any]:
        """A function of the emitted module. Raises `ProgramError` when it cannot be compiled."""
        unit = self.unit(SAMPLING if what in (*SAMPLING, "prepare") else (what,))
        if what in unit.missing:
            raise unit.missing[what]
        function: Callable[..., Any] = getattr(unit.module, what)
        return function

    def unit(self, names: tuple[str, ...]) -> Unit:
        """The module with these functions."""
        if names not in self._units:
            self._units[names] = self._make(names)
        return self._units[names]

    @cached_property
    def whole(self) -> Unit:
        """The module with everything: what `pushforward compile` writes."""
        return self.unit(self.everything)

    @property
    def everything(self) -> tuple[str, ...]:
        """What can be asked of the program."""
        return tuple(SOLVES if self.program.kind == "problem" else PIPELINES)

    def core(self, names: tuple[str, ...]) -> tuple[dict[str, ir.Program], dict[str, ProgramError]]:
        """Array core for each of the names, and what cannot be compiled."""
        programs: dict[str, ir.Program] = {}
        missing: dict[str, ProgramError] = {}
        for what in names:
            try:
                programs[what] = compile_to_core(self.program, what, Request(self.observed))
            except ProgramError as error:
                missing[what] = error
        if not programs:
            raise next(iter(missing.values()))
        return programs, missing

    def text(self, names: tuple[str, ...]) -> tuple[Emitted, dict[str, ir.Program], dict[str, ProgramError]]:
        """The emitted module for the names; nothing is executed, JAX is not needed."""
        programs, missing = self.core(names)
        reasons = {what: error.diagnostics[0].title for what, error in missing.items()}
        return emit(self.program.name, self.program.doc, self.file, programs, reasons), programs, missing

    def _make(self, names: tuple[str, ...]) -> Unit:
        emitted, programs, missing = self.text(names)
        module = execute(emitted, self.program.name)
        return Unit(emitted, module, programs, missing)


def execute(emitted: Emitted, name: str) -> ModuleType:
    """Run an emitted module; Python's tracebacks show its lines."""
    digest = hashlib.sha256(emitted.text.encode()).hexdigest()[:12]
    file = f"<pushforward {name} {digest}>"
    linecache.cache[file] = (len(emitted.text), None, emitted.text.splitlines(keepends=True), file)
    _SPANS[file] = emitted.spans
    module = ModuleType(name)
    exec(compile(emitted.text, file, "exec"), module.__dict__)
    return module


@contextmanager
def located() -> Iterator[None]:
    """Errors raised by emitted code inside are reported at the `.pf` line (PF702)."""
    try:
        yield
    except ProgramError:
        raise
    except InternalError:
        raise
    except Exception as error:
        span = origin(error)
        if span is None:
            raise
        sentence = (str(error).strip().splitlines() or [type(error).__name__])[0]
        diagnostic = Diagnostic("PF702", "error", f"this failed when it ran: {sentence}", Label(span, sentence))
        raise ProgramError(diagnostic) from error


def origin(error: BaseException) -> Span | None:
    """The `.pf` text behind the innermost frame of emitted code in a traceback."""
    found: Span | None = None
    for frame in traceback.extract_tb(error.__traceback__):
        spans = _SPANS.get(frame.filename)
        if spans is not None and frame.lineno is not None:
            found = spans.get(frame.lineno, found)
    return found
