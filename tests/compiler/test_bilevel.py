"""Problems by single-loop methods: lower levels in loops, of several unknowns, of constrained types; batches; and what is
refused."""

from __future__ import annotations

import numpy as np
import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError

LOOP = """
problem meta(X: real[T, N, D], y: matrix[T, N], Xv: real[T, N, D], yv: matrix[T, N]) {
  param c: vector[D] = 0
  param lam: positive = 1
  let tasks = batch(T, 2)
  let scale = 1.0 + mean(y)^2
  let w: matrix[T, D]
  for t in TASKS {
    let shown = X[t]
    w[t] = argmin u: vector[D] { let r = shown * u - y[t]; dot(r, r) / N + scale * lam * dot(u - c, u - c) }
  }
  let residual = [dot(Xv[t, n], w[t]) - yv[t, n] for t in 0..T for n in 0..N]
  minimize mean(WHICH.^2) + 0.01 * lam by METHOD
}
"""

PAIR = """
problem pair(a: vector[3]) {
  param x: vector[3] = 0
  let both = argmin u: vector[3], s: positive { sum((u - x .* a).^2) + (s - 2)^2 + 0.1 * dot(u, u) }
  let other = argmax v: real { -(v - x[0])^2 - v^2 }
  minimize sum((both.u - 1).^2) + (other - both.s)^2 + 0.1 * dot(x, x) by METHOD
}
"""


def _data() -> dict[str, np.ndarray]:
    r = np.random.default_rng(0)
    t, n, d = 4, 6, 3
    w = r.normal(size=d) + 0.3 * r.normal(size=(t, d))
    x, xv = r.normal(size=(t, n, d)), r.normal(size=(t, n, d))
    noise = 0.5 * r.normal(size=(2, t, n))
    return {
        "X": x, "y": np.einsum("tnd,td->tn", x, w) + noise[0], "Xv": xv,
        "yv": np.einsum("tnd,td->tn", xv, w) + noise[1],
    }  # fmt: skip


def _solved(text: str, method: str, **data: np.ndarray) -> pf.api.solving.Solved:
    module = pf.loads(text.replace("METHOD", method))
    assert not module.warnings
    (program,) = module.models.values()
    return program(**data).solve()


@pytest.mark.parametrize(
    "method",
    ["soba(0.2)", *(pytest.param(m, marks=pytest.mark.slow) for m in ("saba(0.02)", "blockwise(0.02)"))],
)
def test_levels_in_a_loop_meet_the_nested_solution(method: str) -> None:
    """In full by `soba`; two blocks a step by the others, `blockwise` within its variance."""
    full = LOOP.replace("TASKS", "0..T").replace("WHICH", "residual").replace("  let tasks = batch(T, 2)\n", "")
    few = LOOP.replace("TASKS", "batch(T, 2)").replace("WHICH", "residual[tasks]")
    wanted = _solved(full, "lbfgs()", **_data())
    found = _solved(full if method.startswith("soba") else few, method, **_data())
    within = 5e-2 if method.startswith("blockwise") else 1e-4
    np.testing.assert_allclose(found.c, wanted.c, atol=within)
    np.testing.assert_allclose(found.lam, wanted.lam, rtol=within)
    np.testing.assert_allclose(found.w, wanted.w, atol=within)
    assert found.converged or within > 1e-3


@pytest.mark.slow
def test_several_levels_and_unknowns_meet_the_nested_solution() -> None:
    a = np.array([1.0, 0.5, -0.7])
    wanted, found = (_solved(PAIR, m, a=a) for m in ("lbfgs()", "soba()"))
    assert found.converged and found.reports[0].where.startswith("bilevel_x") and len(found.reports) == 3
    np.testing.assert_allclose(found.x, wanted.x, atol=1e-5)
    np.testing.assert_allclose(found.objective, wanted.objective, atol=1e-9)


@pytest.mark.slow
def test_batches_of_rows_meet_the_solution_of_all() -> None:
    """A ridge whose rows are looked at one by one."""
    text = (
        "problem p(X: matrix[N, D], y: vector[N], Xv: matrix[M, D], yv: vector[M]) {\n  param lam: real = 0\n"
        "  let rows = batch(N, 1)\n"
        "  let w = argmin u: vector[D] { mean((X[rows] * u - y[rows]).^2) + exp(lam) * dot(u, u) }\n"
        "  minimize mean((Xv * w - yv).^2) by METHOD\n}\n"
    )
    x = [[-0.7, -0.2, 1.7], [0.7, -1.6, 0.0], [-0.6, 0.1, -1.6], [0.2, 0.2, 1.6], [0.3, 0.5, -1.5]]
    xv = [[2.3, -1.9, 1.1], [-0.3, -0.9, -0.7], [-0.7, 0.4, -0.1], [1.5, -1.8, 0.0]]
    data = {"X": x, "y": [-1.5, 2.3, -2.8, -0.2, 0.3], "Xv": xv, "yv": [1.8, 1.1, -0.7, 3.4]}
    data = {name: np.array(value) for name, value in data.items()}
    plain = text.replace("  let rows = batch(N, 1)\n", "").replace("[rows]", "")
    wanted, found = _solved(plain, "lbfgs()", **data), _solved(text, "saba(0.05, tol=1e-5)", **data)
    assert found.converged and list(found.rows) == list(range(5))
    np.testing.assert_allclose(found.lam, wanted.lam, atol=1e-4)
    np.testing.assert_allclose(found.w, wanted.w, atol=1e-5)


@pytest.mark.parametrize(
    ("lower", "goal", "code", "says"),
    [
        ("let w = lam * a", "soba()", "PF610", "there is no lower level to move"),
        ("let w = argmin u: vector[N] in l2_ball(1) { sum((u - lam * a).^2) }", "soba()", "PF610", "a set"),
        ("let w = argmin u: vector[N] { sum((u - lam * a).^2) } subject to sum(u) == 1", "soba()", "PF610", "constraints"),
        (
            "let v = argmin u: vector[N] { sum((u - lam * a).^2) }\n  let k = 2 * v\n"
            "  let w = argmin u: vector[N] { sum((u - k).^2) }", "soba()", "PF610", "another lower level",
        ),
        ("let w = argmin u: vector[N] { sum((u - lam * a).^2) }", "saba()", "PF602", "needs batches"),
        ("let w = argmin u: vector[N] { sum((u - lam * a).^2) + sum(abs(u)) }", "soba()", "PF604", "abs"),
        ("let w = argmin u: vector[N] { sum((u - lam * a).^2) }", "soba() \n  subject to lam >= 0", "PF602", "takes no constraints"),
        ("let r = batch(N, 2)\n  let w = argmin u: vector[N] { sum((u - lam * a).^2) }", "lbfgs()", "PF611", "as a function"),
        ("let w = argmin u: vector[N] { mean((u[batch(N, 2)] - lam).^2) }", "soba()", "PF611", "after `let name =`"),
        ("let r = batch(N, lam)\n  let w = argmin u: vector[N] { sum((u - lam * a).^2) }", "soba()", "PF611", "not known before"),
        ("let w = argmin u: vector[N] from lam * a { sum((u - lam * a).^2) }", "soba()", "PF610", "a start"),
        ("let w = argmin u: vector[N] { (u - lam * a).^2 }", "soba()", "PF606", "not a number"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_moved_is_told(lower: str, goal: str, code: str, says: str) -> None:
    text = f"problem p(a: vector[N]) {{\n  param lam: real = 1\n  {lower}\n  minimize sum(w.^2) by {goal}\n}}\n"
    with pytest.raises(ProgramError) as caught:
        pf.loads(text)
    (found,) = caught.value.diagnostics
    assert found.code == code and says in str(found)


def test_a_table_needs_blocks_of_one_size() -> None:
    text = (
        "problem p(a: vector[N]) {\n  param lam: real = 1\n  let r = batch(N, 2)\n"
        "  let w = argmin u: real { mean((u - lam * a[r]).^2) }\n  minimize (w - 1)^2 by saba()\n}\n"
    )
    with pytest.raises(ProgramError, match="a size that divides 3") as caught:
        pf.loads(text).p(a=np.ones(3)).solve()
    assert caught.value.diagnostics[0].code == "PF702"
