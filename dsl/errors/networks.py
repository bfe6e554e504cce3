"""PF351 to PF359: networks."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class NetworkSetting(Error):
    """A setting of a network has a value that it cannot have.

    Sizes are expressions in dimension names and whole numbers, `in=2 * D`; `hidden` lists the sizes of the layers
    between, `hidden=[64, 64]` or `hidden=[]`; an activation is a word, `activation=tanh`.
    """

    code = "PF351"
    title = "`{name}` of `{kind}` is {wanted}"
    bad = "model m(x: vector[D]) {\n  param f: mlp(in=D, out=1, hidden=64)\n  y ~ normal(f(x), 1)\n}\n"
    good = "model m(x: vector[D]) {\n  param f: mlp(in=D, out=1, hidden=[64])\n  y ~ normal(f(x), 1)\n}\n"


class NetworkPlace(Error):
    """A network is declared where there is no place for one.

    A network is a parameter of a program: `param f: mlp(in=2, out=1, hidden=[64])`. It begins with random weights,
    so that it is given no value.
    """

    code = "PF352"
    title = "a network {wrong}"
    bad = "model m(x: vector[D]) {\n  param f: mlp(in=D, out=1, hidden=[64]) = 0\n  y ~ normal(f(x), 1)\n}\n"
    good = "model m(x: vector[D]) {\n  param f: mlp(in=D, out=1, hidden=[64])\n  y ~ normal(f(x), 1)\n}\n"
