"""A network that was fitted, as a value of the language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.evaluator.values import Compound

if TYPE_CHECKING:
    from pushforward.evaluator.values import Value


@dataclass(frozen=True, eq=False)
class NetworkValue(Compound):
    """The weights of a network: a tree of arrays."""

    network: Any

    @property
    def kind(self) -> str:
        return "a network"

    def weights(self) -> dict[str, np.ndarray[Any, np.dtype[Any]]]:
        """The arrays by their paths, such as `layers.0.weight`."""
        from pushforward.runtime.optimise.descent import named_leaves

        return {name: np.asarray(leaf) for name, leaf in named_leaves(self.network).items()}

    def parts(self) -> Mapping[str, Value]:
        return {}

    def text(self) -> str:
        """`a network of 25 weights`."""
        return f"a network of {sum(w.size for w in self.weights().values()):,} weights"

    def json(self) -> Any:
        return {name: weights.tolist() for name, weights in self.weights().items()}
