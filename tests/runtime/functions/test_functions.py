"""The functions of the runtime where values alone do not tell: derivatives, tails, edges, integers.

That every function has the right values is the business of the oracles of the library, which reach these
functions through their declarations. Everything here is deterministic.
"""

import ast
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import scipy.special

from pushforward.runtime import functions
from pushforward.runtime.functions import (
    arrays,
    bessel,
    beta,
    elementary,
    linear_algebra,
    products_with_logs,
    reductions,
    special,
)

jax.config.update("jax_enable_x64", True)

FOLDER = Path(functions.__path__[0])
FILES = sorted(path.stem for path in FOLDER.glob("[!_]*.py"))


@cache
def slope(function: Callable[..., jax.Array], arguments: int) -> Callable[..., tuple[jax.Array, ...]]:
    """The gradient in all arguments, compiled once for all points at which it is tried."""
    return jax.jit(jax.grad(function, argnums=tuple(range(arguments))))


def defined_names(file: str) -> list[str]:
    """The names a file defines at its top level, in order, repetitions included."""
    body = ast.parse((FOLDER / f"{file}.py").read_text()).body
    return [node.name for node in body if isinstance(node, ast.FunctionDef)]


def test_names_are_unique_across_files_so_that_texts_can_be_joined() -> None:
    names = [name for file in FILES for name in defined_names(file)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("file", FILES)
def test_files_stand_alone_and_are_documented(file: str) -> None:
    module = import_module(f"pushforward.runtime.functions.{file}")
    assert "pushforward" not in (FOLDER / f"{file}.py").read_text()
    assert all(getattr(module, name).__doc__ for name in defined_names(file))


@pytest.mark.parametrize(
    ("function", "argument"),
    [
        (elementary.log1m_exp, -1e-20),
        (elementary.log1m_exp, -800.0),
        (elementary.inv_cloglog, -700.0),
        (elementary.acot, 1e200),
        (reductions.norm2, np.zeros(3)),
        (reductions.sd, np.ones(3)),
        (special.log_Phi, -1e8),
        (special.log_Phi, 1e3),
        (special.erfcx, 1e10),
        (special.lambert_w0, 1e300),
        (special.lambert_w0, -0.3678),
    ],
)
def test_gradients_are_finite_at_edges(function: Callable[..., jax.Array], argument: object) -> None:
    assert np.all(np.isfinite(slope(function, 1)(np.asarray(argument))[0]))


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (elementary.log_diff_exp, (2.0, 0.5)),
        (elementary.log_mix, (0.3, 1.0, -2.0)),
        (elementary.power, (1.7, 2.3)),
        (beta.lbeta, (3.0, 4.0)),
        (beta.lbeta, (3.0, 40.0)),
        (beta.lbeta, (30.0, 40.0)),
        (beta.lbeta, (9.0, 200.0)),
        (beta.lchoose, (30.0, 4.5)),
        (special.falling_factorial, (5.5, 3.0)),
        (special.lambert_w0, (-0.33,)),
        (special.lambert_w0, (7.0,)),
        (special.inv_Phi, (0.03,)),
        (special.inv_erfc, (0.2,)),
        (special.log_Phi, (-6.0,)),
        (special.log_Phi, (2.0,)),
        (special.erfcx, (24.9,)),
        (special.erfcx, (30.0,)),
        (special.owens_t, (0.5, 1.7)),
        (special.trigamma, (2.2,)),
        (beta.inc_beta, (2.0, 3.0, 0.3)),
        (beta.inc_beta, (0.5, 80.0, 0.02)),
        (bessel.log_modified_bessel_first_kind, (0.7, 3.0)),
        (bessel.log_modified_bessel_first_kind, (12.0, 40.0)),
        (bessel.log_modified_bessel_first_kind, (2.5, 1e-3)),
        (products_with_logs.xlogy, (2.0, 0.3)),
        (products_with_logs.xlog1py, (2.0, -0.3)),
    ],
)
def test_gradient_is_the_finite_difference(function: Callable[..., jax.Array], arguments: tuple[float, ...]) -> None:
    """Fourth-order central differences, in each argument, against reverse mode."""
    positions = range(len(arguments))
    steps = [1e-3 * min(1.0, abs(argument)) for argument in arguments]
    stencil = np.array([-2, -1, 1, 2])
    moved = [
        np.ravel([value + stencil * steps[at] * (at == place) for at in positions])
        for place, value in enumerate(arguments)
    ]
    values = np.reshape(jax.jit(function)(*moved), (len(arguments), 4))
    differences = values @ np.array([1, -8, 8, -1]) / (12 * np.array(steps))
    gradient = slope(function, len(arguments))(*map(np.asarray, arguments))
    np.testing.assert_allclose(gradient, differences, rtol=2e-7, atol=1e-9)


def test_second_derivatives_pass_through_custom_rules() -> None:
    curvature = jax.jit(jax.grad(jax.grad(special.log_Phi)))
    mills = np.sqrt(2 / np.pi) / scipy.special.erfcx(3 / np.sqrt(2))
    np.testing.assert_allclose(curvature(-3.0), -mills * (-3 + mills), rtol=1e-12)
    np.testing.assert_allclose(jax.jit(jax.grad(jax.grad(special.lambert_w0)))(0.0), -2.0, rtol=1e-12)
    assert np.isfinite(jax.jit(jax.grad(jax.grad(special.owens_t)))(0.3, 0.4))


def test_products_with_logs_have_no_pull_where_both_vanish() -> None:
    assert jax.grad(products_with_logs.xlogy, argnums=(0, 1))(0.0, 0.0) == (0.0, 0.0)
    assert jax.grad(products_with_logs.xlog1py, argnums=(0, 1))(0.0, -1.0) == (0.0, 0.0)


def test_lbeta_keeps_digits_that_lgammas_lose() -> None:
    """log B(1, n) = -log n, and log B(1/2, n) from its asymptotic series in 1/n."""
    n = np.array([12.0, 1e3, 1e6, 1e12])
    np.testing.assert_allclose(beta.lbeta(1.0, n), -np.log(n), rtol=1e-15)
    series = 0.5 * np.log(np.pi / n[1:]) + 1 / (8 * n[1:]) - 1 / (192 * n[1:] ** 3)
    np.testing.assert_allclose(beta.lbeta(0.5, n[1:]), series, rtol=1e-14)


def test_log_phi_in_the_far_tail() -> None:
    x = -np.geomspace(1.0, 1e6, 200)
    np.testing.assert_allclose(special.log_Phi(x), scipy.special.log_ndtr(x), rtol=1e-14)


@pytest.mark.parametrize("function", [special.owens_t, beta.lbeta, products_with_logs.xlogy])
def test_integer_arguments_beside_differentiated_ones(function: object) -> None:
    assert callable(function)
    assert jax.grad(function)(0.5, 2) == jax.grad(function)(0.5, 2.0)


def test_inc_beta_has_slopes_in_its_shapes_at_the_ends_and_second_ones() -> None:
    """At x = 0 and 1 the function is constant in the shapes. Whole shapes are the hard ones: the fraction ends."""
    slopes = jax.jit(jax.grad(beta.inc_beta, argnums=(0, 1)))
    assert slopes(2.0, 3.0, 0.0) == slopes(2.0, 3.0, 1.0) == (0.0, 0.0)
    curvature = jax.jit(jax.jacfwd(jax.grad(beta.inc_beta)))(2.0, 3.0, 0.3)
    difference = (slopes(2.001, 3.0, 0.3)[0] - slopes(1.999, 3.0, 0.3)[0]) / 0.002
    np.testing.assert_allclose(curvature, difference, rtol=1e-6)


def test_log_bessel_against_scipy_from_small_to_huge() -> None:
    v, z = (grid.ravel() for grid in np.meshgrid([0.0, 0.5, 1.0, 7.3, 60.0], np.geomspace(1e-2, 1e6, 25)))
    expected = np.log(scipy.special.ive(v, z)) + z
    found = jax.jit(bessel.log_modified_bessel_first_kind)(v, z)
    np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def test_choose_is_exact_beyond_doubles() -> None:
    assert int(special.choose(60, 30)) == 118264581564861424
    assert int(jax.jit(special.choose)(61, 5)) == 5949147


def test_matrix_power_known_only_at_run_time() -> None:
    A = jnp.array([[1.0, 1.0], [0.0, 1.0]])
    power = jax.jit(linear_algebra.matrix_power)
    for n in (0, 1, 6):
        np.testing.assert_array_equal(power(A, n), linear_algebra.matrix_power(A, n))
    traced = jax.jit(jax.grad(lambda A, n: jnp.sum(linear_algebra.matrix_power(A, n))))(A, 5)
    known = jax.jit(jax.grad(lambda A: jnp.sum(linear_algebra.matrix_power(A, 5))))(A)
    np.testing.assert_allclose(traced, known)


def test_wide_matrices_are_refused_where_shapes_would_differ() -> None:
    with pytest.raises(ValueError, match="at least as many rows"):
        linear_algebra.svd_values(jnp.ones((2, 3)))


def test_qr_is_the_one_with_nonnegative_diagonal() -> None:
    A = jnp.asarray(np.random.default_rng(1).normal(size=(5, 3)))
    Q, R = linear_algebra.qr_thin_Q(A), linear_algebra.qr_thin_R(A)
    assert np.all(jnp.diagonal(R) >= 0)
    np.testing.assert_allclose(Q @ R, A, atol=1e-14)
    np.testing.assert_allclose(Q.T @ Q, np.eye(3), atol=1e-14)


def test_ranks_of_ties_share_the_lowest() -> None:
    np.testing.assert_array_equal(arrays.ranks(jnp.array([3.0, 1.0, 1.0, 2.0])), [3, 0, 0, 2])
    np.testing.assert_array_equal(arrays.sort_indices_desc(jnp.array([3.0, 1.0, 1.0])), [0, 1, 2])


@pytest.fixture(autouse=True)
def _strict() -> Iterator[None]:
    """JAX raises where arrays of different ranks would meet."""
    with jax.numpy_rank_promotion("raise"):
        yield
