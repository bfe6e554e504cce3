"""Data hyper-cleaning on handwritten digits, 30 % of whose training labels are wrong: five ways to their weights.

    python examples/problems/hyper_cleaning/run.py
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
FLIPPED = 0.3
EXAMPLES, CLASSES = 300, 10
ABOVE = "adam(0.3, steps=60)"
BELOW = "lbfgs(tol=1e-6)"
# The solver and the rule of the lower level, and the solver of the problem.
WAYS = {
    "f2sa": (BELOW, "implicit(cg())", "f2sa(20, penalty=10, growth=0.3, steps=1500)"),
    "penalty(1e-3)": ("lbfgs(tol=1e-9)", "penalty(1e-3)", ABOVE),
    "implicit(cg())": (BELOW, "implicit(cg())", ABOVE),
    "neumann(10)": (BELOW, "implicit(neumann(10))", ABOVE),
    "onestep": ("gradient_descent(tol=1e-5, accelerate=false, steps=1000)", "onestep()", ABOVE),
}
Array = np.ndarray[Any, Any]


def data(examples: int = EXAMPLES, seed: int = 0) -> tuple[dict[str, Array], Array]:
    """Images as rows with a one behind, labels as indicators; and which training labels are wrong."""
    digits = np.load(HERE / "digits.npz")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(digits["labels"]))[: 2 * examples]
    images = np.column_stack([digits["images"][order] / 16, np.ones(len(order))])
    labels = digits["labels"][order].astype(int)
    wrong = rng.permutation(examples)[: int(FLIPPED * examples)]
    labels[wrong] = (labels[wrong] + rng.integers(1, CLASSES, size=len(wrong))) % CLASSES
    flipped = np.zeros(examples, bool)
    flipped[wrong] = True
    indicators = np.eye(CLASSES)[labels]
    n = examples
    return {"X": images[:n], "Y": indicators[:n], "Xv": images[n:], "Yv": indicators[n:]}, flipped


@dataclass(frozen=True)
class Cleaned:
    """What came of one way: the weights, the loss on clean data, the area under the curve of finding the wrong labels
    by small weights, and seconds, compilation among them."""

    weights: Array
    loss: float
    area: float
    seconds: float


def text(way: str) -> str:
    """The problem with the solvers and the rule of a way written into it."""
    below, rule, above = WAYS[way]
    found = (HERE / "cleaning.pf").read_text(encoding="utf-8")
    return found.replace(f"{BELOW} @ implicit(cg())", f"{below} @ {rule}").replace(ABOVE, above)


def clean(way: str, d: dict[str, Array], flipped: Array) -> Cleaned:
    """Solve it."""
    bound = pf.loads(text(way)).cleaning(**d)
    begin = time.perf_counter()
    solved = bound.solve()
    weights = 1 / (1 + np.exp(-np.asarray(solved.a)))
    seconds = time.perf_counter() - begin
    return Cleaned(weights, float(solved.objective), area(weights, flipped), seconds)


def area(weights: Array, flipped: Array) -> float:
    """The share of pairs of a wrong and a right label of which the wrong one has the smaller weight."""
    wrong, right = weights[flipped][:, None], weights[~flipped][None, :]
    return float(np.mean((wrong < right) + 0.5 * (wrong == right)))


def equal_weights(d: dict[str, Array]) -> float:
    """The loss on clean data where every example counts the same: the problem at its start."""
    solved = pf.loads(text("implicit(cg())").replace("steps=60", "steps=0")).cleaning(**d).solve()
    return float(solved.objective)


def main() -> None:
    """Print a row for each way, and draw the weights."""
    enable_x64()
    d, flipped = data()
    same = equal_weights(d)
    print(f"{len(flipped)} training examples, {flipped.sum()} wrong labels; every weight the same: loss {same:.4f}")
    print("way              loss     area under the curve   seconds")
    found = {}
    for way in WAYS:
        found[way] = clean(way, d, flipped)
        c = found[way]
        print(f"{way:<16} {c.loss:.4f}   {c.area:.4f}                 {c.seconds:.1f}", flush=True)
    plot(found, flipped)


def plot(found: dict[str, Cleaned], flipped: Array) -> None:
    """The weights of right and of wrong labels."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, len(found), figsize=(11, 2.4), sharey=True, layout="constrained")
    bins = np.linspace(0, 1, 21)
    for ax, (way, c) in zip(axes, found.items(), strict=True):
        ax.hist(c.weights[~flipped], bins=bins, alpha=0.6, label="right label")
        ax.hist(c.weights[flipped], bins=bins, alpha=0.6, label="wrong label")
        ax.set(title=f"{way}: {c.area:.3f}", xlabel="weight")
    axes[0].legend()
    figure.savefig(HERE / "weights.png", dpi=100)


if __name__ == "__main__":
    main()
