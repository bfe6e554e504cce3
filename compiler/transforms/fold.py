"""fold: arithmetic of literals, arithmetic that does nothing, and reads of what was just stored.

t_1 = multiply(2.0, 3.14)     t_3 = add(x, 1.8378)
t_2 = log(t_1)
t_3 = add(x, t_2)
t_4 = subtract(y, 0.0)        (y)
h_1 = h with [1:T] = v
t_5 = h_1[1:T]                (v)
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import rename
from pushforward.dsl.types import Dim

_FOLDS: Mapping[str, Callable[..., float]] = {
    "jnp.add": lambda a, b: a + b,
    "jnp.subtract": lambda a, b: a - b,
    "jnp.multiply": lambda a, b: a * b,
    "jnp.divide": lambda a, b: a / b,
    "jnp.negative": lambda a: -a,
    "jnp.power": lambda a, b: a**b,
    "jnp.log": math.log,
    "jnp.exp": math.exp,
    "jnp.sqrt": math.sqrt,
    "jnp.square": lambda a: a * a,
    "jsp.special.gammaln": math.lgamma,
}


def fold(program: ir.Program) -> ir.Program:
    """The program (array core) with literal arithmetic done."""
    types = {i.name: i.type.rank for i in program.inputs if i.type.element == "real"}
    return replace(program, body=_block(program.body, {}, types, {}))


Updates = dict[str, ir.Update]


def _block(
    body: tuple[ir.Stmt, ...], known: dict[str, ir.Atom], ranks: dict[str, int], updates: Updates
) -> tuple[ir.Stmt, ...]:  # fmt: skip
    kept: list[ir.Stmt] = []
    permutes: dict[str, ir.Permute] = {}
    for stmt in body:
        stmt = rename(stmt, known) if known else stmt
        match stmt:
            case ir.Let(name, type_, expr):
                if type_.element == "real":
                    ranks[name] = type_.rank
                if isinstance(expr, ir.Update):
                    updates[name] = expr
                if isinstance(expr, ir.Permute):
                    expr = _once(expr, permutes)
                    stmt = replace(stmt, expr=expr)
                    permutes[name] = expr
                if isinstance(expr, ir.Index):
                    expr = _before_updates(expr, updates)
                    stmt = replace(stmt, expr=expr)
                if isinstance(expr, ir.Index) and (stored := _stored(expr, updates, ranks, type_.rank)) is not None:
                    known[name] = stored
                    continue
                atom = _folded(expr, ranks, type_.rank)
                if atom is not None:
                    known[name] = atom
                else:
                    kept.append(stmt)
            case ir.Scan():
                ranks.update({s.name: s.type.rank for s in stmt.slots} | {f.name: f.type.rank for f in stmt.feeds})
                ranks.update({e.name: e.type.rank + 1 for e in stmt.emits})
                ranks.update({s.final: s.type.rank for s in stmt.slots if s.final is not None})
                inner = _block(stmt.body, known, ranks, updates)
                updated = tuple(replace(s, updated=rename(s.updated, known)) for s in stmt.slots)
                emits = tuple(replace(e, value=rename(e.value, known)) for e in stmt.emits)
                kept.append(replace(stmt, body=inner, slots=updated, emits=emits))
            case _:
                kept.append(stmt)
    return tuple(kept)


def _folded(expr: ir.Expr, ranks: Mapping[str, int], rank: int) -> ir.Atom | None:
    match expr:
        case ir.Copy(ir.Var() as atom):
            return atom
        case ir.Permute(atom, order) if order == tuple(range(len(order))):
            return atom
        case ir.Call(op, arguments) if not expr.mapped and expr.axis is None:
            numbers = [_number(a) for a in arguments]
            if all(n is not None for n in numbers) and op.target in _FOLDS:
                return _evaluated(_FOLDS[op.target], numbers)
            return _identity(op.target, arguments, ranks, rank)
        case _:
            return None


def _once(expr: ir.Permute, permutes: Mapping[str, ir.Permute]) -> ir.Permute:
    """A permutation of a permutation as one."""
    inner = permutes.get(expr.atom.name) if isinstance(expr.atom, ir.Var) else None
    if inner is None:
        return expr
    return replace(expr, atom=inner.atom, order=tuple(inner.order[i] for i in expr.order))


def _stored(index: ir.Index, updates: Updates, ranks: Mapping[str, int], rank: int) -> ir.Atom | None:
    """What was stored in exactly the region that is read."""
    update = updates.get(index.base.name)
    if update is None or any(isinstance(s, ir.Pick) for s in (*update.subs, *index.subs)):
        return None
    padded = (*index.subs, *update.subs[len(index.subs) :])
    trailing = update.subs[len(index.subs) :]
    whole = all(isinstance(s, ir.Range) and not s.lower.terms for s in trailing)
    if padded != update.subs or not whole:
        return None
    value = update.value
    own = ranks.get(value.name, -1) if isinstance(value, ir.Var) else 0
    return value if own == rank else None


def _before_updates(index: ir.Index, updates: Updates) -> ir.Index:
    """The same read of the container as it was before updates of other places."""
    while (update := updates.get(index.base.name)) is not None and _apart(index.subs, update.subs):
        index = replace(index, base=update.base)
    return index


def _apart(a: tuple[ir.Sub, ...], b: tuple[ir.Sub, ...]) -> bool:
    """Whether two regions certainly have no element in common."""
    for s, t in zip(a, b, strict=False):
        one, other = _interval(s), _interval(t)
        if one is not None and other is not None:
            gaps = ((other[0] - one[1]).value, (one[0] - other[1]).value)
            if any(g is not None and g >= 0 for g in gaps):
                return True
    return False


def _interval(sub: ir.Sub) -> tuple[Dim, Dim] | None:
    match sub:
        case ir.At(d):
            return d, d + Dim.const(1)
        case ir.Range(lower, upper):
            return lower, upper
        case _:
            return None


def _number(atom: ir.Atom) -> float | None:
    match atom:
        case ir.Lit(value) if not isinstance(value, bool):
            return float(value)
        case ir.Size(d) if d.value is not None:
            return float(d.value)
        case _:
            return None


def _evaluated(function: Callable[..., float], numbers: list[float | None]) -> ir.Atom | None:
    try:
        value = function(*numbers)
    except (ValueError, OverflowError, ZeroDivisionError):
        return None
    # adding 0.0 turns -0.0 into 0.0
    return ir.Lit(float(value) + 0.0) if isinstance(value, float) and math.isfinite(value) else None


def _identity(target: str, arguments: tuple[ir.Atom, ...], ranks: Mapping[str, int], rank: int) -> ir.Atom | None:
    """`x + 0`, `x - 0`, `1 * x`, `x / 1`, `-(-x)` of the same shape."""
    match target, arguments:
        case (("jnp.add" | "jnp.subtract"), (ir.Var() as x, zero)) if _number(zero) == 0:
            same = x
        case "jnp.add", (zero, ir.Var() as x) if _number(zero) == 0:
            same = x
        case (("jnp.multiply" | "jnp.divide"), (ir.Var() as x, ir.Lit(1.0))):
            same = x
        case "jnp.multiply", (one, ir.Var() as x) if _number(one) == 1:
            same = x
        case _:
            return None
    return same if ranks.get(same.name) == rank else None
