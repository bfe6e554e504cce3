"""stochastic_volatility, compiled by Pushforward from program.pf.

Latent log variances, an autoregression whose first value has the stationary law.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.interval import (
    interval_constrain,
    interval_log_jacobian,
    interval_unconstrain,
)
from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('phi', 'sigma', 'mu', 'h_std')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"T": data["y"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    T = sizes["T"]
    return T + 3


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    phi = jnp.asarray(values["phi"])
    sigma = jnp.asarray(values["sigma"])
    mu = jnp.asarray(values["mu"])
    h_std = jnp.asarray(values["h_std"])
    t1 = jnp.where(
        jnp.logical_and(phi >= -1.0, phi <= 1.0),
        -0.6931471805599453,
        -jnp.inf,
    )  # program.pf:3
    density = t1  # program.pf:3
    density = density - 0.5 * sigma ** 2  # program.pf:4
    density = density - 0.2257913526447274  # program.pf:4
    density = density - 0.5 * (mu / 2.0) ** 2  # program.pf:5
    density = density - 1.612085713764618  # program.pf:5
    density = density - 0.5 * jnp.sum(h_std ** 2)  # program.pf:6
    density = density - T * 0.9189385332046727  # program.pf:6
    t2 = mu + sigma * h_std[0] / jnp.sqrt(1.0 - phi ** 2)  # program.pf:8
    h = jnp.zeros((T,), float)  # program.pf:8
    h_1 = h.at[0].set(t2)  # program.pf:8

    def step(carry, inputs):  # program.pf:9
        (h_3,) = carry
        (t3,) = inputs
        t4 = mu + phi * (h_3 - mu) + t3  # program.pf:9
        return (t4,), (t4,)

    _, (h_4,) = jax.lax.scan(step, (t2,), (sigma * h_std[1:],), length=T - 1)  # program.pf:9
    h_5 = h_1.at[1:].set(h_4)  # program.pf:9
    t5 = h_5 / 2.0  # program.pf:10
    density = density + jnp.sum(-0.5 * (y / jnp.exp(t5)) ** 2 - t5)  # program.pf:10
    density = density - T * 0.9189385332046727  # program.pf:10
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    constant = T * -0.9189385332046727 - T * 0.9189385332046727 - 1.8378770664093456
    return {"y": y, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    constant = jnp.asarray(data["constant"])
    h = jnp.zeros((T,), float)  # program.pf:8
    density = constant
    phi_free = q[0]  # program.pf:3
    phi = interval_constrain(phi_free, -1.0, 1.0)  # program.pf:3
    density = density + interval_log_jacobian(phi_free, -1.0, 1.0)  # program.pf:3
    t1 = jnp.where(
        jnp.logical_and(phi >= -1.0, phi <= 1.0),
        -0.6931471805599453,
        -jnp.inf,
    )  # program.pf:3
    density = density + t1  # program.pf:3
    sigma_free = q[1]  # program.pf:4
    sigma = positive_constrain(sigma_free)  # program.pf:4
    density = density + positive_log_jacobian(sigma_free)  # program.pf:4
    density = density - 0.5 * sigma ** 2  # program.pf:4
    mu = q[2]  # program.pf:5
    density = density - 0.5 * (mu / 2.0) ** 2  # program.pf:5
    h_std = q[3:T + 3]  # program.pf:6
    density = density - 0.5 * jnp.sum(h_std ** 2)  # program.pf:6
    t2 = mu + sigma * h_std[0] / jnp.sqrt(1.0 - phi ** 2)  # program.pf:8
    h_1 = h.at[0].set(t2)  # program.pf:8

    def step(carry, inputs):  # program.pf:9
        (h_3,) = carry
        (t3,) = inputs
        t4 = mu + phi * (h_3 - mu) + t3  # program.pf:9
        return (t4,), (t4,)

    _, (h_4,) = jax.lax.scan(step, (t2,), (sigma * h_std[1:],), length=T - 1)  # program.pf:9
    h_5 = h_1.at[1:].set(h_4)  # program.pf:9
    t5 = h_5 / 2.0  # program.pf:10
    density = density + jnp.sum(-0.5 * (y / jnp.exp(t5)) ** 2 - t5)  # program.pf:10
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    T = sizes["T"]
    phi_free = q[0]  # program.pf:3
    phi = interval_constrain(phi_free, -1.0, 1.0)  # program.pf:3
    sigma_free = q[1]  # program.pf:4
    sigma = positive_constrain(sigma_free)  # program.pf:4
    mu = q[2]  # program.pf:5
    h_std = q[3:T + 3]  # program.pf:6
    return {"phi": phi, "sigma": sigma, "mu": mu, "h_std": h_std}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    phi = jnp.asarray(values["phi"])
    sigma = jnp.asarray(values["sigma"])
    mu = jnp.asarray(values["mu"])
    h_std = jnp.asarray(values["h_std"])
    q = join(
        interval_unconstrain(phi, -1.0, 1.0),
        positive_unconstrain(sigma),
        mu,
        h_std,
    )  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    key, key_phi_draw = jax.random.split(key)  # program.pf:3
    phi_draw = draw(numpyro.Uniform(low=-1.0, high=1.0), key_phi_draw, ())  # program.pf:3
    key, key_sigma_draw = jax.random.split(key)  # program.pf:4
    sigma_draw = draw(numpyro.HalfNormal(scale=1.0), key_sigma_draw, ())  # program.pf:4
    key, key_mu_draw = jax.random.split(key)  # program.pf:5
    mu_draw = draw(numpyro.Normal(loc=0.0, scale=2.0), key_mu_draw, ())  # program.pf:5
    key, key_h_std_draw = jax.random.split(key)  # program.pf:6
    h_std_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_h_std_draw, (T,))  # program.pf:6
    t1 = mu_draw + sigma_draw * h_std_draw[0] / jnp.sqrt(1.0 - phi_draw ** 2)  # program.pf:8
    h = jnp.zeros((T,), float)  # program.pf:8
    h_1 = h.at[0].set(t1)  # program.pf:8

    def step(carry, inputs):  # program.pf:9
        (h_3,) = carry
        (t2,) = inputs
        t3 = mu_draw + phi_draw * (h_3 - mu_draw) + t2  # program.pf:9
        return (t3,), (t3,)

    _, (h_4,) = jax.lax.scan(
        step,
        (t1,),
        (sigma_draw * h_std_draw[1:],),
        length=T - 1,
    )  # program.pf:9
    h_5 = h_1.at[1:].set(h_4)  # program.pf:9
    t4 = jnp.exp(h_5 / 2.0)  # program.pf:10
    key, key_y_draw = jax.random.split(key)  # program.pf:10
    y_draw = draw(numpyro.Normal(loc=0.0, scale=t4), key_y_draw, (T,))  # program.pf:10
    return {
        "phi": phi_draw,
        "sigma": sigma_draw,
        "mu": mu_draw,
        "h_std": h_std_draw,
        "y": y_draw,
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    phi = jnp.asarray(values["phi"])
    sigma = jnp.asarray(values["sigma"])
    mu = jnp.asarray(values["mu"])
    h_std = jnp.asarray(values["h_std"])
    t1 = mu + sigma * h_std[0] / jnp.sqrt(1.0 - phi ** 2)  # program.pf:8
    h = jnp.zeros((T,), float)  # program.pf:8
    h_1 = h.at[0].set(t1)  # program.pf:8

    def step(carry, inputs):  # program.pf:9
        (h_3,) = carry
        (t2,) = inputs
        t3 = mu + phi * (h_3 - mu) + t2  # program.pf:9
        return (t3,), (t3,)

    _, (h_4,) = jax.lax.scan(step, (t1,), (sigma * h_std[1:],), length=T - 1)  # program.pf:9
    h_5 = h_1.at[1:].set(h_4)  # program.pf:9
    t4 = jnp.exp(h_5 / 2.0)  # program.pf:10
    key, key_y_draw = jax.random.split(key)  # program.pf:10
    y_draw = draw(numpyro.Normal(loc=0.0, scale=t4), key_y_draw, (T,))  # program.pf:10
    return {"y": y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    phi = jnp.asarray(values["phi"])
    sigma = jnp.asarray(values["sigma"])
    mu = jnp.asarray(values["mu"])
    h_std = jnp.asarray(values["h_std"])
    t1 = jnp.where(
        jnp.logical_and(phi >= -1.0, phi <= 1.0),
        -0.6931471805599453,
        -jnp.inf,
    )  # program.pf:3
    t2 = mu + sigma * h_std[0] / jnp.sqrt(1.0 - phi ** 2)  # program.pf:8
    h = jnp.zeros((T,), float)  # program.pf:8
    h_1 = h.at[0].set(t2)  # program.pf:8

    def step(carry, inputs):  # program.pf:9
        (h_3,) = carry
        (t3,) = inputs
        t4 = mu + phi * (h_3 - mu) + t3  # program.pf:9
        return (t4,), (t4,)

    _, (h_4,) = jax.lax.scan(step, (t2,), (sigma * h_std[1:],), length=T - 1)  # program.pf:9
    h_5 = h_1.at[1:].set(h_4)  # program.pf:9
    t5 = jnp.exp(h_5 / 2.0)  # program.pf:10
    return {
        "phi@3": t1,
        "sigma@4": -0.5 * sigma ** 2 - 0.2257913526447274,
        "mu@5": -0.5 * (mu / 2.0) ** 2 - 1.612085713764618,
        "h_std@6": -0.5 * jnp.sum(h_std ** 2) - T * 0.9189385332046727,
        "y@10": jnp.sum(-0.5 * (y / t5) ** 2 - jnp.log(t5)) - T * 0.9189385332046727,
    }
