"""garch11, compiled by Pushforward from program.pf.

GARCH(1, 1): a variance recursion.
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
from pushforward.runtime.bijectors.unit import unit_constrain, unit_log_jacobian, unit_unconstrain
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('mu', 'alpha0', 'alpha1', 'beta1')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"T": data["y"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    return 4


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    T = sizes["T"]
    sigma1 = jnp.asarray(data["sigma1"])
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    alpha0 = jnp.asarray(values["alpha0"])
    alpha1 = jnp.asarray(values["alpha1"])
    beta1 = jnp.asarray(values["beta1"])
    density = -0.5 * ((y[0] - mu) / sigma1) ** 2  # program.pf:10
    density = density + (-jnp.log(sigma1) - 0.9189385332046727)  # program.pf:10
    h_5 = sigma1 ** 2  # program.pf:11

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t1,) = inputs
        t2 = t1 + beta1 * h_2  # program.pf:12
        return (t2,), (t2,)

    _, (h_6,) = jax.lax.scan(
        step,
        (h_5,),
        (alpha0 + alpha1 * (y[:T - 1] - mu) ** 2,),
        length=T - 1,
    )  # program.pf:11
    density = density + jnp.sum(-0.5 * ((y[1:] - mu) ** 2 / h_6) - 0.5 * jnp.log(h_6))  # program.pf:13
    density = density - (T - 1) * 0.9189385332046727  # program.pf:13
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    T = sizes["T"]
    sigma1 = jnp.asarray(data["sigma1"])
    y = jnp.asarray(data["y"])
    h_5 = sigma1 ** 2  # program.pf:11
    constant = -jnp.log(sigma1) - 0.9189385332046727 - (T - 1) * 0.9189385332046727  # program.pf:13
    return {"sigma1": sigma1, "y": y, "h_5": h_5, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    T = sizes["T"]
    sigma1 = jnp.asarray(data["sigma1"])
    y = jnp.asarray(data["y"])
    h_5 = jnp.asarray(data["h_5"])
    constant = jnp.asarray(data["constant"])
    density = constant
    mu = q[0]  # program.pf:3
    alpha0_free = q[1]  # program.pf:4
    alpha0 = positive_constrain(alpha0_free)  # program.pf:4
    density = density + positive_log_jacobian(alpha0_free)  # program.pf:4
    alpha1_free = q[2]  # program.pf:5
    alpha1 = unit_constrain(alpha1_free)  # program.pf:5
    density = density + unit_log_jacobian(alpha1_free)  # program.pf:5
    t1 = 1.0 - alpha1  # program.pf:6
    beta1_free = q[3]  # program.pf:6
    beta1 = interval_constrain(beta1_free, 0.0, t1)  # program.pf:6
    density = density + interval_log_jacobian(beta1_free, 0.0, t1)  # program.pf:6
    density = density - 0.5 * ((y[0] - mu) / sigma1) ** 2  # program.pf:10

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t2,) = inputs
        t3 = t2 + beta1 * h_2  # program.pf:12
        return (t3,), (t3,)

    _, (h_6,) = jax.lax.scan(
        step,
        (h_5,),
        (alpha0 + alpha1 * (y[:T - 1] - mu) ** 2,),
        length=T - 1,
    )  # program.pf:11
    density = density + jnp.sum(-0.5 * ((y[1:] - mu) ** 2 / h_6) - 0.5 * jnp.log(h_6))  # program.pf:13
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    mu = q[0]  # program.pf:3
    alpha0_free = q[1]  # program.pf:4
    alpha0 = positive_constrain(alpha0_free)  # program.pf:4
    alpha1_free = q[2]  # program.pf:5
    alpha1 = unit_constrain(alpha1_free)  # program.pf:5
    beta1_free = q[3]  # program.pf:6
    beta1 = interval_constrain(beta1_free, 0.0, 1.0 - alpha1)  # program.pf:6
    return {"mu": mu, "alpha0": alpha0, "alpha1": alpha1, "beta1": beta1}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    mu = jnp.asarray(values["mu"])
    alpha0 = jnp.asarray(values["alpha0"])
    alpha1 = jnp.asarray(values["alpha1"])
    beta1 = jnp.asarray(values["beta1"])
    q = join(
        mu,
        positive_unconstrain(alpha0),
        unit_unconstrain(alpha1),
        interval_unconstrain(beta1, 0.0, 1.0 - alpha1),
    )  # program.pf:2
    return q  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    sigma1 = jnp.asarray(data["sigma1"])
    y_given = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    alpha0 = jnp.asarray(values["alpha0"])
    alpha1 = jnp.asarray(values["alpha1"])
    beta1 = jnp.asarray(values["beta1"])
    key, key_y_draw = jax.random.split(key)  # program.pf:10
    y_draw = draw(numpyro.Normal(loc=mu, scale=sigma1), key_y_draw, ())  # program.pf:10
    y = y_given.at[0].set(y_draw)  # program.pf:10
    key, key_e = jax.random.split(key)  # program.pf:13
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e, (T - 1,))  # program.pf:13
    h_5 = sigma1 ** 2  # program.pf:11

    def step(carry, inputs):  # program.pf:11
        h_2, y_2 = carry
        (e_1,) = inputs
        t1 = alpha0 + alpha1 * (y_2 - mu) ** 2 + beta1 * h_2  # program.pf:12
        t2 = mu + jnp.sqrt(t1) * e_1  # program.pf:13
        return (t1, t2), (t2,)

    _, (y_3,) = jax.lax.scan(step, (h_5, y_draw), (e,), length=T - 1)  # program.pf:11
    y_4 = y.at[1:].set(y_3)  # program.pf:11
    return {"y": y_4}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    T = sizes["T"]
    sigma1 = jnp.asarray(data["sigma1"])
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    alpha0 = jnp.asarray(values["alpha0"])
    alpha1 = jnp.asarray(values["alpha1"])
    beta1 = jnp.asarray(values["beta1"])
    h_5 = sigma1 ** 2  # program.pf:11

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t1,) = inputs
        t2 = t1 + beta1 * h_2  # program.pf:12
        return (t2,), (t2,)

    _, (h_6,) = jax.lax.scan(
        step,
        (h_5,),
        (alpha0 + alpha1 * (y[:T - 1] - mu) ** 2,),
        length=T - 1,
    )  # program.pf:11
    h_3 = jnp.sqrt(h_6)  # program.pf:11
    return {
        "y@10": -0.5 * ((y[0] - mu) / sigma1) ** 2 + (-jnp.log(sigma1) - 0.9189385332046727),
        "y@13": jnp.sum(-0.5 * ((y[1:] - mu) / h_3) ** 2 - jnp.log(h_3)) - (T - 1) * 0.9189385332046727,
    }

# simulate is not here: flat has a density and no draws
