"""The closed form between normal laws, else by a potential that is a mixture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pushforward.api.bridges import gaussian, light
from pushforward.api.bridges.methods import Method

if TYPE_CHECKING:
    from pushforward.api.bridges.bridge import Bridge
    from pushforward.api.bridges.ends import End
    from pushforward.api.bridges.reference import Reference


def _chosen(start: End, end: End) -> Method:
    closed = start.normal() is not None and end.normal() is not None
    return gaussian.METHOD if closed else light.METHOD


def judge(start: End, end: End, under: Reference) -> None:
    """As the method that is taken."""
    _chosen(start, end).judge(start, end, under)


def run(start: End, end: End, under: Reference, seed: int, settings: Mapping[str, Any]) -> Bridge:
    """By the method that fits, with its usual settings."""
    method = _chosen(start, end)
    return method.run(start, end, under, seed, {s.name: s.default for s in method.settings})


METHOD = Method("automatic", "the closed form between normal laws, else `light`", (), judge, run)
