"""A step of a chain whose law is known, and its correction.

A kernel draws the state after a step, `draw`, and knows the density of what it has drawn, `log_density`. Where the
target has the logarithm t, and r(s) is the state from which a step goes back (velocities change their sign), the step
from s to s' keeps the target exact if it is made with the probability of Metropolis and Hastings,

    min(1, exp(t(s') - t(s) + log q(r(s') -> r(s)) - log q(s -> s')))

and if r(s) is the state otherwise. Nothing else about the step need be known. Where it is a function of noises, q is
their density, and the noises of the step back are those that the kernel says; the map from state and noises to the
state after and the noises of the step back must keep volumes, or `log_volume` says by which factor it changes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import jax.numpy as jnp
from jax import Array

from pushforward.runtime.functions.target import Asked, asking

Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Kernel:
    """A step. `states` are the parts of the state, the position first, each f64[n], or of an ensemble f64[rows, n];
    `nexts` what each is called after a step; `drawn` what is drawn. `draw(values, key)` gives all that a step draws and
    what follows, by name; `log_density(values, drawn)` its density, if that is known; `standing(values)` the `target`
    and the `reversed_v` of `returned` states. Values are those of the state and the settings."""

    states: tuple[str, ...]
    nexts: tuple[str, ...]
    drawn: tuple[str, ...]
    returned: frozenset[str]
    corrected: bool
    smooth: bool  # whether it asks for gradients
    sized: bool  # whether it has a step size
    scaled: bool  # whether it has scales of its coordinates
    rows: int  # of an ensemble; 0 where the state is one position
    batched: bool  # whether it asks for the density of a batch, which is another one in each step
    draw: Callable[[Values, Any], Values]
    log_density: Callable[[Values, Values], Array] | None
    standing: Callable[[Values], Values]


class Stepped(NamedTuple):
    """After a step: the state that was proposed, what is known of its position, and the log probability of Metropolis
    and Hastings (NaN where the density of the step is not known); `back` is the state if it is refused."""

    proposed: dict[str, Array]
    value: Array
    gradient: Array
    log_accept: Array
    back: dict[str, Array]


def propose(kernel: Kernel, target: Asked, state: Mapping[str, Array], settings: Values, key: Any) -> Stepped:
    """One step from a state at whose position `target` is known."""
    with asking(target):
        drawn = kernel.draw({**settings, **state}, key)
        proposed = {s: drawn[n] for s, n in zip(kernel.states, kernel.nexts, strict=True)}
        value, gradient = target.at(proposed[kernel.states[0]])
        here, there = (kernel.standing({**settings, **s}) for s in (state, proposed))
        log_accept = jnp.full((), jnp.nan)
        back = _reversed(kernel, state, here)
        if kernel.log_density is not None:
            returning = {s: back[s] for s in kernel.states}
            names = dict(zip(kernel.nexts, kernel.states, strict=True))
            undone = {d: returning[names[d]] if d in names else drawn[f"reversed_{d}"] for d in kernel.drawn}
            forward = kernel.log_density({**settings, **state}, {d: drawn[d] for d in kernel.drawn})
            backward = kernel.log_density({**settings, **_reversed(kernel, proposed, there)}, undone)
            log_accept = there["target"] - here["target"] + backward - forward + drawn.get("log_volume", 0.0)
    return Stepped(proposed, value, gradient, log_accept, back)


def _reversed(kernel: Kernel, state: Mapping[str, Array], standing: Values) -> dict[str, Array]:
    """The state from which a step back is made."""
    return {s: standing[f"reversed_{s}"] if s in kernel.returned else state[s] for s in kernel.states}
