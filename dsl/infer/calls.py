"""Calls: which declaration of a name fits the arguments, what its dimensions become, what the call gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pushforward.dsl.errors.indices import SizeNotStatic
from pushforward.dsl.errors.kinds import ArgumentType, NoOverload
from pushforward.dsl.errors.names import ArgumentCount, ArgumentName
from pushforward.dsl.errors.shapes import ArgumentShape
from pushforward.dsl.infer.context import Context, FunctionEntry, is_poison, joined, poison
from pushforward.dsl.infer.domains import within_domain
from pushforward.dsl.infer.intervals import called
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.sizes import (
    expression_of,
    is_pack,
    origins,
    static_size,
    substitute,
    unify,
    unify_all,
)
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Apply, Expr, FormalParameter, Signature, Stage
from pushforward.dsl.types import UNCONSTRAINED, Array, Constraint, Dim, Network, Record, Type

_PROMOTES = {"bool": ("bool", "int", "real"), "int": ("int", "real"), "real": ("real",)}


@dataclass(frozen=True)
class Given:
    """An argument as it was given: its name if it has one, its value, its place."""

    name: str | None
    value: Expr
    span: Span


@dataclass(frozen=True)
class Misfit:
    """Why a declaration does not fit: at which argument, and the dimensions that disagree if they are the reason."""

    position: int
    text: str
    dims: tuple[Dim, ...] = ()
    needs_static: bool = False


@dataclass(frozen=True)
class Fit:
    """How a declaration fits: its dimensions bound, the dimensions of `...`, the shape over which it is lifted."""

    dims: dict[str, Dim]
    pack: tuple[Dim, ...] | None
    shape: tuple[Dim, ...]


def form(signature: Signature) -> str:
    """A declaration as it is shown: `dot(v: vector[N], w: vector[N])`."""
    return f"{signature.name}({', '.join(f'{p.name}: {p.type}' for p in signature.parameters)})"


def placed(
    ctx: Context,
    callee: str,
    parameters: Sequence[FormalParameter],
    defaults: Sequence[Expr | None],
    given: Sequence[Given],
    span: Span,
    report: bool = True,
) -> tuple[Expr, ...] | None:
    """The arguments in the order of the parameters, names and defaults resolved; None after a report."""
    slots: list[Expr | None] = [None] * len(parameters)
    names = [p.name for p in parameters]
    for position, argument in enumerate(given):
        if argument.name is None:
            where = position
        elif argument.name in names and slots[names.index(argument.name)] is None:
            where = names.index(argument.name)
        else:
            if report:
                near = nearest(argument.name, names)
                helps = (f"did you mean `{near}`?",) if near else ()
                label = "given twice" if argument.name in names else "no parameter has this name"
                notes = (f"its parameters are {', '.join(names)}",) if names else ()
                ctx.report.error(
                    ArgumentName, argument.span, label, notes=notes, helps=helps, callee=callee, name=argument.name
                )
            return None
        if where < len(slots):
            slots[where] = argument.value
    slots = [d if s is None else s for s, d in zip(slots, defaults, strict=True)]
    filled = tuple(s for s in slots if s is not None)
    if len(given) > len(parameters) or len(filled) < len(parameters):
        if report:
            _wrong_count(
                ctx, callee, names, len(given), [n for n, s in zip(names, slots, strict=True) if s is None], span
            )
        return None
    return filled


def _wrong_count(ctx: Context, callee: str, names: list[str], count: int, missing: list[str], span: Span) -> None:
    label = f"missing: {', '.join(missing)}" if missing else f"{count} arguments"
    ctx.report.error(
        ArgumentCount, span, label, notes=(f"it is `{callee}({', '.join(names)})`",), callee=callee,
        wanted=f"{len(names)} argument{'' if len(names) == 1 else 's'}", count=count,
    )  # fmt: skip


def call(ctx: Context, entries: tuple[FunctionEntry, ...], given: tuple[Given, ...], span: Span) -> Expr:
    """The call of the first declaration that fits."""
    name = entries[0].signature.name
    if is_poison(*(g.value for g in given)):
        return poison(span)
    misfits: list[tuple[FunctionEntry, tuple[Expr, ...], Misfit]] = []
    only = len(entries) == 1
    for entry in entries:
        arguments = placed(ctx, name, entry.signature.parameters, entry.defaults, given, span, report=only)
        if arguments is None:
            continue
        found = fit(ctx, entry, arguments)
        if isinstance(found, Fit):
            return applied(ctx, entry, arguments, found, span)
        misfits.append((entry, arguments, found))
    if not misfits:
        if not only:
            placed(ctx, name, entries[-1].signature.parameters, entries[-1].defaults, given, span)
        return poison(span)
    near = misfits if only else [m for m in misfits if m[2].dims or m[2].needs_static]
    if len(near) == 1:
        return _misfit(ctx, *near[0], span)
    shown = ", ".join(str(g.value.type) for g in given)
    forms = tuple(f"there is `{form(e.signature)}`" for e in entries[:6])
    ctx.report.error(NoOverload, span, f"called with ({shown})", notes=forms, callee=name)
    return poison(span)


def _misfit(ctx: Context, entry: FunctionEntry, arguments: tuple[Expr, ...], misfit: Misfit, span: Span) -> Expr:
    argument = arguments[misfit.position]
    parameter = entry.signature.parameters[misfit.position]
    if misfit.needs_static:
        what = f"the argument `{parameter.name}` of `{entry.signature.name}`"
        ctx.report.error(SizeNotStatic, argument.span, misfit.text, what=what)
        return poison(span)
    ctx.report.error(
        ArgumentShape if misfit.dims else ArgumentType, argument.span, misfit.text,
        secondary=origins(ctx, *misfit.dims), notes=(f"it is `{form(entry.signature)}`",),
        callee=entry.signature.name, parameter=parameter.name, found=argument.type, wanted=parameter.type,
    )  # fmt: skip
    return poison(span)


def fit(ctx: Context, entry: FunctionEntry, arguments: tuple[Expr, ...]) -> Fit | Misfit:
    """Whether arguments fit a declaration."""
    signature = entry.signature
    shape: tuple[Dim, ...] = ()
    pack: tuple[Dim, ...] | None = None
    pairs: list[tuple[Dim, Dim]] = []
    owners: list[int] = []
    for i, (parameter, argument) in enumerate(zip(signature.parameters, arguments, strict=True)):
        wanted, found = parameter.type, argument.type
        if isinstance(wanted, Network) and isinstance(found, Network) and wanted.kind == found.kind:
            known = tuple(zip(ends_of(wanted), ends_of(found), strict=True))
            pairs.extend(known)
            owners.extend([i] * len(known))
            continue
        if not isinstance(wanted, Array) or not isinstance(found, Array):
            if wanted == found:
                continue
            return Misfit(i, f"this is {found}, not {wanted}")
        if wanted.element not in _PROMOTES[found.element]:
            return Misfit(i, f"this is {found}, `{parameter.name}` is {wanted}")
        if signature.elementwise:
            if found.rank and shape and found.dims != shape:
                return Misfit(i, f"this is {found}, another argument {Array('real', shape)}", (*found.dims, *shape))
            shape = found.dims or shape
        elif any(map(is_pack, wanted.dims)):
            if pack is not None and pack != found.dims:
                return Misfit(i, f"this is {found}", (*found.dims, *pack))
            pack = found.dims
        elif wanted.rank != found.rank:
            return Misfit(i, f"this is {found}, `{parameter.name}` is {wanted}")
        else:
            pairs.extend(zip(wanted.dims, found.dims, strict=True))
            owners.extend([i] * found.rank)
    return _sizes(ctx, entry, arguments, pairs, owners, pack, shape)


def ends_of(network: Network) -> tuple[Dim, ...]:
    """The sizes by which a network is told apart: a function calls it, whatever its hidden layers are."""
    return tuple(value for _, value in network.settings if isinstance(value, Dim))


def _sizes(
    ctx: Context,
    entry: FunctionEntry,
    arguments: tuple[Expr, ...],
    pairs: list[tuple[Dim, Dim]],
    owners: list[int],
    pack: tuple[Dim, ...] | None,
    shape: tuple[Dim, ...],
) -> Fit | Misfit:
    signature = entry.signature
    binding: dict[str, Dim] = {}
    for i, parameter in enumerate(signature.parameters):
        if parameter.name not in entry.static:
            continue
        size = static_size(ctx, arguments[i])
        if size is None:
            return Misfit(i, "this is only known when the program runs", needs_static=True)
        ctx.needs_static |= size.names
        binding[parameter.name] = size
    wrong = unify_all(pairs, binding)
    if wrong is not None:
        pattern, actual = wrong
        i = owners[pairs.index(wrong)]
        expected = pattern.substitute(binding)
        return Misfit(i, f"this has {actual} where `{pattern}` is already {expected}", (actual, expected))
    _bind_index_sizes(signature, arguments, binding)
    return Fit(binding, pack, shape)


def _bind_index_sizes(signature: Signature, arguments: tuple[Expr, ...], binding: dict[str, Dim]) -> None:
    """Sizes that occur in index types alone are those of the arguments' index types."""
    for parameter, argument in zip(signature.parameters, arguments, strict=True):
        if isinstance(parameter.type, Array) and isinstance(argument.type, Array):
            wanted, found = parameter.type.constraint.size, argument.type.constraint.size
            if wanted is not None and found is not None and wanted.names - binding.keys():
                unify(wanted, found, binding)


def applied(ctx: Context, entry: FunctionEntry, arguments: tuple[Expr, ...], found: Fit, span: Span) -> Expr:
    """The call itself."""
    signature = entry.signature
    values = tuple(
        converted(a, p.type.element) if isinstance(p.type, Array) else a
        for a, p in zip(arguments, signature.parameters, strict=True)
    )
    for parameter, value in zip(signature.parameters, values, strict=True):
        if isinstance(parameter.type, Array):
            within_domain(ctx, value, parameter, signature.name, law=False)
    dims = tuple((d, found.dims[d]) for d in signature.dims if d in found.dims)
    type_ = result_type(signature, found, values)
    size = known_size(entry, values, found)
    if size is not None:
        return expression_of(size, span)
    return Apply(signature, values, dims, type=type_, stage=max(joined(*values), Stage.DATA), span=span)


def result_type(signature: Signature, found: Fit, values: tuple[Expr, ...]) -> Type:
    """The type of what a call gives."""
    result = signature.result
    if isinstance(result, Record):
        return Record(tuple((n, _field_type(t, found)) for n, t in result.fields))
    if not isinstance(result, Array):
        return result
    dims = found.shape if signature.elementwise else substitute(result.dims, found.dims, found.pack or ())
    array = Array(result.element, dims, _bound_free(result.constraint, found))
    return called(signature.name, array, values)


def _field_type(type_: Type, found: Fit) -> Type:
    """The type of a field of a record at a call."""
    if isinstance(type_, Record):
        return Record(tuple((n, _field_type(t, found)) for n, t in type_.fields))
    if not isinstance(type_, Array):
        return type_
    dims = substitute(type_.dims, found.dims, found.pack or ())
    return Array(type_.element, dims, _bound_free(type_.constraint, found))


def _bound_free(constraint: Constraint, found: Fit) -> Constraint:
    """A result's constraint at a call: bounds that mention parameters are forgotten."""
    if constraint.kind == "index":
        size = None if constraint.size is None else constraint.size.substitute(found.dims)
        return replace(constraint, size=size)
    if constraint.kind != "interval":
        return constraint
    lower, upper = (b if isinstance(b, int | float) else None for b in (constraint.lower, constraint.upper))
    return UNCONSTRAINED if lower is None and upper is None else replace(constraint, lower=lower, upper=upper)


def known_size(entry: FunctionEntry, values: tuple[Expr, ...], found: Fit) -> Dim | None:
    """The value of a call that is a size: `rows(A)`, `size(x)`, and functions that compute with sizes alone."""
    if entry.size is not None:
        return entry.size.substitute(found.dims)
    if entry.signature.name not in ("size", "num_elements") or found.pack is None or any(map(is_pack, found.pack)):
        return None
    total = Dim.const(1)
    for dim in found.pack:
        total = total * dim
    return total
