"""Sizes: static integer expressions as dimensions, dimensions as expressions, and their unification at calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce

from pushforward.dsl.diagnostic import Label
from pushforward.dsl.infer.context import Context
from pushforward.dsl.infer.operations import OPERATIONS
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Apply, Const, Convert, Expr, Ref, Size, Stage
from pushforward.dsl.types import INT, Dim

#: The name of the dimensions of `T[...]`: as many as the argument has.
PACK = "..."


def size_of(ctx: Context, expr: Expr) -> Dim | None:
    """The polynomial that an integer expression is, loop indices counted as names; None if it is none."""
    match expr:
        case Const(value=bool()):
            return None
        case Const(value=int(value)):
            return Dim.const(value)
        case Size(dim=dim):
            return dim
        case Ref(name=name):
            binding = ctx.lets.get(name)
            if binding is not None and binding.kind in ("dimension", "index", "argument", "let"):
                return binding.size
            return None
        case Apply(function=f, arguments=arguments) if f.name in ("add", "subtract", "multiply", "negate"):
            sizes = [size_of(ctx, a) for a in arguments]
            known = [s for s in sizes if s is not None]
            if len(known) < len(sizes):
                return None
            match f.name:
                case "negate":
                    return -known[0]
                case "add":
                    return known[0] + known[1]
                case "subtract":
                    return known[0] - known[1]
                case _:
                    return known[0] * known[1]
        case _:
            return None


def static_size(ctx: Context, expr: Expr) -> Dim | None:
    """The size that a static expression is: loop indices do not occur in it."""
    if expr.stage is not Stage.STATIC:
        return None
    size = size_of(ctx, expr)
    if size is None or size.names & {loop.index for loop in ctx.loops}:
        return None
    return size


def expression_of(dim: Dim, span: Span) -> Expr:
    """The static expression whose value is this dimension."""

    def binary(name: str, left: Expr, right: Expr) -> Expr:
        return Apply(OPERATIONS[name], (left, right), type=INT, stage=Stage.STATIC, span=span)

    def constant(value: int) -> Expr:
        return Const(value, type=INT, stage=Stage.STATIC, span=span)

    total: Expr | None = None
    terms = [(monomial, int(coefficient)) for monomial, coefficient in dim.terms]
    for monomial, coefficient in sorted(terms, key=lambda t: (t[1] < 0, not t[0], t[0])):
        names: list[Expr] = [Ref(n, type=INT, stage=Stage.STATIC, span=span) for n in monomial]
        size = abs(coefficient) if total is not None else coefficient
        factors = ([constant(size)] if size != 1 or not monomial else []) + names
        term = reduce(lambda a, b: binary("multiply", a, b), factors)
        total = term if total is None else binary("subtract" if coefficient < 0 else "add", total, term)
    return constant(0) if total is None else total


def unify(pattern: Dim, actual: Dim, binding: dict[str, Dim]) -> bool | None:
    """Make a dimension of a signature equal to a given one by binding its names; None when too little is bound yet."""
    free = pattern.names - binding.keys()
    if not free:
        return pattern.substitute(binding) == actual
    if len(free) > 1:
        return None
    (name,) = free
    if dict(pattern.terms).get((name,)) != 1 or sum(name in m for m, _ in pattern.terms) != 1:
        return None
    rest = pattern - Dim.name(name)
    binding[name] = actual - rest.substitute(binding)
    return True


def unify_all(pairs: Iterable[tuple[Dim, Dim]], binding: dict[str, Dim]) -> tuple[Dim, Dim] | None:
    """Unify pairs, those that need others last; the first pair that does not agree, or None."""
    waiting = list(pairs)
    while waiting:
        undecided = []
        for pattern, actual in waiting:
            match unify(pattern, actual, binding):
                case False:
                    return pattern, actual
                case None:
                    undecided.append((pattern, actual))
        if len(undecided) == len(waiting):
            return None
        waiting = undecided
    return None


def substitute(dims: Sequence[Dim], binding: Mapping[str, Dim], pack: tuple[Dim, ...] = ()) -> tuple[Dim, ...]:
    """Dimensions of a signature as those of a call; `...` becomes the dimensions `pack`."""
    result: list[Dim] = []
    for dim in dims:
        result.extend(pack if is_pack(dim) and PACK not in binding else (dim.substitute(binding),))
    return tuple(result)


def is_pack(dim: Dim) -> bool:
    """Whether this is the `...` of a signature."""
    return dim == Dim.name(PACK)


def origins(ctx: Context, *dims: Dim) -> tuple[Label, ...]:
    """Labels that tell where the names in these dimensions come from."""
    names = dict.fromkeys(name for dim in dims for name in sorted(dim.names))
    return tuple(Label(ctx.origins[n][0], f"{n} comes from {ctx.origins[n][1]}") for n in names if n in ctx.origins)


def sources(ctx: Context, *operands: tuple[Expr, tuple[Dim, ...]]) -> tuple[Label, ...]:
    """Labels that tell where sizes of operands come from: the declaration of an operand that is a name, else the
    place that introduced the name of the size."""
    labels: list[Label] = []
    for operand, dims in operands:
        bare = unwrapped(operand)
        binding = ctx.lets.get(bare.name) if isinstance(bare, Ref) else None
        if binding is not None and binding.kind in ("argument", "variable") and binding.span.text:
            text = binding.span.text if binding.kind == "argument" else f"{binding.name}: {bare.type}"
            labels.extend(Label(binding.span, f"{d} comes from {text}") for d in dims if d.names)
        else:
            labels.extend(origins(ctx, *dims))
    return tuple(dict.fromkeys(labels))


def unwrapped(expr: Expr) -> Expr:
    """The expression without conversions."""
    while isinstance(expr, Convert):
        expr = expr.value
    return expr
