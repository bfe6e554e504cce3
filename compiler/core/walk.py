"""Names in the core: which are used, which are bound, and how to replace them.

Nodes are plain dataclasses, so one traversal by fields serves all of them; a new node needs nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from pushforward.compiler.core import ir
from pushforward.dsl.source import Span
from pushforward.dsl.typed import DistributionSignature, Strategy
from pushforward.dsl.types import Array, Dim

T = TypeVar("T")

_LEAVES = (str, int, float, bool, type(None), Span, DistributionSignature, ir.Op, Strategy)


_FIELDS: dict[type[Any], tuple[str, ...]] = {}


def _parts(kind: type[Any]) -> tuple[str, ...]:
    """The fields of a node that can hold atoms, dimensions or other nodes, looked up once a class."""
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(f.name for f in fields(kind) if f.name != "span")
    return _FIELDS[kind]


def transform(node: T, atom: Callable[[ir.Atom], ir.Atom], dim: Callable[[Dim], Dim]) -> T:
    """The same node with every atom and every dimension replaced. Binding names (of `Let`, `For`, ...) stay."""
    return _transform(node, atom, dim)  # type: ignore[no-any-return]


def _transform(node: Any, atom: Callable[[ir.Atom], ir.Atom], dim: Callable[[Dim], Dim]) -> Any:
    if isinstance(node, tuple):
        return tuple([_transform(item, atom, dim) for item in node])
    if isinstance(node, _LEAVES):
        return node
    if isinstance(node, (ir.Var, ir.Lit)):
        return atom(node)
    if isinstance(node, Dim):
        return dim(node)
    if isinstance(node, ir.Size):
        return atom(ir.Size(dim(node.dim)))
    changes = {}
    for name in _parts(type(node)):
        old = getattr(node, name)
        new = _transform(old, atom, dim)
        if new is not old and new != old:
            changes[name] = new
    return replace(node, **changes) if changes else node


def _visit(node: Any, atom: Callable[[ir.Atom], object], dim: Callable[[Dim], object]) -> None:
    """Show every atom and every dimension in a node to the functions."""
    if isinstance(node, tuple):
        for item in node:
            _visit(item, atom, dim)
    elif isinstance(node, _LEAVES):
        pass
    elif isinstance(node, (ir.Var, ir.Lit)):
        atom(node)
    elif isinstance(node, Dim):
        dim(node)
    elif isinstance(node, ir.Size):
        atom(node)
        dim(node.dim)
    else:
        for name in _parts(type(node)):
            _visit(getattr(node, name), atom, dim)


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
    _visit(node, found.append, lambda d: None)
    return iter(found)


def dims(node: object) -> Iterator[Dim]:
    """All dimensions in a node, bodies included."""
    found: list[Dim] = []
    _visit(node, lambda a: None, found.append)
    return iter(found)


def used(node: object) -> frozenset[str]:
    """The names that a node reads: variables, and names in sizes and subscripts."""
    if isinstance(node, tuple):
        return frozenset[str]().union(*(used(item) for item in node))
    memo = getattr(node, "__dict__", None)
    if memo is None or not isinstance(node, ir.Node):
        return _used(node)
    if _MEMO not in memo:  # nodes never change, so what they read is found once
        memo[_MEMO] = _used(node)
    found: frozenset[str] = memo[_MEMO]
    return found


_MEMO = "names it reads"


def _used(node: object) -> frozenset[str]:
    names: set[str] = set()

    def atom(a: ir.Atom) -> None:
        if isinstance(a, ir.Var):
            names.add(a.name)

    _visit(node, atom, lambda d: names.update(d.names) if d.terms else None)
    names.update(_site_reads(node))
    names.update(_keys(node))
    return frozenset(names)


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
    elif isinstance(node, (ir.For, ir.Total)):
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
        case ir.Let(name) | ir.Container(name) | ir.Declare(name) | ir.Split(name) | ir.Total(name):
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
    names |= {v.name for v in program.params} | {n for c in program.choices for n in (c.axis,) if n}
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
