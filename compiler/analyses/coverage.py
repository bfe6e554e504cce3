"""Which elements of a variable have a site."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pushforward.compiler.analyses.dependence import linear
from pushforward.compiler.core import ir
from pushforward.dsl.types import Dim

Box = tuple[tuple[Dim, Dim], ...]  # lower and upper of every dimension


def uncovered(program: ir.Program, name: str, dims: tuple[Dim, ...]) -> ir.Site | None:
    """A site of the variable if its sites do not certainly cover all elements, else None. Sites chosen by
    index lists count as covering.
    """
    found = list(_sites(program.body, (), name))
    boxes = [_box(site, loops, dims) for site, loops in found]
    if not found or any(b is None for b in boxes):
        return None
    return None if _covers([b for b in boxes if b is not None], dims) else found[0][0]


def _sites(
    body: Iterable[ir.Stmt], loops: tuple[ir.For, ...], name: str
) -> Iterator[tuple[ir.Site, tuple[ir.For, ...]]]:
    for stmt in body:
        match stmt:
            case ir.Site(address) if address == name:
                yield stmt, loops
            case ir.For():
                yield from _sites(stmt.body, (*loops, stmt), name)
            case ir.If():
                yield from _sites((*stmt.then, *stmt.orelse), loops, name)
            case _:
                pass


def _box(site: ir.Site, loops: tuple[ir.For, ...], dims: tuple[Dim, ...]) -> Box | None:
    box = []
    for position, dim in enumerate(dims):
        sub = site.subs[position] if position < len(site.subs) else ir.Range(Dim(()), dim)
        match sub:
            case ir.Pick():
                return None
            case ir.Range(lower, upper) if any(loop.index in lower.names | upper.names for loop in loops):
                return None
            case ir.Range(lower, upper):
                box.append((lower, upper))
            case ir.At(d):
                ends = _ends(d, loops)
                if ends is None:
                    return None
                box.append(ends)
    return tuple(box)


def _ends(d: Dim, loops: tuple[ir.For, ...]) -> tuple[Dim, Dim] | None:
    moving = [loop for loop in loops if loop.index in d.names]
    if not moving:
        return d, d + Dim.const(1)
    parts = linear(d, moving[0].index)
    if len(moving) > 1 or parts is None or parts[0] != 1:
        return None
    return moving[0].lower + parts[1], moving[0].upper + parts[1]


def _covers(boxes: list[Box], dims: tuple[Dim, ...]) -> bool:
    """Whether boxes cover the array: along the first dimension, neighbouring intervals each of which covers
    the rest.
    """
    if not dims:
        return True
    reached, rest = Dim(()), dims[1:]
    while reached != dims[0]:
        here = [b for b in boxes if b[0][0] == reached]
        for end in {b[0][1] for b in here}:
            if _covers([b[1:] for b in here if b[0][1] == end], rest):
                reached = end
                break
        else:
            return False
    return True
