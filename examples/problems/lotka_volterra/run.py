"""The posterior of the predator-prey model against ten long chains of another program, and its picture.

    python examples/problems/lotka_volterra/run.py [DRAWS]
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
REFERENCE = HERE.parents[2] / "tests" / "posteriors" / "reference" / "hudson_lynx_hare-lotka_volterra.json"


def main() -> None:
    """Sample, print every parameter beside its reference, and draw the cycles."""
    enable_x64()
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    data = read_file(HERE / "data.json")
    posterior = pf.load(HERE / "model.pf").only().with_data(data).sample(seed=20, draws=draws)
    summary = posterior.summary()
    wanted = json.loads(REFERENCE.read_text(encoding="utf-8"))["parameters"]
    print(f"{'':<10} {'mean':>9} {'reference':>9} {'z':>6} {'sd':>9} {'reference':>9}")
    for name, of in wanted.items():
        found = summary[name]
        z = (found["mean"] - of["mean"]) / np.hypot(found["mcse_mean"], of["mcse_mean"])
        print(f"{name:<10} {found['mean']:9.4f} {of['mean']:9.4f} {z:6.2f} {found['sd']:9.4f} {of['sd']:9.4f}")
    plot(posterior.draws.posterior, json.loads((HERE / "data.json").read_text(encoding="utf-8")))


def plot(draws: Any, data: dict[str, Any]) -> None:
    """Forty cycles from the posterior, by SciPy's integrator, and the pelts."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from scipy.integrate import solve_ivp

    figure, axes = plt.subplots(figsize=(6, 3), layout="constrained")
    theta = np.asarray(draws["theta"]).reshape(-1, 4)
    start = np.asarray(draws["z_init"]).reshape(-1, 2)
    ts = np.linspace(0, 20, 201)
    for a, z0 in zip(theta[:: len(theta) // 40], start[:: len(theta) // 40], strict=True):
        path = solve_ivp(
            lambda _, z, a=a: [(a[0] - a[1] * z[1]) * z[0], (a[3] * z[0] - a[2]) * z[1]], (0, 20), z0, t_eval=ts
        ).y
        axes.plot(ts, path[0], color="C0", alpha=0.12)
        axes.plot(ts, path[1], color="C3", alpha=0.12)
    seen = np.array([data["y_init"], *data["y"]])
    for column, (name, colour) in enumerate((("hares", "C0"), ("lynxes", "C3"))):
        axes.plot(range(21), seen[:, column], "o", color=colour, markersize=4, label=name)
    axes.set(xlabel="years since 1900", ylabel="pelts, thousands")
    axes.legend()
    figure.savefig(HERE / "cycles.png", dpi=110)


if __name__ == "__main__":
    main()
