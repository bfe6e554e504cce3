"""Names in the core: which are used, which are bound, and how to replace them.

Nodes are plain dataclasses, so one traversal by fields serves all of them; a new node needs nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from pushforward.compiler.core import ir
from pushforward.dsl.source import Span
from pushforward.dsl.typed import DistributionSignature
from pushforward.dsl.types import Array, Dim

T = TypeVar("T")

_LEAVES = (str, int, float, bool, type(None), Span, DistributionSignature, ir.Op)


def transform(node: T, atom: Callable[[ir.Atom], ir.Atom], dim: Callable[[Dim], Dim]) -> T:
    """The same node with every atom and every dimension replaced. Binding names (of `Let`, `For`, ...) stay."""
    return _transform(node, atom, dim)  # type: ignore[no-any-return]


def _transform(node: Any, atom: Callable[[ir.Atom], ir.Atom], dim: Callable[[Dim], Dim]) -> Any:
    match node:
        case ir.Size():
            return atom(ir.Size(dim(node.dim)))
        case ir.Var() | ir.Lit():
            return atom(node)
        case Dim():
            return dim(node)
        case tuple():
            return tuple(_transform(item, atom, dim) for item in node)
        case _ if isinstance(node, _LEAVES):
            return node
        case _ if is_dataclass(node):
            changes = {}
            for f in fields(node):
                if f.name != "span":
                    old = getattr(node, f.name)
                    new = _transform(old, atom, dim)
                    if new is not old:
                        changes[f.name] = new
            return replace(node, **changes) if changes else node  # type: ignore[type-var]
    raise TypeError(f"not a core node: {node!r}")


def rename(node: T, names: Mapping[str, ir.Atom]) -> T:
    """Replace variables (and, in dimensions, static names and loop indices) by atoms."""

    def atom(a: ir.Atom) -> ir.Atom:
        return names.get(a.name, a) if isinstance(a, ir.Var) else a

    sizes = {name: size for name, a in names.items() if (size := as_dim(a)) is not None}

    def dim(d: Dim) -> Dim:
        return d.substitute(sizes) if sizes and d.names & sizes.keys() else d

    return transform(node, atom, dim)


def as_dim(atom: ir.Atom) -> Dim | None:
    """An atom as a dimension, if it is an integer known before compilation."""
    match atom:
        case ir.Size(d):
            return d
        case ir.Lit(int(value)) if not isinstance(value, bool):
            return Dim.const(value)
        case _:
            return None


def atoms(node: object) -> Iterator[ir.Atom]:
    """All atoms in a node, bodies included."""
    found: list[ir.Atom] = []

    def visit(a: ir.Atom) -> ir.Atom:
        found.append(a)
        return a

    _transform(node, visit, lambda d: d)
    return iter(found)


def dims(node: object) -> Iterator[Dim]:
    """All dimensions in a node, bodies included."""
    found: list[Dim] = []

    def visit(d: Dim) -> Dim:
        found.append(d)
        return d

    _transform(node, lambda a: a, visit)
    return iter(found)


def used(node: object) -> frozenset[str]:
    """The names that a node reads: variables, and names in sizes and subscripts."""
    variables = {a.name for a in atoms(node) if isinstance(a, ir.Var)}
    variables.update(n for d in dims(node) for n in d.names)
    variables.update(_site_reads(node))
    variables.update(_keys(node))
    return frozenset(variables)


def _site_reads(node: object) -> Iterator[str]:
    for stmt in _statements(node):
        if isinstance(stmt, ir.Site) and stmt.observes:
            yield stmt.address


def _keys(node: object) -> Iterator[str]:
    """The random keys that draws and splits take."""
    for stmt in _statements(node):
        match stmt:
            case ir.Let(_, _, ir.Sample(key=str(key))) | ir.Split(_, key):
                yield key
            case _:
                pass


def _statements(node: object) -> Iterator[ir.Stmt]:
    if isinstance(node, tuple):
        for item in node:
            yield from _statements(item)
    elif isinstance(node, ir.For):
        yield node
        yield from _statements(node.body)
    elif isinstance(node, ir.If):
        yield node
        yield from _statements(node.then)
        yield from _statements(node.orelse)
    elif isinstance(node, ir.Scan):
        yield node
        yield from _statements(node.body)
    elif isinstance(node, ir.Node):
        yield node  # type: ignore[misc]


def statements(body: Iterable[ir.Stmt]) -> Iterator[ir.Stmt]:
    """All statements of a body, nested ones after the one they are in."""
    return _statements(tuple(body))


def bound(stmt: ir.Stmt) -> frozenset[str]:
    """The names that a statement defines for what follows it (a loop's local names are not among them)."""
    match stmt:
        case ir.Let(name) | ir.Container(name) | ir.Declare(name) | ir.Split(name):
            return frozenset((name,))
        case ir.Store(name):
            return frozenset((name,))
        case ir.Site(address):
            return frozenset((address,))
        case ir.For():
            return frozenset(n for s in stmt.body for n in bound(s))
        case ir.If():
            return frozenset(n for s in (*stmt.then, *stmt.orelse) for n in bound(s))
        case ir.Scan():
            finals = {s.final for s in stmt.slots if s.final is not None}
            return frozenset({e.name for e in stmt.emits} | finals)
        case _:
            return frozenset()


_NUMBERED = re.compile(r"(_\d+)+$")


class Fresh:
    """A counter of names that are not taken. A pass is given one, so that its output is a function of its
    input.
    """

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def __call__(self, stem: str) -> str:
        """`stem` if it is free, else the same with the next number that is: `h`, `h_1`, `h_2`, ..."""
        name, n = stem, 0
        base = _NUMBERED.sub("", stem) or stem
        while name in self._taken:
            n += 1
            name = f"{base}_{n}"
        self._taken.add(name)
        return name


def names_of(program: ir.Program) -> frozenset[str]:
    """Every name that occurs in a program."""
    names = set(program.statics) | {i.name for i in program.inputs} | {v.name for v in program.variables}
    names |= used(program.body)
    for stmt in statements(program.body):
        names |= bound(stmt)
        if isinstance(stmt, ir.For):
            names.add(stmt.index)
        if isinstance(stmt, ir.Scan):
            names |= {s.name for s in stmt.slots} | {f.name for f in stmt.feeds} | {s.name for s in stmt.emits}
    return frozenset(names)


def array_of(element: str, dims: tuple[Dim, ...]) -> Array:
    """A plain array type."""
    return Array(element, dims)  # type: ignore[arg-type]
