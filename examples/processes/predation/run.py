"""Rates of a noisy predator-prey system by NUTS and by variational inference, and the picture of its paths.

    python examples/processes/predation/run.py [DRAWS] [STEPS]
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.runtime.data import read_file
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
NAMES = ("a", "b", "c", "d", "s", "error")


def bound() -> Any:
    """The model with the pelts."""
    return pf.load(HERE / "model.pf").only("pelts").with_data(read_file(HERE / "data.json"))


def fitted(model: Any, steps: int) -> Any:
    """A normal guide with a full covariance, by the ELBO."""
    objective = pf.library.elbo(model, pf.library.full_rank(model))
    return objective.maximize("adam", 0.01, steps=steps, schedule="cosine", seed=0)


def main() -> None:
    """Sample, fit, print both, and draw the paths."""
    enable_x64()
    draws, steps = (int(v) if v else d for v, d in zip([*sys.argv[1:], "", ""], (2000, 40_000), strict=False))
    model = bound()
    posterior = model.sample(seed=0, warmup=2000, draws=draws, target_accept=0.9)
    fit = fitted(model, steps)
    guide = fit.guide.sample(4000, seed=1)
    rows = posterior.summary()
    print(f"{'':<6} {'NUTS':>9} {'sd':>8} {'ess':>6} {'rhat':>6} {'ELBO':>9} {'sd':>8}")
    for name in NAMES:
        row, values = rows[name], np.asarray(guide[name])
        print(
            f"{name:<6} {row['mean']:9.4f} {row['sd']:8.4f} {row['ess_bulk']:6.0f} {row['rhat']:6.3f}"
            f" {values.mean():9.4f} {values.std():8.4f}"
        )
    print(f"divergences {posterior.diagnostics['divergences']}, elbo {fit.value:.1f} +- {fit.stderr:.1f}")
    plot(posterior.draws.posterior, json.loads((HERE / "data.json").read_text(encoding="utf-8")))


def plot(draws: Any, data: dict[str, Any]) -> None:
    """The band that holds nine tenths of the paths of both species, and the pelts."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    for name, colour in (("hares", "C0"), ("lynxes", "C3")):
        paths = np.exp(np.asarray(draws[f"z_{name}"])).reshape(-1, len(data["ts"]))
        low, middle, high = np.quantile(paths, [0.05, 0.5, 0.95], axis=0)
        years = 1900 + np.asarray(data["ts"])
        axes.fill_between(years, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(years, middle, color=colour)
        axes.plot(years, data[name], "o", color=colour, markersize=4, label=name)
    axes.set(xlabel="year", ylabel="pelts, thousands")
    axes.legend()
    figure.savefig(HERE / "paths.png", dpi=110)


if __name__ == "__main__":
    main()
