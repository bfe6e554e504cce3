"""The covariance that ensembles of four particles find, with the correction for their size and without it.

python examples/samplers/aldi/run.py [DRAWS]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf

HERE = Path(__file__).parent
MEAN, COVARIANCE = np.array([1.0, -1.0]), np.array([[1.0, 0.8], [0.8, 2.0]])
ENSEMBLES, PARTICLES = 40, 4


def covariance(finite: float, draws: int) -> tuple[Any, Any]:
    """Covariance about the true mean, and its standard error over independent ensembles."""
    post = pf.load(HERE / "pair.pf").only()().sample(
        by="aldi", step=0.01, particles=PARTICLES, finite=finite, thin=100, chains=ENSEMBLES, warmup=200, draws=draws,
        seed=1,
    )  # fmt: skip
    x = post.draws["x"].reshape(ENSEMBLES, -1, 2) - MEAN
    each = np.einsum("eti,etj->eij", x, x) / x.shape[1]
    return each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(ENSEMBLES)


def main() -> None:
    """Print both beside the truth."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{'':<22} {'var x[0]':>16} {'cov':>16} {'var x[1]':>16}")
    print(f"{'truth':<22} {COVARIANCE[0, 0]:16.3f} {COVARIANCE[0, 1]:16.3f} {COVARIANCE[1, 1]:16.3f}")
    for name, finite in (("with the correction", 1.0), ("without", 0.0)):
        found, error = covariance(finite, draws)
        cells = (f"{found[i, j]:7.3f} ± {error[i, j]:.3f}" for i, j in ((0, 0), (0, 1), (1, 1)))
        print(f"{name:<22} " + " ".join(f"{c:>16}" for c in cells))


if __name__ == "__main__":
    main()
