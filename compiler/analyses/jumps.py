"""Jumps: where a value that follows from a choice changes by a step.

A pathwise derivative sees the slope of what follows from a draw and not its jumps: through a comparison, a rounding, an
index or a branch the derivative of the expectation is lost without a word. Expects densities that are not spelled out
yet: the guards of a support are no jumps of the model's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import bound, used
from pushforward.dsl.source import Span

#: Operations whose values move by steps.
STEPS = frozenset(
    [
        "jnp.less",
        "jnp.less_equal",
        "jnp.greater",
        "jnp.greater_equal",
        "jnp.equal",
        "jnp.not_equal",
        "jnp.floor",
        "jnp.ceil",
        "jnp.round",
        "jnp.rint",
        "jnp.trunc",
        "jnp.sign",
        "jnp.mod",
        "jnp.fmod",
        "jnp.heaviside",
        "jnp.argmax",
        "jnp.argmin",
        "jnp.argsort",
        "jnp.searchsorted",
        "jnp.arctan2",
        "jnp.logical_not",
        "jnp.isnan",
        "jnp.isinf",
        "rt.mirror.vertex_box",
        "rt.transport.assignment",
        "rt.transport.vertex_birkhoff",
        "rt.mirror.vertex_l1_ball",
        "rt.mirror.vertex_simplex",
        "rt.elementary.step",
        "rt.elementary.int_step",
        "rt.elementary.to_int",
        "rt.elementary.round_half_away",
        "rt.arrays.sort_indices_desc",
        "rt.arrays.ranks",
        "rt.arrays.rank_of",
    ]
)


@dataclass(frozen=True)
class Jump:
    """A jump that a variable reaches: the steps from the one to the other, as places with what is there."""

    variable: str
    path: tuple[tuple[Span, str], ...]


def jumps(
    program: ir.Program, variables: Iterable[str], stopped: frozenset[str] = frozenset(), *, indices: bool = False
) -> dict[str, Jump]:
    """The first jump that each of the variables reaches, for those that reach one; with `indices` the first index.

    A derivative goes no further than a choice that does not follow its parameters: a discrete one, and those in
    `stopped`.
    """
    found: dict[str, Jump] = {}
    for variable in variables:
        path = _first(program, variable, stopped, indices)
        if path is not None:
            found[variable] = Jump(variable, path)
    return found


def _first(
    program: ir.Program, variable: str, stopped: frozenset[str], indices: bool
) -> tuple[tuple[Span, str], ...] | None:
    reached: dict[str, tuple[tuple[Span, str], ...]] = {variable: ()}
    for _ in range(2):  # a recursion reads what later statements store
        for stmt, guards in _flat(program.body, ()):
            names = used(stmt) | {n for g in guards for n in used(g)}
            via = next((n for n in sorted(names) if n in reached), None)
            if via is None:
                continue
            path = reached[via]
            what = _step(stmt, reached)
            if what is not None and (not indices or what == "an index"):
                return (*path, (stmt.span, what))
            if isinstance(stmt, ir.Site) and (stmt.address in stopped or _discrete(stmt.law)):
                continue
            guard = next((g for g in guards if used(g) & reached.keys()), None)
            if guard is not None and not indices:
                return (*path, (stmt.span, "a branch that depends on it"))
            for name in bound(stmt) - {variable}:
                reached.setdefault(name, _longer(path, stmt, name))
    return None


def _discrete(law: ir.AnyLaw) -> bool:
    laws = law.components if isinstance(law, ir.MixtureLaw) else (law,)
    return any(each.signature.discrete for each in laws)


def _longer(path: tuple[tuple[Span, str], ...], stmt: ir.Stmt, name: str) -> tuple[tuple[Span, str], ...]:
    named = not name.startswith("t_") and name != "t"
    return (*path, (stmt.span, f"{name} depends on it")) if named and isinstance(stmt, ir.Let) else path


def _flat(body: Iterable[ir.Stmt], guards: tuple[ir.Atom, ...]) -> Iterator[tuple[ir.Stmt, tuple[ir.Atom, ...]]]:
    for stmt in body:
        match stmt:
            case ir.For() | ir.Total():
                yield from _flat(stmt.body, guards)
            case ir.If(condition, then, orelse):
                yield from _flat((*then, *orelse), (*guards, condition))
            case _:
                yield stmt, guards


def _step(stmt: ir.Stmt, reached: dict[str, tuple[tuple[Span, str], ...]]) -> str | None:
    """What makes a statement jump, in words."""
    if not isinstance(stmt, ir.Let):
        return None
    match stmt.expr:
        case ir.Call(op) if op.target in STEPS and used(stmt.expr) & reached.keys():
            return "a comparison" if op.target.split(".")[-1] in _COMPARISONS else f"`{op.name}`"
        case ir.Index(_, subs) if used(subs) & reached.keys():
            return "an index"
        case ir.Select(condition) if used(condition) & reached.keys():
            return "a choice between two values"
        case _:
            return None


_COMPARISONS = frozenset(("less", "less_equal", "greater", "greater_equal", "equal", "not_equal"))
