"""The methods of bridges: a file each in this folder, with a constant METHOD."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pushforward.api.bridges.bridge import Bridge
    from pushforward.api.bridges.ends import End
    from pushforward.api.bridges.reference import Reference


@dataclass(frozen=True)
class Choice:
    """A setting of a method: a whole number of at least `least`."""

    name: str
    default: int
    least: int = 1


@dataclass(frozen=True)
class Method:
    """`run(start, end, reference, seed, settings)` may raise `Unfit`, and so does `judge(start, end, reference)`,
    before anything is computed."""

    name: str
    sentence: str
    settings: tuple[Choice, ...]
    judge: Callable[[End, End, Reference], None]
    run: Callable[[End, End, Reference, int, Mapping[str, Any]], Bridge]


#: Files that are not methods.
_OTHERS = frozenset(("__init__", "bridge", "ends", "methods", "normals", "reference", "clusters"))


@cache
def methods() -> Mapping[str, Method]:
    """The methods, by name."""
    names = sorted(p.stem for p in Path(__file__).parent.glob("*.py") if p.stem not in _OTHERS)
    found = {n: import_module(f"pushforward.api.bridges.{n}").METHOD for n in names}
    assert all(m.name == n for n, m in found.items())
    return found
