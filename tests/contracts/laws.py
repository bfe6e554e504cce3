"""Every distribution of the library as a program of one line, and what its emitted functions give on the oracle's cases.

    model beta_law(a: positive, b: positive) {
      x ~ beta(a, b)
    }

All programs are checked as one text, and all their functions run in one compiled JAX program: the time goes into
the distributions, not into starting them.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, TypeAlias

import jax
import numpy as np

import pushforward as pf
from pushforward.api import Bound, Model, Module
from pushforward.dsl import tree
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
class Situation:
    """A distribution with the parameters of one of the oracle's cases."""

    name: str
    case: Case

    @property
    def oracle(self) -> Oracle:
        return ORACLES[self.name]

    @property
    def model(self) -> Model:
        return library().models[f"{self.name}_law"]

    @cached_property
    def bound(self) -> Bound:
        return self.model(**self.case.params, **self._own_dims)

    @cached_property
    def points(self) -> Any:
        """[points, *event]."""
        return np.stack([np.asarray(p) for p in self.case.points])

    @cached_property
    def expected(self) -> Any:
        """The oracle's log densities of the points."""
        return np.array([float(self.oracle.logpdf(p, **self.case.params)) for p in self.case.points])

    @property
    def _own_dims(self) -> dict[str, int]:
        return {d: self.oracle.event_shape[-1] for d in support_dims(self.name)}

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """The parameters that are arrays; those of type `int` are static."""
        return {n: np.asarray(v) for n, v in self.bound.arrays.items()}

    def log_density(self, arrays: Mapping[str, Any], x: Any) -> Any:
        """The log density of one value under any parameters."""
        return self.model.compiled(frozenset()).function("log_density")(self.bound.sizes, dict(arrays), {"x": x})

    def log_likelihood(self, x: Any) -> Any:
        """The same where `x` is data."""
        function = self.model.compiled(frozenset({"x"})).function("log_density")
        return function(self.bound.sizes, {**self.arrays, "x": x}, {})

    def draw(self, key: Any) -> Any:
        """One draw."""
        return self.bound.simulate(key)["x"]

    def at(self, **params: Any) -> Situation:
        """The same distribution with other parameters."""
        return Situation(self.name, Case({**self.case.params, **params}, self.case.points))


def situations(name: str) -> tuple[Situation, ...]:
    """A distribution in each case of its oracle."""
    return tuple(Situation(name, case) for case in ORACLES[name].cases)


def at_once(jobs: Mapping[Hashable, Callable[[], Job]]) -> dict[Hashable, Any]:
    """The results of all jobs from one compiled program. A job that cannot be traced has its exception as the result.

    A job makes a function and its arguments; it is made late, so that what goes wrong there belongs to it alone.
    """
    results: dict[Hashable, Any] = {}
    made: dict[str, tuple[Hashable, Callable[..., Tree]]] = {}
    inputs: dict[str, tuple[Tree, ...]] = {}
    for number, (key, make) in enumerate(jobs.items()):
        try:
            function, arguments = make()
            made[str(number)] = key, function
            inputs[str(number)] = arguments
        except Exception as error:
            results[key] = error

    def everything(given: dict[str, tuple[Tree, ...]]) -> dict[str, Tree]:
        done = {}
        for number, (key, function) in made.items():
            try:
                done[number] = function(*given[number])
            except Exception as error:
                results[key] = error
        return done

    for number, value in jax.device_get(jax.jit(everything)(inputs)).items():
        results[made[number][0]] = value
    return results


def got(results: Mapping[Hashable, Any], key: Hashable) -> Any:
    """A result, or the exception that stands for it."""
    value = results[key]
    if isinstance(value, Exception):
        raise value
    return value
