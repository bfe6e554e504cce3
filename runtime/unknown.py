"""Values of which only the type is known: what a script will compute, before it runs. Nothing heavy is imported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, eq=False)
class Unknown:
    """An array whose values are not known, nor its shape where that is None. `because` ends the sentence that says why:
    `... is known only when the script runs: what `maximize` finds (line 12)`."""

    kind: Literal["real", "int", "bool"] = "real"
    shape: tuple[int, ...] | None = None
    because: str = ""

    @property
    def decides_sizes(self) -> bool:
        """Whether sizes may depend on it, so that nothing that needs them can be judged."""
        return self.shape is None or (self.kind == "int" and not self.shape)


class Unforeseen(Exception):
    """Something is known only when the script runs; the message says what."""
