"""density: spell scores out as arithmetic and factors.

    score normal(mu, tau) at theta        for j in 0..J {
                                            t_1 = theta[j]
                                            ... the library's logpdf, inlined ...
                                            factor t_9
                                          }

Independent draws are loops over scalar scores; loop planning makes array arithmetic of them. A law whose
density the library does not spell out calls the bound object.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.compiler.errors import not_yet
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.densities import times
from pushforward.compiler.lower.expressions import Scope, lower_body, lower_expr
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim


def density(program: ir.Program) -> ir.Program:
    """The program with every `Score` replaced by factors. Raises `not yet` for a law without a density."""
    out = Builder(Fresh(names_of(program)))
    _block(program.body, out)
    return replace(program, body=tuple(out.statements))


def _block(body: Iterable[ir.Stmt], out: Builder) -> None:
    for stmt in body:
        match stmt:
            case ir.Score():
                _score(stmt, out)
            case ir.For() | ir.Total():
                with out.block() as inner:
                    _block(stmt.body, out)
                out.add(replace(stmt, body=tuple(inner)))
            case ir.If():
                with out.block() as then:
                    _block(stmt.then, out)
                with out.block() as orelse:
                    _block(stmt.orelse, out)
                out.add(replace(stmt, then=tuple(then), orelse=tuple(orelse)))
            case _:
                out.add(stmt)


def _score(score: ir.Score, out: Builder) -> None:
    if isinstance(score.law, ir.Law) and score.law.signature.name == "flat":
        return
    with out.loops(score.law.batch, score.span) as index:
        value = element(score.value, index, score.type, out, score.span)
        term = log_density(score.law, index, value, out, score.span)
        if score.scale is not None:
            term = times(score.scale, term, out, score.span)
        out.add(ir.Factor(term, score.address, span=score.span))


def element(atom: ir.Atom, index: tuple[Dim, ...], type_: Array, out: Builder, span: Span) -> ir.Atom:
    """`atom[index]` for an array of the given type."""
    if not index or not isinstance(atom, ir.Var):
        return atom
    subs = tuple(ir.At(i) for i in index)
    return out.let(Array(type_.element, type_.dims[len(index) :]), ir.Index(atom, subs, span=span), span=span)


def arguments_at(law: ir.Law, index: tuple[Dim, ...], out: Builder, span: Span) -> Scope:
    """The scope of a member of the law's signature for the draw at `index` of its batch."""
    dims = dict(law.dims)
    values: dict[str, ir.Atom] = {}
    for parameter, atom, lifted in zip(law.signature.parameters, law.arguments, law.lifted, strict=True):
        assert isinstance(parameter.type, Array)
        own = tuple(d.substitute(dims) for d in parameter.type.dims)
        type_ = Array(parameter.type.element, (*law.batch, *own))
        values[parameter.name] = element(atom, index, type_, out, span) if lifted else atom
    return Scope(values, dims)


def log_density(law: ir.AnyLaw, index: tuple[Dim, ...], value: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    """The log density at `value` of the draw at `index` of the law's batch."""
    match law:
        case ir.Law():
            return _log_density(law, arguments_at(law, index, out, span), value, out, span)
        case ir.MixtureLaw():
            return _log_mixture(law, index, value, out, span)


def _log_density(law: ir.Law, scope: Scope, value: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    signature = law.signature
    member = signature.member("logpmf" if signature.discrete else "logpdf")
    if member is not None:
        with out.at(span):
            return lower_body(member.body, scope.bind(member.parameters[0], value), out)
    if signature.bind is None:
        raise not_yet(f"the density of {signature.name}", span)
    arguments = tuple((k, lower_expr(e, scope, out)) for k, e in signature.bind.arguments)
    bound = ir.BoundLogProb(signature.bind.target, arguments, value, span=span)
    return out.let(REAL, bound, span=span)


def _log_mixture(law: ir.MixtureLaw, index: tuple[Dim, ...], value: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    """log sum_k exp(log w_k + log f_k(value))."""
    type_ = Array("real", (component_count(law),))

    def term(k: Dim, log_pdf: ir.Atom) -> ir.Atom:
        weight = out.let(REAL, ir.Index(weights_var(law, out, span), (ir.At(k),), span=span), span=span)
        log_weight = out.let(REAL, ir.Call(ops.LOG, (weight,), span=span), span=span)
        return out.let(REAL, ir.Call(ops.ADD, (log_weight, log_pdf), span=span), span=span)

    if law.family:
        terms = ir.Var(out.fresh("terms"))
        out.add(ir.Container(terms.name, type_, span=span))
        with out.loops(type_.dims, span) as (k,):
            total = term(k, log_density(law.components[0], family_index(law, index, k), value, out, span))
            out.add(ir.Store(terms.name, (ir.At(k),), total, span=span))
    else:
        items = tuple(term(Dim.const(n), log_density(c, index, value, out, span)) for n, c in enumerate(law.components))
        terms = out.let(type_, ir.Stack(items, span=span), span=span)
    return out.let(REAL, ir.Call(ops.LOG_SUM_EXP, (terms,), span=span), span=span)


def family_index(law: ir.MixtureLaw, index: tuple[Dim, ...], k: Dim) -> tuple[Dim, ...]:
    """Which draw of the family's batch component k of the mixture at `index` is: the family may be one for
    all of the batch.
    """
    return (*index, k) if len(law.components[0].batch) > 1 else (k,)


def component_count(law: ir.MixtureLaw) -> Dim:
    """How many components a mixture has."""
    return law.components[0].batch[-1] if law.family else Dim.const(len(law.components))


def weights_var(law: ir.MixtureLaw, out: Builder, span: Span) -> ir.Var:
    """The weights as a name that can be indexed."""
    if isinstance(law.weights, ir.Var):
        return law.weights
    raise not_yet("a mixture whose weights are not a vector", span)
