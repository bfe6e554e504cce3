"""JAX as strict as users may have it: double precision, and no promotion of ranks behind one's back."""

from __future__ import annotations

from collections.abc import Iterator

import jax
import pytest


@pytest.fixture(scope="module", autouse=True)
def strict_jax() -> Iterator[None]:
    """Double precision; an array of lower rank meets one of higher rank only when the program says so."""
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        yield
