"""Which containers hold random values, decided on the tree before anything is typed.

A recursion such as `h[t] = f(h[t - 1], mu)` reads its container before the statement that makes it random has been
typed, so the question is answered by names alone: a container is random when what is stored in it mentions, through
any chain of `let`s and stores, a name that is drawn. Names are not told apart by scope; the answer errs towards random.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from pushforward.dsl import tree


def random_names(node: tree.Block, data: frozenset[str]) -> frozenset[str]:
    """The names of a program that may depend on a draw; `data` are its arguments."""
    feeds: dict[str, set[str]] = {}
    random: set[str] = set()
    _collect(node.statements, frozenset(), feeds, random, data)
    changed = True
    while changed:
        more = {name for name, sources in feeds.items() if name not in random and sources & random}
        random |= more
        changed = bool(more)
    return frozenset(random)


def _collect(
    nodes: tuple[tree.Statement, ...], guards: frozenset[str], feeds: dict[str, set[str]], random: set[str],
    data: frozenset[str],
) -> None:  # fmt: skip
    for node in nodes:
        for piece in nodes_of(node):
            if isinstance(piece, tree.LogDensity):
                _collect(piece.body.statements, guards, feeds, random, data)
        match node:
            case tree.Let(name=name, value=value) if value is not None:
                feeds.setdefault(name, set()).update(guards, names_of(value))
            case tree.Assign(target=target, value=value):
                feeds.setdefault(head(target), set()).update(guards, names_of(value), names_of(target))
            case tree.Site(target=target):
                random.update({head(target)} - data)
            case tree.Declare(name=name):
                random.add(name)
            case tree.Given(name=name, value=value):
                feeds.setdefault(name, set()).update(guards, names_of(value))
            case tree.For(body=body):
                _collect(body.statements, guards, feeds, random, data)
            case tree.If(condition=condition, then=then, orelse=orelse):
                inner = guards | names_of(condition)
                _collect(then.statements, inner, feeds, random, data)
                if orelse is not None:
                    _collect(orelse.statements, inner, feeds, random, data)
            case _:
                pass


def head(target: tree.Expr) -> str:
    """The name that a site or a store is on."""
    while isinstance(target, tree.Subscript):
        target = target.value
    return target.id if isinstance(target, tree.Name) else ""


def nodes_of(node: object) -> Iterator[tree.Node]:
    """A node of the tree and all inside it."""
    if isinstance(node, tree.Node):
        yield node
        for f in fields(node):
            if f.name != "span":
                yield from nodes_of(getattr(node, f.name))
    elif isinstance(node, tuple):
        for item in node:
            yield from nodes_of(item)


def names_of(node: tree.Node) -> frozenset[str]:
    """Every name that is read in a piece of the tree."""
    return frozenset(n.id for n in nodes_of(node) if isinstance(n, tree.Name))


def targets(node: tree.Block) -> frozenset[str]:
    """Every name that a site, a declaration, a parameter or a differential of a block defines."""
    found: set[str] = set()
    for inner in nodes_of(node):
        match inner:
            case tree.Site(target=target):
                found.add(head(target))
            case tree.Declare(name=name) | tree.Param(name=name) | tree.Differential(state=name):
                found.add(name)
            case _:
                pass
    return frozenset(found)
