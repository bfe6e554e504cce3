"""gru: a gated recurrent unit, the state after an input and the state before: `h[t] = f(x[t], h[t-1])`."""

from __future__ import annotations

from pushforward.dsl.networks.kind import Kind, Setting

KIND = Kind(
    "gru",
    (Setting("in", "size"), Setting("hidden", "size")),
    inputs=(("x", "in"), ("h", "hidden")),
    output="hidden",
)
