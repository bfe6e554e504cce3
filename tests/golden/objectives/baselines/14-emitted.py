"""costs, compiled by Pushforward from program.pf.

Choices whose scores have baselines: a moving average of the costs, and a network of what was drawn before.
"""

import jax
import jax.numpy as jnp
import jax.scipy as jsp
from jax import lax

from pushforward.runtime.functions.averages import moving_average
from pushforward.runtime.functions.products_with_logs import xlogy
from pushforward.runtime.networks.mlp import mlp

OBSERVED = ()
LATENT = ('k', 'x')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {}


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    u = jnp.array([0.5, 1.5])  # program.pf:5
    return {"u": u}  # program.pf:2


def train(sizes, data, params, state, key):
    """An estimate; the squared error of learned baselines but for a constant, of which only their parameters
    have a derivative; and the state for the next estimate. `state` is what the one before returned."""
    from pushforward.runtime.laws import draw, numpyro
    a = jnp.asarray(params["a"])
    b = params["b"]
    k_baseline = jnp.asarray(state["k"])[0]
    u = jnp.asarray(data["u"])
    t1 = jnp.exp(a)  # program.pf:6
    key_k_draw, key_x_draw = jax.random.split(key, 2)  # program.pf:6
    k_draw = draw(numpyro.Poisson(rate=t1), key_k_draw, ())  # program.pf:6
    t2 = lax.stop_gradient(k_draw)  # program.pf:6
    t3 = xlogy(t2, t1) - t1 - jsp.special.gammaln(t2 + 1)  # program.pf:6
    t4 = t3 - lax.stop_gradient(t3)  # program.pf:6
    value = -k_baseline * t4  # program.pf:6
    t5 = u * a  # program.pf:8
    t6 = b(jnp.stack([jnp.broadcast_to(lax.stop_gradient(t2), (2,)), u], axis=1))[:, 0]  # program.pf:8
    x_draw = draw(numpyro.Normal(loc=t5, scale=1.0), key_x_draw, (2,))  # program.pf:8
    t7 = lax.stop_gradient(x_draw)  # program.pf:8
    t8 = -0.5 * (t7 - t5) ** 2 - 0.9189385332046727  # program.pf:8
    t9 = t8 - lax.stop_gradient(t8)  # program.pf:8
    value = value + -lax.stop_gradient(t6) @ t9  # program.pf:7
    loss = t6 @ t6  # program.pf:7
    t10 = (t7 > u) * 1 * t2  # program.pf:10
    value = value + jnp.sum(t10)  # program.pf:10
    t11 = lax.stop_gradient(t10)  # program.pf:10
    t12 = jnp.sum(t11)  # program.pf:10
    value = value + t4 * t12  # program.pf:10
    k_cost = t12  # program.pf:10
    value = value + t11 @ t9  # program.pf:10
    loss = loss + -2.0 * t11 @ t6  # program.pf:10
    return value, loss, {"k": moving_average(state["k"], k_cost, 0.95)}


def initial_state(sizes):
    """What the first estimate knows of those before it: nothing, and no cost."""
    return {"k": jnp.zeros(2)}


def estimate(sizes, data, params, key):
    """An unbiased estimate of the objective; its JAX derivative in `params` is unbiased too.
    `params` are free coordinates by name, `data` is what `prepare` returns, `key` is a JAX random key."""
    return train(sizes, data, params, initial_state(sizes), key)[0]


def parameters(sizes, data, params):
    """The parameters that belong to free coordinates."""
    a = jnp.asarray(params["a"])
    b = params["b"]
    return {"a": a, "b": b}  # program.pf:2


def initial(sizes, data, seed=0):
    """The free coordinates of the parameters at the start. `seed`, an integer, decides the weights of
    networks."""
    return {
        "a": 0.3,
        "b": mlp(in_=2, out=1, hidden=[3], activation='relu', seed=[seed, 1]),
    }  # program.pf:2
