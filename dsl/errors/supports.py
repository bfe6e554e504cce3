"""PF360 to PF379: supports and domains."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class OutsideDomain(Error):
    """An argument is certainly outside the domain of its parameter."""

    code = "PF360"
    title = "`{parameter}` of `{callee}` must be {wanted}"
    bad = "model m() {\n  y ~ normal(0, -1)\n}\n"
    good = "model m() {\n  y ~ normal(0, 1)\n}\n"


class DiscreteMismatch(Error):
    """A discrete distribution draws a real variable, or a continuous one whole numbers.

    Whole numbers in the data may be declared real: `earn: vector[N]` reads 50000 as well as 50000.0.
    """

    code = "PF361"
    title = "a {law} distribution on something {found}"
    bad = "model m() {\n  y: real ~ poisson(3)\n}\n"
    good = "model m() {\n  y: int ~ poisson(3)\n}\n"


class DisjointSupport(Error):
    """The declared type and the distribution have no value in common, so that the site has probability zero."""

    code = "PF362"
    title = "`{law}` cannot draw a value of the declared type"
    bad = "model m() {\n  y: real<upper=-1> ~ half_normal(1)\n}\n"
    good = "model m() {\n  y: real<upper=-1> ~ normal(0, 1)\n}\n"


class KindMismatch(Error):
    """The declared type is one of structured values, and the distribution draws others."""

    code = "PF363"
    title = "declared {declared}, drawn {support}"
    bad = "model m() {\n  w: ordered[3] ~ dirichlet(ones(3))\n}\n"
    good = "model m() {\n  w: simplex[3] ~ dirichlet(ones(3))\n}\n"


class MixedSupports(Error):
    """Parts of one container have laws on different supports.

    A variable has one constraint for all its elements. Declare one that all the laws allow, or make the parts
    variables of their own.
    """

    code = "PF364"
    title = "the parts of `{name}` are drawn from different supports"
    bad = "model m() {\n  s: vector[2]\n  s[0] ~ normal(0, 1)\n  s[1] ~ half_normal(1)\n}\n"
    good = "model m() {\n  s: positive[2]\n  s[0] ~ normal(0, 1)\n  s[1] ~ half_normal(1)\n}\n"


class MixtureArguments(Error):
    """A mixture is not given weights and components.

    `mixture(w, [normal(0, 1), normal(5, 2)])` mixes distributions; `mixture(w, normal(mu, s))` mixes one family
    whose arguments are arrays over the components.
    """

    code = "PF365"
    title = "a mixture takes weights and components"
    bad = "model m(w: simplex[2]) {\n  y ~ mixture(w, normal(0, 1))\n}\n"
    good = "model m(w: simplex[2]) {\n  y ~ mixture(w, normal([0, 2], 1))\n}\n"


class MixtureWeights(Error):
    """The weights of a mixture are not one for each component."""

    code = "PF366"
    title = "a mixture needs one weight a component"
    bad = "model m(w: simplex[3]) {\n  y ~ mixture(w, [normal(0, 1), normal(2, 1)])\n}\n"
    good = "model m(w: simplex[2]) {\n  y ~ mixture(w, [normal(0, 1), normal(2, 1)])\n}\n"


class MixtureSupports(Error):
    """A mixture of discrete and continuous distributions has neither a density nor a mass function."""

    code = "PF367"
    title = "the components of a mixture must be all discrete or all continuous"
    bad = "model m(w: simplex[2]) {\n  y ~ mixture(w, [normal(0, 1), poisson(2)])\n}\n"
    good = "model m(w: simplex[2]) {\n  y ~ mixture(w, [normal(0, 1), exponential(2)])\n}\n"
