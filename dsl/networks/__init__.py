"""Kinds of networks: what `param f: mlp(in=D, out=K, hidden=[64, 64])` may say, and what `f(x)` takes and gives.

A network is applied to vectors, one example at a time, and gives a vector. What it computes is a file of the same name
in `runtime/networks`. One kind a file, found by scanning this folder:

    kind.py       what a kind is
    <the others>  the kinds
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from pushforward.dsl.networks.kind import Kind

__all__ = ["Kind", "kinds"]


@cache
def kinds() -> Mapping[str, Kind]:
    """Every kind of network by name."""
    names = sorted(m.name for m in iter_modules(__path__) if m.name != "kind")
    found: dict[str, Kind] = {name: import_module(f"{__name__}.{name}").KIND for name in names}
    for name, kind in found.items():
        assert kind.name == name, f"{name}.py holds the kind {kind.name!r}"
    return MappingProxyType(found)
