"""The hypergradient of a multiclass SVM through its dual, at the boundary of the simplices, against the exact one.

    python examples/problems/svm_dual/run.py [EXAMPLES FEATURES CLASSES]
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

import jax
import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
WRITTEN = "projected_gradient(tol=1e-10)"
SOLVERS = (WRITTEN, "mirror_descent(tol=1e-10)")
# Log-penalties above the logarithm of the number of features, which is the scale of XX'.
ABOVE = (1.0, 3.0, 5.0)
SIZES = (60, 20, 3)
ZERO = 1e-7
Array = np.ndarray[Any, Any]


def data(examples: int, features: int, classes: int, seed: int = 0) -> dict[str, Array]:
    """Points around one centre for each class, for training and half as many for validation; labels as indicators."""
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(classes, features))

    def points(n: int) -> tuple[Array, Array]:
        label = rng.integers(classes, size=n)
        return centres[label] + 2 * rng.normal(size=(n, features)), np.eye(classes)[label]

    (x, y), (xv, yv) = points(examples), points(examples // 2)
    return {"X": x, "Y": y, "Xv": xv, "Yv": yv}


def exact(d: dict[str, Array], loglam: float, near: Array) -> tuple[Array, float]:
    """The dual solution on the face that `near` lies on, and the hypergradient there, from the optimality condition.

    On the face, the gradient exp(-t) XX'(a - Y) + Y is the same for all free entries of a row, whose sum is one.
    This is linear in a, and so is its derivative in t in that of a, with the same matrix.
    """
    gram, t = d["X"] @ d["X"].T, np.exp(-loglam)
    rows, columns = np.nonzero(near > ZERO)
    n, free = len(gram), len(rows)
    matrix = np.zeros((free + n, free + n))
    matrix[:free, :free] = t * gram[np.ix_(rows, rows)] * (columns[:, None] == columns)
    matrix[np.arange(free), free + rows] = matrix[free + rows, np.arange(free)] = 1
    value = np.concatenate([(t * gram @ d["Y"] - d["Y"])[rows, columns], np.ones(n)])
    a, da = np.zeros_like(near), np.zeros_like(near)
    a[rows, columns] = np.linalg.solve(matrix, value)[:free]
    slope = np.concatenate([(t * gram @ (a - d["Y"]))[rows, columns], np.zeros(n)])
    da[rows, columns] = np.linalg.solve(matrix, slope)[:free]
    w = t * d["X"].T @ (d["Y"] - a)
    dw = -w - t * d["X"].T @ da
    return a, float(np.sum((d["Xv"] @ w - d["Yv"]) * (d["Xv"] @ dw)) / d["Yv"].size)


def unsolved(d: dict[str, Array], loglam: float, a: Array) -> float:
    """How far a is from the dual solution: the gap to the best vertex, and what is below 0."""
    gradient = np.exp(-loglam) * d["X"] @ (d["X"].T @ (a - d["Y"])) + d["Y"]
    return float(np.max(np.sum(gradient * a, axis=1) - gradient.min(axis=1)) + max(0.0, -a.min()))


def errors(d: dict[str, Array], solver: str = WRITTEN) -> list[dict[str, float]]:
    """For each penalty: the hypergradient found and the exact one, the part of zeros, and the seconds."""
    text = (HERE / "dual.pf").read_text(encoding="utf-8")
    bound = pf.loads(text.replace(WRITTEN, solver)).validation(**d)

    def loss(t: Any) -> Any:
        out = bound.generated({"loglam": t})
        return out["loss"], out["a"]

    both = jax.jit(jax.value_and_grad(loss, has_aux=True))
    out = []
    grid = [float(np.log(d["X"].shape[1])) + above for above in ABOVE]
    both(grid[0])
    for loglam in grid:
        start = time.perf_counter()
        (_, near), found = jax.block_until_ready(both(loglam))
        seconds = time.perf_counter() - start
        a, wanted = exact(d, loglam, np.asarray(near))
        out.append({
            "loglam": loglam, "zero": float(np.mean(a == 0)), "unsolved": unsolved(d, loglam, a), "seconds": seconds,
            "found": float(found), "exact": wanted, "error": abs(float(found) - wanted) / abs(wanted),
        })  # fmt: skip
    return out


def main() -> None:
    """Print the errors of both solvers and draw them."""
    enable_x64()
    sizes = tuple(int(a) for a in sys.argv[1:]) or SIZES
    d = data(*sizes)
    print(f"{sizes[0]} examples, {sizes[1]} features, {sizes[2]} classes")
    print("  loglam  zeros  hypergradient          exact  relative error  seconds")
    found = {}
    for solver in SOLVERS:
        print(solver)
        found[solver] = errors(d, solver)
        for e in found[solver]:
            print(
                f"  {e['loglam']:6.1f} {e['zero']:6.3f} {e['found']:14.10f} {e['exact']:14.10f}"
                f" {e['error']:15.1e} {e['seconds']:8.3f}"
            )
            if e["unsolved"] > 1e-8:
                print(f"    the face is not that of the solution: {e['unsolved']:.1e}")
    if sizes == SIZES:
        plot(found)


def plot(found: dict[str, list[dict[str, float]]]) -> None:
    """The error of each solver's hypergradient against the penalty."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
    for solver, mark in zip(found, "ox", strict=True):
        axes.semilogy([e["loglam"] for e in found[solver]], [e["error"] for e in found[solver]], mark, label=solver)
    axes.set(xlabel="log of the penalty", ylabel="relative error of the hypergradient", ylim=(1e-16, 1))
    axes.legend()
    figure.savefig(HERE / "errors.png", dpi=110)


if __name__ == "__main__":
    main()
