"""How far samplers for nonsmooth densities get in 100,000 small steps on 100 coordinates of very different scales.

    python examples/samplers/anisotropic_laplace/run.py [DRAWS]

Printed is the 1-Wasserstein distance of the draws of each coordinate to its law, in units of E|x[i]|: the mean over the
coordinates with its standard error over independent chains, and the distances of the widest and of the narrowest.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf

HERE = Path(__file__).parent
N, STEP, SMOOTHING, THIN, CHAINS = 100, 5e-6, 1e-5, 10, 8
RATE = np.arange(1.0, N + 1)
#: How far the entropy is from that of a Euclidean space: wide coordinates move more.
BETA = np.sqrt(N + 1 - RATE)

SAMPLERS: dict[str, dict[str, Any]] = {
    "myula": {"smoothing": SMOOTHING, "weight": RATE},
    "mirror": {"beta": BETA},
    "bregman_moreau": {"smoothing": SMOOTHING, "weight": RATE, "beta": BETA, "sigma": BETA},
}


def distances(x: Any) -> Any:
    """Of draws [T, N] to the Laplace laws, times the rates: between order statistics and quantiles."""
    p = (np.arange(len(x)) + 0.5) / len(x)
    quantiles = np.where(p < 0.5, np.log(2 * p), -np.log(2 * (1 - p)))
    return np.abs(np.sort(x * RATE, axis=0) - quantiles[:, None]).mean(axis=0)


def main() -> None:
    """Print a line a sampler."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000 // THIN
    model = pf.load(HERE / "laplace.pf").only()(RATE)
    print(f"{'':<16} {'mean':>15} {'i = 1':>7} {'i = 100':>7} {'refused':>8}")
    for name, settings in SAMPLERS.items():
        post = model.sample(
            by=name,
            step=STEP,
            thin=THIN,
            chains=CHAINS,
            warmup=0,
            draws=draws,
            seed=1,
            init={"x": np.zeros(N)},
            **settings,
        )
        each, rate = np.stack([distances(x) for x in post.draws["x"]]), post.diagnostics["acceptance"]
        whole, found = each.mean(axis=1), each.mean(axis=0)
        mean = f"{whole.mean():.3f} ± {whole.std(ddof=1) / np.sqrt(CHAINS):.3f}"
        print(f"{name:<16} {mean:>15} {found[0]:7.3f} {found[-1]:7.3f} {100 * (1 - rate):6.1f} %")


if __name__ == "__main__":
    main()
