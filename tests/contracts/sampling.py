"""A part of a long table of cases for the fast suite; the slow suite runs all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def every(cases: Sequence[Any], nth: int) -> list[Any]:
    """The cases as parameters: every `nth` is fast, beginning with the first, and the others are slow."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=() if i % nth == 0 else pytest.mark.slow)
        for i, case in enumerate(cases)
    ]
