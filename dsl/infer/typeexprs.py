"""Type expressions as types: `real<lower=0>[J]`, `matrix[N, D]`, `simplex[N, K]`, `index[N, J]`.

Dimensions before those of one constrained value make an array of values: `simplex[N, K]` is N simplexes of K and
`index[N, J]` N indices into J things. In arguments and declared variables an unknown name is a new dimension.
"""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.indices import SizeExpression, SizeNotStatic
from pushforward.dsl.errors.kinds import BoundElement, TypeRank
from pushforward.dsl.errors.names import UnknownType
from pushforward.dsl.errors.networks import NetworkPlace
from pushforward.dsl.infer.context import Binding, Context, is_poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.sizes import PACK, size_of, static_size
from pushforward.dsl.networks import kinds
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Const, Expr, Stage
from pushforward.dsl.types import EVENT_RANK, INT, UNCONSTRAINED, Array, Constraint, Dim, Element

_SCALARS: dict[str, tuple[Element, Constraint]] = {
    "real": ("real", UNCONSTRAINED),
    "int": ("int", UNCONSTRAINED),
    "bool": ("bool", UNCONSTRAINED),
    "positive": ("real", Constraint("interval", 0.0, None, open=True)),
    "nonneg": ("real", Constraint("interval", 0.0, None)),
    "unit": ("real", Constraint("interval", 0.0, 1.0)),
}
_RANKS = {"vector": 1, "matrix": 2}
_SQUARE = frozenset({"cholesky_corr", "corr_matrix", "cov_matrix", "cholesky_cov"})
_STRUCTURED = frozenset(k for k, rank in EVENT_RANK.items() if rank)
_FUTURE = {"model", "process", "field", "interpolant", "objective", "problem"}

TYPE_NAMES = (*_SCALARS, *_RANKS, *sorted(_STRUCTURED), "index", "index1")


def array_type(ctx: Context, written: tree.TypeExpr) -> Array | None:
    """The type that was written, or None after reporting why there is none."""
    name = written.name
    if name in kinds():
        ctx.report.error(
            NetworkPlace, written.span, "this is a network", wrong="is a parameter of a program",
            helps=(f"write `param f: {written.span.text}`",),
        )  # fmt: skip
        return None
    if name in _FUTURE:
        ctx.later(f"the type `{name}`", written.span, "programs, fields and networks as arguments are coming")
        return None
    if name not in TYPE_NAMES or written.arguments:
        near = nearest(name, TYPE_NAMES)
        known = "the types are " + ", ".join(TYPE_NAMES[:8]) + ", ..."
        if written.arguments:
            near, known = nearest(name, kinds(), cutoff=0.6), f"the networks are {', '.join(kinds())}"
        helps = (f"did you mean `{near}`?",) if near else (known,)
        ctx.report.error(UnknownType, written.span, "not a type of the language", helps=helps, name=name)
        return None
    if written.any_rank:
        dims: tuple[Dim, ...] | None = (Dim.name(PACK),)
    else:
        dims = dimensions(ctx, written.dims)
    constraint = _bounds(ctx, written)
    if dims is None or constraint is None:
        return None
    if name in _SCALARS:
        element, own = _SCALARS[name]
        return Array(element, dims, own if constraint.kind == "none" else constraint)
    if name in ("index", "index1"):
        if not dims:
            _wrong_rank(ctx, written, "its size: `index[N]`")
            return None
        return Array("int", dims[:-1], Constraint("index", size=dims[-1], base=int(name == "index1")))
    if name in _RANKS:
        if len(dims) < _RANKS[name]:
            _wrong_rank(ctx, written, "`vector[N]`" if name == "vector" else "`matrix[M, N]`")
            return None
        return Array("real", dims, constraint)
    needed = 1 if name in _SQUARE else EVENT_RANK[name]
    if len(dims) < needed:
        _wrong_rank(ctx, written, f"`{name}[{'K' if needed == 1 else 'M, K'}]`")
        return None
    return Array("real", (*dims, dims[-1]) if name in _SQUARE else dims, Constraint(name))


def _wrong_rank(ctx: Context, written: tree.TypeExpr, form: str) -> None:
    ctx.report.error(TypeRank, written.span, f"write {form}", name=written.name)


def dimensions(ctx: Context, written: tuple[tree.Expr, ...]) -> tuple[Dim, ...] | None:
    """Sizes between brackets; names that nothing binds become dimensions where that is allowed."""
    result = []
    for expr in written:
        if ctx.binds_dims:
            bind_names(ctx, expr)
        size = dimension(ctx, expr)
        if size is None:
            return None
        result.append(size)
    return tuple(result)


def bind_names(ctx: Context, expr: tree.Expr) -> None:
    """Make dimensions of the unknown names in a size."""
    match expr:
        case tree.Name(id=name):
            if ctx.lookup(name) is None:
                bind_dimension(ctx, name, expr.span)
        case tree.Binary(left=left, right=right):
            bind_names(ctx, left)
            bind_names(ctx, right)
        case _:
            pass


def bind_dimension(ctx: Context, name: str, span: Span, text: str = "") -> None:
    """A new dimension of the program."""
    unique = ctx.fresh(name)
    ctx.define(Binding(name, unique, "dimension", INT, Stage.STATIC, span, size=Dim.name(unique)), outermost=True)
    ctx.dims.append(unique)
    ctx.origins[unique] = (span, text or "here")


def dimension(ctx: Context, written: tree.Expr) -> Dim | None:
    """One size: names, whole numbers, + - and *."""
    expr = expression(ctx, written)
    if is_poison(expr):
        return None
    size = static_size(ctx, expr)
    if size is not None:
        ctx.needs_static |= size.names
        ctx.dims.extend(name for name in sorted(size.names) if name not in ctx.dims)
        if size.value is not None and size.value < 0:
            ctx.report.error(SizeExpression, written.span, "a size cannot be negative")
            return None
        return size
    if expr.stage is Stage.STATIC and size_of(ctx, expr) is None:
        ctx.report.error(
            SizeExpression, written.span, "this is not such an expression",
            helps=("make it an argument of its own: `M: int`",),
        )  # fmt: skip
    else:
        ctx.report.error(SizeNotStatic, written.span, "this is only known when the program runs", what="a size")
    return None


def _bounds(ctx: Context, written: tree.TypeExpr) -> Constraint | None:
    if not written.bounds:
        return UNCONSTRAINED
    if written.name not in ("real", "int", "vector", "matrix"):
        ctx.report.error(BoundElement, written.bounds[0].span, f"`{written.name}` has its own", name=written.name)
        return None
    ends: dict[str, Expr | float] = {}
    for bound in written.bounds:
        value = expression(ctx, bound.value)
        if is_poison(value):
            return None
        if not isinstance(value.type, Array) or value.type.element == "bool":
            ctx.report.error(BoundElement, bound.value.span, f"this is {value.type}", name=written.name)
            return None
        if written.name != "int":
            value = converted(value, "real")
        constant = isinstance(value, Const) and not isinstance(value.value, str)
        ends[bound.side] = float(value.value) if constant else value  # type: ignore[union-attr, arg-type]
    return Constraint("interval", ends.get("lower"), ends.get("upper"))
