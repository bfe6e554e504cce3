"""Samplers: one algorithm a file, each with a record `SAMPLER` named as its file.

`nuts.py` rests on `machine.py` (the compiled program), `trajectory.py` (the tree), `adaptation.py`,
`counter.py` (random numbers), `executable.py` (compiling once and keeping it), `chains.py` (threads),
`checkpoint.py` and `result.py`; these hold no record. The records are found by scanning this folder, on
demand: importing this package imports nothing else.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushforward.runtime.samplers.result import Sampler

__all__ = ["samplers"]


@cache
def samplers() -> MappingProxyType[str, Sampler]:
    """All samplers of this folder, by name, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__))
    modules = {name: import_module(f"{__name__}.{name}") for name in names}
    found: dict[str, Sampler] = {n: m.SAMPLER for n, m in modules.items() if hasattr(m, "SAMPLER")}
    for name, record in found.items():
        assert record.name == name, f"{name}.py holds the sampler {record.name!r}"
    return MappingProxyType(found)
