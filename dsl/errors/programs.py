"""PF402 to PF419: programs as arguments, drawing from them, and their densities."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error

_ELBO = "objective elbo(p: model, q: model) {\n  z ~ q\n  return logp(p, z) - logp(q, z)\n}\n"
_GUIDE = "model guide() {\n  param m: real = 0\n  x ~ normal(m, 1)\n}\n"
_MODEL = "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\n"
_PAIR = (
    "model m() {\n  x ~ normal(0, 1)\n  w ~ normal(x, 1)\n  y ~ normal(w, 1)\n}\n"
    "model guide() {\n  param m: real = 0\n  x ~ normal(m, 1)\n  w ~ normal(m, 1)\n}\n"
)
_ODD = "let fit = maximize odd(m() | {y = 1}, guide()) by adam(1e-2)\n"
_FIT = "let fit = maximize elbo(m() | {y = 1}, guide()) by adam(1e-2)\n"


class NotAProgram(Error):
    """A program is needed, and something else stands there.

    A parameter of type `model` takes a model of the file or of the library, with its arguments: `guide()`,
    `schools(sigma)`, `cone() | {z = 5}`.
    """

    code = "PF402"
    title = "{what} needs a program"
    bad = _MODEL + _GUIDE + _ELBO + "let fit = maximize elbo(m() | {y = 1}, 3) by adam(1e-2)\n"
    good = _MODEL + _GUIDE + _ELBO + _FIT


class NoValueOfChoice(Error):
    """The density of a program is asked for, and one of its variables has no value.

    `logp(p, z)` is the density of all variables of `p`: each is a choice in the record `z`, or known by conditioning:
    `p | {y = data}`. A guide must draw every unknown of the model.
    """

    code = "PF403"
    title = "`{name}` of `{program}` has no value in `{record}`"
    bad = _MODEL + _GUIDE + _ELBO + "let fit = maximize elbo(m(), guide()) by adam(1e-2)\n"
    good = _MODEL + _GUIDE + _ELBO + _FIT


class ChoiceNotInProgram(Error):
    """A record has a choice that the program does not make.

    The density of the program says nothing of it, so that the integral over it would not be one. Leave the auxiliary
    choices of a guide out with `marginal(q, keep=[...])`, or take them apart: `logp(p, {x = z.x})`.
    """

    code = "PF404"
    title = "`{name}` is no variable of `{program}`"
    bad = _MODEL + "model guide() {\n  param m: real = 0\n  x ~ normal(m, 1)\n  u ~ normal(0, 1)\n}\n" + _ELBO + _FIT
    good = _MODEL + _GUIDE + _ELBO + _FIT


class SupportNotCovered(Error):
    """A program draws values where the density that is asked for does not exist.

    The guide of a positive unknown must draw positive numbers: elsewhere the model has no density, and the objective
    would be minus infinity. Use a law on the same support, or transform: `mean_field(p)` does.
    """

    code = "PF405"
    title = "`{name}` is drawn on {found}, and its density is on {wanted}"
    bad = "model m() {\n  x: positive ~ gamma(2, 2)\n  y ~ normal(x, 1)\n}\n" + _GUIDE + _ELBO + _FIT
    good = (
        "model m() {\n  x: positive ~ gamma(2, 2)\n  y ~ normal(x, 1)\n}\n"
        "model guide() {\n  param m: real = 0\n  x ~ lognormal(m, 1)\n}\n" + _ELBO + _FIT
    )


class DrawsConditioned(Error):
    """A conditioned program stands where draws are needed.

    `p | {y = data}` has an unnormalised density and no way to draw from it; that is what inference is for. Draw from a
    guide instead, or from `normalize(p | {y = data}) by sir(K, proposal=q)`.
    """

    code = "PF406"
    title = "`{program}` is conditioned and cannot be drawn from"
    bad = _MODEL + _ELBO + "let fit = maximize elbo(m() | {y = 1}, m() | {y = 1}) by adam(1e-2)\n"
    good = _MODEL + _GUIDE + _ELBO + _FIT


class RecordAsValue(Error):
    """A record of several choices, or a program, stands where a number is needed.

    `z ~ q` makes a record; its choices are values: `z.x`. `logp(p, z)` takes the record as a whole. Where q draws one
    thing, or returns one, `z` is that value.
    """

    code = "PF407"
    title = "`{name}` is {what}, not a value"
    bad = _PAIR + "objective odd(p: model, q: model) {\n  z ~ q\n  return logp(p, z) - z\n}\n" + _ODD
    good = _PAIR + "objective odd(p: model, q: model) {\n  z ~ q\n  return logp(p, z) - z.x\n}\n" + _ODD


class NotTheseArguments(Error):
    """The arguments are not what the form takes.

    `logp(p, z)` takes a program and a record of its choices, `dim(p)` a program, `constrain(p, u)` a program and a
    vector of length `dim(p)`, `marginal(q, keep=[x]) by sir(K, proposal=r)` a program and the names that stay.
    """

    code = "PF408"
    title = "{what} is not used like this"
    bad = (
        _MODEL + _GUIDE + "objective odd(p: model, q: model) {\n  z ~ q\n  return logp(p)\n}\n"
        "let fit = maximize odd(m() | {y = 1}, guide()) by adam(1e-2)\n"
    )
    good = _MODEL + _GUIDE + _ELBO + _FIT


class BatchSizes(Error):
    """Two programs of an objective draw minibatches of different sizes from the same whole.

    A model and its guide must see the same examples. All loops `for n in batch(N, B)` over the same N in one objective
    share one batch, so they must have the same B.
    """

    code = "PF409"
    title = "batches of {one} and of {other} out of {whole}"


class ValueMoves(Error):
    """A flow's density is asked for at values that stay where they are while its parameters move.

    A flow computes its values from its choices: `return constrain(p, h)` with an `h` that depends on parameters. Its
    density at a value is known where the value was made with the same parameters, which is what `elbo` and
    `iwelbo` need. With `stop(q)` or `stop(z)` (in `dreg`, `forward_kl`, `wake_q`, `vimco`, `tvo`) the choices that
    lead to the value would be others, and the derivative would be wrong without any sign of it. Guides that draw their
    vector from a law (`u ~ normal(m, s); return constrain(p, u)`) have no such limit.
    """

    code = "PF410"
    title = "the density of the flow `{name}` at a value that does not move with it"
    bad = (
        _MODEL + "model flow(p: model) {\n  param s: positive = 1\n  u: vector[dim(p)] ~ std_normal()\n"
        "  factor -dim(p) * log(s)\n  return constrain(p, s * u)\n}\n"
        "let fit = minimize wake_q(m() | {y = 1}, flow(m() | {y = 1}), 10) by adam(1e-2)\n"
    )
    good = _MODEL + "let fit = minimize wake_q(m() | {y = 1}, mean_field(m() | {y = 1}), 10) by adam(1e-2)\n"
