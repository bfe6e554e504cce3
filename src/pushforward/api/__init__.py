"""Pushforward from Python.

    files.py      load(path): text to checked programs model.py      Model: a program; Bound: a program with
    its arguments and observations, and what can be asked of it compiled.py   emitted modules, executed, with
    tracebacks that lead to the `.pf` line specs.py      what a program asks of its data sampling.py   draws
    from the posterior prediction.py draws of what the data give, and of everything from the prior

Names are resolved on first use: checking and compiling a program must not wait for NumPy, nor a plain import
for JAX.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushforward.api.files import Module, load, loads
    from pushforward.api.model import Bound, Model
    from pushforward.api.sampling import Posterior
    from pushforward.api.standard import library

__all__ = ["Bound", "Model", "Module", "Posterior", "library", "load", "loads"]

_FILES = {
    "Module": "files",
    "load": "files",
    "loads": "files",
    "Bound": "model",
    "Model": "model",
    "Posterior": "sampling",
    "library": "standard",
}


def __getattr__(name: str) -> object:
    if name in _FILES:
        return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
