"""gaussian_process, compiled by Pushforward from program.pf.

A Gaussian process with an exponentiated quadratic kernel.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.linear_algebra import add_diag, mdivide_left_tri_low
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('rho', 'alpha', 'sigma')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["x"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    return 3


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    x = jnp.asarray(data["x"])
    y = jnp.asarray(data["y"])
    rho = jnp.asarray(values["rho"])
    alpha = jnp.asarray(values["alpha"])
    sigma = jnp.asarray(values["sigma"])
    density = -20.127370370115052  # program.pf:3
    density = density + (24.0 * jnp.log(rho) - 4.0 * rho)  # program.pf:3
    density = density - 0.5 * (alpha / 2.0) ** 2  # program.pf:4
    density = density - 0.9189385332046727  # program.pf:4
    density = density - 0.5 * sigma ** 2  # program.pf:5
    density = density - 0.2257913526447274  # program.pf:5
    t1 = alpha ** 2 * jnp.exp(-0.5 * jnp.square(x[:, None] - x[None, :]) / rho ** 2)  # program.pf:6
    L = jnp.linalg.cholesky(add_diag(t1, sigma))  # program.pf:7
    z = mdivide_left_tri_low(L, y - jnp.zeros(N))  # program.pf:7
    density = density + (-0.5 * jnp.dot(z, z) - jnp.sum(jnp.log(jnp.diagonal(L))))  # program.pf:7
    density = density - 0.5 * N * 1.8378770664093453  # program.pf:7
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    x = jnp.asarray(data["x"])
    y = jnp.asarray(data["y"])
    known = -0.5 * jnp.square(x[:, None] - x[None, :])  # program.pf:6
    known_1 = y - jnp.zeros(N)  # program.pf:7
    constant = -(0.5 * N * 1.8378770664093453) - 21.272100255964453
    return {"known": known, "known_1": known_1, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    known = jnp.asarray(data["known"])
    known_1 = jnp.asarray(data["known_1"])
    constant = jnp.asarray(data["constant"])
    density = constant
    rho_free = q[0]  # program.pf:3
    rho = positive_constrain(rho_free)  # program.pf:3
    density = density + positive_log_jacobian(rho_free)  # program.pf:3
    density = density + (24.0 * rho_free - 4.0 * rho)  # program.pf:3
    alpha_free = q[1]  # program.pf:4
    density = density + positive_log_jacobian(alpha_free)  # program.pf:4
    t1 = jnp.exp(2.0 * alpha_free)  # program.pf:4
    density = density - 0.125 * t1  # program.pf:4
    sigma_free = q[2]  # program.pf:5
    sigma = positive_constrain(sigma_free)  # program.pf:5
    density = density + positive_log_jacobian(sigma_free)  # program.pf:5
    density = density - 0.5 * sigma ** 2  # program.pf:5
    L = jnp.linalg.cholesky(add_diag(t1 * jnp.exp(known / rho ** 2), sigma))  # program.pf:7
    z = mdivide_left_tri_low(L, known_1)  # program.pf:7
    density = density + (-0.5 * jnp.dot(z, z) - jnp.sum(jnp.log(jnp.diagonal(L))))  # program.pf:7
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    rho_free = q[0]  # program.pf:3
    rho = positive_constrain(rho_free)  # program.pf:3
    alpha_free = q[1]  # program.pf:4
    alpha = positive_constrain(alpha_free)  # program.pf:4
    sigma_free = q[2]  # program.pf:5
    sigma = positive_constrain(sigma_free)  # program.pf:5
    return {"rho": rho, "alpha": alpha, "sigma": sigma}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    rho = jnp.asarray(values["rho"])
    alpha = jnp.asarray(values["alpha"])
    sigma = jnp.asarray(values["sigma"])
    q = join(
        positive_unconstrain(rho),
        positive_unconstrain(alpha),
        positive_unconstrain(sigma),
    )  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    x = jnp.asarray(data["x"])
    key, key_rho_draw = jax.random.split(key)  # program.pf:3
    rho_draw = draw(
        numpyro.Gamma(concentration=25.0, rate=4.0),
        key_rho_draw,
        (),
    )  # program.pf:3
    key, key_alpha_draw = jax.random.split(key)  # program.pf:4
    alpha_draw = draw(numpyro.HalfNormal(scale=2.0), key_alpha_draw, ())  # program.pf:4
    key, key_sigma_draw = jax.random.split(key)  # program.pf:5
    sigma_draw = draw(numpyro.HalfNormal(scale=1.0), key_sigma_draw, ())  # program.pf:5
    t1 = alpha_draw ** 2 * jnp.exp(-0.5 * jnp.square(x[:, None] - x[None, :]) / rho_draw ** 2)  # program.pf:6
    t2 = jnp.zeros(N)  # program.pf:7
    t3 = add_diag(t1, sigma_draw)  # program.pf:7
    key, key_y_draw = jax.random.split(key)  # program.pf:7
    y_draw = draw(
        numpyro.MultivariateNormal(loc=t2, covariance_matrix=t3),
        key_y_draw,
        (),
    )  # program.pf:7
    return {
        "rho": rho_draw,
        "alpha": alpha_draw,
        "sigma": sigma_draw,
        "y": y_draw,
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    x = jnp.asarray(data["x"])
    rho = jnp.asarray(values["rho"])
    alpha = jnp.asarray(values["alpha"])
    sigma = jnp.asarray(values["sigma"])
    t1 = alpha ** 2 * jnp.exp(-0.5 * jnp.square(x[:, None] - x[None, :]) / rho ** 2)  # program.pf:6
    t2 = jnp.zeros(N)  # program.pf:7
    t3 = add_diag(t1, sigma)  # program.pf:7
    key, key_y_draw = jax.random.split(key)  # program.pf:7
    y_draw = draw(
        numpyro.MultivariateNormal(loc=t2, covariance_matrix=t3),
        key_y_draw,
        (),
    )  # program.pf:7
    return {"y": y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    x = jnp.asarray(data["x"])
    y = jnp.asarray(data["y"])
    rho = jnp.asarray(values["rho"])
    alpha = jnp.asarray(values["alpha"])
    sigma = jnp.asarray(values["sigma"])
    t1 = alpha ** 2 * jnp.exp(-0.5 * jnp.square(x[:, None] - x[None, :]) / rho ** 2)  # program.pf:6
    L = jnp.linalg.cholesky(add_diag(t1, sigma))  # program.pf:7
    z = mdivide_left_tri_low(L, y - jnp.zeros(N))  # program.pf:7
    return {
        "rho@3": -20.127370370115052 + (24.0 * jnp.log(rho) - 4.0 * rho),
        "alpha@4": -0.5 * (alpha / 2.0) ** 2 - 0.9189385332046727,
        "sigma@5": -0.5 * sigma ** 2 - 0.2257913526447274,
        "y@7": -0.5 * jnp.dot(z, z) - jnp.sum(jnp.log(jnp.diagonal(L))) - 0.5 * N * 1.8378770664093453,
    }
