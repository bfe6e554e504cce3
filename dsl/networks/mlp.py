"""mlp: a perceptron with layers of the sizes `hidden`, and an activation after each of them."""

from __future__ import annotations

from pushforward.dsl.networks.kind import ACTIVATION, Kind, Setting

KIND = Kind(
    "mlp",
    (Setting("in", "size"), Setting("out", "size"), Setting("hidden", "sizes"), ACTIVATION),
    inputs=(("x", "in"),),
    output="out",
)
