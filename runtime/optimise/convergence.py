"""Whether a fit has converged: a rule with stated false-alarm rates, and a sentence.

A fit counts as converged unless one of two tests says that steps were still worth making. Each needs an
effect that is both *significant*, beyond its own noise, and *material*: larger than half the standard error of
the reported value, or than the rounding of its floats where that is larger.

1. **Trend.** The last quarter of the trace is cut into 20 batches. The slope of a least-squares line through
   the batch means, over its standard error, is compared with Student's t with 18 degrees of freedom,
   two-sided at 1 %. (Batch means, because successive estimates are at almost the same parameters. Without a
   trend the false-alarm rate is 1 % when batches are independent; the test of size keeps it low when they
   are not.) A trace of fewer than 160 values is not tested.
2. **Gain.** Would it pay to go on? The objective is estimated at a few points ahead, with the keys of
   estimates at the parameters themselves: at distances 1, 1/4, 1/16 and 1/64 in the direction of the mean
   gradient (made with other keys), and ahead by all, a half and a quarter of the way made since about half
   of the steps. A mean gain of more than 3 of its standard errors is significant: one-sided, at most 1 % for
   the seven together. Differences under common keys have little noise, so this sees what the trace hides. Whether
   the mean gradient is zero is not asked: it is not, at any constant learning rate, and it need not be.

Both tests, and the standard error itself, presume that estimates have a variance. So their tails are looked at first:
a fit does not count as converged where the estimates at the end have a tail of Pareto k above 0.7 that decides their
mean, so that three quarters of them or more lie on one side of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import jax
import numpy as np

from pushforward.runtime.diagnostics.pareto import GOOD, pareto_k
from pushforward.runtime.optimise.evaluation import Evaluate, Evaluation, Shift
from pushforward.runtime.optimise.result import Array, Params, Sense

BATCHES, CRITICAL_T = 20, 2.878  # the 99.5 % quantile of Student's t with 18 degrees of freedom
LAST = 4  # the trend is looked for in the last quarter
DISTANCES, FURTHER, CRITICAL_Z = (1.0, 1 / 4, 1 / 16, 1 / 64), (1.0, 1 / 2, 1 / 4), 3.0


class Trend(NamedTuple):
    """A line through the end of a trace: its change over that end, and the standard error of the change."""

    change: float
    stderr: float


class Gain(NamedTuple):
    """How much better the objective is at a point ahead, and the standard error."""

    ahead: str
    gain: float
    stderr: float


def trend(values: Array) -> Trend | None:
    """The trend of the last quarter of the estimates f[n]; None when there are fewer than 160."""
    size = len(values) // LAST // BATCHES
    if size < 2:
        return None
    means = np.asarray(values[len(values) - size * BATCHES :], np.float64).reshape(BATCHES, size).mean(axis=1)
    time = np.arange(BATCHES) - (BATCHES - 1) / 2
    slope = time @ means / (time @ time)
    residual = means - means.mean() - slope * time
    error = np.sqrt(residual @ residual / (BATCHES - 2) / (time @ time))
    return Trend(float(slope * BATCHES), float(error * BATCHES))


def ahead(gradient: Params, way: Params, sense: Sense) -> Iterator[tuple[str, Shift]]:
    """The points to look at: along the mean gradient, and along the way that was made; those that are any."""
    sign = 1.0 if sense == "maximize" else -1.0
    norm = _norm(gradient)
    if np.isfinite(norm) and norm > 0:
        for distance in DISTANCES:
            yield f"{distance:.2g} along the mean gradient", Shift(gradient, sign * distance / norm)
    if _norm(way) > 0:
        for share in FURTHER:
            yield f"{share:.2g} times the way made since half of the steps", Shift(way, share)


def _norm(tree: Any) -> float:
    return float(np.sqrt(sum(np.sum(np.asarray(g, np.float64) ** 2) for g in jax.tree.leaves(tree))))


def gains(
    evaluate: Evaluate, at: Params, points: Iterable[tuple[str, Shift]], key: Any, draws: int, sense: Sense
) -> list[Gain]:
    """What each point gains; points where an estimate is not finite are left out."""
    sign = 1.0 if sense == "maximize" else -1.0
    here, found = evaluate(at, key, draws, None).values, list[Gain]()
    for name, shift in points:
        with np.errstate(invalid="ignore"):
            better = sign * (evaluate(at, key, draws, shift).values - here)
        if np.isfinite(better).all():
            error = float(np.std(better, ddof=1) / np.sqrt(better.size)) if better.size > 1 else np.inf
            found.append(Gain(name, float(better.mean()), error))
    return found


def resolution(evaluation: Evaluation, dtype: Any) -> float:
    """The smallest difference of objectives that counts."""
    rounding = max(10 * float(np.finfo(dtype).eps), 1e-8) * max(1.0, abs(evaluation.value))
    return max(evaluation.stderr / 2, rounding) if np.isfinite(evaluation.stderr) else rounding


def heaviness(values: Array) -> float:
    """The Pareto k of the tail of estimates f[n] that decides their mean; -inf where that is among the middle half."""
    numbers = np.asarray(values, np.float64)
    low, middle, high = np.quantile(numbers, (0.25, 0.5, 0.75))
    mean = numbers.mean()
    if low <= mean <= high:
        return float("-inf")
    away = numbers - middle if mean > high else middle - numbers
    k = pareto_k(np.log(away[away > 0]))
    return k if np.isfinite(k) else float("-inf")


def doubts(trace: Array, evaluation: Evaluation, gained: list[Gain], smallest: float, sense: Sense) -> Iterator[str]:
    """All that speaks against convergence, in sentences."""
    if not np.isfinite(evaluation.values).all():
        broken = int(np.sum(~np.isfinite(evaluation.values)))
        yield f"{broken} of {evaluation.values.size} estimates at the end are not finite"
        return
    broken_gradients = [n for n, g in evaluation.noise.items() if not np.isfinite(g.mean_norm + g.sd)]
    if broken_gradients:
        yield f"the gradient in {', '.join(broken_gradients)} at the end is not always finite"
    tail = heaviness(evaluation.values)
    if tail > GOOD:
        yield (
            f"the estimates at the end have a heavy tail (Pareto k {tail:.2g}): few of them decide their mean, and "
            "neither it nor its standard error can be trusted. Use a guide with wider tails, or an objective of "
            "logarithms of weights"
        )
    line = trend(trace)
    if line is not None and abs(line.change) > max(CRITICAL_T * line.stderr, smallest):
        better = (line.change > 0) == (sense == "maximize")
        yield (
            f"the objective still {'improves' if better else 'worsens'}: it moved by {line.change:+.3g} "
            f"(± {line.stderr:.2g}) over the last quarter of the steps. "
            + ("Make more steps, or larger ones" if better else "Use a smaller learning rate, or a schedule")
        )
    worth = [g for g in gained if g.gain > max(CRITICAL_Z * g.stderr, smallest)]
    if worth:
        best = max(worth, key=lambda g: g.gain)
        yield (
            f"going on by {best.ahead} would still gain {best.gain:.3g} (± {best.stderr:.2g}). "
            "Make more steps, or larger ones; at the end, a schedule or averaging takes the noise out"
        )


def verdict(found: list[str], smallest: float) -> tuple[bool, str]:
    """Whether it converged, and why or why not, as one text."""
    if found:
        return False, "not converged: " + ". Also, ".join(found)
    return True, (
        f"converged: neither the trace nor points ahead show an improvement beyond {smallest:.2g} and its own noise"
    )
