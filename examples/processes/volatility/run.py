"""The volatility of simulated returns by NUTS and by variational inference, and its picture.

    python examples/processes/volatility/run.py [DRAWS] [STEPS]
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
DAYS = 400
TRUTH = {"theta": 0.06, "mu": -0.5, "sigma": 0.25, "rho": -0.6}


def made() -> tuple[dict[str, list[float]], np.ndarray]:
    """The data, and the log variances behind them, from the seed 3: steps of a day, as in the model."""
    rng = np.random.default_rng(3)
    theta, mu, sigma, rho = TRUTH.values()
    p, h = [0.0], [mu]
    for _ in range(DAYS - 1):
        b, c = rng.normal(size=2)
        p.append(p[-1] + np.exp(h[-1] / 2) * b)
        h.append(h[-1] + theta * (mu - h[-1]) + sigma * (rho * b + np.sqrt(1 - rho**2) * c))
    return {"ts": list(range(DAYS)), "z_p": np.round(p, 5).tolist()}, np.array(h)


def main() -> None:
    """Sample, fit, print both, and draw the volatility."""
    enable_x64()
    draws, steps = (int(v) if v else d for v, d in zip([*sys.argv[1:], "", ""], (1000, 20_000), strict=False))
    data, truth = json.loads((HERE / "data.json").read_text(encoding="utf-8")), made()[1]
    model = pf.load(HERE / "model.pf").only("returns").with_data(data)
    posterior = model.sample(seed=0, draws=draws, target_accept=0.9)
    objective = pf.library.elbo(model, pf.library.mean_field(model))
    fit = objective.maximize("adam", 0.01, steps=steps, schedule="cosine", seed=0)
    guide, rows = fit.guide.sample(4000, seed=1), posterior.summary()
    print(f"{'':<6} {'truth':>6} {'NUTS':>8} {'sd':>7} {'ess':>6} {'rhat':>6} {'ELBO':>8} {'sd':>7}")
    for name, value in TRUTH.items():
        row, values = rows[name], np.asarray(guide[name])
        print(
            f"{name:<6} {value:6.2f} {row['mean']:8.3f} {row['sd']:7.3f} {row['ess_bulk']:6.0f} {row['rhat']:6.3f}"
            f" {values.mean():8.3f} {values.std():7.3f}"
        )
    low, middle, high = bands(posterior.draws.posterior["z_h"])
    inside = np.mean((low < truth) & (truth < high))
    print(f"divergences {posterior.diagnostics['divergences']}, elbo {fit.value:.1f} +- {fit.stderr:.1f}")
    print(f"true volatilities in the band of nine tenths: {100 * inside:.0f} %")
    plot(low, middle, high, truth, data)


def bands(paths: Any) -> Any:
    """The quantiles of the log variance each day."""
    return np.quantile(np.asarray(paths).reshape(-1, DAYS), [0.05, 0.5, 0.95], axis=0)


def plot(low: Any, middle: Any, high: Any, truth: Any, data: dict[str, Any]) -> None:
    """The sizes of the returns, the volatility behind them, and the band that holds nine tenths of what it may be."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    days = np.asarray(data["ts"])
    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    axes.plot(days[1:], np.abs(np.diff(data["z_p"])), ".", color="0.6", markersize=3, label="size of a return")
    axes.fill_between(days, np.exp(low / 2), np.exp(high / 2), alpha=0.3, linewidth=0)
    axes.plot(days, np.exp(middle / 2), label="volatility, NUTS")
    axes.plot(days, np.exp(truth / 2), color="k", linewidth=0.8, label="as it was")
    axes.set(xlabel="day", ylabel="per cent a day")
    axes.legend()
    figure.savefig(HERE / "volatility.png", dpi=110)


if __name__ == "__main__":
    main()
