"""predicate: statements under a condition become arithmetic under a condition.

    if c { h[t] = a; factor u }             h[t] = where(c, a, b)
    else { h[t] = b }                       factor where(c, u, 0)

Both sides are computed. A store that has no partner in the other branch keeps the element as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, used
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.dsl.types import BOOL, REAL, Array


def predicate(program: ir.Program) -> ir.Program:
    """The program without `If`."""
    out = Builder(Fresh(names_of(program)))
    types = types_of(program)
    branches(program.body, out, types)
    return replace(program, body=tuple(out.statements))


def types_of(program: ir.Program) -> dict[str, Array]:
    """The types of what a program defines."""
    from pushforward.compiler.core.walk import statements

    return {s.name: s.type for s in statements(program.body) if isinstance(s, (ir.Let, ir.Container, ir.Declare))}


def branches(body: Iterable[ir.Stmt], out: Builder, types: dict[str, Array]) -> None:
    """Write statements without `If`."""
    for stmt in body:
        match stmt:
            case ir.If(condition, then, orelse):
                then, orelse = _pair_stores(condition, then, orelse, out, types)
                _branch(condition, then, out, types)
                if orelse:
                    negated = out.let(BOOL, ir.Call(ops.NOT, (condition,), span=stmt.span), span=stmt.span)
                    _branch(negated, orelse, out, types)
            case ir.For() | ir.Total():
                with out.block() as inner:
                    branches(stmt.body, out, types)
                out.add(replace(stmt, body=tuple(inner)))
            case _:
                out.add(stmt)


def _pair_stores(
    condition: ir.Atom,
    then: tuple[ir.Stmt, ...],
    orelse: tuple[ir.Stmt, ...],
    out: Builder,
    types: dict[str, Array],
) -> tuple[tuple[ir.Stmt, ...], tuple[ir.Stmt, ...]]:
    """Stores to one place in both branches become one store after both; what is left of the branches comes
    back.
    """
    then, orelse = _forwarded(then), _forwarded(orelse)
    partners = {(s.name, s.subs): s for s in orelse if isinstance(s, ir.Store)}
    pairs = [
        (s, partners[s.name, s.subs])
        for s in then
        if isinstance(s, ir.Store) and (s.name, s.subs) in partners and not _read_later(s, then)
    ]
    pairs = [pair for pair in pairs if not _read_later(pair[1], orelse)]
    if not pairs:
        return then, orelse
    paired = {id(s) for pair in pairs for s in pair}
    _branch(condition, tuple(s for s in then if id(s) not in paired), out, types)
    rest = tuple(s for s in orelse if id(s) not in paired)
    if rest:
        negated = out.let(BOOL, ir.Call(ops.NOT, (condition,)))
        _branch(negated, rest, out, types)
    for yes, no in pairs:
        chosen = ir.Select(condition, yes.value, no.value, span=yes.span)
        value = out.let(_stored(types[yes.name], yes.subs), chosen, span=yes.span)
        out.add(replace(yes, value=value))
    return (), ()


def _forwarded(branch: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...]:
    """The branch with reads of an element that it has just stored as copies of what was stored."""
    stored: dict[tuple[str, tuple[ir.Sub, ...]], ir.Atom] = {}
    result: list[ir.Stmt] = []
    for stmt in branch:
        match stmt:
            case ir.Store(name, subs, value):
                stored[name, subs] = value
            case ir.Let(_, _, ir.Index(base, subs)) if (base.name, subs) in stored:
                stmt = replace(stmt, expr=ir.Copy(stored[base.name, subs], span=stmt.span))
            case _:
                pass
        result.append(stmt)
    return tuple(result)


def _read_later(store: ir.Store, branch: tuple[ir.Stmt, ...]) -> bool:
    """Whether a later statement of the branch reads the container: then the store has to stay where it is."""
    at = next(i for i, s in enumerate(branch) if s is store)
    return any(store.name in used(s) for s in branch[at + 1 :])


def _branch(condition: ir.Atom, body: Iterable[ir.Stmt], out: Builder, types: dict[str, Array]) -> None:
    for stmt in body:
        match stmt:
            case ir.Factor(value):
                chosen = ir.Select(condition, value, ir.Lit(0.0), span=stmt.span)
                out.add(replace(stmt, value=out.let(REAL, chosen, span=stmt.span)))
            case ir.Store(name, subs, value):
                type_ = _stored(types[name], subs)
                before = out.let(type_, ir.Index(ir.Var(name), subs, span=stmt.span), span=stmt.span)
                chosen = ir.Select(condition, value, before, span=stmt.span)
                out.add(replace(stmt, value=out.let(type_, chosen, span=stmt.span)))
            case ir.For():
                with out.block() as inner:
                    _branch(condition, stmt.body, out, types)
                out.add(replace(stmt, body=tuple(inner)))
            case ir.If(nested, then, orelse):
                both = out.let(BOOL, ir.Call(ops.AND, (condition, nested), span=stmt.span), span=stmt.span)
                negated = out.let(BOOL, ir.Call(ops.NOT, (nested,), span=stmt.span), span=stmt.span)
                other = out.let(BOOL, ir.Call(ops.AND, (condition, negated), span=stmt.span), span=stmt.span)
                _branch(both, then, out, types)
                _branch(other, orelse, out, types)
            case _:
                out.add(stmt)


def _stored(type_: Array, subs: tuple[ir.Sub, ...]) -> Array:
    """The type of the region that subscripts name."""
    kept = tuple(s.upper - s.lower for s in subs if isinstance(s, ir.Range))
    return Array(type_.element, (*kept, *type_.dims[len(subs) :]))
