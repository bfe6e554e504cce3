"""Implicit methods with an error estimate, whose steps are Diffrax's (Kidger 2021): Newton's method with a Jacobian
that is made
once a step, dense.
"""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.integrators.adaptive import Step
from pushforward.runtime.integrators.trajectory import Field


class Method(Enum):
    """The name of a class of Diffrax."""

    KVAERNO3 = "Kvaerno3"
    KVAERNO5 = "Kvaerno5"


@cache
def _solver(method: Method, rtol: float, atol: float) -> Any:
    # imported where it is used, so that programs without `integrate` do not wait for it
    import diffrax

    root_finder = diffrax.VeryChord(rtol=rtol, atol=atol)
    # loops of a known length: these can be differentiated in both directions
    return getattr(diffrax, method.value)(root_finder=root_finder, scan_kind="bounded")


def implicit_step(
    method: Method, rtol: float, atol: float, field: Field, t0: Any, t1: Any, y: jax.Array, args: Any
) -> Step:
    """One step from t0 to t1. The error of a step whose equations were not solved is infinite."""
    import diffrax

    solver = _solver(method, rtol, atol)
    terms = diffrax.ODETerm(field)
    memory = solver.init(terms, t0, t1, y, args)
    end, error, dense, _, _ = solver.step(terms, t0, t1, y, args, memory, made_jump=False)
    return Step(end, error, field(t1, end, args), (dense["y0"], dense["y1"], dense["k"]))


def interpolated(method: Method, t0: Any, t1: Any, dense: Any, t: Any) -> jax.Array:
    """The state at t."""
    import diffrax

    y0, y1, k = dense
    interpolant = getattr(diffrax, method.value).interpolation_cls
    return jnp.asarray(interpolant(t0=t0, t1=t1, y0=y0, y1=y1, k=k).evaluate(t))
