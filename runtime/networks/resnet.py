"""A residual network of affine maps (He, Zhang, Ren and Sun 2016, "Deep residual learning for image recognition").

x_0 = W x + b,  x_{i+1} = x_i + V_i a(U_i x_i + c_i) + d_i,  f(x) = W' a(x_n) + b'
"""

from collections.abc import Sequence

import equinox as eqx
import jax

from pushforward.runtime.networks.affine import affine, keys


class ResNet(eqx.Module):
    """f[..., in] -> f[..., out]. `activation` is a name in `jax.nn`."""

    first: eqx.nn.Linear
    blocks: tuple[tuple[eqx.nn.Linear, eqx.nn.Linear], ...]
    last: eqx.nn.Linear
    activation: str = eqx.field(static=True)

    def __call__(self, x: jax.Array) -> jax.Array:
        activation = getattr(jax.nn, self.activation)
        x = affine(self.first, x)
        for inner, outer in self.blocks:
            x = x + affine(outer, activation(affine(inner, x)))
        return affine(self.last, activation(x))


def resnet(*, in_: int, out: int, width: int, depth: int, activation: str, seed: Sequence[int]) -> ResNet:
    """A network of `depth` residual blocks of `width` units, with fresh weights."""
    first, last, *inner = keys(seed, 2 + 2 * depth)
    squares = [eqx.nn.Linear(width, width, key=key) for key in inner]
    blocks = tuple(zip(squares[::2], squares[1::2], strict=True))
    return ResNet(eqx.nn.Linear(in_, width, key=first), blocks, eqx.nn.Linear(width, out, key=last), activation)
