"""Pushforward: a differentiable probabilistic programming language.

    import pushforward as pf

    m = pf.load("m.pf")
    post = m.eight_schools(sigma=s).condition(y=y).sample(seed=0)
    print(post.summary())

The tour of the house: `dsl` reads a text into a typed tree, `compiler` turns it into JAX source, `runtime` is what that
source imports, `stdlib` is the library in the language itself; `api` puts them together for Python and `cli` for the
shell. Importing this package imports none of them: names are resolved on first use, and JAX only when something runs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pushforward.api import library, load, loads

__version__ = "0.1.0"
__all__ = ["__version__", "library", "load", "loads"]


def __getattr__(name: str) -> object:
    if name in ("library", "load", "loads"):
        return getattr(import_module("pushforward.api"), name)
    raise AttributeError(f"module 'pushforward' has no attribute {name!r}")
