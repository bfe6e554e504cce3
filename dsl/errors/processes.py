"""PF620 to PF630: processes, and what is drawn of them."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error

_OU = "process ou(theta: positive, s: positive) {\n  x ~ normal(0, s)\n  dx = -theta * x dt + s dW\n}\n"
_GROWTH = "process growth(s: positive) {\n  x ~ lognormal(0, 1)\n  dx = x dt + s * x dW\n}\n"
_GBM = "process gbm(m: real, s: positive) {\n  x ~ normal(1, 0.1)\n  dx = m * x dt + s * x dW\n}\n"

_PULLED = "process pulled(L: matrix[D, D]) {\n  x: vector[D] ~ normal(0, 1)\n  dx = -x dt + L * dW\n}\n"
_STARTED = "process started(p0: model) {{\n  x: real ~ p0\n  dx = -x dt + 1 dW\n}}\nmodel size_of() {{\n  u ~ {}\n}}\n"


def _model(site: str, process: str = _OU) -> str:
    return f"{process}model m(ts: vector[T]) {{\n  {site}\n  y ~ normal(xs, 0.1)\n}}\n"


def _at(process: str, scheme: str) -> str:
    law = f"  let q = at({process}, 2) by {scheme}\n"
    return f"{_OU}{_GBM}model m() {{\n  u ~ normal(0, 1)\n{law}  v ~ normal(logp(q)([u]), 1)\n}}\n"


class ProcessShape(Error):
    """A process says, for each of its states, how it begins and how it evolves: `x ~ law`, and then
    `dx = drift dt + noise dW`. Besides there may be `let`s, before what reads them. The states are real numbers,
    vectors or matrices; `t` is the time.
    """

    code = "PF620"
    title = "the process `{name}` does not say how it evolves"
    bad = "process walk(s: positive) {\n  dx = s dW\n}\n"
    good = "process walk(s: positive) {\n  x ~ normal(0, 1)\n  dx = s dW\n}\n"


class NoExactLaw(Error):
    """The law of one step of a process is known exactly where its state is a number, its drift is linear in it, and its
    noise does not change. Elsewhere a scheme approximates it, and how finely is said by the one who asks:
    `by euler_maruyama(steps=10)` takes ten steps between two times.
    """

    code = "PF621"
    title = "the steps of `{name}` have no law that is known exactly"
    bad = _model("xs ~ gbm(1, 1) at ts", _GBM)
    good = _model("xs ~ gbm(1, 1) at ts by euler_maruyama(steps=4)", _GBM)


class UnknownScheme(Error):
    """What stands after `by` at a path is the name of a scheme, `by euler_maruyama(steps=10)`, of which `steps` says
    how many steps it takes between two times; or, where the process has no noise, of what integrates it, `by tsit5()`.
    """

    code = "PF622"
    title = "`{name}` does not make paths"
    bad = _model("xs ~ ou(1, 1) at ts by euler_maruyam()")
    good = _model("xs ~ ou(1, 1) at ts by euler_maruyama()")


class SchemeArgument(Error):
    """The number of steps of a scheme is a whole number that is written out, at least 1: the path that it makes has a
    size that is known before the program runs.
    """

    code = "PF623"
    title = "`{name}` cannot take this argument"
    bad = _model("xs ~ ou(1, 1) at ts by euler_maruyama(dt=0.1)")
    good = _model("xs ~ ou(1, 1) at ts by euler_maruyama(steps=10)")


class PathSite(Error):
    """A path is drawn, or observed, at times: `xs ~ ou(1, 2) at ts`. The times are a vector, and the first is that of
    the start. Such a site stands by itself in a model, not in a loop.
    """

    code = "PF624"
    title = "this is no path of a process"
    bad = _model("xs: vector[T] ~ ou(1, 1)")
    good = _model("xs: vector[T] ~ ou(1, 1) at ts")


class StartsAsProgram(Error):
    """`x ~ p0` lets a process begin as the program p0 draws. Where p0 has one variable, x is that variable; where it
    has several, numbers and vectors, x is a vector of them, one after another. They are real numbers, not constrained,
    as the states of a process are; and p0 can be drawn from: nothing in it is observed, it has no factor.
    """

    code = "PF627"
    title = "the process cannot begin as this program draws"
    bad = _model("xs ~ started(size_of()) at ts by euler_maruyama", _STARTED.format("lognormal(0, 1)"))
    good = _model("xs ~ started(size_of()) at ts by euler_maruyama", _STARTED.format("normal(0, 1)"))


class ConfinedStart(Error):
    """The law in which a state begins has a part of the line for its support, and a step of the process leaves it. A
    path that is a variable has one support for all of its values. Either let a real state evolve, such as the
    logarithm of what is positive; or make the path by a scheme whose step is a function of noises, of which the start
    is a variable by itself.
    """

    code = "PF626"
    title = "`{name}` begins where its steps do not stay"
    bad = _model("xs ~ growth(1) at ts by euler_maruyama()", _GROWTH)
    good = _model("xs ~ growth(1) at ts by milstein(steps=4)", _GROWTH)


class NoLawAtTime(Error):
    """`at(p, t)` is the law of a process at a time, the start being at 0: a program like any other. Without noise it
    has a density, by `tsit5()` or what stands after `by`. With noise it has one where the process is linear and begins
    in a normal law. Any other process is drawn from by a scheme, `at(p, t) by euler_maruyama(steps=20)`, and its
    density is not known.
    """

    code = "PF629"
    title = "this is no law of a process at a time, or not one with a density"
    bad = _at("gbm(1, 1)", "euler_maruyama(steps=10)")
    good = _at("ou(1, 1)", "exact()")


class NotARatio(Error):
    """`log_ratio(p, q, xs, ts)` is the logarithm of the density of the path xs at the times ts under the process p,
    relative to that under q. Two processes have one where their noises are the same, and their states; the drifts and
    the initial laws may differ. The path of several states is a record of theirs, `{x = zs.x, v = zs.v}`.
    """

    code = "PF630"
    title = "these two processes have no density relative to each other"
    bad = _model("xs ~ ou(1, 1) at ts\n  factor log_ratio(ou(1, 1), ou(1, 2), xs, ts)")
    good = _model("xs ~ ou(1, 1) at ts\n  factor log_ratio(ou(2, 1), ou(1, 1), xs, ts)")


class NoiseOfScheme(Error):
    """Some schemes are for states with a noise of their own, entry by entry: what they do to a noise means nothing for
    a matrix of noises, `L * dW`, or for a noise that moves two states. `euler_maruyama`, `tamed` and
    `euler_maruyama_noncentered` are for any noises.
    """

    code = "PF628"
    title = "`{name}` is not for these noises"
    bad = _model("xs ~ pulled([[1, 0], [0.5, 1]]) at ts by milstein()", _PULLED).replace(
        "y ~ normal(xs", "y ~ normal(xs[:, 0]"
    )
    good = _model("xs ~ pulled([[1, 0], [0.5, 1]]) at ts by euler_maruyama()", _PULLED).replace(
        "y ~ normal(xs", "y ~ normal(xs[:, 0]"
    )


class NoDensity(Error):
    """A scheme whose step is a law needs a noise in every state: without one the next value is certain, and a certain
    value has no density. Schemes whose step is a function of noises of its own make such paths:
    `euler_maruyama_noncentered`, `milstein`.
    """

    code = "PF625"
    title = "`{name}` has a state without noise"
    bad = _model(
        "zs ~ spring(1) at ts by euler_maruyama()\n  let xs = zs.x",
        "process spring(s: positive) {\n  x ~ normal(0, 1)\n  v ~ normal(0, 1)\n  dx = v dt\n  dv = -x dt + s dW\n}\n",
    )
    good = _model(
        "zs ~ spring(1) at ts by euler_maruyama_noncentered()\n  let xs = zs.x",
        "process spring(s: positive) {\n  x ~ normal(0, 1)\n  v ~ normal(0, 1)\n  dx = v dt\n  dv = -x dt + s dW\n}\n",
    )
