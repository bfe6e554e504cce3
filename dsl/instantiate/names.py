"""Names of a tree: making new ones, and replacing them by expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any, TypeVar

from pushforward.dsl import tree
from pushforward.dsl.infer.taint import head, nodes_of

T = TypeVar("T")

#: What stands in a tree for the law of the start of a process that begins as a program draws: `xs[0] ~ start_of(p0)`.
#: Nobody writes it.
START = "start_of"


class Names:
    """The names of the program that is being written."""

    def __init__(self, taken: Iterable[str]) -> None:
        self._taken = set(taken)

    def fresh(self, name: str, label: str = "") -> str:
        """`name` if it is free, else `label_name`, else that with the first number that makes it free."""
        candidates = [name, *([f"{label}_{name}"] if label else [])]
        found = next((c for c in candidates if c not in self._taken), None)
        number = 0
        while found is None:
            number += 1
            if f"{candidates[-1]}_{number}" not in self._taken:
                found = f"{candidates[-1]}_{number}"
        self._taken.add(found)
        return found


def map_children(node: T, change: Callable[[Any], Any]) -> T:
    """The node with every node directly inside it replaced."""

    def part(value: Any) -> Any:
        if isinstance(value, tree.Node):
            return change(value)
        return tuple(part(v) for v in value) if isinstance(value, tuple) else value

    changed = {}
    for f in fields(node):  # type: ignore[arg-type]
        if f.name == "span":
            continue
        old = getattr(node, f.name)
        new = part(old)
        if new is not old:
            changed[f.name] = new
    return replace(node, **changed) if changed else node  # type: ignore[type-var]


def substitute(node: T, meaning: Mapping[str, tree.Expr]) -> T:
    """The tree with free names replaced by expressions; what is called is left alone unless it becomes a name."""

    def change(n: Any) -> Any:
        match n:
            case tree.Name(id=name) if name in meaning:
                return placed(meaning[name], n)
            case tree.Call(function=tree.Name(id=name)) if isinstance(meaning.get(name), tree.Name):
                return map_children(n, change)
            case tree.Call(function=tree.Name() as function):
                changed = map_children(n, change)
                return replace(changed, function=function)
            case tree.Subscript():
                return merged(map_children(n, change))
            case _:
                return map_children(n, change)

    return change(node)  # type: ignore[no-any-return]


def placed(value: tree.Expr, at: tree.Node) -> tree.Expr:
    """A value where a name stood: a name or a number comes from there, a larger expression keeps its origin."""
    return replace(value, span=at.span) if isinstance(value, tree.Name | tree.Number) else value


def merged(node: tree.Subscript) -> tree.Subscript:
    """`x[k][t]` as `x[k, t]` where the first subscripts are plain: what indexing element by element means."""
    inner = node.value
    if isinstance(inner, tree.Subscript) and not any(isinstance(s, tree.Slice) for s in inner.subscripts):
        return replace(node, value=inner.value, subscripts=(*inner.subscripts, *node.subscripts))
    return node


def bound_names(body: tree.Block) -> dict[str, None]:
    """Every name that a body binds: sites, declarations, `let`s, loop indices; in order."""
    found: dict[str, None] = {}
    for node in nodes_of(body):
        match node:
            case tree.Site(target=target):
                found.setdefault(head(target))
            case tree.Declare(name=name) | tree.Let(name=name):
                found.setdefault(name)
            case tree.For(index=name) | tree.Clause(index=name):
                found.setdefault(name)
            case _:
                pass
    return found


def variables_of(body: tree.Block) -> dict[str, None]:
    """The names that a body draws or declares, in order; what a density in an expression scores is none of them."""
    found: dict[str, None] = {}
    for node in _outside_densities(body):
        match node:
            case tree.Site(target=target):
                found.setdefault(head(target))
            case tree.Declare(name=text):
                found.setdefault(text)
            case _:
                pass
    return found


def is_square(type_: tree.TypeExpr | None) -> bool:
    """Whether a type with one size is that of square matrices."""
    return type_ is not None and type_.name in ("cov_matrix", "corr_matrix", "cholesky_cov", "cholesky_corr")


def _outside_densities(node: object) -> Iterator[tree.Node]:
    if isinstance(node, tree.Node) and not isinstance(node, tree.LogDensity):
        yield node
        for f in fields(node):
            if f.name != "span":
                yield from _outside_densities(getattr(node, f.name))
    elif isinstance(node, tuple):
        for item in node:
            yield from _outside_densities(item)


def name(text: str, at: tree.Node) -> tree.Name:
    """A name that stands where `at` stands."""
    return tree.Name(text, span=at.span)


def number(value: int | float, at: tree.Node) -> tree.Number:
    """A number that stands where `at` stands."""
    return tree.Number(value, str(value), span=at.span)
