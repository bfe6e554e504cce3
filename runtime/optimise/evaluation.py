"""The objective and its gradient at given parameters, from many fresh estimates, with their noise."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from pushforward.runtime.optimise.descent import named_leaves
from pushforward.runtime.optimise.result import Array, Estimate, GradientNoise, Params

MEMORY_BYTES = 2**26  # that estimates made at once may take
AT_ONCE = 256  # estimates, at most: more are no faster
CALLS = 4  # that make all estimates asked for; fewer estimates are whole calls too


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What many estimates at the same parameters say."""

    values: Array  # f64[draws]
    gradient: Params  # the mean, a pytree as the parameters
    noise: Mapping[str, GradientNoise]

    @property
    def value(self) -> float:
        """The mean of the values; not finite if one of them is not."""
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.mean(self.values))

    @property
    def stderr(self) -> float:
        """The standard error of the mean; nan for a single draw."""
        n = self.values.size
        with np.errstate(over="ignore", invalid="ignore"):
            return float(np.std(self.values, ddof=1) / np.sqrt(n)) if n > 1 else float("nan")


class Shift(NamedTuple):
    """A move away from parameters: so far along a direction, which is a pytree as they are."""

    direction: Params
    length: float


Evaluate: TypeAlias = Callable[[Params, Any, int, Shift | None], Evaluation]


def at_once(bytes_each: int) -> int:
    """How many estimates to make at once, when one with its gradient takes so many bytes.

    On a CPU they are made one by one, which takes hardly longer, and compiles five times faster than random
    numbers for many keys at once do.
    """
    if jax.default_backend() == "cpu":
        return 1
    return max(1, min(AT_ONCE, MEMORY_BYTES // max(bytes_each, 1)))


def evaluator(chunk: int, draws: int) -> Callable[[Estimate, Params, Any, int, Shift | None], Evaluation]:
    """The function `(estimate, params, key, draws, shift) -> Evaluation`; compiled once for estimates of one structure,
    at its first call.

    It is compiled for a `CALLS`-th of `draws`, and makes whole calls of it; `chunk` estimates are made at
    once. An estimate's key is a function of its number alone.
    """
    rounds = max(1, draws // CALLS)
    chunk = min(chunk, rounds)
    run = jax.jit(partial(_moments, chunk=chunk, rounds=-(-rounds // chunk)))

    def evaluate(estimate: Estimate, params: Params, key: Any, draws: int, shift: Shift | None = None) -> Evaluation:
        zeros = jax.tree.map(lambda p: np.zeros(p.shape, p.dtype), params)
        moments, values = (zeros, zeros), list[Array]()
        along = shift or Shift(zeros, 0.0)
        while sum(map(len, values)) < draws:
            found, moments = run(estimate, params, along, key, np.int32(sum(map(len, values))), moments)
            values.append(np.asarray(found, np.float64).ravel())
        return _evaluation(np.concatenate(values), *moments)

    return evaluate


def _moments(
    estimate: Estimate, params: Params, shift: Shift, key: Any, before: Any, moments: Any, chunk: int, rounds: int
) -> Any:  # fmt: skip
    """Values f[rounds, chunk], and the mean and sum of squared deviations of the gradients, of which `before`
    are in the given moments. They are merged chunk by chunk (Chan, Golub and LeVeque 1983), so that no draw
    of the gradient is kept.
    """
    at = jax.tree.map(lambda p, d: p + (shift.length * d).astype(p.dtype), params, shift.direction)
    draw = jax.value_and_grad(estimate)

    def walk(carry: Any, index: Any) -> Any:
        mean, squares, seen = carry
        keys = jax.vmap(jax.random.fold_in, (None, 0))(key, seen + jnp.arange(chunk, dtype=jnp.int32))
        # One alone is not batched: it would be compiled as many are.
        one = jax.tree.map(lambda x: x[None], draw(at, keys[0])) if chunk == 1 else None
        values, drawn = one if one is not None else jax.vmap(draw, (None, 0))(at, keys)

        def merged(mean: Any, squares: Any, drawn: Any) -> tuple[Any, Any]:
            old, centre = seen.astype(mean.dtype), jnp.mean(drawn, axis=0)
            gap, share = centre - mean, chunk / (old + chunk)
            within = jnp.sum((drawn - centre[None]) ** 2, axis=0)
            return mean + share * gap, squares + within + old * share * gap**2

        pairs = jax.tree.map(merged, mean, squares, drawn)
        two = jax.tree.transpose(jax.tree.structure(mean), jax.tree.structure((0, 0)), pairs)
        return (*two, seen + chunk), values

    (mean, squares, _), values = lax.scan(walk, (*moments, before), None, length=rounds)
    return values, (mean, squares)


def _evaluation(values: Array, mean: Params, squares: Params) -> Evaluation:
    n, noise = values.size, dict[str, GradientNoise]()
    spreads = named_leaves(squares)
    for name, centre in named_leaves(mean).items():
        spread = np.asarray(spreads[name], np.float64).sum()
        sd = np.sqrt(spread / (n - 1)) if n > 1 else np.nan
        norm = np.sqrt((np.asarray(centre, np.float64) ** 2).sum())
        noise[name] = GradientNoise(float(norm), float(sd))
    return Evaluation(values, mean, noise)
