"""The optimisers of optax as solvers: adam and its kin, each at a fixed learning rate or one that falls to 0.

    z <- z + update(grad f(z), what is remembered)

They are made for noisy gradients. Where the gradient is exact, `lbfgs` needs fewer steps and stops at the solution.
With `schedule` = "cosine" the learning rate falls to 0 over `steps`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax

from pushforward.runtime.solvers.iterate import State, size
from pushforward.runtime.solvers.problem import Minimise
from pushforward.runtime.solvers.solution import Status

SCHEDULES = ("constant", "cosine")


@dataclass(frozen=True)
class Optax:
    """`optax.<name>(learning_rate)`. A step is one gradient."""

    name: str
    learning_rate: float = 1e-2
    tol: float = 1e-6
    steps: int = 10000
    schedule: str = "constant"

    def __post_init__(self) -> None:
        if self.schedule not in SCHEDULES:
            raise ValueError(f"schedule must be one of {', '.join(SCHEDULES)}; it is {self.schedule!r}")

    def _transformation(self) -> optax.GradientTransformation:
        rate: Any = self.learning_rate
        if self.schedule == "cosine":
            rate = optax.cosine_decay_schedule(self.learning_rate, self.steps)
        return getattr(optax, self.name)(rate)

    def init(self, problem: Minimise, z: jax.Array, args: Any) -> State:
        """The state at the start: optax's own, and the gradient."""
        gradient = problem.optimality(z, args)
        memory = (gradient, self._transformation().init(z))
        return State(z, size(gradient), jnp.asarray(Status.CONVERGED, jnp.int32), memory)

    def step(self, problem: Minimise, now: State, args: Any) -> State:
        """One update."""
        gradient, remembered = now.memory
        update, remembered = self._transformation().update(gradient, remembered, now.z)
        z = (now.z + update).astype(now.z.dtype)
        gradient = problem.optimality(z, args)
        return State(z, size(gradient), jnp.asarray(Status.CONVERGED, jnp.int32), (gradient, remembered))


Adabelief = partial(Optax, "adabelief")
Adagrad = partial(Optax, "adagrad")
Adam = partial(Optax, "adam")
Adamax = partial(Optax, "adamax")
Adan = partial(Optax, "adan")
Amsgrad = partial(Optax, "amsgrad")
Nadam = partial(Optax, "nadam")
Novograd = partial(Optax, "novograd")
Radam = partial(Optax, "radam")
RMSProp = partial(Optax, "rmsprop")
SGD = partial(Optax, "sgd")
Yogi = partial(Optax, "yogi")
