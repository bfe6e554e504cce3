"""bound, compiled by Pushforward from program.pf.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import positive_constrain, positive_unconstrain

OBSERVED = ()
LATENT = ('mu',)


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["y"].shape[0]}


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    y = jnp.asarray(data["y"])
    constant = N * -0.9189385332046727 - 2.302585092994046
    return {"y": y, "constant": constant}  # program.pf:13


def estimate(sizes, data, params, key):
    """An unbiased estimate of the objective; its JAX derivative in `params` is unbiased too.
    `params` are free coordinates by name, `data` is what `prepare` returns, `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    m = jnp.asarray(params["m"])
    s_free = jnp.asarray(params["s"])
    y = jnp.asarray(data["y"])
    constant = jnp.asarray(data["constant"])
    value = constant
    s = positive_constrain(s_free)  # program.pf:10
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key, ())  # program.pf:11
    mu_draw = m + s * e  # program.pf:11
    value = value - 0.5 * (mu_draw / 10.0) ** 2  # program.pf:3
    value = value - 0.5 * jnp.sum((y - mu_draw) ** 2)  # program.pf:5
    value = value + (-(-0.5 * e ** 2) + s_free)  # program.pf:11
    return value


def parameters(sizes, data, params):
    """The parameters that belong to free coordinates."""
    m = jnp.asarray(params["m"])
    s_free = jnp.asarray(params["s"])
    s = positive_constrain(s_free)  # program.pf:10
    return {"m": m, "s": s}  # program.pf:13


def initial(sizes, data, seed=0):
    """The free coordinates of the parameters at the start. `seed`, an integer, decides the weights of
    networks."""
    return {"m": 0.0, "s": positive_unconstrain(1.0)}  # program.pf:13
