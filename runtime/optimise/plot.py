"""A picture of a fit: the objective as the steps went by.

The line is the mean of the estimates in windows of steps; the band reaches from their 5 % to their 95 %
quantile; the mark at the end is the value from fresh estimates, with two standard errors. Matplotlib is
imported when a picture is made, and without pyplot.
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

import numpy as np

from pushforward.runtime.draws.atomic import replacing
from pushforward.runtime.draws.plot import DOUBT, INK, UNDATED, format_of
from pushforward.runtime.optimise.result import Array, FitResult, Trace

WINDOWS: Final = 150
COVERED: Final = 0.95  # of what is drawn, by the height of the picture: the first steps may be far off


class Smoothed(NamedTuple):
    """A trace in windows, f64[w] each: the middle step, and the mean and quantiles of the estimates."""

    steps: Array
    mean: Array
    low: Array
    high: Array


def smoothed(trace: Trace) -> Smoothed:
    """The trace in at most `WINDOWS` windows of equally many estimates; estimates that are not finite are
    left out.
    """
    fine = np.isfinite(trace.values)
    steps, values = trace.steps[fine], np.asarray(trace.values[fine], np.float64)
    parts = [part for part in np.array_split(np.arange(len(values)), WINDOWS) if part.size]
    rows = [(steps[p].mean(), values[p].mean(), *np.quantile(values[p], (0.05, 0.95))) for p in parts]
    return Smoothed(*np.array(rows, np.float64).reshape(-1, 4).T)


def plot_fit(result: FitResult, path: str | os.PathLike[str], *, title: str | None = None) -> None:
    """Write a picture of a fit; the suffix of `path` says the format.

    An existing file is replaced at once or not at all. Raises `ValueError` for a suffix that is no format and
    for a fit that made no step, `OSError`.
    """
    suffix = format_of(path)
    line = smoothed(result.trace)
    if not line.steps.size:
        raise ValueError("there is nothing to draw: the fit made no step")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.0), dpi=150, layout="constrained")
    axis = figure.subplots()
    axis.fill_between(line.steps, line.low, line.high, color=INK, alpha=0.18, linewidth=0)
    axis.plot(line.steps, line.mean, color=INK, linewidth=1.4)
    colour = INK if result.converged else DOUBT
    if np.isfinite(result.value):
        error = 2 * result.stderr if np.isfinite(result.stderr) else 0.0
        axis.errorbar([result.steps_taken], [result.value], [error], color=colour, marker="o", markersize=4, capsize=3)
    axis.set_ylim(*_heights(line, result))
    axis.set_xlabel("step", fontsize=9)
    axis.set_ylabel("objective", fontsize=9)
    axis.tick_params(labelsize=8)
    axis.ticklabel_format(axis="y", useOffset=False)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    axis.set_title(title or _said(result), fontsize=9, color=colour)
    with replacing(path) as temporary:
        figure.savefig(temporary, format=suffix, metadata=UNDATED.get(suffix))


def _said(result: FitResult) -> str:
    return f"{result.value:.6g} ± {result.stderr:.2g}, {'converged' if result.converged else 'not converged'}"


def _heights(line: Smoothed, result: FitResult) -> tuple[float, float]:
    """What the picture shows: all but the worst windows, and the value."""
    low, high = line.low, line.high
    if result.sense == "maximize":
        bottom, top = float(np.quantile(low, 1 - COVERED)), float(high.max())
    else:
        bottom, top = float(low.min()), float(np.quantile(high, COVERED))
    if np.isfinite(result.value):
        bottom, top = min(bottom, result.value), max(top, result.value)
    room = 0.05 * (top - bottom) or 0.05 * max(1.0, abs(top))
    return bottom - room, top + room
