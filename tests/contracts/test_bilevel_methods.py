"""Every single-loop method against the closed form of the quadratic bilevel problem, its rate or its bias, and what it
does without the implicit term.
"""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.bilevel.amigo import Amigo
from pushforward.runtime.bilevel.blockwise import Blockwise
from pushforward.runtime.bilevel.bo_rep import BORep
from pushforward.runtime.bilevel.f2sa import F2SA
from pushforward.runtime.bilevel.problem import Bilevel, Group, Point
from pushforward.runtime.bilevel.saba import Saba
from pushforward.runtime.bilevel.sampling import Batch, block, blocks, draw
from pushforward.runtime.bilevel.soba import Soba
from pushforward.runtime.bilevel.stocbio import StocBio
from pushforward.runtime.rules.implicit import Implicit
from pushforward.runtime.solvers.iterate import iterate
from pushforward.runtime.solvers.solution import Status
from pushforward.runtime.solvers.unsuitable import Unsuitable
from pushforward.stdlib.catalogue import catalogue
from tests.contracts.bilevel_problems import ABOVE, BELOW, quadratic

EXACT = (Soba(), StocBio(series=120), Amigo(), Blockwise())
#: Those that come near only: by the penalty, and by the length of a step.
NEAR = ((F2SA(steps=2000), 5e-3), (BORep(step_size=0.2, decay=0.8, steps=1500), 1e-2))
METHODS = (*EXACT, *(m for m, _ in NEAR))
CASE = quadratic()


@pytest.fixture(autouse=True)
def _double() -> Any:
    with jax.enable_x64(True):
        yield


def solve(method: Any, problem: Bilevel) -> Any:
    return jax.jit(lambda h: iterate(method, problem, jnp.zeros(ABOVE + BELOW), h))(jnp.asarray(CASE.h))


@cache
def error(method: Any, batch: int = 0, blind: bool = False) -> tuple[float, int, float]:
    """The largest distance of x from the optimum, the status and the residual."""
    found = solve(method, CASE.problem(batch, blind))
    return float(np.abs(found.z[:ABOVE] - CASE.optimum()).max()), int(found.status), float(found.residual)


def name(method: Any) -> str:
    return type(method).__name__


def test_every_method_is_here() -> None:
    declared = {a.body.target.rpartition(".")[2] for a in catalogue().algorithms() if "bilevel" in a.uses}
    assert declared == {name(m) for m in METHODS} | {"Saba"}
    assert all({f.name for f in fields(m)} >= {"tol", "steps", "seed"} for m in METHODS)


@pytest.mark.parametrize("method", EXACT, ids=name)
def test_it_reaches_the_optimum(method: Any) -> None:
    distance, status, residual = error(method)
    assert distance < 2e-6 and status == Status.CONVERGED and residual < 1e-6


@pytest.mark.parametrize(("method", "within"), NEAR, ids=[name(m) for m, _ in NEAR])
def test_it_comes_near_the_optimum(method: Any, within: float) -> None:
    assert error(method)[0] < within


@pytest.mark.parametrize(
    "method",
    [pytest.param(m, marks=() if isinstance(m, Soba | F2SA) else pytest.mark.slow, id=name(m)) for m in METHODS],
)
def test_without_the_implicit_term_it_goes_elsewhere(method: Any) -> None:
    """The lower loss hides that it depends on x: what is found is the optimum of the direct derivative alone."""
    found = solve(method, CASE.problem(blind=True))
    np.testing.assert_allclose(found.z[:ABOVE], CASE.optimum(implicit=0.0), atol=2e-2)
    assert np.abs(CASE.optimum(implicit=0.0) - CASE.optimum()).max() > 0.2


def test_soba_converges_linearly() -> None:
    """400 steps more divide the error by 40 or more, again and again; it oscillates on its way."""
    errors = [error(Soba(tol=0.0, steps=n))[0] for n in (400, 800, 1200)]
    assert np.diff(np.log(errors)).max() < -np.log(40)


@pytest.mark.slow
def test_the_bias_of_f2sa_is_of_order_one_over_its_penalty() -> None:
    few = [error(F2SA(penalty=p, growth=0.0, steps=1000))[0] for p in (20.0, 40.0, 80.0)]
    orders = np.diff(np.log2(few))
    np.testing.assert_allclose(orders, -1.0, atol=0.1)


def test_what_a_short_series_lacks_is_a_power() -> None:
    """(1 - r m)^series, m the least eigenvalue of A: 20 terms more divide the error by what follows."""
    values = np.linalg.eigvalsh(CASE.A)
    step = 0.5 / values[-1]
    errors = [error(StocBio(inner_step=step, series=q, inner_steps=20, steps=200))[0] for q in (30, 50)]
    np.testing.assert_allclose(errors[1] / errors[0], (1 - step * values[0]) ** 20, rtol=0.04)


@pytest.mark.slow
def test_saba_has_no_variance_left_and_soba_has() -> None:
    """The same lengths of steps, batches of four rows."""
    distance, status, _ = error(Saba(0.05), 4)
    assert distance < 2e-6 and status == Status.CONVERGED
    assert error(Soba(0.05, steps=2000), 4)[0] > 1e-3


@pytest.mark.slow
@pytest.mark.parametrize(
    "method",
    [Soba(decay=0.6), StocBio(series=60, decay=0.6), Amigo(decay=0.6), F2SA(decay=0.5, growth=0.2), BORep(0.05),
     Blockwise(0.05, decay=0.6)],
    ids=name,
)  # fmt: skip
def test_with_batches_it_comes_near(method: Any) -> None:
    """Steps that fall; batches of four of 24 rows. The seed is fixed."""
    assert error(method, 4)[0] < 2e-2


def test_directions_of_batches_are_unbiased() -> None:
    """Each of 16 entries over 4000 draws, |z| < 4.5: a false alarm in 1e-4 of all seeds. Control: rows that are always
    the first."""
    problem = CASE.problem(4)
    rng = np.random.default_rng(3)
    at = Point(*(jnp.asarray(rng.normal(size=n)) for n in (ABOVE, BELOW, BELOW)))
    h = jnp.asarray(CASE.h)
    keys = jax.random.split(jax.random.PRNGKey(11), 4000)
    drawn = jax.vmap(lambda k: jnp.concatenate(problem.directions(at, h, draw(problem.batches, k))))(keys)
    exact = np.asarray(jnp.concatenate(problem.directions(at, h)))
    spread = np.std(drawn, axis=0, ddof=1) / np.sqrt(len(keys))
    moves = spread > 1e-12
    z = (np.mean(drawn, axis=0) - exact)[moves] / spread[moves]
    assert np.abs(z).max() < 4.5 and moves.sum() >= 2 * BELOW
    first = (jnp.arange(4), jnp.arange(4))
    assert np.abs(np.asarray(jnp.concatenate(problem.directions(at, h, first))) - exact).max() > 0.05


def test_the_blocks_of_a_table_are_all_rows_once() -> None:
    batches = (Batch(12, 3), Batch(8, 4))
    count = blocks(batches, (0, 1), "saba")
    assert count == 8
    pairs = {tuple(int(r[0]) for r in block(batches, (0, 1), jnp.asarray(i))) for i in range(count)}
    assert pairs == {(a, b) for a in (0, 3, 6, 9) for b in (0, 4)}
    with pytest.raises(Unsuitable, match="a size that divides 12"):
        blocks((Batch(12, 5),), (0,), "saba")


@pytest.mark.slow
def test_blocks_that_are_not_looked_at_stay() -> None:
    """A lower level for each of four blocks of three entries: a step changes two of them."""
    def lower(x: jax.Array, z: jax.Array, rows: Any, args: Any) -> jax.Array:
        few = rows[0] if rows else jnp.arange(4)
        return 4 / len(few) * jnp.sum((z.reshape(4, 3)[few] - x) ** 2)

    def upper(x: jax.Array, z: jax.Array, rows: Any, args: Any) -> jax.Array:
        few = rows[0] if rows else jnp.arange(4)
        return jnp.mean((z.reshape(4, 3)[few] - 1.0) ** 2)

    problem = Bilevel(upper, lower, 3, 12, (Batch(4, 2),), (0,), (0,), (Group(0, 3, 0),))
    method = Blockwise()
    start = method.init(problem, jnp.arange(15.0), ())
    after = method.step(problem, start, ())
    changed = np.any(np.asarray(problem.point(after.z).z != problem.point(start.z).z).reshape(4, 3), axis=1)
    assert changed.sum() == 2
    found = iterate(replace(method, step_size=0.1), problem, jnp.arange(15.0), ())
    np.testing.assert_allclose(found.z[:15], 1.0, atol=1e-5)


def test_the_derivative_of_the_solution_is_that_of_the_optimum() -> None:
    """In h, of which the optimum is affine: implicit, through the condition."""
    problem = CASE.problem()
    found = jax.jacobian(lambda h: Implicit().solve(problem, Soba(), jnp.zeros(ABOVE + BELOW), h).z[:ABOVE])(
        jnp.asarray(CASE.h)
    )
    wanted = np.stack([replace(CASE, h=CASE.h + e).optimum() - CASE.optimum() for e in np.eye(ABOVE)], axis=1)
    np.testing.assert_allclose(found, wanted, atol=1e-10)


def test_saba_says_that_it_needs_batches() -> None:
    with pytest.raises(Unsuitable, match="take soba"):
        Saba().init(CASE.problem(), jnp.zeros(ABOVE + BELOW), jnp.asarray(CASE.h))
