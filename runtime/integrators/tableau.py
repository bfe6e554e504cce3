"""One step of an explicit Runge-Kutta method (Hairer, Norsett and Wanner 1993, section II.1), stage after stage."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from pushforward.runtime.integrators.trajectory import Field

Row = tuple[float, ...]


class Tableau(NamedTuple):
    """Stage i is the field at t + c[i] h, y + h sum_j a[i][j] k[j]; the step ends at y + h sum_i b[i] k[i]; h
    sum_i e[i] k[i]
    estimates its error, if there is an `e`.
    """

    a: tuple[Row, ...]
    b: Row
    c: Row
    e: Row | None = None


def explicit(
    tableau: Tableau, field: Field, t0: Any, t1: Any, y: jax.Array, args: Any, first: jax.Array | None = None
) -> tuple[jax.Array, list[jax.Array]]:
    """The end of the step and the stages. `first`: the field at (t0, y), if it is known already."""
    h = t1 - t0
    stages: list[jax.Array] = [field(t0, y, args) if first is None else first]
    for a, c in zip(tableau.a[1:], tableau.c[1:], strict=True):
        stages.append(field(t0 + c * h, y + h * weighted(a, stages), args))
    return y + h * weighted(tableau.b, stages), stages


def weighted(weights: Row, stages: list[jax.Array]) -> jax.Array:
    """sum_i weights[i] stages[i], without those that are 0."""
    terms = [w * k for w, k in zip(weights, stages, strict=False) if w != 0]
    return sum(terms[1:], terms[0]) if terms else jnp.zeros_like(stages[0])


def from_diffrax(tableau: Any) -> Tableau:
    """Diffrax keeps neither the first row nor the first node, which are 0."""
    rows = ((), *(tuple(np.asarray(row).tolist()) for row in tableau.a_lower))
    return Tableau(rows, tuple(tableau.b_sol.tolist()), (0.0, *tableau.c.tolist()), tuple(tableau.b_error.tolist()))
