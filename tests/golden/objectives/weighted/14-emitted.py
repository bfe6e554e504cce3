"""weighted, compiled by Pushforward from program.pf.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.functions.reductions import logmeanexp

OBSERVED = ()
LATENT = ('mu',)


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["y"].shape[0]}


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    y = jnp.asarray(data["y"])
    return {"y": y}  # program.pf:12


def estimate(sizes, data, params, key):
    """An unbiased estimate of the objective; its JAX derivative in `params` is unbiased too.
    `params` are free coordinates by name, `data` is what `prepare` returns, `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    m = jnp.asarray(params["m"])
    y = jnp.asarray(data["y"])
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key, (2,))  # program.pf:10
    mu_draw = m + 2.0 * e  # program.pf:10
    t1 = jnp.sum(
        -0.5 * (y[None, :] - mu_draw[:, None]) ** 2 - 0.9189385332046727,
        axis=-1,
    )  # program.pf:16
    log_density = -0.5 * (mu_draw / 10.0) ** 2 - 2.302585092994046 - 0.9189385332046727 + t1  # program.pf:16
    t2 = logmeanexp(log_density - (-0.5 * e ** 2 - 0.6931471805599453 - 0.9189385332046727))  # program.pf:16
    value = t2  # program.pf:16
    return value


def parameters(sizes, data, params):
    """The parameters that belong to free coordinates."""
    m = jnp.asarray(params["m"])
    return {"m": m}  # program.pf:12


def initial(sizes, data, seed=0):
    """The free coordinates of the parameters at the start. `seed`, an integer, decides the weights of
    networks."""
    return {"m": 0.0}  # program.pf:12
