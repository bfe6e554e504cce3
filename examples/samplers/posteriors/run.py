"""Samplers of one step on the posteriors of `examples/posteriors`, with NUTS beside them.

    python examples/samplers/posteriors/run.py [NAME ...]

A line a sampler: gradients, the smallest effective sample size for a million gradients, the largest R-hat,
and the largest distance of a posterior mean to that of NUTS, in its standard deviations.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.runtime.data import read_file

POSTERIORS = Path(__file__).parents[2] / "posteriors"
NAMES = ("eight_schools_noncentered", "kidscore_momiq", "arK", "garch11", "blr", "kidscore_interaction")
SAMPLERS = ("nuts", "mala", "barker", "ghmc", "random_walk", "ula", "baoab")


def line(post: Any, truth: Any) -> tuple[float, ...]:
    """What is printed of a run."""
    summary = post.summary()
    diagnostics = summary.diagnostics()
    gradients = post.diagnostics["gradient_evaluations"]
    off = max(abs(summary[n]["mean"] - truth[n]["mean"]) / truth[n]["sd"] for n in summary.rows if truth[n]["sd"] > 0)
    return gradients, float(np.nanmin(diagnostics.ess_bulk)) / gradients * 1e6, float(np.nanmax(diagnostics.rhat)), off


def main() -> None:
    """Print a table a posterior."""
    for name in sys.argv[1:] or NAMES:
        folder = POSTERIORS / name
        bound = pf.load(folder / "model.pf").only().with_data(read_file(folder / "data.json"))
        truth = bound.sample(seed=1, draws=4000).summary()
        print(f"{name:<28} {'gradients':>10} {'ESS a million':>14} {'R-hat':>6} {'off by':>7}", flush=True)
        for by in SAMPLERS:
            settings = {} if by == "nuts" else {"thin": 20}
            gradients, ess, rhat, off = line(bound.sample(by=by, seed=2, draws=2000, **settings), truth)
            print(f"  {by:<26} {gradients:>10,} {ess:>14,.0f} {rhat:>6.3f} {off:>7.3f}", flush=True)


if __name__ == "__main__":
    main()
