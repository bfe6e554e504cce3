"""loo(k): the score estimator on k draws, each with the mean of the others for its baseline.

    d/dtheta E[f(x)] = E[1/k sum_j (f(x_j) - 1/(k-1) sum_{i != j} f(x_i)) d/dtheta log q(x_j; theta)]

Salimans and Knowles 2014; Kool, van Hoof and Welling 2019, "Buy 4 REINFORCE samples, get a baseline for free!".
Written as weights of the k points: w_j = 1/k + s_j / k - sum_{i != j} s_i / (k (k - 1)), with s_j = log q - stop(log
q).
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.strategies.strategy import Asked, Drawn, Element, Refusal, Strategy, ends_move
from pushforward.dsl.typed import Strategy as Chosen
from pushforward.dsl.types import REAL, Dim

MOST = 64


def draw(element: Element, out: Builder) -> Drawn:
    """k draws and their weights."""
    k, span = draws_of(element.chosen), element.span
    values = tuple(element.stopped(out) for _ in range(k))
    scores = [element.surrogate(x, out) for x in values]

    def scaled(atom: ir.Atom, by: float) -> ir.Atom:
        return out.let(REAL, ir.Call(ops.MULTIPLY, (ir.Lit(by), atom), span=span), span=span)

    total = scores[0]
    for score in scores[1:]:
        total = out.let(REAL, ir.Call(ops.ADD, (total, score), span=span), span=span)
    # 1/k + s_j / (k - 1) - sum_i s_i / (k (k - 1))
    shared = scaled(total, -1.0 / (k * (k - 1)))
    constant = out.let(REAL, ir.Call(ops.ADD, (ir.Lit(1.0 / k), shared), span=span), span=span)
    weights = tuple(
        out.let(REAL, ir.Call(ops.ADD, (constant, scaled(s, 1.0 / (k - 1))), span=span), span=span) for s in scores
    )
    count = Dim.const(k)
    value = out.let(element.event, ir.Points(element.axis, count, values, place=element.place, span=span), span=span)
    weight = out.let(REAL, ir.Points(element.axis, count, weights, place=element.place, span=span), span=span)
    return Drawn(value, weight=weight, count=count)


def draws_of(chosen: Chosen) -> int:
    """k."""
    given = dict(chosen.arguments)
    k = given.get("k", given.get("0"))
    return k if isinstance(k, int) else 0


def refuse(asked: Asked) -> Refusal | None:
    """Two draws at least, on a support that stays where it is."""
    if 2 <= draws_of(asked.chosen) <= MOST:
        return ends_move(asked)
    return Refusal(f"takes the number of draws, from 2 to {MOST}", "how many is missing here", ("write `@ loo(4)`",))


STRATEGY = Strategy("loo", "scored, each draw against the mean of the others", draw, refuse, "points", settings=("k",))
