"""PF380 to PF399: warnings about programs that are well typed and probably not meant."""

from __future__ import annotations

from typing import ClassVar

from pushforward.dsl.diagnostic import Severity
from pushforward.dsl.errors.error import Error


class Care(Error):
    """A warning."""

    severity: ClassVar[Severity] = "warning"


class NoPrior(Care):
    """A declared variable has no site at all.

    Elements without a site must be given by the data. A parameter on which nothing is known before is written `x ~
    flat()`.
    """

    code = "PF381"
    title = "`{name}` has no prior"
    bad = "model m() {\n  b: vector[3]\n  y ~ normal(sum(b), 1)\n}\n"
    good = "model m() {\n  b: vector[3]\n  b ~ normal(0, 1)\n  y ~ normal(sum(b), 1)\n}\n"


class TwoPriors(Care):
    """A variable is drawn twice, so that its density is the product of both laws. This is rarely meant."""

    code = "PF382"
    title = "`{name}` has two priors"
    bad = "model m() {\n  b ~ normal(0, 1)\n  b ~ cauchy(0, 1)\n}\n"
    good = "model m() {\n  b ~ normal(0, 1)\n}\n"


class MayLeaveDomain(Care):
    """Nothing keeps an argument where its parameter needs it.

    A scale that is an unconstrained variable can become negative, and the density is then undefined. Declare what
    the value is made of (`positive`, `unit`, `real<lower=...>`), or transform it (`exp`, `inv_logit`).
    """

    code = "PF383"
    title = "`{parameter}` of `{callee}` must be {wanted}"
    bad = "model m() {\n  s ~ normal(0, 1)\n  y ~ normal(0, s)\n}\n"
    good = "model m() {\n  s: positive ~ normal(0, 1)\n  y ~ normal(0, s)\n}\n"


class Unused(Care):
    """Nothing reads an argument or a `let`. A name that begins with `_` is left alone."""

    code = "PF384"
    title = "the {what} `{name}` is not used"
    bad = "model m(x: real) {\n  b ~ normal(0, 1)\n}\n"
    good = "model m(x: real) {\n  b ~ normal(x, 1)\n}\n"


class HardBound(Care):
    """A variable is kept between two constants.

    Unless the quantity itself has these bounds (a probability, an angle), values just outside are as possible as
    values just inside, and the posterior piles up at the bound. A soft prior says the same without the wall.
    """

    code = "PF385"
    title = "a hard bound: {lower} to {upper}"
    bad = "model m() {\n  b: real<lower=0, upper=100> ~ flat()\n  y ~ normal(b, 1)\n}\n"
    good = "model m() {\n  b ~ normal(50, 50)\n  y ~ normal(b, 1)\n}\n"


class IndexMayRunOut(Care):
    """An index type counts further than the array it is used on."""

    code = "PF386"
    title = "an index below {size} into an array of {dim}"
    bad = "model m(k: index[N, J], N: int) {\n  a: vector[N] ~ normal(0, 1)\n  y ~ normal(a[k], 1)\n}\n"
    good = "model m(k: index[N, J]) {\n  a: vector[J] ~ normal(0, 1)\n  y ~ normal(a[k], 1)\n}\n"


class IgnoresItsData(Care):
    """An observed value has a law that depends on nothing unknown, so that it tells nothing about any parameter."""

    code = "PF387"
    title = "the likelihood of `{name}` ignores every parameter"
    bad = "model m(y: vector[N]) {\n  mu ~ normal(0, 1)\n  y ~ normal(0, 1)\n  return {mu}\n}\n"
    good = "model m(y: vector[N]) {\n  mu ~ normal(0, 1)\n  y ~ normal(mu, 1)\n  return {mu}\n}\n"
