"""A gated recurrent unit (Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder for statistical
machine translation", eqs. 5 to 8), with the reset gate after the product with the state, as in Equinox and PyTorch.

    r = s(W_r x + b_r + U_r h),  z = s(W_z x + b_z + U_z h),  n = tanh(W_n x + b_n + r (U_n h + c))
    f(x, h) = n + z (h - n)
"""

from collections.abc import Sequence

import equinox as eqx
import jax
import jax.numpy as jnp

from pushforward.runtime.networks.affine import keys


class GRU(eqx.Module):
    """f[..., in], f[..., hidden] -> f[..., hidden]: the state after an input x and a state h."""

    cell: eqx.nn.GRUCell

    def __call__(self, x: jax.Array, h: jax.Array) -> jax.Array:
        cell = self.cell
        assert cell.bias is not None and cell.bias_n is not None
        given = x @ cell.weight_ih.T
        given = given + jnp.broadcast_to(cell.bias, given.shape)
        reset_x, update_x, new_x = jnp.split(given, 3, axis=-1)
        reset_h, update_h, new_h = jnp.split(h @ cell.weight_hh.T, 3, axis=-1)
        reset, update = jax.nn.sigmoid(reset_x + reset_h), jax.nn.sigmoid(update_x + update_h)
        new = jnp.tanh(new_x + reset * (new_h + jnp.broadcast_to(cell.bias_n, new_h.shape)))
        return new + update * (h - new)


def gru(*, in_: int, hidden: int, seed: Sequence[int]) -> GRU:
    """A unit with a state of `hidden` entries, and fresh weights."""
    (key,) = keys(seed, 1)
    return GRU(eqx.nn.GRUCell(in_, hidden, key=key))
