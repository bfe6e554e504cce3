"""draws: spell draws out as calls of the library's samplers.

    theta ~ normal(mu, tau)       for j in 0..J {
                                    t_1 = sample numpyro.Normal(loc=mu, scale=tau)
                                    theta[j] = t_1
                                  }

`generate` makes a draw of every site that is still one; its variable becomes a container that the draws fill
(elements without a site keep what the data gave). Loop planning makes one batched call of the draws of a map,
and puts those of a recursion into its scan. There a law whose draw is a function of noises of fixed laws is written
so, `mu + sigma * e`: the noises need not wait for one another, and are drawn in one call before the scan.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, rename, statements, used
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import Scope, lower_body, lower_expr
from pushforward.compiler.lower.operations import OPERATORS
from pushforward.compiler.transforms.density import arguments_at, component_count, family_index, weights_var
from pushforward.compiler.transforms.score import array_names, variable_of
from pushforward.compiler.transforms.truncation import EXP, cdf, log_tail
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.source import Span
from pushforward.dsl.typed import MemberFunction
from pushforward.dsl.types import BOOL, INT, REAL, Array, Dim


def generate(program: ir.Program, drawn: frozenset[str]) -> ir.Program:
    """The program in which the variables in `drawn` are drawn at their sites.

    Raises PF452 for a law that has no draws (`flat`), PF453 for a cut law that cannot be drawn from."""
    out = Builder(Fresh(names_of(program)))
    drawable = {s.address for s in statements(program.body) if isinstance(s, ir.Site)}
    for variable in program.variables:
        if variable.name in drawn - drawable:
            raise _no_draws(f"{variable.name}, which has no distribution,", variable.span)
    arrays = frozenset(array_names(program))
    declares = {s.name: s for s in program.body if isinstance(s, ir.Declare)}
    given = {variable_of(i): ir.Var(i.name) for i in program.inputs if i.role == "given"}
    _block(program.body, out, drawn, given, declares, arrays, recursive=False)
    return replace(program, body=tuple(out.statements))


def _block(
    body: Iterable[ir.Stmt],
    out: Builder,
    drawn: frozenset[str],
    given: Mapping[str, ir.Var],
    declares: Mapping[str, ir.Declare],
    arrays: frozenset[str],
    recursive: bool,
) -> None:
    for stmt in body:
        match stmt:
            case ir.Declare(name) if name in drawn:
                out.add(ir.Container(name, stmt.type.plain(), given.get(name), span=stmt.span))
            case ir.Site(address) if address in drawn:
                site(stmt, declares.get(address), arrays, out, by_noise=recursive)
            case ir.For():
                with out.block() as inner:
                    _block(stmt.body, out, drawn, given, declares, arrays, recursive or _is_recursive(stmt))
                out.add(replace(stmt, body=tuple(inner)))
            case ir.If():
                with out.block() as then:
                    _block(stmt.then, out, drawn, given, declares, arrays, recursive)
                with out.block() as orelse:
                    _block(stmt.orelse, out, drawn, given, declares, arrays, recursive)
                out.add(replace(stmt, then=tuple(then), orelse=tuple(orelse)))
            case _:
                out.add(stmt)


def _is_recursive(loop: ir.For) -> bool:
    """Whether a turn of a loop may read what another one has drawn or stored."""
    inside = tuple(statements(loop.body))
    filled = {s.address if isinstance(s, ir.Site) else s.name for s in inside if isinstance(s, ir.Site | ir.Store)}
    return any(filled & used(s) for s in inside)


def site(
    stmt: ir.Site, declare: ir.Declare | None, arrays: frozenset[str], out: Builder, *, by_noise: bool = False
) -> None:
    """Write the draws of a site, and store them."""
    law, span = stmt.law, stmt.span
    cut = stmt.truncated and declare is not None
    kind = declare.type.constraint.kind if declare is not None else "none"
    if cut and kind in ("ordered", "positive_ordered"):
        _sorted(stmt, kind == "positive_ordered", out)
        return
    bounds = (declare.lower, declare.upper) if cut and declare is not None else None
    with out.loops(law.batch, span) as index:
        place = compose(stmt.subs, index)
        here = bounds
        if bounds is not None:
            here = (
                bound_at(bounds[0], place, arrays, out, span),
                bound_at(bounds[1], place, arrays, out, span),
            )
        name = out.fresh(f"{stmt.address}_draw")
        value = draw(law, index, stmt.value, here, out, span, name, by_noise=by_noise)
        out.add(ir.Store(stmt.address, place, value, span=span))


def bound_at(
    bound: ir.Atom | None, place: tuple[ir.Sub, ...], arrays: frozenset[str], out: Builder, span: Span
) -> ir.Atom | None:
    """A bound of the element at `place`: an array of bounds has one for each element."""
    if isinstance(bound, ir.Var) and bound.name in arrays:
        return out.let(REAL, ir.Index(bound, place, span=span), span=span)
    return bound


def compose(subs: tuple[ir.Sub, ...], index: tuple[Dim, ...]) -> tuple[ir.Sub, ...]:
    """The place of draw `index` of the region `subs`."""
    rest = list(index)
    placed: list[ir.Sub] = []
    for sub in subs:
        match sub:
            case ir.Range(lower, _) if rest:
                placed.append(ir.At(lower + rest.pop(0)))
            case _:
                placed.append(sub)
    return (*placed, *(ir.At(i) for i in rest))


def draw(
    law: ir.AnyLaw,
    index: tuple[Dim, ...],
    value: Array,
    bounds: tuple[ir.Atom | None, ir.Atom | None] | None,
    out: Builder,
    span: Span,
    name: str | None = None,
    *,
    by_noise: bool = False,
) -> ir.Atom:
    """Write one draw of the law's batch at `index`; `by_noise`, as a function of noises, where the library says how."""
    match law:
        case ir.MixtureLaw() if bounds is not None:
            raise _no_cut_draws("a mixture", span)
        case ir.MixtureLaw():
            return _mixture(law, index, value, out, span)
        case ir.Law():
            scope = arguments_at(law, index, out, span)
            if bounds is not None:
                with out.at(span):
                    return _between(law, scope, bounds, out, span)
            event = Array(value.element, value.dims[len(law.batch) :])
            signature = law.signature
            if signature.name == "delta":
                return scope.values[signature.parameters[0].name]
            if signature.bind is not None and not (by_noise and signature.draw is not None):
                arguments = tuple((k, lower_expr(e, scope, out)) for k, e in signature.bind.arguments)
                sample = ir.Sample(signature.bind.target, arguments, span=span)
                return out.let(event, sample, name=name or out.fresh("draw"), span=span)
            if signature.draw is not None:
                with out.block() as inner, out.at(span):
                    result = lower_body(signature.draw, scope, out)
                (made,) = expanded(inner, (result,), out, span)
                return made
            raise _no_draws(signature.name, span)


def expanded(body: list[ir.Stmt], results: tuple[ir.Atom, ...], out: Builder, span: Span) -> tuple[ir.Atom, ...]:
    """Add the statements of an inlined member that draws; the draws among them are spelled out in turn. Gives the
    results under the names that the draws have got.
    """
    names: dict[str, ir.Atom] = {}
    for stmt in body:
        stmt = rename(stmt, names)
        match stmt:
            case ir.Let(name, type_, ir.Draw(law)) if not law.batch:
                names[name] = draw(law, (), type_, None, out, span, name)
            case ir.Let(name, type_, ir.Draw(law)):
                out.add(ir.Container(name, type_, span=span))
                with out.loops(law.batch, span) as index:
                    value = draw(law, index, type_, None, out, span)
                    out.add(ir.Store(name, tuple(ir.At(i) for i in index), value, span=span))
            case _:
                out.add(stmt)
    return tuple(rename(result, names) for result in results)


def _mixture(law: ir.MixtureLaw, index: tuple[Dim, ...], value: Array, out: Builder, span: Span) -> ir.Atom:
    """Draw every component and the label, and keep the labelled one."""
    label = out.let(
        INT, ir.Sample("numpyro.Categorical", (("probs", weights_var(law, out, span)),), span=span), span=span
    )
    count = component_count(law)
    if not law.family:
        items = tuple(draw(c, index, value, None, out, span) for c in law.components)
        every = out.let(Array(value.element, (count,)), ir.Stack(items, span=span), span=span)
    else:
        every = ir.Var(out.fresh("components"))
        out.add(ir.Container(every.name, Array(value.element, (count,)), span=span))
        with out.loops((count,), span) as (k,):
            component = draw(law.components[0], family_index(law, index, k), value, None, out, span)
            out.add(ir.Store(every.name, (ir.At(k),), component, span=span))
    return out.let(Array(value.element), ir.Index(every, (ir.Pick(label),), span=span), span=span)


def _between(
    law: ir.Law, scope: Scope, bounds: tuple[ir.Atom | None, ir.Atom | None], out: Builder, span: Span
) -> ir.Atom:
    """A draw of a cut law by inversion: x = F^-1(u), u uniform between F(lower) and F(upper). An interval above
    the median is drawn by the survival function, if the law has its inverse: there F is 1 in floating point.
    """
    icdf = law.signature.member("icdf")
    if icdf is None or (law.signature.member("cdf") is None and law.signature.member("logcdf") is None):
        raise _no_cut_draws(law.signature.name, span)
    lower, upper = bounds

    def at(b: ir.Atom | None, default: float, tail: bool) -> ir.Atom:
        if b is None or (isinstance(b, ir.Lit) and abs(b.value) == float("inf")):
            return ir.Lit(default)
        if not tail:
            return cdf(law, scope, b, out, span)
        return out.let(REAL, ir.Call(EXP, (log_tail(law, scope, b, out, span),), span=span), span=span)

    def inverse(member: MemberFunction, low: ir.Atom, high: ir.Atom) -> ir.Atom:
        uniform = ir.Sample("numpyro.Uniform", (("low", low), ("high", high)), span=span)
        u = out.let(REAL, uniform, name=out.fresh("uniform"), span=span)
        return lower_body(member.body, scope.bind(member.parameters[0], u), out)

    below = at(lower, 0.0, False)
    low_draw = inverse(icdf, below, at(upper, 1.0, False))
    iccdf = law.signature.member("iccdf")
    if iccdf is None or below == ir.Lit(0.0):
        return low_draw
    high_draw = inverse(iccdf, at(upper, 0.0, True), at(lower, 1.0, True))
    in_tail = out.let(BOOL, ir.Call(OPERATORS["greater"], (below, ir.Lit(0.5)), span=span), span=span)
    return out.let(REAL, ir.Select(in_tail, high_draw, low_draw, span=span), span=span)


def _sorted(site: ir.Site, positive: bool, out: Builder) -> None:
    """Independent draws of one law, put in order."""
    law, span = site.law, site.span
    if not isinstance(law, ir.Law) or any(law.lifted) or len(law.batch) != 1 or site.subs:
        raise _no_cut_draws("a law with different arguments in order", span)
    loose = out.fresh(f"{site.address}_loose")
    out.add(ir.Container(loose, site.value, span=span))
    bounds = (ir.Lit(0.0), None) if positive else None
    with out.loops(law.batch, span) as index:
        value = draw(law, index, site.value, bounds, out, span)
        out.add(ir.Store(loose, tuple(ir.At(i) for i in index), value, span=span))
    ordered = out.let(site.value, ir.Call(ir.Op("sort_asc", "jnp.sort"), (ir.Var(loose),), span=span), span=span)
    with out.loops(law.batch, span) as (i,):
        element = out.let(REAL, ir.Index(ordered, (ir.At(i),), span=span), span=span)
        out.add(ir.Store(site.address, (ir.At(i),), element, span=span))


def _no_draws(name: str, span: Span) -> ProgramError:
    return ProgramError(
        Diagnostic(
            "PF452",
            "error",
            f"{name} has a density and no draws",
            Label(span, "nothing can be drawn from this"),
            notes=("an improper prior is not a probability distribution",),
            helps=("use a proper prior, such as normal(0, 10), or give the value in the data",),
        )
    )


def _no_cut_draws(name: str, span: Span) -> ProgramError:
    return ProgramError(
        Diagnostic(
            "PF453",
            "not yet",
            f"draws of {name}, cut by the declared type",
            Label(span, "the declared type is narrower than the support"),
            helps=("use a distribution whose support is the declared type",),
        )
    )
