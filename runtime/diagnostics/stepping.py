"""What speaks against draws of samplers that make one step after another."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from pushforward.runtime.diagnostics.advice import Advice

#: A correction that would refuse more than this share of steps changes the law much.
BIASED = 0.01


def acceptance(statistics: Any) -> float | None:
    """The mean probability with which steps were accepted, or would have been by a correction; None where the density
    of a step is not known."""
    mean = float(np.mean(statistics.accept_stat))
    return mean if np.isfinite(mean) else None


def of_steps(statistics: Any) -> Iterator[Advice]:
    """What speaks against the draws, the gravest first."""
    left, total = int(np.sum(statistics.diverging)), int(np.size(statistics.diverging))
    rate = acceptance(statistics)
    if left:
        yield Advice("left", (
            f"{left} of {total} transitions left the region where the density is finite, and were not made: the step "
            "size is too large. Give a smaller `step`, or use a sampler that is corrected (`mala`)."
        ))  # fmt: skip
    if not statistics.corrected:
        yield Advice("uncorrected", _bias(statistics.algorithm, rate))
    elif rate is not None and rate < 0.5 * statistics.target_accept:
        yield Advice("acceptance", (
            f"{100 * rate:.2g} % of the steps were accepted, where {100 * statistics.target_accept:.3g} % were aimed "
            "at: the step size does not suit all of the posterior. Warm up longer, give a smaller `step`, or use "
            "`nuts`."
        ))  # fmt: skip


def _bias(name: str, rate: float | None) -> str:
    law = f"{name} is not corrected: its draws have a law of their own, which more draws do not bring nearer"
    if rate is None:
        return f"{law}. Halve `step` and see whether what you report changes."
    share = f"{100 * (1 - rate):.2g}" if rate > 0.9 else f"{100 * (1 - rate):.0f}"
    much = "that is much" if 1 - rate > BIASED else "that is little"
    seen = f"A correction would have refused {share} % of the steps: {much}"
    return f"{law}. {seen}. Halve `step` to see what changes."
