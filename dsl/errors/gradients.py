"""PF501 to PF529: strategies for choices, and expectations."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class NotLinear(Error):
    """A function of an expectation is not the expectation of the function.

    `log(elbo(p, q))` estimated by the logarithm of an estimate is biased, and so are quotients, powers and `exp`. Sums,
    differences, multiples and products of independent expectations are fine. Where the bias is meant, `plugin` says so.
    """

    code = "PF505"
    title = "a function of the expectation `{name}` would be biased"


class NotAStrategy(Error):
    """What stands after `@` is not the name of a strategy, with arguments or without.

    The strategies for continuous choices are `reparam`, `score`, `mvd`, `loo(k)`, `forward(k)`; for discrete ones `enum`,
    `score`, `mvd`, `loo(k)`; and, biased, `unsafe gumbel(temperature)` and `unsafe straight_through`.
    """

    code = "PF209"
    title = "`{text}` is not a strategy"
