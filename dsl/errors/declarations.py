"""PF390 to PF399: what a distribution declares of its derivatives."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class WeakParameter(Error):
    """A member `mvd_...` is not named for a parameter in which the distribution has a derivative.

    `mvd_mu` is the derivative in the parameter `mu`, which must be one real number: there is none in a whole number,
    and for an array there is no form of this yet.
    """

    code = "PF390"
    title = "`{name}` of `{law}` is not named for a real parameter"
    bad = (
        "distribution coin(p: unit) on int<lower=0, upper=1> {\n  logpmf(k) = log(if k == 1 then p else 1 - p)\n"
        "  mvd_q = {constant = 1, plus = 1, minus = 0}\n  bind numpyro.BernoulliProbs(probs=p)\n}\n"
    )
    good = bad.replace("mvd_q", "mvd_p")


class WeakResult(Error):
    """A member `mvd_...` does not give back what makes up a derivative.

    The derivative of a law is written as a difference of two: d/dp E[f(x)] = E[constant * (f(plus) - f(minus))]. The
    member draws what it needs and returns the record {constant, plus, minus}.
    """

    code = "PF391"
    title = "`{name}` must return {{constant, plus, minus}}"
    bad = (
        "distribution coin(p: unit) on int<lower=0, upper=1> {\n  logpmf(k) = log(if k == 1 then p else 1 - p)\n"
        "  mvd_p = {plus = 1, minus = 0}\n  bind numpyro.BernoulliProbs(probs=p)\n}\n"
    )
    good = bad.replace("{plus", "{constant = 1, plus")


class WeakType(Error):
    """Part of what a member `mvd_...` returns has the wrong type.

    `constant` is one real number. `plus` and `minus` are values that the distribution could have drawn, and have
    the type of its support.
    """

    code = "PF392"
    title = "`{name}` must be {wanted}"
    bad = (
        "distribution coin(p: unit) on int<lower=0, upper=1> {\n  logpmf(k) = log(if k == 1 then p else 1 - p)\n"
        "  mvd_p = {constant = 1, plus = 0.5, minus = 0}\n  bind numpyro.BernoulliProbs(probs=p)\n}\n"
    )
    good = bad.replace("0.5", "1")


class PathwiseWord(Error):
    """A distribution says something of the gradient of its draws that cannot be.

    `pathwise = "draw"` says that a draw, as it is written or as its library makes it, is a differentiable function of
    the parameters; this is the default. `pathwise = "implicit"` says that it is not, and that the derivative follows
    from the distribution function: the law needs the members `cdf` and `logpdf` and is on the real line. `pathwise =
    "none"` says that there is no such derivative. A discrete law has none.
    """

    code = "PF393"
    title = 'the draws of `{name}` are "draw", "implicit" or "none"'
    bad = (
        "distribution ramp(b: positive) on real<lower=0, upper=b> {\n  logpdf(x) = log(2 * x) - 2 * log(b)\n"
        '  pathwise = "implicit"\n  draw {\n    u ~ uniform(0, b^2)\n    return sqrt(u)\n  }\n}\n'
    )
    good = bad.replace("  pathwise", "  cdf(x) = (x / b)^2\n  pathwise")
