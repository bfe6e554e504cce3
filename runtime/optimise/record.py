"""What is kept of the estimates of the steps, while they are made."""

from __future__ import annotations

import numpy as np

from pushforward.runtime.optimise.result import Array, Trace

LONGEST_TRACE = 100_000  # values


class Record:
    """Estimates as they come: all of them since the last look of patience, and a trace of all steps.

    A trace that grows too long is thinned to every second value, again and again. What it holds at the end is
    a function of the estimates, and not of the blocks in which they came.
    """

    def __init__(self) -> None:
        self._kept, self._every, self._seen = list[Array](), 1, 0
        self._since = list[Array]()

    def add(self, values: Array, looking: bool) -> None:
        """Add the estimates of the next steps; they are kept for patience when it is `looking`."""
        first = -self._seen % self._every
        self._kept.append(values[first :: self._every].copy())
        self._seen += len(values)
        while -(-self._seen // self._every) > LONGEST_TRACE:
            self._kept, self._every = [np.concatenate(self._kept)[::2]], 2 * self._every
        if looking:
            self._since.append(values.copy())

    def since_last_look(self) -> Array:
        """All estimates since this was asked before."""
        taken, self._since = np.concatenate(self._since), []
        return taken

    def trace(self) -> Trace:
        """The trace of all steps until now."""
        values = np.concatenate(self._kept) if self._kept else np.zeros(0)
        return Trace(self._every * np.arange(values.size), values)
