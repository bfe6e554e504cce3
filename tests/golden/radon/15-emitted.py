"""radon, compiled by Pushforward from program.pf.

Radon in the houses of J counties: an intercept that varies, picked by an index that counts from one in the data.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.vectors import join

OBSERVED = ('log_radon',)
LATENT = ('mu_a', 's_a', 'a', 'b', 'sigma')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["county_idx"].shape[0], "J": int(data["J"])}


def dimension(sizes):
    """The length of the unconstrained vector."""
    J = sizes["J"]
    return J + 4


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    J = sizes["J"]
    county_idx = jnp.asarray(data["county_idx"])
    floor_measure = jnp.asarray(data["floor_measure"])
    log_radon = jnp.asarray(data["log_radon"])
    mu_a = jnp.asarray(values["mu_a"])
    s_a = jnp.asarray(values["s_a"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    sigma = jnp.asarray(values["sigma"])
    density = -0.5 * (mu_a / 10.0) ** 2  # program.pf:3
    density = density - 3.2215236261987186  # program.pf:3
    density = density - 0.5 * s_a ** 2  # program.pf:4
    density = density - 0.2257913526447274  # program.pf:4
    density = density - 0.5 / s_a ** 2 * jnp.sum((a - mu_a) ** 2)  # program.pf:5
    density = density - J * jnp.log(s_a)  # program.pf:5
    density = density - J * 0.9189385332046727  # program.pf:5
    density = density - 0.5 * (b / 10.0) ** 2  # program.pf:6
    density = density - 3.2215236261987186  # program.pf:6
    density = density - 0.5 * sigma ** 2  # program.pf:7
    density = density - 0.2257913526447274  # program.pf:7
    t1 = -0.5 / sigma ** 2 * jnp.sum((log_radon - (a[county_idx] + b * floor_measure)) ** 2)  # program.pf:9
    density = density + t1  # program.pf:9
    density = density - N * jnp.log(sigma)  # program.pf:9
    density = density - N * 0.9189385332046727  # program.pf:9
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    J = sizes["J"]
    county_idx = jnp.asarray(data["county_idx"])
    floor_measure = jnp.asarray(data["floor_measure"])
    log_radon = jnp.asarray(data["log_radon"])
    constant = J * -0.9189385332046727 - N * 0.9189385332046727 - 6.894629957686893
    return {
        "county_idx": county_idx,
        "floor_measure": floor_measure,
        "log_radon": log_radon,
        "constant": constant,
    }  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    N = sizes["N"]
    J = sizes["J"]
    county_idx = jnp.asarray(data["county_idx"])
    floor_measure = jnp.asarray(data["floor_measure"])
    log_radon = jnp.asarray(data["log_radon"])
    constant = jnp.asarray(data["constant"])
    density = constant
    mu_a = q[0]  # program.pf:3
    density = density - 0.5 * (mu_a / 10.0) ** 2  # program.pf:3
    s_a_free = q[1]  # program.pf:4
    density = density + positive_log_jacobian(s_a_free)  # program.pf:4
    density = density - 0.5 * jnp.exp(2.0 * s_a_free)  # program.pf:4
    a = q[2:J + 2]  # program.pf:5
    density = density - 0.5 * jnp.exp(-2.0 * s_a_free) * jnp.sum((a - mu_a) ** 2)  # program.pf:5
    density = density - J * s_a_free  # program.pf:5
    b = q[J + 2]  # program.pf:6
    density = density - 0.5 * (b / 10.0) ** 2  # program.pf:6
    sigma_free = q[J + 3]  # program.pf:7
    density = density + positive_log_jacobian(sigma_free)  # program.pf:7
    density = density - 0.5 * jnp.exp(2.0 * sigma_free)  # program.pf:7
    t1 = -0.5 * jnp.exp(-2.0 * sigma_free) * jnp.sum((log_radon - (a[county_idx] + b * floor_measure)) ** 2)  # program.pf:9
    density = density + t1  # program.pf:9
    density = density - N * sigma_free  # program.pf:9
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    J = sizes["J"]
    mu_a = q[0]  # program.pf:3
    s_a_free = q[1]  # program.pf:4
    s_a = positive_constrain(s_a_free)  # program.pf:4
    a = q[2:J + 2]  # program.pf:5
    b = q[J + 2]  # program.pf:6
    sigma_free = q[J + 3]  # program.pf:7
    sigma = positive_constrain(sigma_free)  # program.pf:7
    return {"mu_a": mu_a, "s_a": s_a, "a": a, "b": b, "sigma": sigma}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    mu_a = jnp.asarray(values["mu_a"])
    s_a = jnp.asarray(values["s_a"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    sigma = jnp.asarray(values["sigma"])
    q = join(mu_a, positive_unconstrain(s_a), a, b, positive_unconstrain(sigma))  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    J = sizes["J"]
    county_idx = jnp.asarray(data["county_idx"])
    floor_measure = jnp.asarray(data["floor_measure"])
    key, key_mu_a_draw = jax.random.split(key)  # program.pf:3
    mu_a_draw = draw(numpyro.Normal(loc=0.0, scale=10.0), key_mu_a_draw, ())  # program.pf:3
    key, key_s_a_draw = jax.random.split(key)  # program.pf:4
    s_a_draw = draw(numpyro.HalfNormal(scale=1.0), key_s_a_draw, ())  # program.pf:4
    key, key_a_draw = jax.random.split(key)  # program.pf:5
    a_draw = draw(
        numpyro.Normal(loc=mu_a_draw, scale=s_a_draw),
        key_a_draw,
        (J,),
    )  # program.pf:5
    key, key_b_draw = jax.random.split(key)  # program.pf:6
    b_draw = draw(numpyro.Normal(loc=0.0, scale=10.0), key_b_draw, ())  # program.pf:6
    key, key_sigma_draw = jax.random.split(key)  # program.pf:7
    sigma_draw = draw(numpyro.HalfNormal(scale=1.0), key_sigma_draw, ())  # program.pf:7
    t1 = a_draw[county_idx] + b_draw * floor_measure  # program.pf:9
    key, key_log_radon_draw = jax.random.split(key)  # program.pf:9
    log_radon_draw = draw(
        numpyro.Normal(loc=t1, scale=sigma_draw),
        key_log_radon_draw,
        (N,),
    )  # program.pf:9
    return {
        "mu_a": mu_a_draw,
        "s_a": s_a_draw,
        "a": a_draw,
        "b": b_draw,
        "sigma": sigma_draw,
        "log_radon": log_radon_draw,
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    county_idx = jnp.asarray(data["county_idx"])
    floor_measure = jnp.asarray(data["floor_measure"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    sigma = jnp.asarray(values["sigma"])
    t1 = a[county_idx] + b * floor_measure  # program.pf:9
    key, key_log_radon_draw = jax.random.split(key)  # program.pf:9
    log_radon_draw = draw(
        numpyro.Normal(loc=t1, scale=sigma),
        key_log_radon_draw,
        (N,),
    )  # program.pf:9
    return {"log_radon": log_radon_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    J = sizes["J"]
    county_idx = jnp.asarray(data["county_idx"])
    floor_measure = jnp.asarray(data["floor_measure"])
    log_radon = jnp.asarray(data["log_radon"])
    mu_a = jnp.asarray(values["mu_a"])
    s_a = jnp.asarray(values["s_a"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    sigma = jnp.asarray(values["sigma"])
    t1 = -0.5 / sigma ** 2 * jnp.sum((log_radon - (a[county_idx] + b * floor_measure)) ** 2)  # program.pf:9
    return {
        "mu_a@3": -0.5 * (mu_a / 10.0) ** 2 - 3.2215236261987186,
        "s_a@4": -0.5 * s_a ** 2 - 0.2257913526447274,
        "a@5": -0.5 / s_a ** 2 * jnp.sum((a - mu_a) ** 2) - J * jnp.log(s_a) - J * 0.9189385332046727,
        "b@6": -0.5 * (b / 10.0) ** 2 - 3.2215236261987186,
        "sigma@7": -0.5 * sigma ** 2 - 0.2257913526447274,
        "log_radon@9": t1 - N * jnp.log(sigma) - N * 0.9189385332046727,
    }
