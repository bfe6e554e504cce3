"""Between normal laws the bridge is known (Bunne, Hsieh, Cuturi and Krause 2023); points count as draws of one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.api.bridges.bridge import Bridge
from pushforward.api.bridges.ends import Points, Unfit
from pushforward.api.bridges.methods import Method

if TYPE_CHECKING:
    from pushforward.api.bridges.ends import End
    from pushforward.api.bridges.reference import Reference


def _moments(end: End, which: str) -> tuple[Any, Any]:
    if isinstance(end, Points):
        if len(end.array) <= end.size:
            raise Unfit(f"{len(end.array)} points have no covariance in {end.size} dimensions", which)
        return end.array.mean(0), np.cov(end.array.T).reshape(end.size, end.size)
    found = end.normal()
    if found is None:
        raise Unfit("its law is not written as a normal one: take `light`", which)
    return found


def judge(start: End, end: End, under: Reference) -> None:
    """Both ends must be normal."""
    _moments(start, "start"), _moments(end, "end")


def run(start: End, end: End, under: Reference, seed: int, settings: Mapping[str, Any]) -> Bridge:
    """The process `gaussian_bridge` of the library."""
    from pushforward.api.files import checked
    from pushforward.dsl import tree
    from pushforward.dsl.source import Source
    from pushforward.stdlib.catalogue import catalogue

    (m0, A), (m1, B) = _moments(start, "start"), _moments(end, "end")
    program = catalogue().program("gaussian_bridge")
    assert program is not None
    model = checked(tree.File((program,)), Source("<bridge>", "")).models["gaussian_bridge"]
    found = {"m0": m0, "A": A, "m1": m1, "B": B, "theta": under.theta, "mu": under.mu, "sigma": under.sigma}
    return Bridge(model, found, found, "gaussian")


METHOD = Method("gaussian", "the closed form between normal laws", (), judge, run)
