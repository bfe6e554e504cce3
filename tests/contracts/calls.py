"""Every function of the library as a program of one call, with the arguments of each of its oracle's cases.

    model dot_1(a0: vector[D4], a1: vector[D4]) {
      return {value = dot(a0, a1)}
    }

Sizes are named by their value, so that equal ones unify. Whole numbers that stand alone are static, as in any program.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.api import Module
from pushforward.dsl import tree
from pushforward.stdlib.catalogue import catalogue
from tests.stdlib.functions.oracles import ORACLES, Oracle

NAMES = tuple(sorted({entry.name for entry in catalogue().entries("fun")}))
_ELEMENTS = {"b": "bool", "i": "int", "f": "real"}
_SQUARE = ("cov_matrix", "corr_matrix", "cholesky_cov", "cholesky_corr")


@dataclass(frozen=True)
class Call:
    """A function with the arguments of one case of its oracle."""

    name: str
    number: int
    arguments: tuple[Any, ...]

    @property
    def oracle(self) -> Oracle:
        return ORACLES[self.name]

    @property
    def program(self) -> str:
        """The name of the program; the number keeps it apart from the function."""
        return f"{self.name}_{self.number}"

    @property
    def arrays(self) -> dict[str, Any]:
        """The arguments that are not static."""
        return {f"a{i}": np.asarray(a) for i, a in enumerate(self.arguments) if not _static(a)}

    @property
    def text(self) -> str:
        """The program."""
        parameters = ", ".join(f"a{i}: {_type(a)}" for i, a in enumerate(self.arguments))
        call = f"{self.name}({', '.join(f'a{i}' for i in range(len(self.arguments)))})"
        call += f".{self.oracle.part}" if self.oracle.part else ""
        return f"model {self.program}({parameters}) {{\n  return {{value = {call}}}\n}}\n"

    def value(self, arrays: Mapping[str, Any]) -> Any:
        """The value of the call. Not through checked data: some functions are there for what checked data never are, NaN."""
        sizes = {f"D{n}": n for a in self.arguments for n in np.shape(a)}
        static = {f"a{i}": a for i, a in enumerate(self.arguments) if _static(a)}
        generated = library().models[self.program].compiled(frozenset()).function("generated")
        return generated({**sizes, **static}, dict(arrays), {})["value"]

    @property
    def declaration(self) -> tree.Function:
        """The overload that is meant."""
        return next(f for f in catalogue().functions(self.name) if _takes(f, self.arguments))


def calls(name: str) -> tuple[Call, ...]:
    """A function in each case of its oracle."""
    return tuple(Call(name, i, arguments) for i, arguments in enumerate(ORACLES[name].cases))


@cache
def library() -> Module:
    """All programs, one text."""
    return pf.loads("".join(call.text for name in NAMES if name in ORACLES for call in calls(name)), "functions.pf")


def _static(argument: Any) -> bool:
    return isinstance(argument, int) and not isinstance(argument, bool)


def _type(argument: Any) -> str:
    value = np.asarray(argument)
    dims = ", ".join(f"D{n}" for n in value.shape)
    return _ELEMENTS[value.dtype.kind] + (f"[{dims}]" if dims else "")


def _takes(function: tree.Function, arguments: tuple[Any, ...]) -> bool:
    types = [p.type for p in function.parameters]
    return len(types) == len(arguments) and all(
        t is not None and _fits(t, a, "elementwise" in function.modifiers)
        for t, a in zip(types, arguments, strict=True)
    )


def _fits(written: tree.TypeExpr, argument: Any, elementwise: bool) -> bool:
    value = np.asarray(argument)
    rank = len(written.dims) + (written.name in _SQUARE) if written.dims else 0
    whole = (written.name == "bool" and value.dtype.kind == "b") or (written.name == "int" and value.dtype.kind in "bi")
    return (whole or written.name not in ("int", "bool")) and (elementwise or written.any_rank or rank == value.ndim)
