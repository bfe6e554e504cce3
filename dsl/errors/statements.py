"""PF110 to PF119: statements and expressions that can be read but are not of the language."""

from __future__ import annotations

from pushforward.dsl.diagnostic import Diagnostic
from pushforward.dsl.errors.error import Error
from pushforward.dsl.source import Span
from pushforward.dsl.tree import Expr


class ChainedComparison(Error):
    """Comparisons do not chain.

    `a < b < c` would compare a truth value with `c`. Write both comparisons and join them; where a truth value
    is meant to be compared, parentheses say so.
    """

    code = "PF110"
    title = "comparisons do not chain"
    bad = "fun inside(x: real) -> bool = 0 < x < 1\n"
    good = "fun inside(x: real) -> bool = 0 < x && x < 1\n"

    @classmethod
    def at(cls, left: Expr, operator: str, right: Expr) -> Diagnostic:
        """`left` is itself a comparison, without parentheses."""
        span = left.span.to(right.span)
        if operator == "..":
            return cls.diagnostic(span, "a range has two ends", helps=("write `a..b`",))
        middle = getattr(left, "right", left).span.text
        help_ = f"write `{left.span.text} && {middle} {operator} {right.span.text}`"
        return cls.diagnostic(span, "this compares a truth value", helps=(help_,) if "\n" not in help_ else ())


class NotATarget(Error):
    """What stands left of `~` or `=` cannot be drawn or assigned.

    Left of `~` and of `=` stands a name, or elements or slices of a name: `y ~ ...`, `y[t] ~ ...`, `h[0] = ...`.
    To observe a function of the data, bind it first: `let ly = log(y)`, then `ly ~ normal(m, s)`.
    """

    code = "PF111"
    title = "only a name or its elements may stand left of `{sign}`"
    bad = "model m(y: positive) {\n  log(y) ~ normal(0, 1)\n}\n"
    good = "model m(y: positive) {\n  let ly = log(y)\n  ly ~ normal(0, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, sign: str) -> Diagnostic:
        """`span` is the expression that stands there."""
        return cls.diagnostic(span, "not a name", helps=("bind it with `let` first",), sign=sign)


class NotAValue(Error):
    """A statement is written in a form that this language has for something else, or not at all.

    `x <- e` reads as a comparison with `-e`: a name is bound by `let x = e`, an element is set by `x[i] = e`, and
    a site is written `x ~ d`. `subject to` follows an `argmin`, a `minimize` or stands on a line of its own.
    """

    code = "PF112"
    title = "{what}"
    bad = "model m() {\n  mu <- 3\n}\n"
    good = "model m() {\n  let mu = 3\n}\n"

    @classmethod
    def arrow(cls, span: Span, name: str) -> Diagnostic:
        """`x <- e`."""
        help_ = f"write `let {name} = ...`" if name.isidentifier() else f"write `{name} = ...`"
        return cls.diagnostic(span, "reads as `<` and `-`", helps=(help_,), what="`<-` does not assign")

    @classmethod
    def subject_to(cls, span: Span) -> Diagnostic:
        """`subject to` after an expression that optimises nothing."""
        return cls.diagnostic(span, "nothing is optimised here", what="these constraints belong to nothing")


class UnknownBound(Error):
    """Between the angle brackets of a type stand `lower=` and `upper=`.

    `real<lower=0>`, `real<upper=1>`, `real<lower=a, upper=b>`. Stan's `offset` and `multiplier` do not exist: the
    compiler chooses the parameterisation itself.
    """

    code = "PF113"
    title = "a type has no bound `{name}`"
    bad = "model m() {\n  x: real<offset=1> ~ normal(0, 1)\n}\n"
    good = "model m() {\n  x: real<lower=1> ~ normal(0, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, name: str) -> Diagnostic:
        """`span` is the word before the `=`."""
        return cls.diagnostic(span, "neither `lower` nor `upper`", name=name)
