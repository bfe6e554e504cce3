"""Error of the Jacobian against error of the solution, implicit and unrolled, and its picture.

    python examples/problems/jacobian_error/run.py
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jax
import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
THETA = 1.0
STEPS = (20, 100, 400, 1600, 6400)
RULES = {"implicit": 'implicit(dense("cholesky"))', "unroll": "unroll()"}
Array = np.ndarray[Any, Any]


def data() -> tuple[Array, Array]:
    """The training half of the diabetes data, beside `tune_ridge`."""
    content = json.loads((HERE.parent / "tune_ridge" / "data.json").read_text(encoding="utf-8"))
    return np.asarray(content["Xt"]), np.asarray(content["yt"])


def exact(x: Array, y: Array) -> tuple[Array, Array]:
    """w = (X'X + theta)^-1 X'y and dw/dtheta = -(X'X + theta)^-1 w."""
    h = x.T @ x + THETA * np.eye(x.shape[1])
    w = np.linalg.solve(h, x.T @ y)
    return w, -np.linalg.solve(h, w)


def errors(rule: str, steps: int, x: Array, y: Array) -> tuple[float, float]:
    """Distances of the solution and of the Jacobian from the exact ones, after so many steps of gradient descent."""
    step = float(1 / (np.linalg.eigvalsh(x.T @ x)[-1] + THETA))
    solver = f"gradient_descent(step_size={step!r}, steps={steps}, search=false, accelerate=false, tol=1e-14)"
    text = (HERE / "ridge.pf").read_text(encoding="utf-8")
    bound = pf.loads(text.replace(RULES["implicit"], RULES[rule]).replace("gradient_descent()", solver)).ridge(X=x, y=y)

    def solution(theta: Any) -> tuple[Any, Any]:
        w = bound.generated({"theta": theta})["w"]
        return w, w

    jacobian, found = jax.jit(jax.jacrev(solution, has_aux=True))(THETA)
    w, dw = exact(x, y)
    return float(np.linalg.norm(found - w)), float(np.linalg.norm(jacobian - dw))


def slope(pairs: list[tuple[float, float]]) -> float:
    """Of the least squares line through the logarithms."""
    inner, outer = np.log(np.asarray(pairs)).T
    return float(np.polyfit(inner, outer, 1)[0])


def main() -> None:
    """Print the errors after each number of steps and draw them."""
    enable_x64()
    x, y = data()
    found = {rule: [errors(rule, steps, x, y) for steps in STEPS] for rule in RULES}
    print("  steps  error of w   of its Jacobian: implicit    unroll")
    for k, steps in enumerate(STEPS):
        inner, implicit = found["implicit"][k]
        print(f"  {steps:>5}    {inner:8.1e}                  {implicit:8.1e}  {found['unroll'][k][1]:8.1e}")
    print("  slope of the logarithms: " + ", ".join(f"{rule} {slope(pairs):.3f}" for rule, pairs in found.items()))
    plot(found)


def plot(found: dict[str, list[tuple[float, float]]]) -> None:
    """One line a rule."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
    for rule, pairs in found.items():
        axes.loglog(*zip(*pairs, strict=True), "o-", label=rule)
    axes.set(xlabel="error of the solution", ylabel="error of its Jacobian")
    axes.legend()
    figure.savefig(HERE / "errors.png", dpi=110)


if __name__ == "__main__":
    main()
