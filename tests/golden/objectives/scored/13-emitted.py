"""coins, compiled by Pushforward from program.pf.

Coins that are scored, each by the cost that depends on it, and one that all costs share.
"""

import jax
import jax.numpy as jnp
from jax import lax

from pushforward.runtime.functions.elementary import inv_logit

OBSERVED = ()
LATENT = ('shared', 'z')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {}


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    return {}  # program.pf:2


def estimate(sizes, data, params, key):
    """An unbiased estimate of the objective; its JAX derivative in `params` is unbiased too.
    `params` are free coordinates by name, `data` is what `prepare` returns, `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    a = jnp.asarray(params["a"])
    n = jnp.arange(3)
    t1 = inv_logit(a)  # program.pf:4
    key_shared_draw, key_z_draw = jax.random.split(key, 2)  # program.pf:4
    shared_draw = draw(numpyro.BernoulliProbs(probs=t1), key_shared_draw, ())  # program.pf:4
    t2 = lax.stop_gradient(shared_draw)  # program.pf:4
    t3 = jnp.log(jnp.where(t2 == 1, t1, 1.0 - t1))  # program.pf:4
    t4 = t3 - lax.stop_gradient(t3)  # program.pf:4
    value = -1.0 * t4  # program.pf:4
    t5 = inv_logit(a * n)  # program.pf:6
    z_draw = draw(numpyro.BernoulliProbs(probs=t5), key_z_draw, (3,))  # program.pf:6
    t6 = lax.stop_gradient(z_draw)  # program.pf:6
    t7 = jnp.log(jnp.where(t6 == 1, t5, 1.0 - t5))  # program.pf:6
    t8 = t6 * (n + t2)  # program.pf:8
    value = value + jnp.sum(t8)  # program.pf:8
    t9 = lax.stop_gradient(t8)  # program.pf:8
    value = value + t4 * jnp.sum(t9)  # program.pf:8
    value = value + t9 @ (t7 - lax.stop_gradient(t7))  # program.pf:8
    return value


def parameters(sizes, data, params):
    """The parameters that belong to free coordinates."""
    a = jnp.asarray(params["a"])
    return {"a": a}  # program.pf:2


def initial(sizes, data, seed=0):
    """The free coordinates of the parameters at the start. `seed`, an integer, decides the weights of
    networks."""
    return {"a": 0.5}  # program.pf:2
