"""PF201 to PF219: names."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class UnknownName(Error):
    """A name is used that nothing binds.

    A name means something after a site (`mu ~ ...`), a `let`, a declaration, as an argument, as the index of a loop
    inside it, or as a size in the type of an argument. Statements are read from top to bottom: a site or a `let`
    must come before its use.
    """

    code = "PF201"
    title = "there is no `{name}` here"
    bad = "model m() {\n  y ~ normal(mu, 1)\n}\n"
    good = "model m() {\n  mu ~ normal(0, 1)\n  y ~ normal(mu, 1)\n}\n"


class AlreadyDefined(Error):
    """A name is defined twice.

    Within a program a name means one thing: neither a `let` nor the index of a loop may take the name of something
    visible. Names of separate blocks do not see each other and may be equal. A second site on a name is not a
    definition; a second type for it is.
    """

    code = "PF202"
    title = "`{name}` is already defined"
    bad = "model m(x: real) {\n  mu ~ normal(x, 1)\n  let x = mu + 1\n  return {x}\n}\n"
    good = "model m(x: real) {\n  mu ~ normal(x, 1)\n  let z = mu + 1\n  return {z}\n}\n"


class UnknownType(Error):
    """No type has this name.

    Types are `real int bool`, `positive nonneg unit`, `real<lower=a, upper=b>`, `index[N]`, arrays of them such as
    `positive[N]`, `vector[N]`, `matrix[M, N]`, and the constrained ones: `simplex[K]`, `ordered[K]`,
    `cov_matrix[K]` and others.
    """

    code = "PF203"
    title = "there is no type `{name}`"
    bad = "model m(x: vectr[N]) {\n  mu ~ normal(0, 1)\n  x ~ normal(mu, 1)\n}\n"
    good = "model m(x: vector[N]) {\n  mu ~ normal(0, 1)\n  x ~ normal(mu, 1)\n}\n"


class LawAsValue(Error):
    """A distribution stands where a value is needed.

    `normal(0, 1)` is a law, not a number. `x ~ normal(0, 1)` draws a number from it, and `x` is the value.
    """

    code = "PF204"
    title = "`{name}` is a distribution, not a value"
    bad = "model m() {\n  let x = normal(0, 1)\n  y ~ normal(x, 1)\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\n"


class FunctionAsValue(Error):
    """A function is used without being called.

    A function by itself is not a number. Call it with its arguments in parentheses.
    """

    code = "PF205"
    title = "`{name}` is a function, not a value"
    bad = "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, exp)\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, exp(1))\n}\n"


class ProgramAsValue(Error):
    """A program stands where a value is needed.

    A model is not a function: it has no value of its own. What two models share can be a `fun`, which both call.
    """

    code = "PF206"
    title = "`{name}` is a program, not a value"
    bad = "model a() {\n  x ~ normal(0, 1)\n}\nmodel b() {\n  let m = a()\n  y ~ normal(m, 1)\n}\n"
    good = "fun centre() -> real = 2.0\nmodel b() {\n  y ~ normal(centre(), 1)\n}\n"


class NotAFunction(Error):
    """Something that is not a function is called.

    Parentheses after a name call a function; brackets take an element of an array.
    """

    code = "PF207"
    title = "`{name}` is not a function"
    bad = "model m(x: vector[N]) {\n  y ~ normal(x(0), 1)\n}\n"
    good = "model m(x: vector[N]) {\n  y ~ normal(x[0], 1)\n}\n"


class UnknownFunction(Error):
    """A function is called that neither the file nor the library declares.

    Functions have the names that Stan gives them where Stan has them. Your own are declared with `fun`.
    """

    code = "PF208"
    title = "there is no function `{name}`"
    bad = "model m(x: positive) {\n  y ~ normal(sqr(x), 1)\n}\n"
    good = "model m(x: positive) {\n  y ~ normal(sqrt(x), 1)\n}\n"


class UnknownLaw(Error):
    """A site draws from a distribution that nothing declares.

    Distributions have the names that Stan gives them: `normal`, `student_t`, `half_cauchy`, `neg_binomial_2`, ...
    """

    code = "PF209"
    title = "there is no distribution `{name}`"
    bad = "model m() {\n  y ~ norml(0, 1)\n}\n"
    good = "model m() {\n  y ~ normal(0, 1)\n}\n"


class ArgumentCount(Error):
    """A call gives too few or too many arguments.

    Arguments are given in the order of the parameters, or by name: `normal(mu=0, sigma=1)`.
    """

    code = "PF210"
    title = "`{callee}` takes {wanted}, not {count}"
    bad = "model m() {\n  y ~ normal(0)\n}\n"
    good = "model m() {\n  y ~ normal(0, 1)\n}\n"


class ArgumentName(Error):
    """A call names a parameter that does not exist, or one twice."""

    code = "PF211"
    title = "`{callee}` cannot take `{name}` here"
    bad = "model m() {\n  y ~ normal(mu=0, scale=1)\n}\n"
    good = "model m() {\n  y ~ normal(mu=0, sigma=1)\n}\n"


class FunctionAsLaw(Error):
    """A site draws from a function.

    Right of `~` stands a distribution. A value that is computed is bound with `let`.
    """

    code = "PF212"
    title = "`{name}` is a function, not a distribution"
    bad = "model m() {\n  x ~ normal(0, 1)\n  y ~ exp(x)\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n  let y = exp(x)\n  return {y}\n}\n"


class LawWithoutArguments(Error):
    """A site names a distribution without its arguments."""

    code = "PF213"
    title = "`{name}` needs its arguments"
    bad = "model m() {\n  y ~ normal\n}\n"
    good = "model m() {\n  y ~ normal(0, 1)\n}\n"


class NotALaw(Error):
    """A site draws from a value.

    Right of `~` stands a distribution: `y ~ normal(mu, 1)`. Something equal to a value is bound with `let`.
    """

    code = "PF214"
    title = "what stands right of `~` is not a distribution"
    bad = "model m() {\n  mu ~ normal(0, 1)\n  y ~ 2 * mu\n}\n"
    good = "model m() {\n  mu ~ normal(0, 1)\n  y ~ normal(2 * mu, 1)\n}\n"


class SiteTarget(Error):
    """A site draws into something that cannot be drawn.

    Left of `~` stands a variable, an element or slice of one, or an argument or `let` that is observed. The index
    of a loop has its value already, and so does a container whose elements are stored with `=`.
    """

    code = "PF215"
    title = "`{name}` cannot be drawn"
    bad = "model m(N: int) {\n  let h: vector[N]\n  h[0] = 1\n  h[0] ~ normal(0, 1)\n}\n"
    good = "model m(N: int) {\n  h: vector[N]\n  h[0] ~ normal(0, 1)\n}\n"


class CannotAssign(Error):
    """Something is assigned that is not a container.

    Values do not change: `let x = e` binds a name once. Only the elements of a container (`let h: vector[T]`) are
    stored, each once.
    """

    code = "PF216"
    title = "`{name}` cannot be assigned"
    bad = "model m(T: int) {\n  h[0] = 1\n  y ~ normal(0, T)\n}\n"
    good = "model m(T: int) {\n  let h: vector[T]\n  h[0] = 1\n  y ~ normal(h[0], T)\n}\n"


class Recursion(Error):
    """A function calls itself.

    Functions are unfolded where they are called, so a call inside itself would never end. Write the repetition as a
    loop.
    """

    code = "PF217"
    title = "`{name}` calls itself"
    bad = "fun f(x: real) -> real = 0.5 * f(x)\nmodel m() {\n  y ~ normal(f(1), 1)\n}\n"
    good = "fun f(x: real) -> real = 0.5 * x\nmodel m() {\n  y ~ normal(f(1), 1)\n}\n"
