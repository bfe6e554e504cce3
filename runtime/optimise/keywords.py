"""Keywords that a user gave, checked against the signature of the function they are meant for."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Iterable, Mapping
from difflib import get_close_matches
from typing import Any


def suggestion(name: str, names: Iterable[str]) -> str:
    """`; did you mean a or b?`, or all names when none is near and they are few, or nothing."""
    known = sorted(names)
    near = get_close_matches(name, known, n=3, cutoff=0.6)
    if near:
        return f"; did you mean {' or '.join(near)}?"
    return f"; there are {', '.join(known)}" if 0 < len(known) <= 24 else ""


def parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """The named parameters of a function, in order; empty when it has no signature."""
    try:
        found = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return {}
    variadic = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)
    return {name: p for name, p in found.items() if p.kind not in variadic}


def check_keywords(
    what: str, function: Callable[..., Any] | Mapping[str, inspect.Parameter],
    given: Mapping[str, Any], supplied: Collection[str],
    others: Iterable[str] = (),
) -> None:  # fmt: skip
    """Raise ValueError for a keyword that `function`, or a function of these parameters, does not take and for one that
    it lacks.

    `supplied` are the parameters that the caller fills in, which a user may not give; `others` are names
    that the caller takes besides, for the suggestion.
    """
    known = function if isinstance(function, Mapping) else parameters(function)
    for name in given:
        if name not in known or name in supplied:
            raise ValueError(f"{what} takes no {name}{suggestion(name, {*known, *others} - set(supplied))}")
    lacking = [
        name for name, p in known.items()
        if p.default is inspect.Parameter.empty and name not in given and name not in supplied
    ]  # fmt: skip
    if lacking:
        raise ValueError(f"{what} needs {' and '.join(lacking)}")
