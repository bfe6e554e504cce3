"""truncation: the normaliser of a law cut by a declared type.

    score normal(mu, 1) at x, truncated to (0, inf)      score normal(mu, 1) at x
                                                         factor -log(1 - F(0))

Stan drops the normaliser without a word, which is wrong as soon as it depends on something unknown. It is
kept here whenever the law's distribution function is known, and constant terms are hoisted; a law whose
distribution function is not known may be cut only where its arguments are data, so that what is dropped is a
constant.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, bound, names_of, statements, used
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.densities import times
from pushforward.compiler.lower.expressions import Scope, lower_body
from pushforward.compiler.transforms.density import arguments_at, element
from pushforward.compiler.transforms.score import array_names
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.source import Span
from pushforward.dsl.types import BOOL, REAL, Array


def truncation(program: ir.Program) -> ir.Program:
    """The program with a factor beside every truncated score. Raises PF451 for a cut that has no known
    normaliser.
    """
    out = Builder(Fresh(names_of(program)))
    arrays = frozenset(array_names(program))
    _block(program.body, out, _unknown(program), arrays)
    return replace(program, body=tuple(out.statements))


def _unknown(program: ir.Program) -> frozenset[str]:
    """The names that depend on a variable the data do not give."""
    unknown = {v.name for v in program.variables if not v.observed}
    unknown |= {i.name for i in program.inputs if i.role in ("latent", "free", "param")}
    grew = True
    while grew:
        before = len(unknown)
        for stmt in statements(program.body):
            if not isinstance(stmt, (ir.For, ir.If)) and used(stmt) & unknown:
                unknown |= bound(stmt)
        grew = len(unknown) > before
    return frozenset(unknown)


def _block(body: Iterable[ir.Stmt], out: Builder, unknown: frozenset[str], arrays: frozenset[str]) -> None:
    for stmt in body:
        match stmt:
            case ir.Score(truncation=ir.Truncation() as cut):
                _score(stmt, cut, out, unknown, arrays)
            case ir.For() | ir.Total():
                with out.block() as inner:
                    _block(stmt.body, out, unknown, arrays)
                out.add(replace(stmt, body=tuple(inner)))
            case ir.If():
                with out.block() as then:
                    _block(stmt.then, out, unknown, arrays)
                with out.block() as orelse:
                    _block(stmt.orelse, out, unknown, arrays)
                out.add(replace(stmt, then=tuple(then), orelse=tuple(orelse)))
            case _:
                out.add(stmt)


def _score(score: ir.Score, cut: ir.Truncation, out: Builder, unknown: frozenset[str], arrays: frozenset[str]) -> None:
    law, span = score.law, score.span
    plain = replace(score, truncation=None)
    out.add(plain)
    depends = bool(used((law, cut)) & unknown)
    if isinstance(law, ir.MixtureLaw):
        if depends:
            raise _no_normaliser("a mixture", span)
        return
    if cut.kind in ("ordered", "positive_ordered"):
        if depends and any(law.lifted):
            raise _no_normaliser(f"{law.signature.name} with different arguments, put in order", span)
        if cut.kind == "ordered" or not depends:
            return  # K draws of one law in order: the density is K! times the product, a constant
        cut = ir.Truncation("interval", ir.Lit(0.0), None)
    if _log_mass_members(law) is None:
        if depends:
            raise _no_normaliser(law.signature.name, span)
        return
    with out.loops(law.batch, span) as index:
        scope = arguments_at(law, index, out, span)
        sides = tuple(
            element(b, index, Array("real", law.batch), out, span) if isinstance(b, ir.Var) and b.name in arrays else b
            for b in (cut.lower, cut.upper)
        )
        with out.at(span):
            mass = log_mass(law, scope, sides[0], sides[1], out, span)
        scale = ir.Lit(-1.0) if score.scale is None else times(ir.Lit(-1.0), score.scale, out, span)
        out.add(ir.Factor(times(scale, mass, out, span), score.address, span=span))


def _log_mass_members(law: ir.Law) -> str | None:
    for name in ("logcdf", "cdf", "logccdf"):
        if law.signature.member(name) is not None:
            return name
    return None


def log_mass(
    law: ir.Law, scope: Scope, lower: ir.Atom | None, upper: ir.Atom | None, out: Builder, span: Span
) -> ir.Atom:
    """log P(lower < X < upper), by the member that keeps most digits."""
    below = lower is not None and not _is_minus_infinity(lower)
    above = upper is not None and not _is_plus_infinity(upper)
    if below and law.signature.discrete:
        assert lower is not None
        lower = _call(ops.SUBTRACT, (lower, ir.Lit(1.0)), out, span)
    if below and not above:
        assert lower is not None
        return log_tail(law, scope, lower, out, span)
    assert upper is not None
    if not below:
        return _log_cdf(law, scope, upper, out, span)
    assert lower is not None
    if law.signature.member("logcdf") is not None and law.signature.member("logccdf") is not None:
        return _log_mass_between(law, scope, lower, upper, out, span)
    difference = _call(ops.SUBTRACT, (cdf(law, scope, upper, out, span), cdf(law, scope, lower, out, span)), out, span)
    return _call(ops.LOG, (difference,), out, span)


def _log_mass_between(law: ir.Law, scope: Scope, lower: ir.Atom, upper: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    """log(F(upper) - F(lower)), reckoned in the tail in which the interval lies: log a + log(1 - b / a) with
    a and b from below when F(lower) < 1/2, from above otherwise.
    """
    below_upper, below_lower = _log_cdf(law, scope, upper, out, span), _log_cdf(law, scope, lower, out, span)
    above_lower, above_upper = (log_tail(law, scope, x, out, span) for x in (lower, upper))
    compare = ir.Call(ops.OPERATORS["greater"], (below_lower, ir.Lit(_LOG_HALF)), span=span)
    right = out.let(BOOL, compare, span=span)
    large = out.let(REAL, ir.Select(right, above_lower, below_upper, span=span), span=span)
    small = out.let(REAL, ir.Select(right, above_upper, below_lower, span=span), span=span)
    gap = _call(ops.SUBTRACT, (small, large), out, span)
    return _call(ops.ADD, (large, _call(_LOG1MEXP, (gap,), out, span)), out, span)


_LOG_HALF = -0.6931471805599453
_LOG1MEXP = ir.Op("log1m_exp", "rt.elementary.log1m_exp", elementwise=True)


def _is_minus_infinity(atom: ir.Atom) -> bool:
    return isinstance(atom, ir.Lit) and atom.value == float("-inf")


def _is_plus_infinity(atom: ir.Atom) -> bool:
    return isinstance(atom, ir.Lit) and atom.value == float("inf")


def _call(op: ir.Op, arguments: tuple[ir.Atom, ...], out: Builder, span: Span) -> ir.Atom:
    return out.let(REAL, ir.Call(op, arguments, span=span), span=span)


def _member(law: ir.Law, name: str, scope: Scope, x: ir.Atom, out: Builder) -> ir.Atom | None:
    member = law.signature.member(name)
    return None if member is None else lower_body(member.body, scope.bind(member.parameters[0], x), out)


EXP = ir.Op("exp", "jnp.exp", elementwise=True)


def cdf(law: ir.Law, scope: Scope, x: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    direct = _member(law, "cdf", scope, x, out)
    if direct is not None:
        return direct
    log = _member(law, "logcdf", scope, x, out)
    if log is not None:
        return _call(EXP, (log,), out, span)
    tail = _member(law, "logccdf", scope, x, out)
    assert tail is not None
    return _call(ops.SUBTRACT, (ir.Lit(1.0), _call(EXP, (tail,), out, span)), out, span)


def _log_cdf(law: ir.Law, scope: Scope, x: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    log = _member(law, "logcdf", scope, x, out)
    return log if log is not None else _call(ops.LOG, (cdf(law, scope, x, out, span),), out, span)


def log_tail(law: ir.Law, scope: Scope, x: ir.Atom, out: Builder, span: Span) -> ir.Atom:
    tail = _member(law, "logccdf", scope, x, out)
    if tail is not None:
        return tail
    negated = _call(ops.NEGATE, (cdf(law, scope, x, out, span),), out, span)
    return _call(ops.LOG1P, (negated,), out, span)


def _no_normaliser(what: str, span: Span) -> ProgramError:
    return ProgramError(
        Diagnostic(
            "PF451",
            "not yet",
            f"the normaliser of {what}, cut by the declared type, is not known",
            Label(span, "the cut law depends on something unknown"),
            notes=("dropping a normaliser that is not constant would change the posterior",),
            helps=("declare the variable with the support of the distribution",),
        )
    )
