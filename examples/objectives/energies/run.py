"""Fit flows to the four energies of `energies.pf`; print their distances from them, and draw what they draw.

    python examples/objectives/energies/run.py [FLOW ...]
    python examples/objectives/energies/run.py peer

The distance is KL(q || p) = log Z - E_q[log p - log q], with log Z by quadrature. `peer` fits NumPyro's guides instead.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import pushforward as pf

HERE = Path(__file__).parent
ENERGIES = ("u1", "u2", "u3", "u4")
FLOWS = ("planar 2", "planar 8", "planar 32", "radial 32", "iaf 4", "spline 2")
#: How much of the hill there is, and how many steps: first low hills, then all of them.
STAGES = ((0.1, 2_000), (1.0, 20_000))
RATE, SAMPLES, ESTIMATES = 5e-3, 64, 20_000
REACH, POINTS = 8.0, 1601  # of the grid on which the normaliser is found


def guide(flow: str, p: Any) -> Any:
    """A flow of the library by its name and number of layers."""
    name, layers = flow.split()
    kinds = {"planar": "planar_flow", "radial": "radial_flow", "iaf": "iaf", "spline": "spline_flow"}
    return getattr(pf.library, kinds[name])(p, int(layers))


def fitted(module: Any, p: Any, flow: str) -> tuple[pf.Fit, float]:
    """A flow fitted to an energy, and the seconds that it took."""
    began, start = time.perf_counter(), None
    for share, steps in STAGES:
        bound = module.tempered(p, guide(flow, p), share)
        settings: dict[str, Any] = {"schedule": "cosine", "estimates": ESTIMATES} if share == 1 else {"estimates": 100}
        fit = bound.maximize("adam", RATE, steps=steps, samples=SAMPLES, initial=start, **settings)
        start = fit.result.params
    return fit, time.perf_counter() - began


def on_grid(p: Any) -> tuple[float, Any]:
    """log Z by the trapezoidal rule, and the density itself f[POINTS, POINTS], z2 first."""
    line = jnp.linspace(-REACH, REACH, POINTS)
    points = jnp.stack(jnp.meshgrid(line, line), axis=-1).reshape(-1, 2)
    with jax.enable_x64(True):
        logs = np.asarray(jax.jit(jax.vmap(lambda z: p.log_density({"z": z})))(points), np.float64)
    log_z = float(np.log(np.exp(logs).sum()) + 2 * np.log(2 * REACH / (POINTS - 1)))
    return log_z, np.exp(logs - log_z).reshape(POINTS, POINTS)


def main() -> None:
    """A line for each flow, a column for each energy; and the picture."""
    module = pf.load(HERE / "energies.pf")
    programs = {u: getattr(module, u)() for u in ENERGIES}
    exact = {u: on_grid(p) for u, p in programs.items()}
    print("log Z       " + "  ".join(f"{u} {exact[u][0]:.5f}      " for u in ENERGIES))
    if sys.argv[1:] == ["peer"]:
        peers(programs, exact)
        return
    flows = [f for f in FLOWS if not sys.argv[1:] or f in sys.argv[1:]]
    drawn: dict[str, list[Any]] = {}
    for flow in flows:
        cells = list[str]()
        for u, p in programs.items():
            fit, seconds = fitted(module, p, flow)
            cells.append(f"{exact[u][0] - fit.value:6.4f} ± {fit.stderr:.4f}")
            drawn.setdefault(flow, []).append(np.asarray(fit.guide.sample(40_000).posterior["z"])[0])
            print(f"  {flow} on {u}: {cells[-1]}, {seconds:.0f} s", file=sys.stderr, flush=True)
        print(f"{flow:<10}  " + "  ".join(cells), flush=True)
    if flows == list(FLOWS):
        plot(exact, drawn)


def peers(programs: dict[str, Any], exact: dict[str, Any]) -> None:
    """The same table for NumPyro's guides, with its Adam and as many draws a step."""
    import numpyro
    from numpyro.infer import SVI, Trace_ELBO, autoguide
    from numpyro.optim import Adam

    guides = {
        "normal": autoguide.AutoMultivariateNormal,
        "iaf 4": lambda model: autoguide.AutoIAFNormal(model, num_flows=4, hidden_dims=[32, 32]),
        "bnaf": autoguide.AutoBNAFNormal,
    }
    plane = numpyro.distributions.ImproperUniform(numpyro.distributions.constraints.real_vector, (), (2,))
    for name, make in guides.items():
        cells = list[str]()
        for u, p in programs.items():

            def model(p: Any = p) -> None:
                numpyro.factor("energy", p.log_density({"z": numpyro.sample("z", plane)}))

            began, chosen = time.perf_counter(), make(model)
            svi = SVI(model, chosen, Adam(RATE), Trace_ELBO(num_particles=SAMPLES))
            result = svi.run(jax.random.key(0), sum(s for _, s in STAGES), progress_bar=False)
            seconds = time.perf_counter() - began
            keys, loss = jax.random.split(jax.random.key(1), 10), Trace_ELBO(num_particles=ESTIMATES // 10).loss
            losses = [float(loss(key, result.params, model, chosen)) for key in keys]
            cells.append(f"{exact[u][0] + np.mean(losses):6.4f} ± {np.std(losses) / 3:.4f}")
            print(f"  {name} on {u}: {cells[-1]}, {seconds:.0f} s", file=sys.stderr, flush=True)
        print(f"{name:<10}  " + "  ".join(cells), flush=True)


def plot(exact: dict[str, Any], drawn: dict[str, list[Any]]) -> None:
    """The energies above, and below them the draws of each flow."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    rows = ["exact", *drawn]
    figure, axes = plt.subplots(len(ENERGIES), len(rows), figsize=(1.7 * len(rows), 7), layout="constrained")
    box = [[-4.5, 4.5], [-4.5, 4.5]]
    for row, u in enumerate(ENERGIES):
        density = exact[u][1]
        axes[row, 0].imshow(density, origin="lower", extent=(-REACH, REACH, -REACH, REACH), cmap="magma")
        for column, draws in enumerate(drawn.values(), 1):
            axes[row, column].hist2d(*draws[row].T, bins=90, range=box, density=True, cmap="magma", vmax=density.max())
        axes[row, 0].set_ylabel(u.upper())
    for axis in axes.flat:
        axis.set(xlim=box[0], ylim=box[1], xticks=[], yticks=[], aspect="equal")
    for axis, name in zip(axes[0], rows, strict=True):
        axis.set_title(name, fontsize=10)
    figure.savefig(HERE / "energies.png", dpi=110)


if __name__ == "__main__":
    main()
