"""The posterior with the path as an unknown beside the one with the path integrated out, and the picture of the path.

    python examples/processes/ou/run.py [DRAWS]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
TRUTH = {"theta": 0.8, "mu": 1.5, "sigma": 0.6, "noise": 0.2}


def made() -> dict[str, list[float]]:
    """The data: 60 irregular times, a path by its exact law, and noise, from the seed 1."""
    rng = np.random.default_rng(1)
    ts = np.concatenate([[0.0], np.cumsum(rng.exponential(0.5, 59))]).round(3)
    theta, mu, sigma, noise = TRUTH.values()
    spread = sigma / np.sqrt(2 * theta)
    x = [rng.normal(mu, spread)]
    for h in np.diff(ts):
        keep = np.exp(-theta * h)
        x.append(rng.normal(mu + keep * (x[-1] - mu), spread * np.sqrt(1 - keep**2)))
    y = np.array(x) + noise * rng.normal(size=60)
    return {"ts": ts.tolist(), "y": y.round(4).tolist()}


def main() -> None:
    """Sample both, print their summaries side by side, and draw the path."""
    enable_x64()
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    data = json.loads((HERE / "data.json").read_text(encoding="utf-8"))
    module = pf.load(HERE / "path.pf")
    latent = module.only("seen").with_data(data).sample(seed=1, draws=draws)
    marginal = module.only("path_integrated_out").with_data(data).sample(seed=1, draws=draws)
    print(f"{'':<6} {'truth':>6} {'mean':>7} {'without path':>12} {'z':>6} {'sd':>7} {'without path':>12}")
    for name, truth in TRUTH.items():
        ours, other = latent.summary()[name], marginal.summary()[name]
        z = (ours["mean"] - other["mean"]) / np.hypot(ours["mcse_mean"], other["mcse_mean"])
        means = f"{ours['mean']:7.3f} {other['mean']:12.3f}"
        print(f"{name:<6} {truth:6.2f} {means} {z:6.2f} {ours['sd']:7.3f} {other['sd']:12.3f}")
    plot(np.asarray(latent.draws.posterior["xs"]), data)


def plot(paths: Any, data: dict[str, list[float]]) -> None:
    """The band that holds nine tenths of the paths, and what was seen."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    flat = paths.reshape(-1, paths.shape[-1])
    low, middle, high = np.quantile(flat, [0.05, 0.5, 0.95], axis=0)
    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    axes.fill_between(data["ts"], low, high, alpha=0.3, linewidth=0)
    axes.plot(data["ts"], middle)
    axes.plot(data["ts"], data["y"], "o", color="k", markersize=3)
    axes.set(xlabel="time", ylabel="x")
    figure.savefig(HERE / "path.png", dpi=110)


if __name__ == "__main__":
    main()
