"""A problem that a single-loop method moves, taken apart: what follows from data, what moves, the lower levels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pushforward.dsl import tree
from pushforward.dsl.errors.bilevel import BatchPlace, LevelShape
from pushforward.dsl.infer.levels import Found, defined, ends, levels, reads, spread
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import names_of, nodes_of


@dataclass(frozen=True)
class Sections:
    """A problem taken apart. `before` follows from data alone; `moving` is the rest without the lower levels."""

    name: str
    params: tuple[tree.Param, ...]
    wish: tree.Optimise
    before: tuple[tree.Statement, ...]
    moving: tuple[tree.Statement, ...]
    below: tuple[Found, ...]
    batches: tuple[tree.Batch, ...]


def taken_apart(
    node: tree.Program, params: list[tree.Param], wish: tree.Optimise, rest: tuple[tree.Statement, ...], method: str,
    report: Report,
) -> Sections | None:  # fmt: skip
    """The sections of a problem; None after a report."""
    below = tuple(levels(rest))
    if not below:
        helps = ("write `let w = argmin u: vector[D] { loss }`", "or solve by `lbfgs()`")
        report.error(LevelShape, wish.span, "there is no lower level to move", helps=helps, name=method)
        return None
    if not all(_fits(level, method, report) for level in below):
        return None
    batches = _batches(rest)
    misplaced = [n for n in nodes_of((*rest, wish)) if is_batch(n) and not any(n is b for b in _placed(rest))]
    if misplaced:
        label = "this is neither after `let name =` nor after `for i in` around a lower level"
        report.error(BatchPlace, misplaced[0].span, label, helps=("write `let rows = batch(N, 32)` before it",))
        return None
    names = frozenset(n for level in below for n in (level.name, *level.names))
    sources = names | {p.name for p in params} | {b.name for b in batches}
    rows = frozenset(s.name for s in rest if isinstance(s, tree.Let) and s.value is not None and is_batch(s.value))
    follow = spread(rest, sources | rows)
    before = tuple(s for s in rest if not defined(s) & follow and not reads(s) & follow)
    moving = tuple(s for s in rest if not any(s is b for b in before))
    sections = Sections(node.name, tuple(params), wish, before, moving, below, batches)
    return sections if all(_apart(level, sections, names, method, report) for level in below) else None


def _fits(level: Found, method: str, report: Report) -> bool:
    hole = level.hole
    wrong = next((c for c in hole.constraints), None) or next((b for b in hole.binders if b.domain is not None), None)
    if wrong is not None:
        report.error(
            LevelShape, wrong.span, "a lower level with constraints or a set", name=method,
            helps=("solve the problem by `lbfgs()`, and this level is solved by itself each time",),
        )  # fmt: skip
        return False
    loop = level.statement
    if isinstance(loop, tree.For) and not _plain(loop, level):
        report.error(
            LevelShape, loop.span, "in a loop around a lower level there are `let`s and the `argmin`, from 0",
            name=method, helps=("write `for i in 0..m { w[i] = argmin u: vector[D] { loss } }`",),
        )  # fmt: skip
        return False
    return True


def _plain(loop: tree.For, level: Found) -> bool:
    """Whether a loop goes from 0 through one lower level, w[i], and `let`s."""
    first = ends(loop)[0]
    assigned = [s.target for s in loop.body.statements if isinstance(s, tree.Assign)]
    whole = len(assigned) == 1 and isinstance(assigned[0], tree.Subscript)
    place = assigned[0].subscripts if whole and isinstance(assigned[0], tree.Subscript) else ()
    index = len(place) == 1 and isinstance(place[0], tree.Name) and place[0].id == loop.index
    lets = all(isinstance(s, tree.Let) and s.value is not None for s in level.beside)
    return index and lets and isinstance(first, tree.Number) and first.value == 0 and len(level.hole.binders) == 1


def _apart(level: Found, at: Sections, names: frozenset[str], method: str, report: Report) -> bool:
    """Whether a lower level stands for itself: neither it nor its start follow from what they must not."""
    own = {level.name, *level.names}
    follow = spread(plainly(at.moving, at), frozenset(names))
    inside = [n for s in (*level.beside, level.hole.body) for n in nodes_of(s)]
    other = next((n for n in inside if isinstance(n, tree.Name) and n.id in follow - own), None)
    if other is not None:
        report.error(
            LevelShape, other.span, "this follows from another lower level", name=method,
            helps=("solve the problem by `lbfgs()`: levels may then stand in one another to any depth",),
        )  # fmt: skip
        return False
    start = level.hole.start
    bad = defined_by(at.moving) | {p.name for p in at.params}
    bad |= {level.statement.index} if isinstance(level.statement, tree.For) else set()
    if start is not None and names_of(start) & bad:
        report.error(LevelShape, start.span, "a start that follows from what moves, or from a loop", name=method)
        return False
    return True


def defined_by(statements: tuple[tree.Statement, ...]) -> set[str]:
    """What statements give values."""
    return {n for s in statements for n in defined(s)}


def is_batch(node: object) -> bool:
    """Whether this is `batch(N, B)`."""
    return isinstance(node, tree.Call) and node.function == tree.Name("batch") and len(node.arguments) == 2


def _placed(rest: tuple[tree.Statement, ...]) -> list[tree.Expr]:
    """The places where a batch may stand."""
    lets = [s.value for s in rest if isinstance(s, tree.Let) and s.value is not None]
    return [*lets, *(level.statement.iterable for level in levels(rest) if isinstance(level.statement, tree.For))]


def _batches(rest: tuple[tree.Statement, ...]) -> tuple[tree.Batch, ...]:
    """The batches: those of one text are one. They get the name of the first `let`, or one of their own."""
    found: list[tree.Batch] = []
    for e in _placed(rest):
        if isinstance(e, tree.Call) and is_batch(e):
            whole, size = (a.value for a in e.arguments)
            if not any((b.whole, b.size) == (whole, size) for b in found):
                found.append(tree.Batch(f"rows_of_batch_{len(found)}", whole, size, span=e.span))
    return tuple(found)


def batch_of(e: tree.Expr, at: Sections) -> tree.Batch | None:
    if not (isinstance(e, tree.Call) and is_batch(e)):
        return None
    return next(b for b in at.batches if (b.whole, b.size) == tuple(a.value for a in e.arguments))


def plainly(statements: tuple[tree.Statement, ...], at: Sections) -> tuple[tree.Statement, ...]:
    """Statements without the lower levels, and each batch under its own name."""
    kept: list[tree.Statement] = []
    containers = {level.name for level in at.below if isinstance(level.statement, tree.For)}
    for s in statements:
        if any(level.statement is s for level in at.below):
            continue
        if isinstance(s, tree.Let) and s.value is not None and (batch := batch_of(s.value, at)) is not None:
            kept.append(replace(s, value=tree.Name(batch.name, span=s.span)))
        elif not (isinstance(s, tree.Let) and s.value is None and s.name in containers):
            kept.append(s)
    return tuple(kept)


def by_field(node: tree.Block, at: Sections) -> tree.Block:
    """A block in which what a level of several unknowns gives, `level.u`, has the name of that unknown."""
    # what expands trees reads the names of this room
    from pushforward.dsl.instantiate.names import map_children

    several = {level.name for level in at.below if len(level.names) > 1}

    def change(part: tree.Node) -> tree.Node:
        match part:
            case tree.Attribute(value=tree.Name(id=name), name=field) if name in several:
                return tree.Name(f"{name}_{field}", span=part.span)
            case _:
                return map_children(part, change)

    return map_children(node, change)
