"""Names of the coordinates without constraints, and which of them nothing depends on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import numpy as np

from pushforward.runtime.draws.summary import element_names


def coordinate_names(constrain: Callable[[Any], Mapping[str, Any]], q: Any) -> list[str]:
    """For each coordinate of f64[dim] the element that it moves most, in the first variable that it moves at all.

    A simplex has fewer coordinates than elements, so these are names to orient oneself by.
    """
    slopes = jax.jacfwd(constrain)(q)
    names = [f"q[{i}]" for i in range(len(q))]
    taken: set[int] = set()
    for variable, jacobian in slopes.items():
        matrix = np.abs(np.asarray(jacobian)).reshape(-1, len(q))
        elements = element_names(variable, jacobian.shape[:-1])
        for i in range(len(q)):
            if i not in taken and matrix[:, i].any():
                names[i] = elements[int(matrix[:, i].argmax())]
                taken.add(i)
    return names


def constant(gradients: Any) -> list[int]:
    """The coordinates in which the gradient is zero at every one of the points f64[points, dim]."""
    return [int(i) for i in np.flatnonzero(~np.any(gradients != 0.0, axis=0))]


def away_from_data(touched: Mapping[str, Any], observed: Iterable[str], dim: int) -> list[int]:
    """The coordinates that no chain of factors ties to an observed one: the data say nothing on them.

    `touched` tells for each factor which coordinates it depends on, bool[dim].
    """
    reached = np.zeros(dim, bool)
    for name in observed:
        reached |= touched[name]
    while True:
        tied = [depends for depends in touched.values() if (depends & reached).any()]
        grown = reached | np.any(tied, axis=0) if tied else reached
        if (grown == reached).all():
            return [int(i) for i in np.flatnonzero(~reached)]
        reached = grown
