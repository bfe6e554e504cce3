"""An objective without parameters: nothing can be moved, so its value is all there is to find."""

from __future__ import annotations

import time
from typing import Any

import jax
import numpy as np

from pushforward.runtime.diagnostics.pareto import GOOD
from pushforward.runtime.optimise.convergence import heaviness
from pushforward.runtime.optimise.evaluation import Evaluation
from pushforward.runtime.optimise.fit import bound
from pushforward.runtime.optimise.result import Estimate, FitResult, Outcome, Sense, Trace


@jax.jit
def _values(estimate: Any, keys: jax.Array) -> jax.Array:
    found: jax.Array = jax.lax.map(lambda key: estimate({}, key), keys)
    return found


def unmoved(estimate: Estimate, *, sense: Sense, seed: int, estimates: int) -> FitResult:
    """The value of an objective `estimate({}, key) -> f[]` and its standard error, from `estimates` keys, as a fit of
    no steps."""
    began = time.perf_counter()
    keys = jax.random.split(jax.random.key(seed), estimates)
    found = Evaluation(np.asarray(_values(bound(estimate), keys), np.float64), {}, {})
    against = []
    broken = int(np.sum(~np.isfinite(found.values)))
    if broken:
        against.append(f"{broken} of {found.values.size} estimates are not finite")
    elif (tail := heaviness(found.values)) > GOOD:
        against.append(f"the estimates have a heavy tail (Pareto k {tail:.2g}): few of them decide their mean")
    nothing = "there are no parameters, so there was nothing to optimise"
    sentence = f"{nothing}. But {against[0]}" if against else nothing
    return FitResult(
        {}, found.value, found.stderr, found.values.size, Trace(np.zeros(0, int), np.zeros(0)), {}, not against,
        sentence, Outcome.UNMOVED, (), 0, time.perf_counter() - began, (found.value,), 0, sense,
    )  # fmt: skip
