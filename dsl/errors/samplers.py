"""PF640 to PF649: samplers."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class NotASampler(Error):
    """What is named as a sampler does not say a step of a chain.

    A sampler is a model whose first argument is the model that is sampled; the second is the position, a vector of
    `dim(p)` numbers. `next`, or `next_x` and `next_v` where there are velocities, is what they are after a step. A step
    that is corrected, `return metropolis(ula(p, x, step, scale))`, must have a density: `next` is drawn, or every noise
    says what it is on the way back.
    """

    code = "PF640"
    title = "`{name}` is not a sampler"
    bad = (
        "model drift(p: model, x: vector[dim(p)], step: positive) {\n  z: vector[dim(p)] ~ std_normal()\n"
        "  let next = x + step * z\n}\n"
        "model mine(p: model, x: vector[dim(p)], step: positive) {\n  return metropolis(drift(p, x, step))\n}\n"
        "model m() {\n  y ~ normal(0, 1)\n}\nlet drawn = sample m() by mine(step=1)\n"
    )
    good = (
        "model walk(p: model, x: vector[dim(p)], step: positive) {\n  next ~ normal(x, step)\n}\n"
        "model m() {\n  y ~ normal(0, 1)\n}\nlet drawn = sample m() by walk(step=1, draws=10, chains=1)\n"
    )


class SettingNeeded(Error):
    """A sampler is not given a setting that it cannot do without.

    Warmup finds a step size, and scales. A step size is found by the share of steps that a correction accepts: where
    the density of a step is not known, or where each step sees other data, there is no such share, and the size must be
    given, `by sgld(step=0.001)`. So must be all settings that have no default.
    """

    code = "PF641"
    title = "`{name}` needs `{setting}`"
    bad = "model m() {\n  y ~ normal(0, 1)\n}\nlet drawn = sample m() by aldi(particles=5)\n"
    good = (
        "model m() {\n  y ~ normal(0, 1)\n}\n"
        "let drawn = sample m() by aldi(step=0.1, particles=5, draws=40, thin=1, chains=2)\n"
    )
