"""Every code the user can meet, each a class whose docstring is its page.

    error.py       what a code is, and how to add one
    <the others>   the codes, one file an area; found by scanning this folder, so there is no list to edit

`pushforward explain PF101` prints `page(catalogue()["PF101"])`.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pushforward.dsl.errors.error import Error


@cache
def catalogue() -> dict[str, type[Error]]:
    """Every code with its class, in the order of the codes; two classes with one code are a bug of ours."""
    found: dict[str, type[Error]] = {}
    for module in sorted(info.name for info in iter_modules(__path__)):
        for thing in vars(import_module(f"{__name__}.{module}")).values():
            if not (isinstance(thing, type) and issubclass(thing, Error) and "code" in vars(thing)):
                continue
            if found.setdefault(thing.code, thing) is not thing:
                raise AssertionError(f"{thing.code} is both {found[thing.code].__name__} and {thing.__name__}")
    return dict(sorted(found.items()))
