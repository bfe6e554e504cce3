"""A quadratic bilevel problem by every rule: hypergradient and optimum against their closed forms, and a picture.

    python examples/problems/quadratic_bilevel/run.py
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jax
import numpy as np

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64

HERE = Path(__file__).parent
DESCENT = "gradient_descent(tol=1e-10, steps=200)"
# Each rule with the solver of the lower level; `penalty` wants one that is good to sigma squared.
RULES = {
    "implicit(dense())": "newton()",
    "implicit(cg())": "newton()",
    "implicit(neumann(200))": "newton()",
    "onestep()": "newton()",
    "unroll()": DESCENT,
    "penalty(1e-2)": "newton(tol=1e-12)",
    "penalty(1e-4)": "newton(tol=1e-12)",
}
Array = np.ndarray[Any, Any]


def data(n: int = 6, m: int = 4, seed: int = 0) -> dict[str, Array]:
    """Random matrices; A and the curvature of the upper loss in x are positive definite."""
    rng = np.random.default_rng(seed)

    def definite(k: int) -> Array:
        root = rng.normal(size=(k, k))
        return root @ root.T / k + np.eye(k)

    return {
        "A": definite(n), "C": rng.normal(size=(m, n)) / 2, "a": rng.normal(size=n),
        "F": definite(n), "H": definite(m), "K": rng.normal(size=(m, n)) / 4, "f": rng.normal(size=n),
        "h": rng.normal(size=m),
    }  # fmt: skip


def hypergradient(d: dict[str, Array], x: Array) -> Array:
    """With z = -A^-1 (C'x + a): Hx + Kz + h - C A^-1 (Fz + K'x + f)."""
    z = -np.linalg.solve(d["A"], d["C"].T @ x + d["a"])
    above = d["F"] @ z + d["K"].T @ x + d["f"]
    return d["H"] @ x + d["K"] @ z + d["h"] - d["C"] @ np.linalg.solve(d["A"], above)


def optimum(d: dict[str, Array]) -> Array:
    """The zero of the hypergradient, which is affine in x."""
    size = len(d["h"])
    zero = hypergradient(d, np.zeros(size))
    matrix = np.stack([hypergradient(d, e) - zero for e in np.eye(size)], axis=1)
    return -np.linalg.solve(matrix, zero)


def module(rule: str, solver: str) -> Any:
    """The programs with the lower level's rule and solver written into them."""
    text = (HERE / "bilevel.pf").read_text(encoding="utf-8")
    return pf.loads(text.replace("newton() @ implicit()", f"{solver} @ {rule}"))


def gradient_error(rule: str, solver: str, d: dict[str, Array]) -> float:
    """|found - exact| / |exact| at x = (1, ..., 1)."""
    x = np.ones(len(d["h"]))
    bound = module(rule, solver).upper(**d)
    found = jax.jit(jax.grad(lambda v: bound.generated({"x": v})["loss"]))(x)
    wanted = hypergradient(d, x)
    return float(np.linalg.norm(found - wanted) / np.linalg.norm(wanted))


def optimum_error(rule: str, solver: str, d: dict[str, Array]) -> tuple[float, bool]:
    """The largest distance of the solution's entries from the optimum's, and whether it converged."""
    solved = module(rule, solver).bilevel(**d).solve()
    return float(np.abs(np.asarray(solved.x) - optimum(d)).max()), bool(solved.converged)


def main() -> None:
    """Print the errors of every rule and of the optimum, and draw the hypergradients."""
    enable_x64()
    d = data()
    print("relative error of the hypergradient at x = (1, 1, 1, 1)")
    errors = {rule: gradient_error(rule, solver, d) for rule, solver in RULES.items()}
    for rule, error in errors.items():
        print(f"  {rule:<24} {error:.1e}")
    found, converged = optimum_error("implicit(dense())", "newton()", d)
    print(f"optimum by implicit(dense()): error {found:.1e}, {'converged' if converged else 'NOT CONVERGED'}")
    plot(errors)


def plot(errors: dict[str, float]) -> None:
    """The error of each rule."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(5.5, 3), layout="constrained")
    axes.plot(list(errors.values()), list(errors), "o")
    axes.set(xscale="log", xlabel="relative error of the hypergradient")
    axes.invert_yaxis()
    figure.savefig(HERE / "errors.png", dpi=110)


if __name__ == "__main__":
    main()
