"""Nodes and weights of Gauss rules, as expectations: the weights add up to one."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache, partial
from itertools import pairwise


@cache
def legendre(n: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Gauss-Legendre on (0, 1): nodes in increasing order, weights (Golub and Welsch 1969)."""
    nodes, weights = [], []
    for i in range(n):
        x = _newton(lambda y: _legendre(n, y), math.cos(math.pi * (i + 0.75) / (n + 0.5)))
        slope = _legendre(n, x)[1]
        nodes.append(0.5 * (1.0 - x))
        weights.append(1.0 / ((1.0 - x * x) * slope * slope))
    return tuple(nodes), tuple(weights)


def _legendre(n: int, x: float) -> tuple[float, float]:
    """P_n(x) and its derivative."""
    before, value = 1.0, x
    for k in range(2, n + 1):
        before, value = value, ((2 * k - 1) * x * value - (k - 1) * before) / k
    return value, n * (x * value - before) / (x * x - 1.0)


@cache
def hermite(n: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Gauss-Hermite for the weight exp(-x^2) / sqrt(pi): nodes, weights."""
    nodes: list[float] = []
    weights: list[float] = []
    for root in _hermite_roots(n):
        value = _hermite(n - 1, root)[0]
        nodes.append(root)
        weights.append(1.0 / (n * value * value))
    return tuple(nodes), tuple(weights)


def _hermite(n: int, x: float) -> tuple[float, float]:
    """The Hermite polynomial that is orthonormal for exp(-x^2) / sqrt(pi), and its derivative."""
    before, value = 0.0, 1.0
    for k in range(1, n + 1):
        before, value = value, x * math.sqrt(2.0 / k) * value - math.sqrt((k - 1) / k) * before
    return value, math.sqrt(2.0 * n) * before


def _hermite_roots(n: int) -> list[float]:
    """The zeros of the n-th polynomial: between them lie those of the one before, so bisection finds each."""
    roots: list[float] = []
    for degree in range(1, n + 1):
        edge = math.sqrt(2.0 * degree + 1.0)
        value = partial(_value, degree)
        roots = [_bisect(value, a, b) for a, b in pairwise([-edge, *roots, edge])]
    return roots


def _value(n: int, x: float) -> float:
    return _hermite(n, x)[0]


def _bisect(function: Callable[[float], float], low: float, high: float) -> float:
    rising = function(high) > 0
    for _ in range(200):
        middle = 0.5 * (low + high)
        if middle in (low, high):
            break
        if (function(middle) > 0) == rising:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high)


def _newton(function: Callable[[float], tuple[float, float]], x: float) -> float:
    for _ in range(100):
        value, slope = function(x)
        step = value / slope
        x -= step
        if abs(step) < 1e-16:
            break
    return x
