"""resnet: `depth` residual blocks of `width` units between two affine maps."""

from __future__ import annotations

from pushforward.dsl.networks.kind import ACTIVATION, Kind, Setting

KIND = Kind(
    "resnet",
    (Setting("in", "size"), Setting("out", "size"), Setting("width", "size"), Setting("depth", "size"), ACTIVATION),
    inputs=(("x", "in"),),
    output="out",
)
