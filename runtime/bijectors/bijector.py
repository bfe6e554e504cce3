"""The record that describes one bijector: what a file of this folder offers to those who emit code.

A bijector maps an unconstrained vector z to an event x that satisfies a constraint. Its functions are
plain functions of their file, called by name in emitted programs; this record only gathers them, so
that the compiler's catalogue, the documentation and the tests find all bijectors in one way.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax


@dataclass(frozen=True)
class Bijector:
    """One constraining transform and the facts needed to use it.

    Attributes:
        name: the constraint, and the file's name.
        constrain: `(z, *arguments) -> x`.
        log_jacobian: `(z, *arguments) -> scalar`, log |det dx/dz| for the base measure on x.
        unconstrain: `(x, *arguments) -> z`.
        free_size: `(*dims) -> int`, the number of unconstrained coordinates of an event of these dims.
        event_rank: the rank of one event; 0 says elementwise, so z and x are of one shape, whatever it is.
        arguments: names of the arguments after z: bounds (`lower`, `upper`) or dimensions (`rows`, `cols`).
        base_measure: the measure on x that the density and the log-Jacobian refer to, in words.
    """

    name: str
    constrain: Callable[..., jax.Array]
    log_jacobian: Callable[..., jax.Array]
    unconstrain: Callable[..., jax.Array]
    free_size: Callable[..., int]
    event_rank: int
    base_measure: str
    arguments: tuple[str, ...] = ()
