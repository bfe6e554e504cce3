"""arK, compiled by Pushforward from program.pf.

An autoregression of order K, its lags one by one.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('alpha', 'beta', 'sigma')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"K": int(data["K"]), "T": data["y"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    K = sizes["K"]
    return K + 2


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    K = sizes["K"]
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    alpha = jnp.asarray(values["alpha"])
    beta = jnp.asarray(values["beta"])
    sigma = jnp.asarray(values["sigma"])
    density = -0.5 * (alpha / 10.0) ** 2  # program.pf:3
    density = density - 3.2215236261987186  # program.pf:3
    density = density - 0.5 * jnp.sum((beta / 10.0) ** 2)  # program.pf:4
    density = density - K * 3.2215236261987186  # program.pf:4
    density = density - jnp.log1p((sigma / 2.5) ** 2)  # program.pf:5
    density = density - 1.3678734371636099  # program.pf:5
    k = jnp.arange(K)
    t1 = (y[K:] - (alpha + y[jnp.arange(K, T)[:, None] - k[None, :] - 1] @ beta)) ** 2  # program.pf:8
    density = density - 0.5 / sigma ** 2 * jnp.sum(t1)  # program.pf:8
    density = density - (T - K) * jnp.log(sigma)  # program.pf:8
    density = density - (T - K) * 0.9189385332046727  # program.pf:8
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    K = sizes["K"]
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    k = jnp.arange(K)
    t_37_T = y[jnp.arange(K, T)[:, None] - k[None, :] - 1].T  # program.pf:8
    constant = K * -3.2215236261987186 - (T - K) * 0.9189385332046727 - 4.589397063362329
    return {"y": y, "t_37_T": t_37_T, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    K = sizes["K"]
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    t_37_T = jnp.asarray(data["t_37_T"])
    constant = jnp.asarray(data["constant"])
    density = constant
    alpha = q[0]  # program.pf:3
    density = density - 0.5 * (alpha / 10.0) ** 2  # program.pf:3
    beta = q[1:K + 1]  # program.pf:4
    density = density - 0.5 * jnp.sum((beta / 10.0) ** 2)  # program.pf:4
    sigma_free = q[K + 1]  # program.pf:5
    density = density + positive_log_jacobian(sigma_free)  # program.pf:5
    density = density - jnp.log1p(0.16 * jnp.exp(2.0 * sigma_free))  # program.pf:5
    t1 = -0.5 * jnp.exp(-2.0 * sigma_free) * jnp.sum((y[K:] - (alpha + beta @ t_37_T)) ** 2)  # program.pf:8
    density = density + t1  # program.pf:8
    density = density - (T - K) * sigma_free  # program.pf:8
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    K = sizes["K"]
    alpha = q[0]  # program.pf:3
    beta = q[1:K + 1]  # program.pf:4
    sigma_free = q[K + 1]  # program.pf:5
    sigma = positive_constrain(sigma_free)  # program.pf:5
    return {"alpha": alpha, "beta": beta, "sigma": sigma}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    alpha = jnp.asarray(values["alpha"])
    beta = jnp.asarray(values["beta"])
    sigma = jnp.asarray(values["sigma"])
    q = join(alpha, beta, positive_unconstrain(sigma))  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    K = sizes["K"]
    T = sizes["T"]
    y_given = jnp.asarray(data["y"])
    key, key_alpha_draw = jax.random.split(key)  # program.pf:3
    alpha_draw = draw(numpyro.Normal(loc=0.0, scale=10.0), key_alpha_draw, ())  # program.pf:3
    key, key_beta_draw = jax.random.split(key)  # program.pf:4
    beta_draw = draw(numpyro.Normal(loc=0.0, scale=10.0), key_beta_draw, (K,))  # program.pf:4
    key, key_sigma_draw = jax.random.split(key)  # program.pf:5
    sigma_draw = draw(numpyro.HalfCauchy(scale=2.5), key_sigma_draw, ())  # program.pf:5
    key, key_e = jax.random.split(key)  # program.pf:8
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e, (T - K,))  # program.pf:8

    def step(carry, inputs):  # program.pf:7
        (y,) = carry
        t1, t2 = inputs
        k = jnp.arange(K)
        t3 = alpha_draw + beta_draw @ y[t1 - k - 1] + t2  # program.pf:8
        y_1 = y.at[t1].set(t3)  # program.pf:8
        return (y_1,), ()

    (y_2,), _ = jax.lax.scan(
        step,
        (y_given,),
        (jnp.arange(K, T), sigma_draw * e),
        length=T - K,
    )  # program.pf:7
    return {
        "alpha": alpha_draw,
        "beta": beta_draw,
        "sigma": sigma_draw,
        "y": y_2,
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    K = sizes["K"]
    T = sizes["T"]
    y_given = jnp.asarray(data["y"])
    alpha = jnp.asarray(values["alpha"])
    beta = jnp.asarray(values["beta"])
    sigma = jnp.asarray(values["sigma"])
    key, key_e = jax.random.split(key)  # program.pf:8
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e, (T - K,))  # program.pf:8

    def step(carry, inputs):  # program.pf:7
        (y,) = carry
        t1, t2 = inputs
        k = jnp.arange(K)
        t3 = alpha + beta @ y[t1 - k - 1] + t2  # program.pf:8
        y_1 = y.at[t1].set(t3)  # program.pf:8
        return (y_1,), ()

    (y_2,), _ = jax.lax.scan(
        step,
        (y_given,),
        (jnp.arange(K, T), sigma * e),
        length=T - K,
    )  # program.pf:7
    return {"y": y_2}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    K = sizes["K"]
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    alpha = jnp.asarray(values["alpha"])
    beta = jnp.asarray(values["beta"])
    sigma = jnp.asarray(values["sigma"])
    k = jnp.arange(K)
    t1 = (y[K:] - (alpha + y[jnp.arange(K, T)[:, None] - k[None, :] - 1] @ beta)) ** 2  # program.pf:8
    return {
        "alpha@3": -0.5 * (alpha / 10.0) ** 2 - 3.2215236261987186,
        "beta@4": -0.5 * jnp.sum((beta / 10.0) ** 2) - K * 3.2215236261987186,
        "sigma@5": -jnp.log1p((sigma / 2.5) ** 2) - 1.3678734371636099,
        "y@8": -0.5 / sigma ** 2 * jnp.sum(t1) - (T - K) * jnp.log(sigma) - (T - K) * 0.9189385332046727,
    }
