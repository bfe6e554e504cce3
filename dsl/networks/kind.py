"""What a kind of network is: its settings, and the sizes of what it takes and gives, which are settings too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

#: A size (`in=2 * D`), several (`hidden=[64, 64]`), or one of the words in `words` (`activation=tanh`).
Form: TypeAlias = Literal["size", "sizes", "word"]

#: The functions between layers, elementwise and continuous, by their names in `jax.nn`.
ACTIVATIONS = ("relu", "tanh", "sigmoid", "softplus", "silu", "gelu", "elu", "selu", "leaky_relu")


@dataclass(frozen=True)
class Setting:
    """A setting by its name. A word may have a default; a size must be given."""

    name: str
    form: Form
    words: tuple[str, ...] = ()
    default: str | None = None


ACTIVATION = Setting("activation", "word", ACTIVATIONS, "relu")


@dataclass(frozen=True)
class Kind:
    """A kind of network. `inputs` are the vectors it takes, each with the setting that is its length; `output` is the
    setting that is the length of the vector it gives. Its runtime is the function `NAME(seed=..., SETTINGS)` of
    `runtime/networks/NAME.py`, whose value is called with arrays [..., length] and gives [..., length].
    """

    name: str
    settings: tuple[Setting, ...]
    inputs: tuple[tuple[str, str], ...]
    output: str

    def setting(self, name: str) -> Setting | None:
        """The setting of this name."""
        return next((s for s in self.settings if s.name == name), None)
