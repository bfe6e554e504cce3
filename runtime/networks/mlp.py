"""A perceptron: affine maps with an activation after each but the last.

    x_0 = x,  x_{i+1} = a(W_i x_i + b_i),  f(x) = W_n x_n + b_n

W and b begin uniform on +-1/sqrt(size of the input of the layer), as in Equinox and PyTorch.
"""

from collections.abc import Sequence
from itertools import pairwise

import equinox as eqx
import jax

from pushforward.runtime.networks.affine import affine, keys


class MLP(eqx.Module):
    """f[..., in] -> f[..., out]. `activation` is a name in `jax.nn`."""

    layers: tuple[eqx.nn.Linear, ...]
    activation: str = eqx.field(static=True)

    def __call__(self, x: jax.Array) -> jax.Array:
        *hidden, last = self.layers
        for layer in hidden:
            x = getattr(jax.nn, self.activation)(affine(layer, x))
        return affine(last, x)


def mlp(*, in_: int, out: int, hidden: Sequence[int], activation: str, seed: Sequence[int]) -> MLP:
    """A perceptron with layers of the sizes `hidden` between, and fresh weights."""
    pairs = list(pairwise((in_, *hidden, out)))
    layers = (eqx.nn.Linear(m, n, key=key) for (m, n), key in zip(pairs, keys(seed, len(pairs)), strict=True))
    return MLP(tuple(layers), activation)
