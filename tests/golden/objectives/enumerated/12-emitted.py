"""mixture, compiled by Pushforward from program.pf.

Labels of a mixture that are summed over, each for itself.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.functions.elementary import inv_logit

OBSERVED = ()
LATENT = ('z',)


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {}


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    z_at = jnp.arange(2)
    known = z_at == 1  # program.pf:6
    n_1 = jnp.arange(4)
    known_1 = n_1 - 1.5  # program.pf:8
    return {"known": known, "known_1": known_1}  # program.pf:2


def estimate(sizes, data, params, key):
    """An unbiased estimate of the objective; its JAX derivative in `params` is unbiased too.
    `params` are free coordinates by name, `data` is what `prepare` returns, `key` is a JAX random key."""
    w = jnp.asarray(params["w"])
    m = jnp.asarray(params["m"])
    known = jnp.asarray(data["known"])
    known_1 = jnp.asarray(data["known_1"])
    z_at = jnp.arange(2)
    t1 = inv_logit(w)  # program.pf:6
    t2 = -0.5 * (known_1[None, :] - m[jnp.broadcast_to(z_at[:, None], (2, 4))]) ** 2  # program.pf:8
    t3 = jnp.sum(jnp.broadcast_to(jnp.where(known, t1, 1.0 - t1)[:, None], (2, 4)) * t2)  # program.pf:8
    value = t3  # program.pf:8
    return value


def parameters(sizes, data, params):
    """The parameters that belong to free coordinates."""
    w = jnp.asarray(params["w"])
    m = jnp.asarray(params["m"])
    return {"w": w, "m": m}  # program.pf:2


def initial(sizes, data, seed=0):
    """The free coordinates of the parameters at the start. `seed`, an integer, decides the weights of
    networks."""
    return {"w": 0.0, "m": jnp.array([-1.0, 1.0])}  # program.pf:2
