"""Distributions with their arguments: what is lifted over a batch, and the law once the shape of the site is known.

An argument with more dimensions than its parameter is lifted: the dimensions in front make independent draws. All
lifted arguments have the same ones. A site adds its own when none is lifted: `theta: vector[J] ~ normal(mu, tau)`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pushforward.dsl import tree
from pushforward.dsl.errors.kinds import ArgumentType
from pushforward.dsl.errors.names import FunctionAsLaw, LawWithoutArguments, NotALaw, UnknownLaw
from pushforward.dsl.errors.shapes import ArgumentShape, LawShape
from pushforward.dsl.errors.supports import MixtureArguments, MixtureSupports, MixtureWeights
from pushforward.dsl.infer.calls import Given, placed
from pushforward.dsl.infer.context import Binding, Context, LawEntry, is_poison, joined
from pushforward.dsl.infer.domains import within_domain
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.sizes import expression_of, origins, unify_all
from pushforward.dsl.infer.typeexprs import array_type
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Draw, Expr, Mixture, Stage
from pushforward.dsl.types import INT, REAL, UNCONSTRAINED, Array, Constraint, Dim, Law

_PROMOTES = {"bool": ("bool", "int", "real"), "int": ("int", "real"), "real": ("real",)}


@dataclass(frozen=True)
class Reading:
    """A distribution with its arguments, the shape of its site unknown. `batch` is None when nothing is lifted."""

    entry: LawEntry
    arguments: tuple[Expr, ...]
    lifted: tuple[bool, ...]
    batch: tuple[Dim, ...] | None
    dims: dict[str, Dim]
    span: Span

    @property
    def name(self) -> str:
        return self.entry.signature.name


@dataclass(frozen=True)
class MixtureReading:
    """`mixture(...)` before the shape of its site is known."""

    weights: Expr
    components: tuple[Reading, ...]
    family: bool
    batch: tuple[Dim, ...] | None
    span: Span

    @property
    def name(self) -> str:
        return "mixture"


def read_law(ctx: Context, node: tree.Expr) -> Reading | MixtureReading | None:
    """What stands right of a `~`; None after a report."""
    span = node.span
    match node:
        case tree.Call(function=tree.Name(id="mixture"), arguments=arguments) if not ctx.known.is_law("mixture"):
            return _mixture(ctx, arguments, span)
        case tree.Call(function=tree.Name(id=name, span=place), arguments=arguments):
            entry = ctx.known.law(name, ctx.report, place)
            if entry is not None:
                given = tuple(Given(a.name, expression(ctx, a.value), a.span) for a in arguments)
                return reading(ctx, entry, given, span)
            if ctx.known.is_law(name):
                ctx.incomplete = True  # its declaration was reported
            else:
                _not_a_law(ctx, name, place)
        case tree.Name(id=name) if ctx.known.is_law(name):
            entry = ctx.known.law(name, ctx.report, span)
            names = ", ".join(p.name for p in entry.signature.parameters) if entry is not None else "..."
            helps = (f"write `{name}({names})`",)
            ctx.report.error(LawWithoutArguments, span, "its arguments are missing", helps=helps, name=name)
        case tree.Name(id=name) if ctx.lookup(name) is None:
            _not_a_law(ctx, name, span)
        case tree.At():
            ctx.later("`at`", span, "processes observed at times are coming")
        case tree.Binary(op="|"):
            ctx.later("conditioning `|`", span, "sites on conditioned programs are coming")
        case tree.Hole():
            ctx.later("`by` and `@`", span, "sites on holes are coming")
        case _:
            value = expression(ctx, node)
            if not is_poison(value):
                helps = (f"write `let ... = {span.text}`, or give it a law: `normal({span.text}, 1)`",)
                ctx.report.error(NotALaw, span, f"this is {value.type}", helps=helps)
    return None


def _not_a_law(ctx: Context, name: str, span: Span) -> None:
    if ctx.known.program(name) is not None:
        ctx.later("a site on a program", span, "drawing from a program is coming")
    elif ctx.known.is_function(name):
        ctx.report.error(
            FunctionAsLaw,
            span,
            "this is a function",
            helps=("write `let x = ...` for a value that is computed",),
            name=name,
        )
    elif ctx.lookup(name) is not None:
        ctx.report.error(NotALaw, span, "this is a value")
    else:
        near = nearest(name, [n for n in ctx.known.names() if ctx.known.is_law(n)])
        helps = (f"did you mean `{near}`?",) if near else ()
        ctx.report.error(UnknownLaw, span, "no distribution has this name", helps=helps, name=name)


def reading(ctx: Context, entry: LawEntry, given: tuple[Given, ...], span: Span) -> Reading | None:
    """A distribution with its arguments."""
    signature = entry.signature
    arguments = placed(ctx, signature.name, signature.parameters, entry.defaults, given, span)
    if arguments is None or is_poison(*arguments):
        return None
    values: list[Expr] = []
    lifted: list[bool] = []
    batch: tuple[Dim, ...] | None = None
    pairs: list[tuple[Dim, Dim]] = []
    owners: list[Expr] = []
    for parameter, argument in zip(signature.parameters, arguments, strict=True):
        wanted, found = parameter.type, argument.type
        assert isinstance(wanted, Array)
        fits = isinstance(found, Array) and wanted.element in _PROMOTES[found.element] and found.rank >= wanted.rank
        if not isinstance(found, Array) or not fits:
            ctx.report.error(
                ArgumentType, argument.span, f"this is {found}", notes=(f"it is `{law_form(entry)}`",),
                callee=signature.name, parameter=parameter.name, found=found, wanted=wanted,
            )  # fmt: skip
            return None
        extra = found.dims[: found.rank - wanted.rank]
        if extra and batch is not None and extra != batch:
            ctx.report.error(
                ArgumentShape, argument.span, f"this is {found}, another argument makes {Array('real', batch)}",
                secondary=origins(ctx, *extra, *batch), notes=("lifted arguments must have equal shapes",),
                callee=signature.name, parameter=parameter.name, found=found, wanted=wanted,
            )  # fmt: skip
            return None
        batch = extra or batch
        lifted.append(bool(extra))
        pairs.extend(zip(wanted.dims, found.dims[found.rank - wanted.rank :], strict=True))
        owners.extend([argument] * wanted.rank)
        value = converted(argument, wanted.element)
        values.append(value)
        within_domain(ctx, value, parameter, signature.name, law=True)
    dims: dict[str, Dim] = {}
    wrong = unify_all(pairs, dims)
    if wrong is not None:
        argument, expected = owners[pairs.index(wrong)], wrong[0].substitute(dims)
        ctx.report.error(
            ArgumentShape, argument.span, f"this has {wrong[1]} where `{wrong[0]}` is already {expected}",
            secondary=origins(ctx, wrong[1], expected), notes=(f"it is `{law_form(entry)}`",),
            callee=signature.name, parameter=str(wrong[0]), found=argument.type, wanted=expected,
        )  # fmt: skip
        return None
    return Reading(entry, tuple(values), tuple(lifted), batch, dims, span)


def law_form(entry: LawEntry) -> str:
    """A distribution as it is shown: `normal(mu: real, sigma: positive)`."""
    shown = ", ".join(f"{p.name}: {p.type}" for p in entry.signature.parameters)
    return f"{entry.signature.name}({shown})"


def _mixture(ctx: Context, arguments: tuple[tree.Argument, ...], span: Span) -> MixtureReading | None:
    if len(arguments) != 2:
        ctx.report.error(MixtureArguments, span, f"{len(arguments)} arguments")
        return None
    weights = expression(ctx, arguments[0].value)
    written = arguments[1].value
    many = isinstance(written, tree.ListExpr)
    nodes = written.items if isinstance(written, tree.ListExpr) else (written,)
    if isinstance(written, tree.Comprehension):
        ctx.report.error(
            MixtureArguments, written.span, "a comprehension",
            helps=("give one distribution with arrays: `mixture(w, normal(mu, s))`",),
        )  # fmt: skip
        return None
    components = [read_law(ctx, n) for n in nodes]
    simple = tuple(c for c in components if isinstance(c, Reading))
    if is_poison(weights) or None in components:
        return None
    if len(simple) < len(components):
        ctx.later("a mixture of mixtures", span, "nested mixtures are coming")
        return None
    return _checked_mixture(ctx, weights, simple, not many, span)


def _checked_mixture(
    ctx: Context, weights: Expr, components: tuple[Reading, ...], family: bool, span: Span
) -> MixtureReading | None:
    type_ = weights.type
    if not isinstance(type_, Array) or not type_.rank or type_.element == "bool":
        ctx.report.error(MixtureWeights, weights.span, f"this is {type_}", helps=("declare `w: simplex[K]`",))
        return None
    batches = [c.batch for c in components if c.batch is not None]
    if family and not batches:
        ctx.report.error(
            MixtureArguments, components[0].span, "no argument is an array over the components",
            helps=("give a list: `mixture(w, [normal(0, 1), normal(1, 2)])`",),
        )  # fmt: skip
        return None
    count = batches[0][-1] if family else Dim.const(len(components))
    batch = (batches[0][:-1] or None) if family else (batches[0] if batches else None)
    agree = all(b == batches[0] for b in batches)
    if type_.dims[-1] != count or not agree:
        ctx.report.error(
            MixtureWeights, weights.span, f"{type_.dims[-1]} weights for {count} components",
            secondary=origins(ctx, type_.dims[-1], count),
        )  # fmt: skip
        return None
    lead = type_.dims[:-1]
    if lead and batch and lead != batch:
        ctx.report.error(MixtureWeights, weights.span, f"this is {type_}", secondary=origins(ctx, *lead, *batch))
        return None
    return MixtureReading(converted(weights, "real"), components, family, batch or lead or None, span)


@dataclass(frozen=True)
class Settled:
    """A law whose shape is known, and what it is a law on: the shape of the value with the law's own constraint."""

    law: Draw | Mixture
    support: Array


def settle_law(
    ctx: Context, law: Reading | MixtureReading, dims: tuple[Dim, ...] | None, place: Span
) -> Settled | None:
    """The law on values of the shape `dims`, or of the shape that its arguments say."""
    if isinstance(law, MixtureReading):
        return _settle_mixture(ctx, law, dims, place)
    signature = law.entry.signature
    events = signature.support.dims
    binding = dict(law.dims)
    batch = law.batch or ()
    if dims is not None:
        lead, event = dims[: len(dims) - len(events)], dims[len(dims) - len(events) :]
        wrong = len(dims) < len(events) or unify_all(zip(events, event, strict=True), binding) is not None
        if wrong or (law.batch is not None and law.batch != lead):
            own = (*batch, *(d.substitute(law.dims) for d in events))
            _wrong_shape(ctx, law, dims, own, place)
            return None
        batch = lead
    unbound = {n for d in events for n in d.names} - binding.keys()
    if unbound:
        ctx.report.error(
            LawShape, place, f"nothing says what `{sorted(unbound)[0]}` is", name=law.name,
            helps=(f"declare the type of the site: `x: {signature.support} ~ {law.name}(...)`",), shape="unknown",
        )  # fmt: skip
        return None
    support = _support(ctx, law, binding)
    if support is None:
        return None
    value = Array(support.element, (*batch, *support.dims), support.constraint)
    named = tuple((d, binding[d]) for d in signature.dims if d in binding)
    stage = max(joined(*law.arguments), Stage.DATA)
    draw = Draw(signature, law.arguments, law.lifted, batch, named, type=Law(value), stage=stage, span=law.span)
    return Settled(draw, value)


def _wrong_shape(
    ctx: Context, law: Reading | MixtureReading, dims: tuple[Dim, ...], own: tuple[Dim, ...], place: Span
) -> None:
    ctx.report.error(
        LawShape, place, f"this has the shape {Array('real', dims)}", name=law.name, shape=str(Array("real", own)),
        secondary=origins(ctx, *(d for d in dims if d not in own), *(d for d in own if d not in dims)),
    )  # fmt: skip


def _support(ctx: Context, law: Reading, binding: dict[str, Dim]) -> Array | None:
    """The support with the arguments in place of the parameters."""
    inner = Context(ctx.known, ctx.report, ctx.program, kind="distribution", quiet=True, lets=ctx.lets)
    for parameter, argument in zip(law.entry.signature.parameters, law.arguments, strict=True):
        alias = Binding(parameter.name, parameter.name, "alias", argument.type, argument.stage, argument.span, argument)
        inner.scopes[0][parameter.name] = alias
    for name, size in binding.items():
        if inner.lookup(name) is None:
            value = expression_of(size, law.span)
            inner.scopes[0][name] = Binding(name, name, "alias", INT, Stage.STATIC, law.span, value=value)
    return array_type(inner, law.entry.support)


def _settle_mixture(ctx: Context, law: MixtureReading, dims: tuple[Dim, ...] | None, place: Span) -> Settled | None:
    if any(c.entry.signature.support.rank for c in law.components):
        ctx.later("a mixture of vectors", law.span, "mixtures of distributions on vectors are coming")
        return None
    if dims is not None and law.batch is not None and law.batch != dims:
        _wrong_shape(ctx, law, dims, law.batch, place)
        return None
    batch = (law.batch or ()) if dims is None else dims
    settled = [settle_law(ctx, c, c.batch if law.family else batch, c.span) for c in law.components]
    known = [s for s in settled if s is not None]
    if len(known) < len(settled):
        return None
    elements = {s.support.element for s in known}
    if len(elements) > 1:
        ctx.report.error(MixtureSupports, law.span, "some are discrete, some are not")
        return None
    value = Array(known[0].support.element, batch, _hull([s.support.constraint for s in known]))
    draws = tuple(s.law for s in known if isinstance(s.law, Draw))
    stage = max(joined(law.weights, *draws), Stage.DATA)
    mixture = Mixture(law.weights, draws, law.family, batch, type=Law(value), stage=stage, span=law.span)
    return Settled(mixture, value)


def _hull(constraints: list[Constraint]) -> Constraint:
    first = constraints[0]
    if all(c == first for c in constraints) and not _moving(first):
        return first
    if any(c.kind != "interval" for c in constraints):
        return UNCONSTRAINED
    low = _end([c.lower for c in constraints], min)
    high = _end([c.upper for c in constraints], max)
    if low is None and high is None:
        return UNCONSTRAINED
    return Constraint("interval", low, high, open=all(c.open for c in constraints))


def _moving(constraint: Constraint) -> bool:
    """Whether a bound differs between elements."""
    bounds = (constraint.lower, constraint.upper)
    return any(not isinstance(b, int | float | None) and b.type != REAL and b.type != INT for b in bounds)


def _end(bounds: list[Expr | float | None], outer: Callable[[list[float]], float]) -> float | None:
    known = [b for b in bounds if isinstance(b, int | float)]
    return outer(known) if len(known) == len(bounds) else None
