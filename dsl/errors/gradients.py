"""PF501 to PF529: strategies for choices, and expectations."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


def _elbo(site: str, cost: str = "", tail: str = "") -> str:
    """A script that fits a guide with this site; `cost` is added to the objective."""
    return (
        "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\n"
        f"model guide() {{\n  param mu: real = 0\n  x ~ {site}\n}}\n"
        f"objective elbo(p: model, q: model) {{\n  z ~ q\n{tail}  return logp(p, z) - logp(q, z){cost}\n}}\n"
        "let fit = maximize elbo(m() | {y = 1}, guide()) by adam(1e-2)\n"
    )


def _coins(by: str, cost: str) -> str:
    """A script that moves the probability of three coins."""
    return (
        "objective value() {\n  param mu: real = 0\n"
        f"  for i in 0..3 {{\n    z[i] ~ bernoulli(inv_logit(mu)) @ {by}\n  }}\n  return {cost}\n}}\n"
        "let fit = maximize value() by adam(1e-2)\n"
    )


_LOG = "objective log_elbo(p: model, q: model) {\n  return log(elbo(p, q))\n}\n"


class NotLinear(Error):
    """A function of an expectation is not the expectation of the function.

    `log(elbo(p, q))` estimated by the logarithm of an estimate is biased, and so are quotients, powers and `exp`. Sums,
    differences, multiples and products of independent expectations are fine. Where the bias is meant, `plugin` says so.
    """

    code = "PF505"
    title = "a function of the expectation `{name}` would be biased"
    bad = _elbo("normal(mu, 1)") + _LOG + "let other = maximize log_elbo(m() | {y = 1}, guide()) by adam(1e-2)\n"
    good = (
        _elbo("normal(mu, 1)")
        + _LOG.replace("log(", "2 * (")
        + "let other = maximize log_elbo(m() | {y = 1}, guide()) by adam(1e-2)\n"
    )


class NotAStrategy(Error):
    """What stands after `@` is not the name of a strategy, with arguments or without.

    The strategies for continuous choices are `reparam`, `score`, `mvd`, `loo(k)`, `forward(k)`; for discrete ones
    `enum`, `score`, `mvd`, `loo(k)`; and, biased, `unsafe gumbel(temperature)` and `unsafe straight_through`.
    """

    code = "PF218"
    title = "`{text}` is not a strategy"


class SharedChoice(Error):
    """A choice is looked at at several points, and a cost depends on several elements of it at once.

    `@ enum`, `@ mvd` and `@ loo(k)` compute what follows from a choice once for each of its points. In a loop each
    element has points of its own, and a cost that depends on one element is summed over those. A cost that depends on
    many elements would be needed at every combination of their points.
    """

    code = "PF506"
    title = "the points of `{name}` cannot be taken one element at a time"
    bad = _coins("enum", "(z[0] + z[1] + z[2])^2")
    good = _coins("score", "(z[0] + z[1] + z[2])^2")


class StrategyRefused(Error):
    """A strategy cannot take this choice.

    `reparam` and `forward` need draws that are smooth functions of their parameters, `enum` a finite support that is
    known before compilation, `mvd` a law whose weak derivative is known, `loo(k)` a number of draws.
    """

    code = "PF501"
    title = "`@ {name}` cannot take `{variable}`"
    bad = _elbo("normal(mu, 1) @ enum")
    good = _elbo("normal(mu, 1) @ reparam")


class BaselineType(Error):
    """A baseline is a number.

    `@ score(baseline=b)` takes b off the costs that are multiplied by the score: a number, `ema(0.9)` for a moving
    average of the costs, or an expression, such as a network with one output. What is not known before the draw
    cannot stand in it.
    """

    code = "PF507"
    title = "a baseline is a number"
    bad = _elbo("normal(mu, 1) @ score(baseline=b)").replace(
        "param mu: real = 0", "param mu: real = 0\n  param b: vector[2] = 0"
    )
    good = _elbo("normal(mu, 1) @ score(baseline=b)").replace(
        "param mu: real = 0", "param mu: real = 0\n  param b: real = 0"
    )


class ReachesJump(Error):
    """A pathwise choice reaches a discontinuity.

    The derivative of E[f(x)] passes a reparameterised draw by the slope of f. Where f jumps (a comparison, a rounding,
    an index, a branch) its slope says nothing of the jump, and the estimate of the derivative would be wrong, without
    any sign of it. The score estimator needs no slope.
    """

    code = "PF502"
    title = "`{name}`, drawn by `@ {strategy}`, reaches a jump"
    bad = _elbo("normal(mu, 1) @ reparam", " + r", "  let r = if z.x > 0 then 1.0 else 0.0\n")
    good = _elbo("normal(mu, 1) @ score", " + r", "  let r = if z.x > 0 then 1.0 else 0.0\n")


class BiasedStrategy(Error):
    """A relaxation has a derivative that is not that of the expectation.

    `gumbel` and `straight_through` put something smooth in the place of a discrete draw. Their derivatives have less
    variance and a bias that nothing in the result shows; the word `unsafe` says that this is known.
    """

    code = "PF503"
    title = "`@ {name}` is biased"
    bad = _elbo("normal(mu, 1) @ stop")
    good = _elbo("normal(mu, 1) @ unsafe stop")


class UnknownStrategy(Error):
    """There is no such strategy, or it does not take such an argument.

    The strategies are `reparam`, `score(baseline=b)`, `mvd`, `loo(k)`, `forward(k)`, `enum`, `stop`, and, marked
    `unsafe` because they are biased, `gumbel(temperature)` and `straight_through`.
    """

    code = "PF504"
    title = "there is no strategy `{name}`"
    bad = _elbo("normal(mu, 1) @ reparametrize")
    good = _elbo("normal(mu, 1) @ reparam")
