"""Samplers: models that say one step, made into the programs that a chain runs. From trees to trees.

    model ula(p: model, x: vector[dim(p)], step: positive, scale: positive[dim(p)]) {
      let drift = grad(logp(p))(x)
      next ~ normal(x + step * scale.^2 .* drift, sqrt(2 * step) * scale)
    }

What has a value after the step is part of the state: `x` of `next`, or `x` and `v` of `next_x` and `next_v`. The other
arguments are settings. `logp(p)`, the density of the free coordinates, is a function that the runtime gives; so a
step is compiled by itself, and a density once, whatever asks for it.

    reading.py   what a sampler says: its state, its settings, whether it is corrected
    steps.py     the programs: one that draws the step, one that knows what it keeps invariant and how it is reversed
    asking.py    `by mala(step=0.1)` as a text
"""

from pushforward.dsl.samplers.reading import Sampler, is_sampler, read
from pushforward.dsl.samplers.steps import FUNCTIONS, drawing, standing

__all__ = ["FUNCTIONS", "Sampler", "drawing", "is_sampler", "read", "standing"]
