"""How finely numbers of a type are spaced, and how small they get."""

from __future__ import annotations

import jax
import numpy as np


def unit(x: jax.Array) -> float:
    """The distance from 1 to the next number of x's type."""
    return float(np.finfo(x.dtype).eps)


def tiny(x: jax.Array) -> float:
    """The least positive number of x's type with all its digits."""
    return float(np.finfo(x.dtype).tiny)
