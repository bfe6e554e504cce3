"""PF415 and PF416: flows in objectives, and what is generated from them."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error

_FLOW = "process flow() {\n  param a: real = 0\n  x ~ normal(0, 1)\n  dx = a * x dt\n}\n"
_FIT = "print minimize speed(flow()) by adam(0.1, steps=10)\n"


class NotAField(Error):
    """The coefficients of a process are functions of time and state: `drift(v)(t, x)` and `noise(v)(t, x)`, where `v`
    is an argument of type `process`, and `initial(v)` is the law of its start. In an objective the process has one
    state; of several numbers, let it be a vector.
    """

    code = "PF415"
    title = "this is no coefficient of a process"
    bad = _FLOW + "objective speed(v: process) {\n  x ~ initial(v)\n  return square(drift(v)(x))\n}\n" + _FIT
    good = _FLOW + "objective speed(v: process) {\n  x ~ initial(v)\n  return square(drift(v)(0, x))\n}\n" + _FIT


class OtherParameters(Error):
    """A file does not have the parameters of this process.

    `save(fit.process, "flow.npz")` writes the parameters that a fit has found with a hash of the text of the process,
    of the programs that it is given, and of their arguments. `load("flow.npz", flow(base()))` gives them to the same
    process only: with another text they would mean something else. Comments and layout do not count.
    """

    code = "PF416"
    title = "{path} does not hold the parameters of this `{name}`"
