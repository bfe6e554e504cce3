"""LV-HBA's toy problem against its solution, x = -0.3, y1 = 0.7, y2 = -0.4 in every coordinate, and a picture.

    python examples/problems/constrained_lower/run.py [N]
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
EXACT = {"x": -0.3, "y1": 0.7, "y2": -0.4}


def solve(n: int) -> Any:
    """The solution with n coordinates."""
    return pf.load(HERE / "toy.pf").toy(n=n).solve()


def relative_errors(solved: Any) -> dict[str, float]:
    """|found - exact| / |exact| of each parameter."""
    return {
        name: float(np.linalg.norm(getattr(solved, name) - value) / np.linalg.norm(np.full(solved.x.shape, value)))
        for name, value in EXACT.items()
    }


def main() -> None:
    """Print and draw the solution."""
    enable_x64()
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    solved = solve(n)
    for name, error in relative_errors(solved).items():
        print(f"{name:<3} exact {EXACT[name]:5.2f}  relative error {error:.1e}")
    print(f"objective {float(solved.objective):.6f}, exact {n * 0.05:.6f}, converged: {bool(solved.converged)}")
    plot(solved)


def plot(solved: Any) -> None:
    """Every coordinate, on the lines that are exact."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3), layout="constrained")
    for number, (name, value) in enumerate(EXACT.items()):
        axes.axhline(value, color=f"C{number}", linewidth=0.8)
        axes.plot(np.asarray(getattr(solved, name)), ".", color=f"C{number}", label=name)
    axes.set(xlabel="coordinate", ylabel="solution")
    axes.legend()
    figure.savefig(HERE / "solution.png", dpi=110)


if __name__ == "__main__":
    main()
