"""PF450 to PF499: what the compiler finds, for one thing asked of a program and one set of observed variables.

`pushforward check` does not meet these: whether they arise depends on what is asked, and on what the data give.
"""

from __future__ import annotations

from typing import ClassVar

from pushforward.dsl.diagnostic import Severity
from pushforward.dsl.errors.error import Error


class NoNormaliser(Error):
    """A distribution is cut by a type narrower than its support, and the mass inside the type is not known.

    A declared type truncates its distribution. The density must then be divided by the mass that the type leaves,
    which takes a distribution function; this distribution has none here. Where the mass depends on something
    unknown, leaving it out would change the posterior, so it is not left out silently. Choose a distribution that
    lives on the declared type, or declare the variable with the support of the distribution.
    """

    code = "PF451"
    title = "the normaliser of {law}, cut by the declared type, is not known"
    severity: ClassVar[Severity] = "not yet"
    bad = (
        "model m() {\n  a ~ normal(0, 1)\n  let w = [0.5, 0.5]\n"
        "  x: positive ~ mixture(w, [normal(a, 1), normal(0, 1)])\n  y ~ normal(x, 1)\n}\n"
    )
    good = "model m() {\n  a ~ normal(0, 1)\n  x: real<lower=0, upper=1> ~ normal(a, 1)\n  y ~ normal(x, 1)\n}\n"


class NoDraws(Error):
    """Draws are asked of a model that has an improper prior.

    `flat()` has a density, which is 1 everywhere, and is no probability distribution: nothing can be drawn from it.
    The posterior may exist all the same and can be sampled; prior and prior predictive draws do not exist. Give the
    variable a proper prior, or its value in the data.
    """

    code = "PF452"
    title = "{name} has a density and no draws"
    bad = "model m() {\n  mu ~ flat()\n  y ~ normal(mu, 1)\n}\n"
    good = "model m() {\n  mu ~ normal(0, 10)\n  y ~ normal(mu, 1)\n}\n"


class NoCutDraws(Error):
    """Draws are asked of a distribution that the declared type cuts, and there is no way to make them yet.

    A cut distribution is drawn through its quantile function; this one has none here. The density and the posterior
    are not affected. Choose a distribution whose support is the declared type, or one with a quantile function.
    """

    code = "PF453"
    title = "draws of {name}, cut by the declared type"
    severity: ClassVar[Severity] = "not yet"
    bad = "model m() {\n  x: positive ~ skew_normal(0, 1, 2)\n  y ~ normal(x, 1)\n}\n"
    good = "model m() {\n  x: positive ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\n"


class Uncovered(Error):
    """Some elements of a container have a site and others have none, and the data do not give it.

    An element without a site has no density: the model says nothing about it, so it must be known. Give the
    container in the data (elements with a site are then observed, the others conditioned on), or write sites for
    the rest.
    """

    code = "PF454"
    title = "some elements of {name} have no site"
    bad = "model m() {\n  x: vector[3]\n  x[0] ~ normal(0, 1)\n  y ~ normal(sum(x), 1)\n}\n"
    good = "model m() {\n  x: vector[3]\n  x[0] ~ normal(0, 1)\n  x[1:3] ~ normal(0, 2)\n  y ~ normal(sum(x), 1)\n}\n"


class NotCompiledYet(Error):
    """A program is sound and this version has no way to compute what is asked of it.

    Nothing is wrong with the program. What it says of the construct tells how far the compiler is; often another
    way of writing the same thing compiles, and the help line shows it. Discrete variables that the data do not give
    are the commonest case: under a gradient-based sampler they must be summed out, which a `mixture` does already.
    """

    code = "PF491"
    title = "{construct} has no meaning yet"
    severity: ClassVar[Severity] = "not yet"
    bad = "model m(p: unit) {\n  z ~ bernoulli(p)\n  y ~ normal(z, 1)\n}\n"
    good = "model m(p: unit) {\n  y ~ mixture([1 - p, p], [normal(0, 1), normal(1, 1)])\n}\n"
