"""A program with parameters, at values of them: what a fit has found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pushforward.api.expanded import Expanded
from pushforward.api.programs import Program, files, told
from pushforward.dsl.instantiate import instantiate_draws

if TYPE_CHECKING:
    from pushforward.runtime.draws import Draws


@dataclass(frozen=True)
class Guide:
    """A program and its parameters (free coordinates, by name of program and parameter)."""

    program: Program
    params: Mapping[str, Any]

    @cached_property
    def expanded(self) -> Expanded:
        """The program that draws."""
        arguments = {"q": self.program}
        instance = instantiate_draws(told(self.program), Expanded.finder(files(self.program)))
        return Expanded(instance, arguments, files(self.program), ("draws",))

    def simulate(self, key: Any) -> dict[str, Any]:
        """One draw of what the program gives: its variables, or those of the model that it is made from."""
        found: dict[str, Any] = self.expanded.call("draws", self.expanded.params_from(self.params), key)
        return found

    def sample(self, draws: int = 1000, seed: int = 0) -> Draws:
        """Independent draws, as one chain."""
        import jax
        import numpy as np

        from pushforward.runtime.draws import Draws

        keys = jax.random.split(jax.random.key(seed), draws)
        found = jax.jit(jax.vmap(self.simulate))(keys)
        return Draws(posterior={n: np.asarray(v)[None] for n, v in found.items()})
