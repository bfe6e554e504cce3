"""Proximal steps on one block of entries after another (Beck and Tetruashvili 2013; Tseng 2001).

    z_b <- prox(z - t g, t)_b,   1 / t a bound of the curvature in block b

The proximal operator must be separable over the blocks: that of a sum of functions of a block each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp

from pushforward.runtime.solvers.iterate import State, state
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.rounding import tiny, unit


@dataclass(frozen=True)
class BlockCoordinateDescent:
    """`block` consecutive entries at a time; a step of the solver is one pass over all. The Hessian [n, n] is made
    once a pass; of a quadratic objective, once."""

    tol: float = 1e-8
    steps: int = 1000
    block: int = 1

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """At the start, moved into the domain."""
        if z.size % self.block:
            raise ValueError(f"{z.size} unknowns are not blocks of {self.block}")
        z = z if problem.prox is None or problem.nonsmooth is not None else problem.prox(z, 1.0, args)
        return state(problem, z, args, jax.hessian(problem.objective)(z, args) if problem.quadratic else ())

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One pass."""
        hessian = now.memory if problem.quadratic else jax.hessian(problem.objective)(now.z, args)
        blocks = now.z.size // self.block
        bounds = _bounds(hessian, self.block)
        slope = jax.grad(problem.objective)

        def visit(carry: tuple[jax.Array, jax.Array, jax.Array], b: jax.Array) -> tuple[Any, None]:
            z, gradient, slack = carry
            bound = slack * bounds[b]
            t = 1 / jnp.maximum(bound, tiny(z))
            moved = z - t * gradient
            moved = moved if problem.prox is None else problem.prox(moved, t, args)
            inside = jnp.arange(z.size) // self.block == b
            d = jnp.where(inside, moved - z, 0.0)
            if problem.quadratic:
                return (z + d, gradient + hessian @ d, slack), None
            after = slope(z + d, args)
            # curvature may grow along the step: then not taken, and smaller ones from here on
            noise = 8 * unit(z) * jnp.sum(jnp.abs(gradient * d))
            good = (after - gradient) @ d <= 2 * bound * (d @ d) + noise
            kept = (jnp.where(good, z + d, z), jnp.where(good, after, gradient), jnp.where(good, slack, 2 * slack))
            return kept, None

        first = (now.z, slope(now.z, args), jnp.ones((), now.z.dtype))
        (z, _, _), _ = jax.lax.scan(visit, first, jnp.arange(blocks))
        return state(problem, z, args, now.memory)


def _bounds(hessian: jax.Array, block: int) -> jax.Array:
    """A bound of the largest eigenvalue of each diagonal block: its largest sum of absolute values over a row."""
    blocks = hessian.shape[0] // block
    tiles = hessian.reshape(blocks, block, blocks, block)
    diagonal = jax.vmap(lambda b: tiles[b, :, b, :])(jnp.arange(blocks))
    return jnp.max(jnp.sum(jnp.abs(diagonal), axis=2), axis=1)
