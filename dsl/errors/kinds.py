"""PF320 to PF339: values of the wrong type."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class NotABool(Error):
    """Something other than true or false stands where a truth value is needed. Numbers are not truth values
    here."""

    code = "PF320"
    title = "{where} must be true or false"
    bad = "model m(x: real) {\n  b ~ normal(if x then 1 else 2, 1)\n}\n"
    good = "model m(x: real) {\n  b ~ normal(if x != 0 then 1 else 2, 1)\n}\n"


class NotNumbers(Error):
    """An operator meets something that is not a number or an array of numbers, such as a record."""

    code = "PF321"
    title = "`{op}` works on numbers"
    bad = "model m(x: real) {\n  let r = {a = x}\n  b ~ normal(r + 1, 1)\n}\n"
    good = "model m(x: real) {\n  let r = {a = x}\n  b ~ normal(r.a + 1, 1)\n}\n"


class ArgumentType(Error):
    """An argument has a type that its parameter does not take.

    A bool counts as 0 or 1 and an int as a real where one is needed; a real is never rounded by itself.
    """

    code = "PF322"
    title = "`{parameter}` of `{callee}` takes {wanted}, not {found}"
    bad = "model m() {\n  p ~ beta(1, 1)\n  k ~ binomial(2.5, p)\n}\n"
    good = "model m() {\n  p ~ beta(1, 1)\n  k ~ binomial(2, p)\n}\n"


class NoOverload(Error):
    """A function has several forms and none takes these arguments."""

    code = "PF323"
    title = "no form of `{callee}` takes these arguments"
    bad = "model m(x: real) {\n  let r = {a = x, b = 1}\n  y ~ normal(sum(r), 1)\n}\n"
    good = "model m(x: real) {\n  let r = [x, 1]\n  y ~ normal(sum(r), 1)\n}\n"


class NoField(Error):
    """A field is read that the value does not have. Fields belong to records: `{a = 1, b = 2}`."""

    code = "PF324"
    title = "there is no field `{name}`"
    bad = "model m(x: real) {\n  let r = {low = x}\n  b ~ normal(r.lw, 1)\n}\n"
    good = "model m(x: real) {\n  let r = {low = x}\n  b ~ normal(r.low, 1)\n}\n"


class StringValue(Error):
    """Text stands inside a program. Programs compute with numbers; text belongs to scripts."""

    code = "PF325"
    title = "text is not a value of a program"
    bad = 'model m() {\n  b ~ normal("0", 1)\n}\n'
    good = "model m() {\n  b ~ normal(0, 1)\n}\n"


class DeclaredType(Error):
    """A value is not of the type that its declaration says. A real is never made an int by itself."""

    code = "PF326"
    title = "`{name}` is declared {declared}"
    bad = "model m(x: real) {\n  let k: int = x\n  b ~ normal(k, 1)\n}\n"
    good = "model m(x: real) {\n  let k: real = x\n  b ~ normal(k, 1)\n}\n"


class LostValue(Error):
    """A statement computes a value and drops it."""

    code = "PF327"
    title = "this computes something and drops it"
    bad = "model m(x: real) {\n  b ~ normal(0, 1)\n  b * x\n}\n"
    good = "model m(x: real) {\n  b ~ normal(0, 1)\n  factor b * x\n}\n"


class NotScalar(Error):
    """An array stands where one value is needed."""

    code = "PF328"
    title = "{what} is one value"
    bad = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  factor b * x\n}\n"
    good = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  factor sum(b * x)\n}\n"


class ReturnPlace(Error):
    """A `return` is not the last statement.

    A program and a function give back what their last statement returns. An `if` at the end of a function may
    return from both branches.
    """

    code = "PF329"
    title = "`return` must come last"
    bad = "model m() {\n  b ~ normal(0, 1)\n  return {b}\n  y ~ normal(b, 1)\n}\n"
    good = "model m() {\n  b ~ normal(0, 1)\n  y ~ normal(b, 1)\n  return {b}\n}\n"


class NoReturn(Error):
    """A function ends without a `return`, or only one branch of its last `if` returns."""

    code = "PF330"
    title = "this function gives nothing back"
    bad = "fun f(x: real) -> real {\n  let y = 2 * x\n}\nmodel m() {\n  b ~ normal(f(1), 1)\n}\n"
    good = "fun f(x: real) -> real {\n  let y = 2 * x\n  return y\n}\nmodel m() {\n  b ~ normal(f(1), 1)\n}\n"


class TypeNeeded(Error):
    """A parameter or a container has no type, and nothing else says what it is."""

    code = "PF331"
    title = "`{name}` needs a type"
    bad = "model m(x) {\n  b ~ normal(x, 1)\n}\n"
    good = "model m(x: real) {\n  b ~ normal(x, 1)\n}\n"


class BoundElement(Error):
    """Bounds stand where they have no meaning: on a type that has its own, or with a value that is no number."""

    code = "PF332"
    title = "bounds do not fit `{name}` here"
    bad = "model m() {\n  b: positive<upper=2> ~ normal(0, 1)\n}\n"
    good = "model m() {\n  b: real<lower=0, upper=1> ~ normal(0, 1)\n}\n"


class TypeRank(Error):
    """A type is written without the sizes that it needs.

    A vector has one size and a matrix two; `simplex[K]` and `ordered[K]` have one, and so have square matrices such
    as `cov_matrix[K]`. Sizes before these make an array: `simplex[N, K]`.
    """

    code = "PF333"
    title = "`{name}` needs its sizes"
    bad = "model m(x: matrix[N]) {\n  b ~ normal(0, 1)\n  x ~ normal(b, 1)\n}\n"
    good = "model m(x: matrix[N, N]) {\n  b ~ normal(0, 1)\n  x ~ normal(b, 1)\n}\n"
