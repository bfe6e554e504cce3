"""The noise of each gradient strategy on the same objective, and what it costs.

A program a law, one word changed at its choices. An estimate of the gradient (in free coordinates) has a variance, summed
over its elements, and takes CPU time; their product says how long one waits for a given precision, and is compared with
that of `score`, which every law has. Where the variance has a closed form, or a sum or integral in one dimension, it
stands beside the measured one: `exact`. `off` is the distance of the mean from the exact gradient, in its standard errors
for strategies without bias and relative to the gradient for those with one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, NamedTuple

import jax
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy import stats

import pushforward as pf
from benchmarks.cases import LOO, VARIANCES
from benchmarks.timing import interleave, ratio

DRAWS, BATCH = 200_000, 1_000
ROUND_SECONDS = 0.05
COINS = (0.3, -0.4, 0.8)
Array = np.ndarray[Any, np.dtype[np.float64]]

TEXTS: Mapping[str, str] = {
    "normal": """objective case() {
  param m: real = 0.5
  param s: positive = 0.8
  x ~ normal(m, s) @ STRATEGY
  return x^2 / 2 + sin(3 * x)
}""",
    "gamma": """objective case() {
  param a: positive = 2.5
  x ~ gamma(a, 1.5) @ STRATEGY
  return x^2 / 2 + sin(x)
}""",
    "poisson": """objective case() {
  param r: positive = 3
  x ~ poisson(r) @ STRATEGY
  return (x - 2)^2 / 4
}""",
    "coins": """objective case() {
  param a: vector[3] = [0.3, -0.4, 0.8]
  b0 ~ bernoulli(inv_logit(a[0])) @ STRATEGY
  b1 ~ bernoulli(inv_logit(a[1])) @ STRATEGY
  b2 ~ bernoulli(inv_logit(a[2])) @ STRATEGY
  return (b0 + 2 * b1 - 3 * b2 + 0.5)^2
}""",
}
BIASED = ("quadrature", "unsafe")


@dataclass(frozen=True)
class Case:
    """A law and a strategy."""

    law: str
    strategy: str

    def bound(self, strategy: str) -> Any:
        """The objective."""
        return pf.loads(TEXTS[self.law].replace("STRATEGY", strategy)).case()


    @property
    def evaluations(self) -> int:
        """How many times an estimate evaluates what follows the choices."""
        return VARIANCES[f"{self.law}/{self.strategy}"]


CASES = {name: Case(*name.split("/")) for name in VARIANCES}


class Points(NamedTuple):
    """A law by points with weights: costs f[n], scores f[n, p], and pathwise derivatives f[n, p] if there are any."""

    weights: Array
    cost: Array
    score: Array
    path: Array | None


def points(law: str) -> Points:
    """A law: exactly where it is discrete, by a Gauss rule where it is not."""
    match law:
        case "normal":
            e, w = np.polynomial.hermite_e.hermegauss(120)
            x, s = 0.5 + 0.8 * e, 0.8
            slope = x + 3 * np.cos(3 * x)
            score = np.stack([e / s, e**2 - 1], axis=1)
            return Points(w / w.sum(), x**2 / 2 + np.sin(3 * x), score, np.stack([slope, slope * s * e], axis=1))
        case "gamma":
            a, u = 2.5, (np.arange(400_000) + 0.5) / 400_000
            x = stats.gamma(a).ppf(u)
            step = 1e-5
            moved = (stats.gamma(a + step).ppf(u) - stats.gamma(a - step).ppf(u)) / (2 * step)
            score = a * (np.log(x) - np.mean(np.log(x)))
            y = x / 1.5
            path = (y + np.cos(y)) * moved / 1.5 * a
            return Points(np.full(u.size, 1 / u.size), y**2 / 2 + np.sin(y), score[:, None], path[:, None])
        case "poisson":
            x = np.arange(80.0)
            return Points(stats.poisson(3).pmf(x), (x - 2) ** 2 / 4, (x - 3)[:, None], None)
        case _:
            p, b = 1 / (1 + np.exp(-np.array(COINS))), np.array(list(product((0.0, 1.0), repeat=3)))
            weights = np.prod(np.where(b == 1, p, 1 - p), axis=1)
            return Points(weights, (b @ [1, 2, -3] + 0.5) ** 2, b - p, None)


def gradient(law: str) -> Array:
    """The gradient itself."""
    at = points(law)
    found: Array = at.weights @ (at.cost[:, None] * at.score)
    return found


def exact(law: str, strategy: str) -> float | None:
    """The variance of the estimate, if it is known."""
    at = points(law)
    mean = gradient(law)

    def variance(values: Array, factor: float = 1.0) -> float:
        return float((factor * (at.weights @ values**2) - mean**2).sum())

    match strategy:
        case "enum" | "quadrature(8)":
            return 0.0
        case "score":
            return variance(at.cost[:, None] * at.score)
        case "reparam":
            return variance(at.path) if at.path is not None else None
        case "forward(1)":  # a slope g along a random direction v: v^2 g, and E v^4 = 3
            return variance(at.path, 3.0) if at.path is not None else None
        case _ if strategy.startswith("loo") and law != "coins":
            return _loo(at, mean)
        case _:
            return None


def _loo(at: Points, mean: Array) -> float:
    """A U-statistic of order two with the kernel (f1 - f2) (s1 - s2) / 2 (Hoeffding 1948, equation 5.13)."""
    w, f, s = at.weights, at.cost, at.score
    Ef, Efs, Es2 = w @ f, mean, w @ s**2
    given = (f[:, None] * s - Ef * s + Efs) / 2
    first = w @ given**2 - mean**2
    squares = (w @ (f[:, None] ** 2 * s**2) + (w @ f**2) * Es2 - 2 * Ef * (w @ (f[:, None] * s**2)) + 2 * Efs**2) / 2
    second = squares - mean**2
    return float(((4 * (LOO - 2) * first + 2 * second) / (LOO * (LOO - 1))).sum())


def measure(case: Case, rounds: int) -> dict[str, Any]:
    """Variance, cost and their product against `score`."""
    found = _draws(case.bound(case.strategy))
    variance, scored = found.var(axis=0).sum(), _draws(case.bound("score")).var(axis=0).sum()
    away = found.mean(axis=0) - gradient(case.law)
    biased = case.strategy.startswith(BIASED)
    error = np.linalg.norm(gradient(case.law)) if biased else np.sqrt(variance / DRAWS)
    runs = {"this": _run(case.bound(case.strategy)), "score": _run(case.bound("score"))}
    cost = ratio(interleave(runs, rounds), "this", "score")
    squares = ((found - found.mean(axis=0)) ** 2).sum(axis=1)
    return {
        "variance": float(variance),
        "variance_stderr": float(squares.std() / np.sqrt(DRAWS)),
        "exact": exact(case.law, case.strategy),
        "evaluations": case.evaluations,
        "off": float(np.linalg.norm(away) / error) if error else 0.0,
        "biased": biased,
        "cost": cost.against(1.0),
        "work": float(variance / scored * cost.median),
    }


def _gradients(bound: Any) -> Callable[[Any], Any]:
    """A batch of estimates of the gradient f[BATCH, parameters] from as many keys. The parameters are a batch too, though
    equal: otherwise what depends on no key would be computed once for all."""
    start = jax.tree.map(lambda x: jax.numpy.broadcast_to(x, (BATCH, *x.shape)), bound.initial())

    def one(params: Any, key: Any) -> Any:
        return ravel_pytree(jax.grad(bound.estimate)(params, key))[0]

    run = jax.jit(jax.vmap(one))
    return lambda keys: run(start, keys)


def _draws(bound: Any) -> Array:
    """Estimates of the gradient f[DRAWS, parameters]."""
    run, blocks = _gradients(bound), jax.random.split(jax.random.key(0), (DRAWS // BATCH, BATCH))
    return np.concatenate([np.asarray(run(keys), np.float64) for keys in blocks])


def _run(bound: Any) -> Callable[[], float]:
    """CPU seconds of an estimate of the gradient, in batches."""
    run, keys = _gradients(bound), jax.random.split(jax.random.key(1), BATCH)
    run(keys).block_until_ready()

    def seconds(count: int) -> float:
        began = time.process_time()
        for _ in range(count):
            run(keys).block_until_ready()
        return (time.process_time() - began) / count / BATCH

    count = max(1, int(ROUND_SECONDS / max(seconds(3) * BATCH, 1e-6)))
    return lambda: seconds(count)
