"""Random assignment at a small temperature: sparse Newton steps beside Sinkhorn's iteration, ott-jax and regot.

    python examples/transport/sinkhorn_newton/run.py [SIZE]

The last two are left out where they are not installed. Times are medians of runs in turns, without compilation.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
ETA = 1200.0


def error(plan: Any) -> float:
    """The sum of the absolute errors of the row sums and the column sums."""
    P = np.asarray(plan)
    return float(np.abs(P.sum(1) - 1 / len(P)).sum() + np.abs(P.sum(0) - 1 / len(P)).sum())


def ours(name: str, C: Any) -> Callable[[], dict[str, Any]]:
    """A program of the file, compiled."""
    import jax

    bound = pf.load(HERE / "transport.pf").only(name)(C, 1 / ETA)
    generated = bound.compiled.function("generated")
    run = jax.jit(lambda arrays: generated(bound.sizes, arrays, {}))
    return lambda: run(bound.arrays)  # type: ignore[no-any-return]


def ott(C: Any) -> Callable[[], dict[str, Any]]:
    """Sinkhorn of ott-jax, to an error of 1e-6."""
    import jax
    from ott.geometry.geometry import Geometry
    from ott.problems.linear.linear_problem import LinearProblem
    from ott.solvers.linear.sinkhorn import Sinkhorn

    problem = LinearProblem(Geometry(cost_matrix=C, epsilon=1 / ETA))
    solver = Sinkhorn(threshold=1e-6, max_iterations=20_000)

    def solve(problem: Any) -> dict[str, Any]:
        out = solver(problem)
        return {"plan": out.matrix, "iterations": out.n_iters}

    compiled = jax.jit(solve)
    return lambda: compiled(problem)  # type: ignore[no-any-return]


def regot(C: Any) -> Callable[[], dict[str, Any]]:
    """Sparse Newton steps of the package regot, to 1e-9."""
    import regot as package

    n = len(C)
    a = np.full(n, 1 / n)

    def solve() -> dict[str, Any]:
        out = package.sinkhorn_splr(np.asfortranarray(C), a, a, reg=1 / ETA, tol=1e-9, max_iter=1000)
        return {"plan": out.plan, "iterations": out.niter}

    return solve


def main() -> None:
    """The iterations and errors of ours, then the times of all."""
    enable_x64()
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    C = np.random.default_rng(0).uniform(size=(n, n))
    module = pf.load(HERE / "transport.pf")
    for name in ("assignment", "slowly"):
        solved = module.only(name)(C, 1 / ETA).solve()
        (report,) = solved.reports
        wrong = error(solved.values["plan"])
        print(f"{name:<10} {int(report.iterations):5d} iterations, error of the sums {wrong:.1e}")
    row, column = linear_sum_assignment(C)
    exact = C[row, column].mean()
    cost = float(np.sum(np.asarray(module.only("assignment")(C, 1 / ETA).solve().values["plan"]) * C))
    print(f"cost of the plan {cost:.6f}, of the best assignment {exact:.6f}")
    runs: dict[str, Callable[[], dict[str, Any]]] = {"assignment": ours("assignment", C)}
    for name, peer in (("ott-jax", ott), ("regot", regot)):
        try:
            runs[name] = peer(C)
        except ImportError:
            print(f"{name} is not installed")
    times: dict[str, list[float]] = {name: [] for name in runs}
    found = {name: run() for name, run in runs.items()}
    for _ in range(3):
        for name, run in runs.items():
            start = time.perf_counter()
            np.asarray(run()["plan"])
            times[name].append(time.perf_counter() - start)
    for name in runs:
        ratio = median(times[name]) / median(times["assignment"])
        steps = f", {int(found[name]['iterations'])} iterations" if "iterations" in found[name] else ""
        wrong = error(found[name]["plan"])
        print(f"{name:<10} {median(times[name]):7.3f} s, {ratio:6.2f} times, error of the sums {wrong:.1e}{steps}")


if __name__ == "__main__":
    main()
