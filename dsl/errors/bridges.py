"""PF740 to PF749: bridges, which are values of scripts."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error

_BRIDGE = (
    "model a() {\n  x: vector[2] ~ std_normal()\n}\nmodel b() {\n  y: vector[2] ~ std_normal()\n"
    "}\nmodel c() {\n  y: vector[3] ~ std_normal()\n}\n\n"
)


class BridgeEnd(Error):
    """A bridge leads from one law to another. Each is a model with one variable, a vector or a number, or points, one a
    row of a matrix. Both have the same number of coordinates. `gaussian` needs normal laws at both ends, `light` and
    `sinkhorn` the reference `brownian`.
    """

    code = "PF740"
    title = "this is no {which}"
    bad = _BRIDGE + "let p = bridge from a() to c() under brownian(0.1)\nprint p\n"
    good = _BRIDGE + "let p = bridge from a() to b() under brownian(0.1)\nprint p\n"


class BridgeReference(Error):
    """After `under` stands what a bridge is to be near to: `brownian(eps)`, of variance eps in a unit of time, or
    `ou(theta, mu, sigma)`.
    """

    code = "PF741"
    title = "`{name}` is no reference of a bridge as it is written"
    bad = _BRIDGE + "let p = bridge from a() to b() under ou(0.1)\nprint p\n"
    good = _BRIDGE + "let p = bridge from a() to b() under brownian(0.1)\nprint p\n"
