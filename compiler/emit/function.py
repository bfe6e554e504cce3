"""One program as one Python function, a comment a statement with the `.pf` line it came from.

A temporary that is read once is written where it is read, so that an expression of the model is an
expression again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import atoms, bound, used
from pushforward.compiler.emit import names
from pushforward.compiler.emit.holes import hole_function
from pushforward.compiler.emit.python import call, expression, plain_atom, size
from pushforward.dsl.source import Span
from pushforward.dsl.types import Array

_TEMPORARY = re.compile(r"t(_\d+)*$")
_WIDTH = 96


@dataclass
class Text:
    """Lines of Python with the spans they came from, and what they need imported."""

    lines: list[str] = field(default_factory=list)
    spans: dict[int, Span] = field(default_factory=dict)
    imports: set[names.Import] = field(default_factory=set)
    modules: set[str] = field(default_factory=set)
    draws: bool = False

    def line(self, text: str, indent: int, span: Span | None = None) -> None:
        """Append a statement, which may take several lines, with its origin behind it."""
        where = f"  # {span.source.name.rsplit('/', 1)[-1]}:{span.line}" if span is not None and span.end else ""
        pieces = _wrapped(text, _WIDTH - 4 * indent - len(where))
        for number, piece in enumerate(pieces):
            if span is not None and span.end:
                self.spans[len(self.lines) + 1] = span
            last = where if number == len(pieces) - 1 else ""
            self.lines.append(f"{'    ' * indent}{piece}{last}".rstrip())


def _wrapped(text: str, width: int) -> list[str]:
    """A long call broken inside its outermost brackets; anything else as it is."""
    if len(text) <= width:
        return [text]
    opening = _opening(text)
    if opening is None:
        return [text]
    parts = list(_split_arguments(text[opening + 1 : -1]))
    if len(parts) < 2:
        return [text]
    return [text[: opening + 1], *(f"    {p}," for p in parts), text[-1]]


def _opening(text: str) -> int | None:
    """Where the bracket that the last character closes was opened, if all brackets before it are closed."""
    depth = 0
    for i in range(len(text) - 1, -1, -1):
        depth += (text[i] in ")]}") - (text[i] in "([{")
        if depth == 0:
            return i if text[-1] in ")}" and i < len(text) - 1 else None
    return None


def _split_arguments(inside: str) -> Iterator[str]:
    depth, start = 0, 0
    for i, c in enumerate(inside):
        depth += (c in "([{") - (c in ")]}")
        if depth < 0:
            return
        if c == "," and depth == 0:
            yield inside[start:i].strip()
            start = i + 1
    if inside[start:].strip():  # nothing is behind the comma of a tuple of one
        yield inside[start:].strip()


class FunctionEmitter:
    """Writes the body of one function."""

    def __init__(self, text: Text, numbered: dict[str, str] | None = None, taken: frozenset[str] = frozenset()) -> None:
        self.text = text
        #: names of the program's inputs and of what it binds: temporaries are numbered around them
        self.taken = taken
        self.fixed: frozenset[str] = frozenset()
        #: the types of names, for slices of whole dimensions
        self.types: dict[str, Array] = {}
        #: keys that are split off the stream at once, by the first of them
        self.together: tuple[str, ...] = ()
        #: temporaries that keep a line of their own, numbered in the order in which they are written
        self.numbered: dict[str, str] = {} if numbered is None else numbered

    def name(self, name: str) -> str:
        """A name as it is written."""
        if not _TEMPORARY.match(name) or name in self.fixed:
            return name
        if name not in self.numbered:
            used_up = self.taken | set(self.numbered.values())
            self.numbered[name] = next(f"t{n}" for n in count(1) if f"t{n}" not in used_up)
        return self.numbered[name]

    def atom(self, atom: ir.Atom) -> ast.expr:
        """An atom as it is written."""
        return ast.Name(self.name(atom.name)) if isinstance(atom, ir.Var) else plain_atom(atom)

    def statements(
        self, body: tuple[ir.Stmt, ...], indent: int, result: Callable[[ir.Stmt], None]
    ) -> dict[str, ast.expr]:
        """Write statements; factors and returns go to `result`. What temporaries stand for comes back."""
        inline = self._inlinable(body)
        pending: dict[str, ast.expr] = {}

        def look(atom: ir.Atom) -> ast.expr:
            return pending[atom.name] if isinstance(atom, ir.Var) and atom.name in pending else self.atom(atom)

        self.look = look
        for stmt in body:
            self._imports(stmt)
            self._hole(stmt, indent)
            match stmt:
                case ir.Let(name, type_, expr):
                    self.types[name] = type_
                    python = expression(expr, look, self.types)
                    if name in inline and len(ast.unparse(python)) <= 72:
                        pending[name] = python
                    else:
                        self.text.line(f"{self.name(name)} = {ast.unparse(python)}", indent, stmt.span)
                case ir.Split(name, key, count):
                    self._split(name, key, count, indent, stmt.span)
                case ir.Scan():
                    self._scan(stmt, look, indent)
                    self.look = look
                case _:
                    result(stmt)
        return pending

    def _hole(self, stmt: ir.Stmt, indent: int) -> None:
        """Before the call of a hole: its function."""
        match stmt:
            case ir.Let(expr=ir.Call(op=ir.Op(name=name, hole=hole))) if hole is not None:
                hole_function(name, hole, self.text, indent, self._inside)
            case _:
                pass

    def _inside(self, taken: frozenset[str], types: dict[str, Array]) -> FunctionEmitter:
        """An emitter for a function inside this one, with temporaries of its own."""
        inside = FunctionEmitter(self.text, None, taken)
        inside.fixed, inside.types = frozenset(types), dict(types)
        return inside

    def _inlinable(self, body: tuple[ir.Stmt, ...]) -> set[str]:
        """Temporaries read exactly once, by a statement of this block (a name in a subscript or an `.at[]`
        keeps its line).
        """
        counts: dict[str, int] = {}
        kept: set[str] = set()
        for stmt in body:
            if isinstance(stmt, ir.Scan):
                inner = {n for s in stmt.body for n in used(s)}
                kept |= inner
            for atom in atoms(stmt):
                if isinstance(atom, ir.Var):
                    counts[atom.name] = counts.get(atom.name, 0) + 1
            if isinstance(stmt, ir.Let) and isinstance(stmt.expr, (ir.Update, ir.Sample)):
                kept |= used(stmt.expr)
            if isinstance(stmt, ir.Let) and isinstance(stmt.expr, ir.Sample):
                kept.add(stmt.name)  # a draw has a line of its own
        defined = {n for s in body for n in bound(s)}
        return {n for n in defined if _TEMPORARY.match(n) and counts.get(n) == 1 and n not in kept}

    def _imports(self, stmt: ir.Stmt) -> None:
        if not isinstance(stmt, ir.Let):
            return
        match stmt.expr:
            case ir.Call(op=ir.Op(hole=hole)) if hole is not None:
                pass
            case ir.Call(op):
                _, needed = names.resolve(op.target)
                if needed is not None:
                    self.text.imports.add(needed)
                else:
                    self.text.modules.add(op.target.partition(".")[0])
            case ir.Weights(kind):
                _, needed = names.resolve(names.network(kind))
                self.text.imports |= {needed} if needed is not None else set()
            case ir.Sample(target) | ir.BoundLogProb(target):
                self.text.draws |= isinstance(stmt.expr, ir.Sample)
                self.text.modules.add(target.partition(".")[0])
            case _:
                pass

    def _split(self, name: str, key: str, count: object, indent: int, span: Span) -> None:
        if name in self.together:
            if name == self.together[0]:
                several = ", ".join(self.together) + ("," if len(self.together) == 1 else "")
                self.text.line(f"{several} = jax.random.split({key}, {len(self.together)})", indent, span)
        else:
            self.text.line(f"{key}, {name} = jax.random.split({key})", indent, span)
        if count is not None:
            self.text.line(f"{name} = jax.random.split({name}, {count})", indent, span)

    def _scan(self, scan: ir.Scan, look: Callable[[ir.Atom], ast.expr], indent: int) -> None:
        """A step function and the call of `jax.lax.scan`."""
        step = self.text
        carry, feeds = [self.name(s.name) for s in scan.slots], [self.name(f.name) for f in scan.feeds]
        step.line("", 0)
        step.line(f"def {scan.name}(carry, inputs):", indent, scan.span)
        if carry:
            step.line(f"{_targets(carry)} = carry", indent + 1)
        if feeds:
            step.line(f"{_targets(feeds)} = inputs", indent + 1)
        inside = FunctionEmitter(step, self.numbered, self.taken)
        inside.fixed = self.fixed
        inside.types = self.types | {s.name: s.type for s in scan.slots} | {f.name: f.type for f in scan.feeds}
        pending = inside.statements(_closed(scan), indent + 1, lambda s: None)

        def inner(atom: ir.Atom) -> str:
            at = pending.get(atom.name) if isinstance(atom, ir.Var) else None
            return ast.unparse(at if at is not None else self.atom(atom))

        updated, emitted = [inner(s.updated) for s in scan.slots], [inner(e.value) for e in scan.emits]
        step.line(f"return {_tuple(updated)}, {_tuple(emitted)}", indent + 1)
        finals = [self.name(s.final) if s.final else "_" for s in scan.slots]
        target = "_" if not any(s.final for s in scan.slots) else _pattern(finals)
        step.line("", 0)
        for e in scan.emits:
            self.types[e.name] = Array(e.type.element, (scan.length, *e.type.dims))
        self.types.update({s.final: s.type for s in scan.slots if s.final is not None})
        outs = [self.name(e.name) for e in scan.emits]
        initial = ast.Tuple([look(s.initial) for s in scan.slots])
        sources = ast.Tuple([look(f.source) for f in scan.feeds])
        run = call(
            "jax.lax.scan",
            ast.Name(scan.name),
            initial,
            sources if feeds else ast.Constant(None),
            length=size(scan.length),
        )
        step.line(f"{target}, {_pattern(outs) if outs else '_'} = {ast.unparse(run)}", indent, scan.span)


def _closed(scan: ir.Scan) -> tuple[ir.Stmt, ...]:
    """The body of a step followed by a return of what leaves it, so that its reads are counted."""
    ends = tuple((f"_{i}", v) for i, v in enumerate((*(s.updated for s in scan.slots), *(e.value for e in scan.emits))))
    return (*scan.body, ir.Return(ends))


def _targets(names_: list[str]) -> str:
    return f"({names_[0]},)" if len(names_) == 1 else ", ".join(names_)


def _pattern(names_: list[str]) -> str:
    return f"({', '.join(names_)},)" if len(names_) == 1 else f"({', '.join(names_)})"


def _tuple(items: list[str]) -> str:
    return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
