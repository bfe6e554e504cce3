"""Strategies: how the derivative of an expectation passes a choice. One file each, found by scanning this folder.

A strategy writes the draw of one element of a choice `x ~ law(theta)` so that the program, as JAX differentiates it,
has the derivative of E[f(x)]. It says of what kind the draw is:

    pathwise      x itself follows theta: straight-line code, nothing else is needed   (reparam, forward)
    scored        x does not follow theta; `surrogate` is log q(x) - stop(log q(x)), which is 0 and whose derivative
                  is the score: costs that depend on x are multiplied by it (`weigh`)     (score)
    at points     x takes several values x_j with weights w_j, and E[f(x)] is the mean of sum_j w_j f(x_j): what follows
                  from x is computed for each (`spread`)                                (enum, mvd, loo, qmc, ...)
    constant      the law depends on no parameter, so that there is nothing to pass     (stop)

    strategy.py   what a strategy is
    <the others>  the strategies
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from pushforward.compiler.transforms.strategies.strategy import Strategy

__all__ = ["Strategy", "strategies"]


@cache
def strategies() -> Mapping[str, Strategy]:
    """Every strategy by name."""
    modules = {name: import_module(f"{__name__}.{name}") for name in sorted(m.name for m in iter_modules(__path__))}
    found = {name: module.STRATEGY for name, module in modules.items() if hasattr(module, "STRATEGY")}
    for name, strategy in found.items():
        assert strategy.name == name, f"{name}.py holds the strategy {strategy.name!r}"
    return MappingProxyType(found)
