"""Options for all tests. `--bless` rewrites the expected outputs from what the code says now; read the difference."""

from __future__ import annotations

import pytest

from pushforward.runtime.xla_flags import fuse_small_loops


def pytest_addoption(parser: pytest.Parser) -> None:
    """`pytest --bless`."""
    parser.addoption("--bless", action="store_true", help="write expected outputs instead of comparing with them")


def pytest_configure() -> None:
    """The flags that sampling sets: before any test starts XLA, which reads them once, so that processes that tests
    start compute as this one does.
    """
    fuse_small_loops()


@pytest.fixture
def bless(request: pytest.FixtureRequest) -> bool:
    """Whether expected outputs are to be written."""
    return bool(request.config.getoption("--bless"))
