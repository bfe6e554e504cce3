"""Transforms between constrained values and free coordinates, as steps of the core.

The transforms themselves are functions of the runtime, one file each (`bijectors.positive.positive_constrain`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pushforward.compiler.core import ir
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower.builder import Builder
from pushforward.dsl.free import free_dims
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim

_DISCRETE_HELP = "give it in the data, or sum it out by hand with mixture(...)"
Where = Callable[[tuple[Dim, ...]], ir.Atom]


@dataclass(frozen=True)
class Transform:
    """The transform of a declared type: its name, its arguments after the free value, and the type."""

    name: str
    arguments: tuple[ir.Atom, ...]
    type: Array

    @property
    def free(self) -> tuple[Dim, ...]:
        """The shape of the free coordinates."""
        return free_dims(self.type)

    @property
    def batch(self) -> tuple[Dim, ...]:
        """The dimensions over which a transform of events is repeated; elementwise ones take any shape."""
        match self.type.constraint.kind:
            case "none" | "interval" | "index":
                return ()
            case "stochastic_matrix":
                return self.type.dims[:-1]
            case _:
                return self.type.batch

    @property
    def elementwise(self) -> bool:
        """Whether it works on scalars one by one."""
        return self.type.constraint.event_rank == 0

    def operation(self, function: str, *, elementwise: bool = False) -> ir.Op:
        """`constrain`, `unconstrain` or `log_jacobian` of this transform."""
        name = f"{self.name}_{function}"
        return ir.Op(name, f"bijectors.{self.name}.{name}", elementwise)


def transform_of(type_: Array, lower: ir.Atom | None, upper: ir.Atom | None, name: str, span: Span) -> Transform:
    """The transform for a type whose bounds are the atoms given. Raises `not yet` for a discrete one."""
    kind, plain = type_.constraint.kind, type_
    if type_.element != "real":
        raise not_yet(f"sampling the discrete variable {name}", span, _DISCRETE_HELP)
    if kind == "stochastic_matrix":
        return Transform("simplex", (), plain)
    if kind != "interval":
        return Transform("real" if kind == "none" else kind, (), plain)
    match _finite(lower), _finite(upper):
        case None, None:
            return Transform("real", (), plain)
        case ir.Lit(0.0), None:
            return Transform("positive", (), plain)
        case ir.Lit(0.0), ir.Lit(1.0):
            return Transform("unit", (), plain)
        case low, None if low is not None:
            return Transform("lower", (low,), plain)
        case None, high if high is not None:
            return Transform("upper", (high,), plain)
        case low, high:
            assert low is not None and high is not None
            return Transform("interval", (low, high), plain)


def _finite(bound: ir.Atom | None) -> ir.Atom | None:
    return None if isinstance(bound, ir.Lit) and abs(bound.value) == float("inf") else bound


def constrain(t: Transform, free: ir.Var, out: Builder, span: Span, name: str | None = None) -> ir.Var:
    """Write the constrained value of free coordinates."""
    type_ = t.type.plain()
    if t.name == "real":
        return out.let(type_, ir.Copy(free, span=span), name=name, span=span)
    if not t.batch:
        op = t.operation("constrain", elementwise=t.elementwise)
        return out.let(type_, ir.Call(op, (free, *t.arguments), span=span), name=name, span=span)
    target = name if name is not None else out.fresh("t")
    out.add(ir.Container(target, type_, span=span))
    with out.loops(t.batch, span) as index:
        z = _event(free, t.free, index, out, span)
        event = Array("real", type_.dims[len(t.batch) :])
        x = out.let(event, ir.Call(t.operation("constrain"), (z,), span=span), span=span)
        out.add(ir.Store(target, tuple(ir.At(i) for i in index), x, span=span))
    return ir.Var(target)


def log_jacobians(t: Transform, free: ir.Var, out: Builder, span: Span, use: Callable[[ir.Atom], None]) -> None:
    """Write the log-Jacobian of each event; `use` takes it in the loop where it stands."""
    if t.name == "real":
        return
    if not t.batch:
        jacobian = ir.Call(t.operation("log_jacobian"), (free, *t.arguments), span=span)
        use(out.let(REAL, jacobian, span=span))
        return
    with out.loops(t.batch, span) as index:
        z = _event(free, t.free, index, out, span)
        use(out.let(REAL, ir.Call(t.operation("log_jacobian"), (z,), span=span), span=span))


def unconstrain(t: Transform, value: ir.Var, out: Builder, span: Span, stem: str) -> ir.Var:
    """Write the free coordinates of a constrained value; a repeated event fills a container named like `stem`."""
    if t.name == "real":
        return value
    if not t.batch:
        op = t.operation("unconstrain", elementwise=t.elementwise)
        return out.let(Array("real", t.free), ir.Call(op, (value, *t.arguments), span=span), span=span)
    target = out.fresh(f"{stem}_free")
    out.add(ir.Container(target, Array("real", t.free), span=span))
    with out.loops(t.batch, span) as index:
        x = _event(value, t.type.dims, index, out, span)
        event = Array("real", t.free[len(t.batch) :])
        z = out.let(event, ir.Call(t.operation("unconstrain"), (x,), span=span), span=span)
        out.add(ir.Store(target, tuple(ir.At(i) for i in index), z, span=span))
    return ir.Var(target)


def _event(whole: ir.Var, dims: tuple[Dim, ...], index: tuple[Dim, ...], out: Builder, span: Span) -> ir.Var:
    subs = tuple(ir.At(i) for i in index)
    return out.let(Array("real", dims[len(index) :]), ir.Index(whole, subs, span=span), span=span)
