"""An inverse problem with a minimum in the likelihood, by NUTS and by a guide with another, against exact answers.

    python examples/problems/inverse/run.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
SIGMA = 0.5
Array = np.ndarray[Any, Any]


def data(seed: int = 0) -> tuple[dict[str, Any], Array]:
    """A blurring matrix, what it shows, and the reconstruction that was seen."""
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(5, 4)) / 2, rng.normal(size=5)
    zero, slope = reconstruction(a, b)
    return {"A": a, "b": b, "sigma": SIGMA}, zero + 0.8 * slope + SIGMA * rng.normal(size=4)


def reconstruction(a: Array, b: Array) -> tuple[Array, Array]:
    """u = (A'A + I)^-1 (A'b + t), as its value at t = 0 and its slope in t."""
    h = a.T @ a + np.eye(a.shape[1])
    return np.linalg.solve(h, a.T @ b), np.linalg.solve(h, np.ones(len(h)))


def exact(d: dict[str, Any], y: Array) -> tuple[float, float, float]:
    """Mean and standard deviation of t given y, and the log evidence: everything is Gaussian."""
    zero, slope = reconstruction(d["A"], d["b"])
    precision = 1 + slope @ slope / SIGMA**2
    cov = SIGMA**2 * np.eye(len(y)) + np.outer(slope, slope)
    r = y - zero
    evidence = -0.5 * (r @ np.linalg.solve(cov, r) + np.linalg.slogdet(2 * np.pi * cov)[1])
    return float(slope @ r / SIGMA**2 / precision), float(precision**-0.5), float(evidence)


def sample(draws: int = 1000) -> Any:
    """The posterior by NUTS."""
    d, y = data()
    return pf.load(HERE / "inverse.pf").inverse(**d).condition(y=y).sample(seed=1, draws=draws)


def bound(rule: str = "implicit()") -> Any:
    """The bound of the model and its guide, whose minimum is differentiated by a rule."""
    d, y = data()
    text = (HERE / "inverse.pf").read_text(encoding="utf-8")
    module = pf.loads(text.replace("0.25 * v^4 }", f"0.25 * v^4 }} @ {rule}"))
    return module.bound(module.inverse(**d).condition(y=y), module.guide())


def fit(schedule: str = "cosine", steps: int = 2000) -> Any:
    """The guide that maximises the bound."""
    return bound().maximize("adam", 0.02, steps=steps, schedule=schedule)


def gradient_z(a: float, s: float, draws: int = 20_000, rule: str = "implicit()") -> tuple[float, float]:
    """By how many standard errors the mean of `draws` gradients of the bound, in a and in log s, is off the exact one.

    With m the guide's mean, the bound is the evidence less KL(N(m, s) | N(mean, sd)), and dm/da = 1 / (1 + 3 m^2).
    """
    import jax

    d, y = data()
    mean, sd, _ = exact(d, y)
    estimate = bound(rule).estimate
    params = {"a": jax.numpy.asarray(a), "s": jax.numpy.log(s)}
    one = jax.vmap(lambda p, key: jax.grad(estimate)(p, key), in_axes=(None, 0))
    found = jax.jit(one)(params, jax.random.split(jax.random.key(5), draws))
    m = location(a)
    wanted = {"a": (mean - m) / sd**2 / (1 + 3 * m**2), "s": 1 - s**2 / sd**2}
    error = {n: max(np.std(found[n]) / np.sqrt(draws), 1e-12) for n in wanted}
    z = {n: float((np.mean(found[n]) - wanted[n]) / error[n]) for n in wanted}
    return z["a"], z["s"]


def location(a: float) -> float:
    """The real root of m - a + m^3."""
    roots = np.roots([1, 0, 1, -a])
    return float(roots[np.argmin(abs(roots.imag))].real)


def main() -> None:
    """Print the three answers and draw the posterior."""
    enable_x64()
    d, y = data()
    mean, sd, evidence = exact(d, y)
    posterior = sample()
    found = posterior.summary()["t"]
    print(f"exact  mean {mean:.4f}  sd {sd:.4f}  log evidence {evidence:.4f}")
    print(f"NUTS   mean {found['mean']:.4f}  sd {found['sd']:.4f}  z {(found['mean'] - mean) / found['mcse_mean']:.2f}")
    for schedule in ("constant", "cosine"):
        fitted = fit(schedule)
        m, s = location(float(fitted.params["a"])), float(fitted.params["s"])
        print(f"guide  mean {m:.4f}  sd {s:.4f}  bound {fitted.value:.4f}  ({schedule} learning rate)")
    places = ((0.0, 1.0), (0.2, 0.5), (-0.4, 0.3))
    shown = "; ".join("{:.2f}, {:.2f}".format(*gradient_z(*place)) for place in places)
    print(f"gradient of the bound, z of its parts at three guides: {shown}")
    plot(np.asarray(posterior.draws.posterior["t"]).ravel(), (mean, sd), (m, s))


def plot(draws: Array, truth: tuple[float, float], guide: tuple[float, float]) -> None:
    """The draws, the exact density and the guide's."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
    axes.hist(draws, bins=50, density=True, alpha=0.4, label="NUTS")
    at = np.linspace(draws.min(), draws.max(), 300)
    for (m, s), style, name in ((truth, "k-", "exact"), (guide, "C3--", "guide")):
        axes.plot(at, np.exp(-0.5 * ((at - m) / s) ** 2) / s / np.sqrt(2 * np.pi), style, label=name)
    axes.set(xlabel="t", ylabel="density")
    axes.legend()
    figure.savefig(HERE / "posterior.png", dpi=110)


if __name__ == "__main__":
    main()
