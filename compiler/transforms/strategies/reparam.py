"""reparam: the draw as a function of its parameters and of noise.

    x ~ normal(mu, sigma)      x = mu + sigma * e,  e standard normal

Kingma and Welling 2014, "Auto-encoding variational Bayes", section 2.4; where there is no such function, implicit
differentiation of the distribution function: Figurnov, Mohamed and Mnih 2018, "Implicit reparameterization gradients",
equation 5.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.pathwise import pathwise_draw
from pushforward.compiler.transforms.strategies.implicit import through_the_cdf
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, is_discrete


def draw(element: Element, out: Builder) -> Drawn:
    """A draw that carries its own derivative."""
    law = element.law
    if isinstance(law, ir.MixtureLaw):
        return Drawn(through_the_cdf(element, out))
    if element.bounds is not None:
        return Drawn(element.draw(out))  # by inversion
    name = out.fresh(f"{element.address}_draw")
    return Drawn(pathwise_draw(law, element.index, element.value, out, element.span, name))


def refuse(asked: Asked) -> Refusal | None:
    """Discrete laws jump, and some continuous ones have no differentiable draws."""
    if is_discrete(asked.law):
        return Refusal(
            "needs a draw that is smooth in its parameters",
            f"{asked.name} is discrete: its draws are whole numbers",
            ("write `@ enum` if its values are few, `@ score` otherwise",),
        )
    if isinstance(asked.law, ir.Law) and asked.law.signature.pathwise == "none":
        return Refusal(
            "needs a draw that is smooth in its parameters",
            f"the draws of {asked.name} carry no derivative",
            ("write `@ score`",),
        )
    return None


STRATEGY = Strategy(
    "reparam", "the draw is a smooth function of its parameters", draw, refuse, "pathwise", follows=True
)
