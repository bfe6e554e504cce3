"""PF401 to PF409: what can be observed and conditioned on."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class ObservesRandom(Error):
    """A site observes a value that is computed from random variables.

    To observe is to condition on a value that is known: data, or a `let` made of data alone. A function of random
    variables has a law already, which follows from theirs; a second one for it would not define a probability. Where a
    soft constraint is meant, a `factor` adds the log-weight and says so.
    """

    code = "PF401"
    title = "`{name}` is random already"
    bad = "model m() {\n  x: vector[3] ~ normal(0, 1)\n  let s = sum(x)\n  s ~ normal(0, 0.1)\n}\n"
    good = "model m() {\n  x: vector[3] ~ normal(0, 1)\n  let s = sum(x)\n  factor -0.5 * (s / 0.1)^2\n}\n"
