"""spread: what follows from a choice is computed at each of its points.

    z = points z_at over 3 from 0          map z_at in 0..3 { z = z_at; t = mu[z]; ...; factor t_9 }
    t = mu[z]; ...; factor t_9

The points of a choice lie along an axis of their own. Whatever depends on the choice moves into a map over that axis,
and nothing else does, so that a choice in an independent loop costs the sum of the supports and never the product.
Expects loops that are distributed and costs that are weighed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pushforward.compiler.analyses.influence import Influences
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements, used
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.weigh import influences
from pushforward.dsl.types import Array, Dim

Axes = tuple[str, ...]


def spread(program: ir.Program) -> ir.Program:
    """The program in which every choice with points is a map over them."""
    if not any(c.axis for c in program.choices):
        return program
    spreader = _Spreader(program)
    body = spreader.explicit(program.body)
    pieces = [piece for stmt in body for piece in spreader.pieces(stmt)]
    return replace(program, body=spreader.grouped(pieces))


@dataclass
class _Spreader:
    program: ir.Program

    def __post_init__(self) -> None:
        self.counts: Mapping[str, Dim] = {c.axis: c.count for c in self.program.choices if c.count is not None}
        self.axis_of = {c.name: c.axis for c in self.program.choices if c.axis}
        self.order = tuple(self.counts)
        self.known: Influences = influences(self.program)
        self.known.block(self.program.body)
        self.scopes = self.container_axes()

    def container_axes(self) -> dict[str, Axes]:
        """The axes of each container: those of everything that is stored to it."""
        found: dict[str, set[str]] = {}
        changed = True
        while changed:
            changed = False
            for stmt in statements(self.program.body):
                if isinstance(stmt, ir.Store):
                    axes = set(self.axes_of_names(used(stmt.value) | used(stmt.subs), found))
                    axes |= {self.axis_of[stmt.name]} if stmt.name in self.axis_of else set()
                    if not axes <= found.setdefault(stmt.name, set()):
                        found[stmt.name] |= axes
                        changed = True
                elif isinstance(stmt, ir.Container) and stmt.start is not None:
                    axes = set(self.axes_of_names((stmt.start.name,), found))
                    if not axes <= found.setdefault(stmt.name, set()):
                        found[stmt.name] |= axes
                        changed = True
        return {n: self.sorted(a) for n, a in found.items()}

    def axes_of_names(self, names: Iterable[str], containers: Mapping[str, Iterable[str]]) -> set[str]:
        """The axes along which any of these names varies."""
        axes: set[str] = set()
        for name in names:
            axes |= set(containers.get(name, ()))
            influence = self.known.of(ir.Var(name))
            axes |= {self.axis_of[c] for c in influence if c in self.axis_of}
        return axes

    def sorted(self, axes: Iterable[str]) -> Axes:
        chosen = set(axes)
        return tuple(a for a in self.order if a in chosen)

    def axes(self, stmt: ir.Stmt) -> Axes:
        """The axes along which a simple statement has to be repeated."""
        match stmt:
            case ir.Container(name) | ir.Store(name):
                return self.scopes.get(name, ())
            case ir.Let(name, _, expr):
                found = self.axes_of_names((name, *used(expr)), self.scopes)
                return self.sorted(found)
            case _:
                return self.sorted(self.axes_of_names(used(stmt), self.scopes))

    def pieces(self, stmt: ir.Stmt) -> list[tuple[Axes, ir.Stmt]]:
        """The statement, a loop split into the parts that are repeated along different axes."""
        match stmt:
            case ir.For(body=body, kind="scan"):
                axes = self.sorted(a for s in statements(body) if not isinstance(s, ir.For) for a in self.axes(s))
                return [(axes, stmt)]
            case ir.For(body=body):
                inner = [piece for s in body for piece in self.pieces(s)]
                runs: list[tuple[Axes, list[ir.Stmt]]] = []
                for axes, part in inner:
                    if runs and runs[-1][0] == axes:
                        runs[-1][1].append(part)
                    else:
                        runs.append((axes, [part]))
                return [(axes, replace(stmt, body=tuple(parts))) for axes, parts in runs]
            case _:
                return [(self.axes(stmt), stmt)]

    def grouped(self, pieces: list[tuple[Axes, ir.Stmt]]) -> tuple[ir.Stmt, ...]:
        """The pieces in maps over their axes."""
        result: list[ir.Stmt] = []
        for axes, stmt in pieces:
            for axis in reversed(axes):
                stmt = ir.For(axis, Dim(()), self.counts[axis], (stmt,), "map", span=stmt.span)
            result.append(stmt)
        return tuple(result)

    def explicit(self, body: Iterable[ir.Stmt]) -> tuple[ir.Stmt, ...]:
        """Points as reads along their axis; what they are is stacked before."""
        out = Builder(Fresh(names_of(self.program)))
        self._explicit(body, out)
        return tuple(out.statements)

    def _explicit(self, body: Iterable[ir.Stmt], out: Builder) -> None:
        for stmt in body:
            match stmt:
                case ir.For():
                    with out.block() as inner:
                        self._explicit(stmt.body, out)
                    out.add(replace(stmt, body=tuple(inner)))
                case ir.Let(expr=ir.Points(axis, _, (), lower)):
                    out.add(replace(stmt, expr=ir.Copy(ir.Size(Dim.name(axis) + lower), span=stmt.span)))
                case ir.Let(_, type_, ir.Points(axis, count, items)):
                    stacked = ir.Stack(items, span=stmt.span)
                    whole = out.let(Array(type_.element, (count, *type_.dims)), stacked, span=stmt.span)
                    self.known.names[whole.name] = self.known.of_expr(stacked)
                    out.add(replace(stmt, expr=ir.Index(whole, (ir.At(Dim.name(axis)),), span=stmt.span)))
                case _:
                    out.add(stmt)
