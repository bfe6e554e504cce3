"""weak: the derivative of a law in one of its parameters, as a difference of two laws.

    d/dmu normal(mu, sigma)       t_1 = sample numpyro.Exponential(rate=1.0)
                                  ... the arithmetic of the library's mvd_mu, inlined ...
                                  constant, plus, minus = t_5, t_7, t_9

d/dmu E[f(x)] = E[constant * (f(plus) - f(minus))] for every bounded f, continuous or not, x being a draw of the law
(Pflug 1989). The three depend on the parameters as numbers: nothing may be differentiated through them, so who
multiplies f's difference by a tangent must stop the gradients of all three.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import lower_expr
from pushforward.compiler.lower.statements import lower_statements
from pushforward.compiler.transforms.density import arguments_at
from pushforward.compiler.transforms.draws import expanded
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim


def weak_derivative(
    law: ir.Law, parameter: str, index: tuple[Dim, ...], value: Array, out: Builder, span: Span
) -> tuple[ir.Var, ir.Var, ir.Var]:
    """Write the draws and the arithmetic of the derivative in `parameter` of the draw at `index` of the law's batch;
    `value` is the type of the whole batch.

    Returns (constant, plus, minus): a real number and two events of the law, as names. Raises KeyError for a parameter
    in which the law declares no derivative (`law.signature.weak` lists them).
    """
    weak = law.signature.weak_in(parameter)
    if weak is None:
        raise KeyError(f"{law.signature.name} declares no mvd_{parameter}")
    scope = replace(arguments_at(law, index, out, span), inlined=True)
    with out.block() as inner, out.at(span):
        known = lower_statements(weak.statements, scope, out)
        results = tuple(lower_expr(e, known, out) for e in (weak.constant, weak.plus, weak.minus))
    event = Array(value.element, value.dims[len(law.batch) :])
    constant, plus, minus = expanded(inner, results, out, span)
    return _named(constant, REAL, out, span), _named(plus, event, out, span), _named(minus, event, out, span)


def _named(atom: ir.Atom, type_: Array, out: Builder, span: Span) -> ir.Var:
    return atom if isinstance(atom, ir.Var) else out.let(type_, ir.Copy(atom, span=span), span=span)
