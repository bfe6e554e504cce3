"""gumbel(temperature): something between 0 and 1 in the place of a coin.

    z = sigmoid((logit(p) + log(u) - log(1 - u)) / temperature),  u uniform

Maddison, Mnih and Teh 2017, "The concrete distribution"; Jang, Gu and Poole 2017, "Categorical reparameterization with
Gumbel-softmax", for two categories. Value and derivative are those of the relaxed draw: both are biased, the less so
the lower
the temperature, at which the variance grows. What follows must be arithmetic: a comparison with 1 is never true, and
the probability of a number between 0 and 1 is not defined.
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies import straight_through
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy
from pushforward.dsl.typed import Strategy as Chosen
from pushforward.dsl.types import REAL

_LOGIT = ir.Op("logit", "jsp.special.logit", elementwise=True)
_SIGMOID = ir.Op("inv_logit", "rt.elementary.inv_logit", elementwise=True)


def draw(element: Element, out: Builder) -> Drawn:
    """The relaxed draw."""
    span = element.span

    def let(op: ir.Op, *atoms: ir.Atom) -> ir.Atom:
        return out.let(REAL, ir.Call(op, atoms, span=span), span=span)

    noise = ir.Sample("numpyro.Logistic", (("loc", ir.Lit(0.0)), ("scale", ir.Lit(1.0))), span=span)
    e = out.let(REAL, noise, name=out.fresh("noise"), span=span)
    moved = let(ops.ADD, let(_LOGIT, straight_through.mean(element, out)), e)
    return Drawn(let(_SIGMOID, let(ops.DIVIDE, moved, ir.Lit(temperature(element.chosen)))))


def temperature(chosen: Chosen) -> float:
    """The temperature; 0 where none is given that is a number."""
    given = dict(chosen.arguments)
    value = given.get("temperature", given.get("0"))
    return float(value) if isinstance(value, int | float) else 0.0


def refuse(asked: Asked) -> Refusal | None:
    """Zeros and ones only, and a temperature."""
    if not temperature(asked.chosen) > 0:
        label = "how smooth is missing here"
        return Refusal("takes a temperature, a positive number", label, ("write `@ unsafe gumbel(0.5)`",))
    return straight_through.refuse(asked)


STRATEGY = Strategy(
    "gumbel", "a number between 0 and 1 stands for the draw", draw, refuse, "pathwise", biased=True,
    settings=("temperature",), relaxes="value",
)  # fmt: skip
