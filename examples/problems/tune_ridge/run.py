"""The hypergradient of the ridge penalties by each rule, against the exact one, and its picture.

    python examples/problems/tune_ridge/run.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
WRITTEN = 'implicit(dense("cholesky"))'
EXACT_RULES = (WRITTEN, "implicit(cg())")
LENGTHS = (1, 50, 100, 500, 1000)
THETA = np.log(0.01)


def data() -> dict[str, np.ndarray[Any, Any]]:
    """Training and validation halves of the diabetes data, standardised."""
    content = json.loads((HERE / "data.json").read_text(encoding="utf-8"))
    return {name: np.asarray(value) for name, value in content.items()}


def exact(d: dict[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """-(exp(theta) w) * H^-1 X_v'(X_v w - y_v) / M, with H = X'X / N + diag exp(theta)."""
    (n, size), m = d["Xt"].shape, len(d["yv"])
    penalty = np.full(size, np.exp(THETA))
    h = d["Xt"].T @ d["Xt"] / n + np.diag(penalty)
    w = np.linalg.solve(h, d["Xt"].T @ d["yt"] / n)
    return -penalty * w * np.linalg.solve(h, d["Xv"].T @ (d["Xv"] @ w - d["yv"]) / m)


def largest_curvature(d: dict[str, np.ndarray[Any, Any]]) -> float:
    """L, the largest eigenvalue of H: the step of the truncated series is 1 / L."""
    return float(np.linalg.eigvalsh(d["Xt"].T @ d["Xt"] / len(d["yt"]))[-1] + np.exp(THETA))


def hypergradient(rule: str, d: dict[str, np.ndarray[Any, Any]], solver: str = "newton()") -> np.ndarray[Any, Any]:
    """The derivative of the validation loss in the log-penalties at THETA, by one rule."""
    text = (HERE / "hypergradient.pf").read_text(encoding="utf-8")
    bound = pf.loads(text.replace(WRITTEN, rule).replace("newton()", solver)).validation(**d)
    theta = jnp.full(d["Xt"].shape[1], THETA)
    return np.asarray(jax.jit(jax.grad(lambda t: bound.generated({"loglam": t})["loss"]))(theta))


def descent(step: float) -> str:
    """Plain gradient descent, the solver whose last steps are the series."""
    return f"gradient_descent(step_size={step!r}, search=false, accelerate=false, tol=1e-12)"


def relative_error(rule: str, d: dict[str, np.ndarray[Any, Any]], solver: str = "newton()") -> float:
    """|found - exact| / |exact|."""
    wanted = exact(d)
    return float(np.linalg.norm(hypergradient(rule, d, solver) - wanted) / np.linalg.norm(wanted))


def main() -> None:
    """Print the errors and draw those of the truncated series."""
    enable_x64()
    d = data()
    print("relative error of the hypergradient at theta = log 0.01")
    for rule in EXACT_RULES:
        print(f"  {rule:<28} {relative_error(rule, d):.1e}")
    step = 1 / largest_curvature(d)
    print(f"      k  implicit(neumann(k))  truncated(k)      1 / L = {step:.4f}")
    errors = []
    for k in LENGTHS:
        series = relative_error(f"implicit(neumann({k}, step={step!r}))", d)
        steps = relative_error(f"truncated({k})", d, descent(step))
        errors.append((series, steps))
        print(f"  {k:>5}  {series:>20.4f}  {steps:>12.4f}")
    plot(errors)


def plot(errors: list[tuple[float, float]]) -> None:
    """Error against the length of the series."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
    series, steps = zip(*errors, strict=True)
    axes.loglog(LENGTHS, series, "o-", label="implicit(neumann(k))")
    axes.loglog(LENGTHS, steps, "x--", label="truncated(k)")
    axes.set(xlabel="k", ylabel="relative error of the hypergradient")
    axes.legend()
    figure.savefig(HERE / "hypergradient.png", dpi=110)


if __name__ == "__main__":
    main()
