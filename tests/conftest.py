"""Options for all tests. `--bless` rewrites the expected outputs from what the code says now; read the difference."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --bless`."""
    parser.addoption("--bless", action="store_true", help="write expected outputs instead of comparing with them")


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    """Whether expected outputs are to be written."""
    return bool(request.config.getoption("--bless"))
