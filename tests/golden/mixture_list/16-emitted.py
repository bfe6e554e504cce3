"""mixture_list, compiled by Pushforward from program.pf.

Two normals; which one a value came from is summed out.
"""

import jax
import jax.numpy as jnp
import jax.scipy as jsp

from pushforward.runtime.bijectors.ordered import ordered_constrain, ordered_log_jacobian, ordered_unconstrain
from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.bijectors.unit import unit_constrain, unit_log_jacobian, unit_unconstrain
from pushforward.runtime.functions.beta import lbeta
from pushforward.runtime.functions.products_with_logs import xlog1py, xlogy
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('mu', 'sigma', 'theta')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["y"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    return 5


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    sigma = jnp.asarray(values["sigma"])
    theta = jnp.asarray(values["theta"])
    density = -0.5 * jnp.sum((mu / 2.0) ** 2)  # program.pf:3
    density = density - 3.224171427529236  # program.pf:3
    density = density - 0.5 * jnp.sum((sigma / 2.0) ** 2)  # program.pf:4
    density = density - 1.8378770664093453  # program.pf:4
    density = density + (xlogy(4.0, theta) + xlog1py(4.0, -theta))  # program.pf:5
    density = density - lbeta(5.0, 5.0)  # program.pf:5
    t1 = sigma[0]  # program.pf:8
    t2 = sigma[1]  # program.pf:8
    t3 = jnp.stack([theta, 1.0 - theta])  # program.pf:8
    t4 = jnp.log(t3[0]) + (-0.5 * ((y - mu[0]) / t1) ** 2 - jnp.log(t1) - 0.9189385332046727)  # program.pf:8
    t5 = jnp.log(t3[1]) + (-0.5 * ((y - mu[1]) / t2) ** 2 - jnp.log(t2) - 0.9189385332046727)  # program.pf:8
    density = density + jnp.sum(jsp.special.logsumexp(jnp.stack([t4, t5], axis=1), axis=-1))  # program.pf:8
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    y = jnp.asarray(data["y"])
    constant = -lbeta(5.0, 5.0) - 5.0620484939385815
    return {"y": y, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    y = jnp.asarray(data["y"])
    constant = jnp.asarray(data["constant"])
    density = constant
    mu_free = q[:2]  # program.pf:3
    mu = ordered_constrain(mu_free)  # program.pf:3
    density = density + ordered_log_jacobian(mu_free)  # program.pf:3
    density = density - 0.5 * jnp.sum((mu / 2.0) ** 2)  # program.pf:3
    sigma_free = q[2:4]  # program.pf:4
    sigma = positive_constrain(sigma_free)  # program.pf:4
    density = density + positive_log_jacobian(sigma_free)  # program.pf:4
    density = density - 0.5 * jnp.sum((sigma / 2.0) ** 2)  # program.pf:4
    theta_free = q[4]  # program.pf:5
    theta = unit_constrain(theta_free)  # program.pf:5
    density = density + unit_log_jacobian(theta_free)  # program.pf:5
    density = density + (xlogy(4.0, theta) + xlog1py(4.0, -theta))  # program.pf:5
    t1 = sigma[0]  # program.pf:8
    t2 = sigma[1]  # program.pf:8
    t3 = jnp.stack([theta, 1.0 - theta])  # program.pf:8
    t4 = jnp.log(t3[0]) + (-0.5 * ((y - mu[0]) / t1) ** 2 - jnp.log(t1) - 0.9189385332046727)  # program.pf:8
    t5 = jnp.log(t3[1]) + (-0.5 * ((y - mu[1]) / t2) ** 2 - jnp.log(t2) - 0.9189385332046727)  # program.pf:8
    density = density + jnp.sum(jsp.special.logsumexp(jnp.stack([t4, t5], axis=1), axis=-1))  # program.pf:8
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    mu_free = q[:2]  # program.pf:3
    mu = ordered_constrain(mu_free)  # program.pf:3
    sigma_free = q[2:4]  # program.pf:4
    sigma = positive_constrain(sigma_free)  # program.pf:4
    theta_free = q[4]  # program.pf:5
    theta = unit_constrain(theta_free)  # program.pf:5
    return {"mu": mu, "sigma": sigma, "theta": theta}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    mu = jnp.asarray(values["mu"])
    sigma = jnp.asarray(values["sigma"])
    theta = jnp.asarray(values["theta"])
    q = join(
        ordered_unconstrain(mu),
        positive_unconstrain(sigma),
        unit_unconstrain(theta),
    )  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    key, key_draw = jax.random.split(key)  # program.pf:3
    draw_1 = draw(numpyro.Normal(loc=0.0, scale=2.0), key_draw, (2,))  # program.pf:3
    t1 = jnp.sort(draw_1)  # program.pf:3
    key, key_sigma_draw = jax.random.split(key)  # program.pf:4
    sigma_draw = draw(numpyro.HalfNormal(scale=2.0), key_sigma_draw, (2,))  # program.pf:4
    key, key_theta_draw = jax.random.split(key)  # program.pf:5
    theta_draw = draw(
        numpyro.Beta(concentration1=5.0, concentration0=5.0),
        key_theta_draw,
        (),
    )  # program.pf:5
    t2 = t1[0]  # program.pf:8
    t3 = sigma_draw[0]  # program.pf:8
    t4 = t1[1]  # program.pf:8
    t5 = sigma_draw[1]  # program.pf:8
    t6 = jnp.stack([theta_draw, 1.0 - theta_draw])  # program.pf:8
    key, key_t_8 = jax.random.split(key)  # program.pf:8
    t7 = draw(numpyro.Categorical(probs=t6), key_t_8, (N,))  # program.pf:8
    key, key_draw_1 = jax.random.split(key)  # program.pf:8
    draw_2 = draw(numpyro.Normal(loc=t2, scale=t3), key_draw_1, (N,))  # program.pf:8
    key, key_draw_2 = jax.random.split(key)  # program.pf:8
    draw_3 = draw(numpyro.Normal(loc=t4, scale=t5), key_draw_2, (N,))  # program.pf:8
    n = jnp.arange(N)
    return {
        "mu": t1,
        "sigma": sigma_draw,
        "theta": theta_draw,
        "y": jnp.stack([draw_2, draw_3], axis=1)[n, t7],
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    mu = jnp.asarray(values["mu"])
    sigma = jnp.asarray(values["sigma"])
    theta = jnp.asarray(values["theta"])
    t1 = mu[0]  # program.pf:8
    t2 = sigma[0]  # program.pf:8
    t3 = mu[1]  # program.pf:8
    t4 = sigma[1]  # program.pf:8
    t5 = jnp.stack([theta, 1.0 - theta])  # program.pf:8
    key, key_t_6 = jax.random.split(key)  # program.pf:8
    t6 = draw(numpyro.Categorical(probs=t5), key_t_6, (N,))  # program.pf:8
    key, key_draw = jax.random.split(key)  # program.pf:8
    draw_1 = draw(numpyro.Normal(loc=t1, scale=t2), key_draw, (N,))  # program.pf:8
    key, key_draw_1 = jax.random.split(key)  # program.pf:8
    draw_2 = draw(numpyro.Normal(loc=t3, scale=t4), key_draw_1, (N,))  # program.pf:8
    n = jnp.arange(N)
    return {"y": jnp.stack([draw_1, draw_2], axis=1)[n, t6]}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    sigma = jnp.asarray(values["sigma"])
    theta = jnp.asarray(values["theta"])
    t1 = sigma[0]  # program.pf:8
    t2 = sigma[1]  # program.pf:8
    t3 = jnp.stack([theta, 1.0 - theta])  # program.pf:8
    t4 = jnp.log(t3[0]) + (-0.5 * ((y - mu[0]) / t1) ** 2 - jnp.log(t1) - 0.9189385332046727)  # program.pf:8
    t5 = jnp.log(t3[1]) + (-0.5 * ((y - mu[1]) / t2) ** 2 - jnp.log(t2) - 0.9189385332046727)  # program.pf:8
    return {
        "mu@3": -0.5 * jnp.sum((mu / 2.0) ** 2) - 3.224171427529236,
        "sigma@4": -0.5 * jnp.sum((sigma / 2.0) ** 2) - 1.8378770664093453,
        "theta@5": xlogy(4.0, theta) + xlog1py(4.0, -theta) - lbeta(5.0, 5.0),
        "y@8": jnp.sum(jsp.special.logsumexp(jnp.stack([t4, t5], axis=1), axis=-1)),
    }
