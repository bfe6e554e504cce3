"""Every distribution of the library as a program of one line, and what its emitted functions give on the oracle's cases.

    model beta_law(a: positive, b: positive) {
      x ~ beta(a, b)
    }

All programs are checked as one text, and all cases of a distribution run as one compiled JAX program.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeAlias

import jax
import numpy as np

import pushforward as pf
from pushforward.api import Bound, Module
from pushforward.dsl import tree
from pushforward.runtime.samplers.executable import enable_x64
from pushforward.stdlib.catalogue import catalogue
from tests.stdlib.distributions.oracle import Case, Oracle
from tests.stdlib.distributions.oracles import ORACLES

Tree: TypeAlias = Any
Job: TypeAlias = tuple[Callable[..., Tree], tuple[Tree, ...]]

NAMES = tuple(sorted({entry.name for entry in catalogue().entries("distribution")}))
CONTINUOUS = tuple(name for name in NAMES if name in ORACLES and not ORACLES[name].discrete)


def declaration(name: str) -> tree.Distribution:
    """The declaration of a distribution of the library."""
    node = catalogue().distribution(name)
    assert node is not None
    return node


def support_dims(name: str) -> tuple[str, ...]:
    """The dimension names that only the support mentions: the program takes them as arguments."""
    node = declaration(name)
    bound = {dim for p in node.parameters if p.type for dim in _dim_names(p.type)} | {p.name for p in node.parameters}
    return tuple(d for d in _dim_names(node.support) if d not in bound)


def _dim_names(written: tree.TypeExpr) -> tuple[str, ...]:
    return tuple(d.id for d in written.dims if isinstance(d, tree.Name))


def program(name: str) -> str:
    """The text of the program that draws `x` once."""
    node, own = declaration(name), support_dims(name)
    parameters = [p.span.text for p in node.parameters] + [f"{d}: int" for d in own]
    left = f"x: {node.support.span.text}" if own else "x"
    return f"model {name}_law({', '.join(parameters)}) {{\n  {left} ~ {_call(node)}\n}}\n"


def lifted_program(name: str) -> str:
    """The text of the program that draws C times, each with parameters of its own."""
    node, own = declaration(name), support_dims(name)
    parameters = [f"{p.name}: {_lifted(p.type)}" for p in node.parameters if p.type] + [f"{d}: int" for d in own]
    left = "x" if node.parameters and not own else f"x: {_lifted(node.support)}"
    size = [] if node.parameters else ["C: int"]
    return f"model {name}_lifted({', '.join(parameters + size)}) {{\n  {left} ~ {_call(node)}\n}}\n"


def _call(node: tree.Distribution) -> str:
    return f"{node.name}({', '.join(p.name for p in node.parameters)})"


def _lifted(written: tree.TypeExpr) -> str:
    """An array of C of a type; bounds go, for they may mention other parameters."""
    dims = ", ".join(["C", *(d.span.text for d in written.dims)])
    return f"{written.name}[{dims}]"


@cache
def library() -> Module:
    """All programs, one text."""
    return pf.loads("".join(program(n) + lifted_program(n) for n in NAMES), "distributions.pf")


@dataclass(frozen=True)
class Rows:
    """A distribution with parameters and a point for each row. Parameters of type `int` are static: they are the same in all rows."""

    name: str
    bound: Bound
    params: tuple[Mapping[str, Any], ...]
    arrays: dict[str, Any]
    points: Any

    @property
    def oracle(self) -> Oracle:
        return ORACLES[self.name]

    @cached_property
    def expected(self) -> Any:
        """The oracle's log density of each row."""
        pairs = zip(self.params, self.points, strict=True)
        return np.array([float(self.oracle.logpdf(point, **params)) for params, point in pairs])

    def where(self, chosen: Any) -> Rows:
        """Some of the rows."""
        params = tuple(p for p, c in zip(self.params, chosen, strict=True) if c)
        return Rows(self.name, self.bound, params, {n: v[chosen] for n, v in self.arrays.items()}, self.points[chosen])

    def log_density(self, arrays: Mapping[str, Any], x: Any) -> Any:
        """The log density of one value, under the parameters of one row."""
        return self._call("log_density", arrays, {"x": x})

    def log_likelihood(self, arrays: Mapping[str, Any], x: Any) -> Any:
        """The same where `x` is data."""
        function = self.bound.model.compiled(frozenset({"x"})).function("log_density")
        return function(self.bound.sizes, {**arrays, "x": x}, {})

    def log_density_unconstrained(self, arrays: Mapping[str, Any], q: Any) -> Any:
        """The log density of a vector without constraints."""
        return self._call("log_density_unconstrained", self._call("prepare", arrays), q)

    def constrain(self, arrays: Mapping[str, Any], q: Any) -> Any:
        """The value that belongs to a vector without constraints."""
        return self._call("constrain", arrays, q)["x"]

    def unconstrain(self, arrays: Mapping[str, Any], x: Any) -> Any:
        """The vector without constraints that belongs to a value."""
        return self._call("unconstrain", arrays, {"x": x})

    def draw(self, arrays: Mapping[str, Any], key: Any) -> Any:
        """One draw."""
        return self._call("simulate", arrays, key)["x"]

    def _call(self, what: str, arrays: Mapping[str, Any], *more: Any) -> Any:
        return self.bound.compiled.function(what)(self.bound.sizes, dict(arrays), *more)


def rows(name: str, cases: Sequence[Case] | None = None) -> tuple[Rows, ...]:
    """The oracle's cases, each with all of its points; those that differ in static parameters are apart."""
    own = {d: ORACLES[name].event_shape[-1] for d in support_dims(name)}
    model = library().models[f"{name}_law"]
    groups: dict[tuple[tuple[str, int], ...], list[tuple[Bound, Case]]] = {}
    for case in ORACLES[name].cases if cases is None else cases:
        bound = model(**case.params, **own)
        groups.setdefault(tuple(sorted(bound.sizes.items())), []).append((bound, case))
    return tuple(_group(name, group) for group in groups.values())


def _group(name: str, group: Sequence[tuple[Bound, Case]]) -> Rows:
    flat = [(bound, case.params, point) for bound, case in group for point in case.points]
    arrays = {n: np.stack([np.asarray(bound.arrays[n]) for bound, _, _ in flat]) for n in group[0][0].arrays}
    return Rows(name, group[0][0], tuple(p for _, p, _ in flat), arrays, np.stack([np.asarray(x) for _, _, x in flat]))


def compute(job: Job) -> Tree:
    """The result of a function on its arguments, as NumPy arrays, compiled; implicit changes of rank raise."""
    function, arguments = job
    enable_x64()
    with jax.numpy_rank_promotion("raise"):
        return jax.device_get(jax.jit(function)(*arguments))
