"""The table of a posterior: one row a scalar parameter."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from pushforward.runtime.diagnostics.ess import ess_bulk, ess_tail, mcse_mean
from pushforward.runtime.diagnostics.ranks import Floats
from pushforward.runtime.diagnostics.rhat import rhat

_AT_ONCE = 2**21  # numbers summarised together, which bounds the memory of the transforms


@dataclass(frozen=True)
class Summary:
    """Columns f64[parameters]."""

    mean: Floats
    sd: Floats
    mcse_mean: Floats
    q05: Floats
    q50: Floats
    q95: Floats
    ess_bulk: Floats
    ess_tail: Floats
    rhat: Floats


def _summarise(draws: Floats) -> Summary:
    flat = draws.reshape(draws.shape[0], -1)
    q05, q50, q95 = np.quantile(flat, (0.05, 0.5, 0.95), axis=-1)
    deviation = flat.std(axis=-1, ddof=1) if flat.shape[1] > 1 else np.full(flat.shape[0], np.nan)
    return Summary(
        flat.mean(axis=-1),
        deviation,
        mcse_mean(draws),
        q05,
        q50,
        q95,
        ess_bulk(draws),
        ess_tail(draws),
        rhat(draws),
    )


def summarise(draws: Floats) -> Summary:
    """Summarise draws f64[chains, draws, parameters]; where they are not finite, neither is what depends on
    them.
    """
    by_parameter = np.moveaxis(np.asarray(draws, np.float64), -1, 0)
    size = max(1, _AT_ONCE // max(1, by_parameter[:1].size))
    with np.errstate(invalid="ignore", over="ignore"):
        parts = [_summarise(by_parameter[i : i + size]) for i in range(0, max(1, by_parameter.shape[0]), size)]
    return Summary(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Summary)))
