"""log_earnings, compiled by Pushforward from program.pf.

A let that is observed: the logarithm of the data.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.vectors import join

OBSERVED = ()
LATENT = ('beta', 'sigma')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["earn"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    return 5


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    earn = jnp.asarray(data["earn"])
    height = jnp.asarray(data["height"])
    male = jnp.asarray(data["male"])
    beta = jnp.asarray(values["beta"])
    sigma = jnp.asarray(values["sigma"])
    density = -0.5 * jnp.sum((beta / 10.0) ** 2)  # program.pf:3
    density = density - 12.886094504794874  # program.pf:3
    density = density - 0.5 * (sigma / 5.0) ** 2  # program.pf:4
    density = density - 1.8352292650788278  # program.pf:4
    log_earn = jnp.log(earn)  # program.pf:5
    t1 = log_earn - (beta[0] + beta[1] * height + beta[2] * male + beta[3] * height * male)  # program.pf:6
    density = density - 0.5 / sigma ** 2 * jnp.sum(t1 ** 2)  # program.pf:6
    density = density - N * jnp.log(sigma)  # program.pf:6
    density = density - N * 0.9189385332046727  # program.pf:6
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    earn = jnp.asarray(data["earn"])
    height = jnp.asarray(data["height"])
    male = jnp.asarray(data["male"])
    log_earn = jnp.log(earn)  # program.pf:5
    ones = jnp.broadcast_to(1.0, (N,))  # program.pf:6
    columns = jnp.stack([ones, height, 1.0 * male, height * male])  # program.pf:6
    constant = N * -0.9189385332046727 - 14.721323769873703
    return {"log_earn": log_earn, "columns": columns, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    N = sizes["N"]
    log_earn = jnp.asarray(data["log_earn"])
    columns = jnp.asarray(data["columns"])
    constant = jnp.asarray(data["constant"])
    density = constant
    beta = q[:4]  # program.pf:3
    density = density - 0.5 * jnp.sum((beta / 10.0) ** 2)  # program.pf:3
    sigma_free = q[4]  # program.pf:4
    density = density + positive_log_jacobian(sigma_free)  # program.pf:4
    density = density - 0.02 * jnp.exp(2.0 * sigma_free)  # program.pf:4
    t1 = -0.5 * jnp.exp(-2.0 * sigma_free) * jnp.sum((log_earn - beta @ columns) ** 2)  # program.pf:6
    density = density + t1  # program.pf:6
    density = density - N * sigma_free  # program.pf:6
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    beta = q[:4]  # program.pf:3
    sigma_free = q[4]  # program.pf:4
    sigma = positive_constrain(sigma_free)  # program.pf:4
    return {"beta": beta, "sigma": sigma}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    beta = jnp.asarray(values["beta"])
    sigma = jnp.asarray(values["sigma"])
    q = join(beta, positive_unconstrain(sigma))  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    key, key_beta_draw = jax.random.split(key)  # program.pf:3
    beta_draw = draw(numpyro.Normal(loc=0.0, scale=10.0), key_beta_draw, (4,))  # program.pf:3
    key, key_sigma_draw = jax.random.split(key)  # program.pf:4
    sigma_draw = draw(numpyro.HalfNormal(scale=5.0), key_sigma_draw, ())  # program.pf:4
    return {"beta": beta_draw, "sigma": sigma_draw}  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    return {}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    earn = jnp.asarray(data["earn"])
    height = jnp.asarray(data["height"])
    male = jnp.asarray(data["male"])
    beta = jnp.asarray(values["beta"])
    sigma = jnp.asarray(values["sigma"])
    log_earn = jnp.log(earn)  # program.pf:5
    t1 = log_earn - (beta[0] + beta[1] * height + beta[2] * male + beta[3] * height * male)  # program.pf:6
    return {
        "beta@3": -0.5 * jnp.sum((beta / 10.0) ** 2) - 12.886094504794874,
        "sigma@4": -0.5 * (sigma / 5.0) ** 2 - 1.8352292650788278,
        "log_earn@6": -0.5 / sigma ** 2 * jnp.sum(t1 ** 2) - N * jnp.log(sigma) - N * 0.9189385332046727,
    }
