"""Data dependence between the statements of a loop body (Allen and Kennedy 1987).

Containers are stored to once an element, so only flow dependences matter: who reads what another statement
has written. A dependence is *carried* by the loop when the reader is in a later iteration, and *independent*
of it when both are in the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import statements, used
from pushforward.dsl.types import Dim

Relation = Literal["none", "same", "carried"]


@dataclass(frozen=True)
class Access:
    """An element or region of a container that a statement reads or writes; `subs` is None for the whole of
    it.
    """

    container: str
    subs: tuple[ir.Sub, ...] | None


def linear(d: Dim, index: str) -> tuple[int, Dim] | None:
    """`coefficient * index + rest`, if the polynomial is linear in the index with a constant integer
    coefficient.
    """
    coefficient, rest = 0, Dim(())
    for monomial, c in d.terms:
        if index not in monomial:
            rest = rest + Dim(((monomial, c),))
        elif monomial == (index,) and c == int(c):
            coefficient = int(c)
        else:
            return None
    return coefficient, rest


def relation(store: Access, read: Access, index: str, inner: frozenset[str] = frozenset()) -> Relation:
    """How a read at one iteration of `index` meets a store of another. A subscript with an index of `inner` loops
    takes many values in one iteration, so it settles nothing.
    """
    if store.subs is None or read.subs is None:
        return "carried"
    found: Relation | None = None
    for s, r in zip(store.subs, read.subs, strict=False):
        if not isinstance(s, ir.At) or not isinstance(r, ir.At):
            continue
        if (s.dim.names | r.dim.names) & inner:
            continue
        a, b = linear(s.dim, index), linear(r.dim, index)
        if a is None or b is None or a[0] != b[0]:
            continue
        difference = (a[1] - b[1]).value
        if a[0] == 0:
            if difference not in (None, 0):
                return "none"  # two constants that differ: never the same element
            continue
        if difference is None:
            found = found or "carried"
        elif difference % a[0]:
            return "none"
        elif difference == 0:
            found = found or "same"
        else:
            return "carried"
    return found or "carried"


def reads(stmt: ir.Stmt) -> Iterator[Access]:
    """Everything a statement reads, by name; containers with their subscripts."""
    for s in statements((stmt,)):
        if isinstance(s, ir.Let) and isinstance(s.expr, ir.Index):
            yield Access(s.expr.base.name, s.expr.subs)
            yield from (Access(n, None) for n in used(s.expr.subs))
        elif not isinstance(s, (ir.For, ir.If)):
            yield from (Access(n, None) for n in used(s))
        else:
            yield from (Access(n, None) for n in used(_header(s)))


def _header(stmt: ir.For | ir.If) -> object:
    return (stmt.lower, stmt.upper) if isinstance(stmt, ir.For) else stmt.condition


def writes(stmt: ir.Stmt) -> Iterator[Access]:
    """The stores in a statement."""
    for s in statements((stmt,)):
        if isinstance(s, ir.Store):
            yield Access(s.name, s.subs)


def defines(stmt: ir.Stmt) -> frozenset[str]:
    """The names that `let`s and containers in a statement define, inner loops included: after distribution
    they live on as arrays.
    """
    names = set()
    for s in statements((stmt,)):
        if isinstance(s, (ir.Let, ir.Container, ir.Declare)):
            names.add(s.name)
        elif isinstance(s, ir.Scan):
            names.update(e.name for e in s.emits)
    return frozenset(names)


def edges(index: str, body: tuple[ir.Stmt, ...]) -> dict[int, set[int]]:
    """The dependence graph of a loop body: `j in edges[i]` when statement j needs statement i. A self edge is
    carried.
    """
    graph: dict[int, set[int]] = {i: set() for i in range(len(body))}
    read = [tuple(reads(s)) for s in body]
    wrote = [tuple(writes(s)) for s in body]
    defined = [defines(s) for s in body]
    private = {n for s in body for n in defines(s)}
    inner = frozenset(s.index for s in statements(body) if isinstance(s, ir.For))
    for i in range(len(body)):
        for j in range(len(body)):
            if i < j and any(r.container in defined[i] for r in read[j]):
                graph[i].add(j)
            if i < j and any(w.container in defined[i] for w in wrote[j]):
                graph[i].add(j)
            for w in wrote[i]:
                for r in read[j]:
                    if r.container != w.container:
                        continue
                    kind: Relation = "same" if w.container in private else relation(w, r, index, inner)
                    if kind == "carried" or (kind == "same" and i < j):
                        graph[i].add(j)
                if i != j:
                    _order_stores(graph, i, j, w, wrote[j], private, index, inner)
    return graph


def tied(body: tuple[ir.Stmt, ...], graph: dict[int, set[int]]) -> dict[int, set[int]]:
    """The graph in which a container that is declared in the body and everything that stores to it need one
    another: they stay together.
    """
    together = {i: set(js) for i, js in graph.items()}
    for i, stmt in enumerate(body):
        names = {s.name for s in statements((stmt,)) if isinstance(s, ir.Container)}
        for j, other in enumerate(body):
            if i != j and any(w.container in names for w in writes(other)):
                together[i].add(j)
                together[j].add(i)
    return together


def recursive(group: tuple[int, ...], graph: dict[int, set[int]]) -> bool:
    """Whether some statements of the group need one another across iterations."""
    inside = {i: graph[i] & set(group) for i in group}
    return any(len(c) > 1 or c[0] in inside[c[0]] for c in components(inside))


def _order_stores(
    graph: dict[int, set[int]],
    i: int,
    j: int,
    store: Access,
    others: Iterable[Access],
    private: set[str],
    index: str,
    inner: frozenset[str],
) -> None:
    """Two stores to one container keep their order unless they are certainly apart."""
    for other in others:
        if other.container != store.container:
            continue
        meets = "same" if store.container in private else relation(store, other, index, inner)
        if i < j and meets != "none":
            graph[i].add(j)
        if meets == "carried" and not _disjoint_dimension(store, other):
            graph[i].add(j)
            graph[j].add(i)


def _disjoint_dimension(one: Access, other: Access) -> bool:
    """Whether some subscript has values that differ by a constant and nothing else: h[t, 0] and h[t, 1]."""
    fixed = (
        (s.dim.value, r.dim.value)
        for s, r in zip(one.subs or (), other.subs or (), strict=False)
        if isinstance(s, ir.At) and isinstance(r, ir.At)
    )
    return any(a is not None and b is not None and a != b for a, b in fixed)


def components(graph: dict[int, set[int]]) -> list[tuple[int, ...]]:
    """Strongly connected components in an order that respects the edges and, among those, the order of the
    text (Tarjan 1972).
    """
    order: dict[int, int] = {}
    low: dict[int, int] = {}
    stack: list[int] = []
    found: list[tuple[int, ...]] = []

    def visit(v: int) -> None:
        order[v] = low[v] = len(order)
        stack.append(v)
        for w in sorted(graph[v]):
            if w not in order:
                visit(w)
                low[v] = min(low[v], low[w])
            elif w in stack:
                low[v] = min(low[v], order[w])
        if low[v] == order[v]:
            at = stack.index(v)
            found.append(tuple(sorted(stack[at:])))
            del stack[at:]

    for v in sorted(graph):
        if v not in order:
            visit(v)
    return _topological(graph, found)


def _topological(graph: dict[int, set[int]], groups: list[tuple[int, ...]]) -> list[tuple[int, ...]]:
    of = {v: g for g in groups for v in g}
    waiting = {g: {of[u] for u in graph for v in graph[u] if of[v] == g and of[u] != g} for g in groups}
    result: list[tuple[int, ...]] = []
    done: set[tuple[int, ...]] = set()
    while waiting:
        ready = min((g for g in waiting if waiting[g] <= done), key=lambda g: g[0])
        result.append(ready)
        done.add(ready)
        del waiting[ready]
    return result
