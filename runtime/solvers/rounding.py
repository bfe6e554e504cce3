"""How finely numbers of a type are spaced."""

from __future__ import annotations

import jax
import numpy as np


def unit(x: jax.Array) -> float:
    """The distance from 1 to the next number of x's type."""
    return float(np.finfo(x.dtype).eps)
