"""eight_schools, compiled by Pushforward from program.pf.

Eight schools (Rubin 1981).
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
LATENT = ('mu', 'tau', 'theta')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"J": data["sigma"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    J = sizes["J"]
    return J + 2


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    J = sizes["J"]
    sigma = jnp.asarray(data["sigma"])
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    tau = jnp.asarray(values["tau"])
    theta = jnp.asarray(values["theta"])
    density = -0.5 * (mu / 5.0) ** 2  # program.pf:3
    density = density - 2.5283764456387727  # program.pf:3
    density = density - jnp.log1p((tau / 5.0) ** 2)  # program.pf:4
    density = density - 2.061020617723555  # program.pf:4
    density = density - 0.5 / tau ** 2 * jnp.sum((theta - mu) ** 2)  # program.pf:5
    density = density - J * jnp.log(tau)  # program.pf:5
    t1 = J * -0.9189385332046727  # program.pf:5
    density = density + t1  # program.pf:5
    density = density - 0.5 * jnp.sum(((y - theta) / sigma) ** 2)  # program.pf:6
    density = density + jnp.sum(-jnp.log(sigma))  # program.pf:6
    density = density + t1  # program.pf:6
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    J = sizes["J"]
    sigma = jnp.asarray(data["sigma"])
    y = jnp.asarray(data["y"])
    t1 = J * -0.9189385332046727  # program.pf:5
    known = 1.0 / sigma  # program.pf:6
    constant = t1 + jnp.sum(-jnp.log(sigma)) + t1 - 4.589397063362328
    return {"y": y, "known": known, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    J = sizes["J"]
    y = jnp.asarray(data["y"])
    known = jnp.asarray(data["known"])
    constant = jnp.asarray(data["constant"])
    density = constant
    mu = q[0]  # program.pf:3
    density = density - 0.5 * (mu / 5.0) ** 2  # program.pf:3
    tau_free = q[1]  # program.pf:4
    density = density + positive_log_jacobian(tau_free)  # program.pf:4
    density = density - jnp.log1p(0.04 * jnp.exp(2.0 * tau_free))  # program.pf:4
    theta = q[2:J + 2]  # program.pf:5
    density = density - 0.5 * jnp.exp(-2.0 * tau_free) * jnp.sum((theta - mu) ** 2)  # program.pf:5
    density = density - J * tau_free  # program.pf:5
    density = density - 0.5 * jnp.sum(((y - theta) * known) ** 2)  # program.pf:6
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    J = sizes["J"]
    mu = q[0]  # program.pf:3
    tau_free = q[1]  # program.pf:4
    tau = positive_constrain(tau_free)  # program.pf:4
    theta = q[2:J + 2]  # program.pf:5
    return {"mu": mu, "tau": tau, "theta": theta}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    mu = jnp.asarray(values["mu"])
    tau = jnp.asarray(values["tau"])
    theta = jnp.asarray(values["theta"])
    q = join(mu, positive_unconstrain(tau), theta)  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    J = sizes["J"]
    sigma = jnp.asarray(data["sigma"])
    key, key_mu_draw = jax.random.split(key)  # program.pf:3
    mu_draw = draw(numpyro.Normal(loc=0.0, scale=5.0), key_mu_draw, ())  # program.pf:3
    key, key_tau_draw = jax.random.split(key)  # program.pf:4
    tau_draw = draw(numpyro.HalfCauchy(scale=5.0), key_tau_draw, ())  # program.pf:4
    key, key_theta_draw = jax.random.split(key)  # program.pf:5
    theta_draw = draw(
        numpyro.Normal(loc=mu_draw, scale=tau_draw),
        key_theta_draw,
        (J,),
    )  # program.pf:5
    key, key_y_draw = jax.random.split(key)  # program.pf:6
    y_draw = draw(numpyro.Normal(loc=theta_draw, scale=sigma), key_y_draw, (J,))  # program.pf:6
    return {"mu": mu_draw, "tau": tau_draw, "theta": theta_draw, "y": y_draw}  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    J = sizes["J"]
    sigma = jnp.asarray(data["sigma"])
    theta = jnp.asarray(values["theta"])
    key, key_y_draw = jax.random.split(key)  # program.pf:6
    y_draw = draw(numpyro.Normal(loc=theta, scale=sigma), key_y_draw, (J,))  # program.pf:6
    return {"y": y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    J = sizes["J"]
    sigma = jnp.asarray(data["sigma"])
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    tau = jnp.asarray(values["tau"])
    theta = jnp.asarray(values["theta"])
    t1 = J * -0.9189385332046727  # program.pf:5
    return {
        "mu@3": -0.5 * (mu / 5.0) ** 2 - 2.5283764456387727,
        "tau@4": -jnp.log1p((tau / 5.0) ** 2) - 2.061020617723555,
        "theta@5": -0.5 / tau ** 2 * jnp.sum((theta - mu) ** 2) - J * jnp.log(tau) + t1,
        "y@6": -0.5 * jnp.sum(((y - theta) / sigma) ** 2) + jnp.sum(-jnp.log(sigma)) + t1,
    }
