"""The mean and the variance of gradient estimators of `adev.pf`, and their picture.

    python examples/objectives/adev/run.py [DRAWS]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np

import pushforward as pf

HERE = Path(__file__).parent
T = 0.3
STRATEGIES = ("enum", "score", "loo(2)", "mvd")
DIRECTIONS = (1, 4)
SIZES = (2, 8, 32)


def gradients(bound: Any, name: str, draws: int, seed: int = 0) -> np.ndarray[Any, Any]:
    """Estimates of the gradient in a parameter's free coordinates, f[draws, ...], at the start."""
    start, keys = bound.initial(), jax.random.split(jax.random.key(seed), draws)
    estimates = jax.jit(jax.vmap(lambda key: jax.grad(bound.estimate)(start, key)[name]))(keys)
    return np.asarray(estimates, np.float64)


def flip(strategy: str, draws: int) -> np.ndarray[Any, Any]:
    """Estimates of dL/dt: the derivative in the free coordinate log(t / (1 - t)), divided by t (1 - t)."""
    text = (HERE / "adev.pf").read_text(encoding="utf-8").replace("@ enum", f"@ {strategy}")
    return gradients(pf.loads(text).flip(), "t", draws) / (T * (1 - T))


def line(size: int, directions: int, draws: int) -> float:
    """E|g - grad|^2 / |grad|^2 of the forward gradient along some directions: (size + 1) / directions."""
    text = (HERE / "adev.pf").read_text(encoding="utf-8").replace("forward(1)", f"forward({directions})")
    exact = np.arange(1.0, size + 1)
    found = gradients(pf.loads(text).line(D=size), "m", draws)
    return float(((found - exact) ** 2).sum(1).mean() / (exact @ exact))


def main() -> None:
    """Print both tables and draw the first."""
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    found = {s: flip(s, draws) for s in STRATEGIES}
    print(f"flip at t = {T}: the gradient is {T - 0.5:.4f}")
    for strategy, g in found.items():
        print(f"  {strategy:<7} mean {g.mean():8.4f} +- {g.std() / draws**0.5:.4f}   variance {g.var():.4f}")
    print("forward gradients of a linear function: E|g - grad|^2 / |grad|^2")
    for size in SIZES:
        for k in DIRECTIONS:
            print(f"  {size:>3} entries, forward({k})  {line(size, k, draws):7.3f}   exact {(size + 1) / k:7.3f}")
    plot(found)


def plot(found: dict[str, np.ndarray[Any, Any]]) -> None:
    """Where the estimates fall, one line a strategy, and the gradient itself."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
    for row, (_, g) in enumerate(found.items()):
        values, counts = np.unique(g.round(5), return_counts=True)
        axes.scatter(values, np.full(values.shape, row), s=600 * counts / g.size, alpha=0.6)
    axes.axvline(T - 0.5, color="black", linewidth=0.8)
    axes.set(yticks=range(len(found)), yticklabels=list(found), ylim=(-0.6, len(found) - 0.4))
    axes.set(xlabel="estimate of the gradient; area: how often; line: exact")
    axes.invert_yaxis()
    figure.savefig(HERE / "estimates.png", dpi=110)


if __name__ == "__main__":
    main()
