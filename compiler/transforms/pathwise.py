"""pathwise: a draw whose derivative in the law's parameters is right.

    x ~ von_mises(mu, kappa)     t_1 = sample numpyro.VonMises(loc=mu, concentration=kappa)
                                 t_2 = stop_gradient(t_1)
                                 t_3 = ... cdf of t_2 ...
                                 t_4 = stop_gradient(exp(... logpdf of t_2 ...))
                                 x = t_2 - (t_3 - stop_gradient(t_3)) / t_4

A law says of its draws, with `pathwise = ...`, whether they are differentiable functions of the parameters as they
are. Where they are not ("implicit"), F(x; theta) = u for a fixed u gives dx/dtheta = -(dF/dtheta) / f(x): Figurnov,
Mohamed and Mnih 2018, "Implicit reparameterization gradients", eq. (5). The value is that of the draw.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.expressions import lower_body
from pushforward.compiler.transforms.density import arguments_at, log_density
from pushforward.compiler.transforms.draws import draw, expanded
from pushforward.compiler.transforms.truncation import EXP, cdf
from pushforward.dsl.source import Span
from pushforward.dsl.types import REAL, Array, Dim

STOP = ir.Op("stop_gradient", "jax.lax.stop_gradient", elementwise=True)


def pathwise_draw(
    law: ir.Law, index: tuple[Dim, ...], value: Array, out: Builder, span: Span, name: str | None = None
) -> ir.Atom:
    """Write one draw of the law's batch at `index`, differentiable in the arguments of the law.

    Raises ValueError for a law that says that its draws are not (`pathwise` is "none")."""
    match law.signature.pathwise:
        case "draw" if law.signature.draw is not None:
            return spelled_out(law, index, out, span, name)
        case "draw":
            return draw(law, index, value, None, out, span, name)
        case "implicit":
            return implicit(law, index, draw(law, index, value, None, out, span), out, span, name)
        case "none":
            raise ValueError(f"draws of {law.signature.name} have no derivative")


def spelled_out(law: ir.Law, index: tuple[Dim, ...], out: Builder, span: Span, name: str | None = None) -> ir.Atom:
    """Write a draw as the `draw` member of the law says, also where the law is bound to a library: the density of what
    is drawn then simplifies (`cancel`)."""
    assert law.signature.draw is not None
    scope = arguments_at(law, index, out, span)
    with out.block() as inner, out.at(span):
        result = lower_body(law.signature.draw, scope, out, name)
    (made,) = expanded(inner, (result,), out, span)
    return made


def implicit(
    law: ir.Law, index: tuple[Dim, ...], drawn: ir.Atom, out: Builder, span: Span, name: str | None = None
) -> ir.Atom:
    """Write the value `drawn` of a law on the line with the derivative that its distribution function implies."""

    def let(op: ir.Op, *atoms: ir.Atom, name: str | None = None) -> ir.Var:
        return out.let(REAL, ir.Call(op, atoms, span=span), name=name, span=span)

    x = let(STOP, drawn)
    with out.at(span):
        below = cdf(law, arguments_at(law, index, out, span), x, out, span)
    density = let(STOP, let(EXP, log_density(law, index, x, out, span)))
    moved = let(ops.SUBTRACT, below, let(STOP, below))
    return let(ops.SUBTRACT, x, let(ops.DIVIDE, moved, density), name=name)
