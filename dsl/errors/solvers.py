"""PF601 to PF629: solvers, and derivatives through what they solve."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


def _ridge(clauses: str, loss: str = "sum((y - X * w).^2) + dot(w, w)", binder: str = "w: vector[D]") -> str:
    return (
        "model m(X: matrix[N, D]) {\n  tau ~ half_normal(1)\n  y: vector[N]\n"
        f"  let w = argmin {binder} {{ {loss} }} {clauses}\n".replace("y - X * w", "1 - X * w")
        + "  y ~ normal(X * w, tau)\n}\n"
    )


class UnknownAlgorithm(Error):
    """What stands after `by` is not the name of a solver, or what stands after `@` not that of a rule.

    `pushforward explain` does not list them; the REPL completes their names. Solvers are declared in the library, and a
    file may declare its own: `solver mine(tol: positive = 1e-8) for argmin = extern my_package.Mine`.
    """

    code = "PF601"
    title = "there is no {kind} `{name}`"
    bad = _ridge("by newtom()")
    good = _ridge("by newton()")


class WrongAlgorithm(Error):
    """The solver exists, but not for this: a solver of equations does not minimise, a solver of smooth problems does
    not
    take constraints, and one that works on sums of squares needs a loss of that form.
    """

    code = "PF602"
    title = "`{name}` {wrong}"
    bad = _ridge("subject to sum(w) == 1 by newton()")
    good = _ridge("by newton()")


class AlgorithmArgument(Error):
    """An argument of a solver or a rule is not one that it has, or not of its kind. They are plain numbers and words,
    known before the program runs, and other solvers.
    """

    code = "PF603"
    title = "`{name}` cannot take this argument"
    bad = _ridge("by newton(tolerance=1e-8)")
    good = _ridge("by newton(tol=1e-8)")


class KinkedLoss(Error):
    """The loss has a kink, and what solves it or differentiates through it takes it to be smooth.

    At a kink there is no gradient, minima like to sit there, and the implicit function theorem does not hold. Terms
    whose proximal operator is known (`l1`, `group_lasso`, `tv1d`, ...) may be added to a loss that a proximal solver
    minimises: the derivative then passes through the proximal fixed point. `@ unroll` and `@ stop` do not use the
    theorem.
    """

    code = "PF604"
    title = "the loss has a kink at `{name}`"
    bad = _ridge("by newton()", "sum((y - X * w).^2) + sum(abs(w))")
    good = _ridge("by newton()", "sum((y - X * w).^2) + sum(sqrt(1e-6 + w.^2))")


class UnknownDomain(Error):
    """What stands after `in` is not a set. A set is a function of the language that projects on it: `w in l2_ball(1)`
    stands for `project_l2_ball(w, 1)`.
    """

    code = "PF605"
    title = "there is no set `{name}`"
    bad = _ridge("by newton()", binder="w: vector[D] in nowhere(1)")
    good = _ridge("by newton()")


class SolveBody(Error):
    """What a hole solves does not have the right form: a loss and a payoff are one number; a root is given by arrays
    that
    become 0, a fixed point by new values, as many and of the same shapes as the unknowns.
    """

    code = "PF606"
    title = "this {kind} does not fit what it solves for"
    bad = _ridge("by newton()", "(1 - X * w).^2")
    good = _ridge("by newton()", "sum((1 - X * w).^2)")


class ChoiceInside(Error):
    """A random choice stands in the body of a hole. What is solved must be one function, not a new one at each look;
    draw before it, or minimise an expectation in an objective.
    """

    code = "PF607"
    title = "a random choice inside `{kind}`"
    bad = _ridge("by newton()", "z ~ normal(0, 1); sum((1 - X * w).^2) + z * w[0]")
    good = _ridge("by newton()", "sum((1 - X * w).^2)")


def _slope(value: str) -> str:
    return (
        "model m(a: vector[N]) {\n  x: vector[N] ~ normal(0, 1)\n"
        f"  let g = grad(fun(u) = {value})(x)\n  y ~ normal(sum(g), 1)\n}}\n"
    )


class DerivativeOf(Error):
    """`grad(f)(x)` is the gradient of f at x, with the shape of x; `hessian(f)(x)` the matrix of second derivatives of
    a function of a vector, or the second derivative of one of a number.

    f is `fun(u) = e`, the name of a function, or its call with what follows the first argument; it gives one number.
    Neither has a meaning before it is applied to a value.
    """

    code = "PF609"
    title = "this is no `{name}` of a function at a value"
    bad = _slope("u .* a")
    good = _slope("sum(u.^3 .* a)")


def _handed(body: str) -> str:
    return f"fun f(x: real) -> real = {body}\n\nmodel m() {{\n  y ~ normal(f(2) by newton(steps=20), 1)\n}}\n"


class NothingSolved(Error):
    """`f(x) by newton() @ unroll` says by what the holes in the body of the function f are solved, and how derivatives
    pass them. f has none, and neither have the functions that it calls.
    """

    code = "PF612"
    title = "`by` and `@` say nothing of `{name}`"
    bad = _handed("x^2")
    good = _handed("root u { u + exp(u) - x }")


class ProblemShape(Error):
    """A problem has parameters, one goal, and between them what follows from the parameters.

    `param x: T = start` says what is solved for, `minimize e` or `maximize e` what for, `subject to` within which
    limits.
    Choices (`x ~ normal(0, 1)`) belong to models and objectives.
    """

    code = "PF608"
    title = "the problem `{name}` does not say what is solved"
    bad = "problem p(a: vector[N]) {\n  param x: vector[N] = 0\n  let r = x - a\n}\n"
    good = "problem p(a: vector[N]) {\n  param x: vector[N] = 0\n  let r = x - a\n  minimize dot(r, r) by newton()\n}\n"
