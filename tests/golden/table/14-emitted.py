"""table, compiled by Pushforward from program.pf.

A recursion over a table, along both of its axes.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('mu',)


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"T": int(data["T"]), "K": int(data["K"])}


def dimension(sizes):
    """The length of the unconstrained vector."""
    return 1


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    T = sizes["T"]
    K = sizes["K"]
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    density = -0.5 * mu ** 2  # program.pf:3
    density = density - 0.9189385332046727  # program.pf:3
    t1 = jnp.broadcast_to(mu, (K,))
    m = jnp.zeros((T, K), float)  # program.pf:5
    m_1 = m.at[0, :].set(t1)  # program.pf:5
    t2 = jnp.broadcast_to(mu, (T - 1,))
    m_2 = m_1.at[1:, 0].set(t2)  # program.pf:6
    m_3 = m_2[:, 0]  # program.pf:7
    m_5 = m_1[:, 1:]  # program.pf:7
    m_6 = m_5.T  # program.pf:7

    def step_1(carry, inputs):  # program.pf:7
        (m_4,) = carry
        (m_7,) = inputs
        m_8 = m_7[0]  # program.pf:7

        def step(carry, inputs):  # program.pf:7
            (m_9,) = carry
            (t3,) = inputs
            t4 = m_9 + t3  # program.pf:7
            return (t4,), (t4,)

        _, (m_10,) = jax.lax.scan(step, (m_8,), (m_4[1:],), length=T - 1)  # program.pf:7
        m_11 = m_7.at[1:].set(m_10)  # program.pf:7
        return (m_11,), (m_11,)

    _, (m_12,) = jax.lax.scan(step_1, (m_3,), (m_6,), length=K - 1)  # program.pf:7
    t5 = m_12.T
    m_13 = m_2.at[:, 1:].set(t5)  # program.pf:7
    density = density - 0.5 * (y - m_13[T - 1, K - 1]) ** 2  # program.pf:8
    density = density - 0.9189385332046727  # program.pf:8
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    y = jnp.asarray(data["y"])
    return {"y": y}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    T = sizes["T"]
    K = sizes["K"]
    y = jnp.asarray(data["y"])
    m = jnp.zeros((T, K), float)  # program.pf:5
    density = -1.8378770664093453
    mu = q[0]  # program.pf:3
    density = density - 0.5 * mu ** 2  # program.pf:3
    t1 = jnp.broadcast_to(mu, (K,))
    m_1 = m.at[0, :].set(t1)  # program.pf:5
    t2 = jnp.broadcast_to(mu, (T - 1,))
    m_2 = m_1.at[1:, 0].set(t2)  # program.pf:6
    m_3 = m_2[:, 0]  # program.pf:7
    m_5 = m_1[:, 1:]  # program.pf:7
    m_6 = m_5.T  # program.pf:7

    def step_1(carry, inputs):  # program.pf:7
        (m_4,) = carry
        (m_7,) = inputs
        m_8 = m_7[0]  # program.pf:7

        def step(carry, inputs):  # program.pf:7
            (m_9,) = carry
            (t3,) = inputs
            t4 = m_9 + t3  # program.pf:7
            return (t4,), (t4,)

        _, (m_10,) = jax.lax.scan(step, (m_8,), (m_4[1:],), length=T - 1)  # program.pf:7
        m_11 = m_7.at[1:].set(m_10)  # program.pf:7
        return (m_11,), (m_11,)

    _, (m_12,) = jax.lax.scan(step_1, (m_3,), (m_6,), length=K - 1)  # program.pf:7
    t5 = m_12.T
    m_13 = m_2.at[:, 1:].set(t5)  # program.pf:7
    density = density - 0.5 * (y - m_13[T - 1, K - 1]) ** 2  # program.pf:8
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    mu = q[0]  # program.pf:3
    return {"mu": mu}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    mu = jnp.asarray(values["mu"])
    q = join(mu)  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    K = sizes["K"]
    key, key_mu_draw = jax.random.split(key)  # program.pf:3
    mu_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_mu_draw, ())  # program.pf:3
    t1 = jnp.broadcast_to(mu_draw, (K,))
    m = jnp.zeros((T, K), float)  # program.pf:5
    m_1 = m.at[0, :].set(t1)  # program.pf:5
    t2 = jnp.broadcast_to(mu_draw, (T - 1,))
    m_2 = m_1.at[1:, 0].set(t2)  # program.pf:6
    m_3 = m_2[:, 0]  # program.pf:7
    m_5 = m_1[:, 1:]  # program.pf:7
    m_6 = m_5.T  # program.pf:7

    def step_1(carry, inputs):  # program.pf:7
        (m_4,) = carry
        (m_7,) = inputs
        m_8 = m_7[0]  # program.pf:7

        def step(carry, inputs):  # program.pf:7
            (m_9,) = carry
            (t3,) = inputs
            t4 = m_9 + t3  # program.pf:7
            return (t4,), (t4,)

        _, (m_10,) = jax.lax.scan(step, (m_8,), (m_4[1:],), length=T - 1)  # program.pf:7
        m_11 = m_7.at[1:].set(m_10)  # program.pf:7
        return (m_11,), (m_11,)

    _, (m_12,) = jax.lax.scan(step_1, (m_3,), (m_6,), length=K - 1)  # program.pf:7
    t5 = m_12.T
    m_13 = m_2.at[:, 1:].set(t5)  # program.pf:7
    t6 = m_13[T - 1, K - 1]  # program.pf:8
    key, key_y_draw = jax.random.split(key)  # program.pf:8
    y_draw = draw(numpyro.Normal(loc=t6, scale=1.0), key_y_draw, ())  # program.pf:8
    return {"mu": mu_draw, "y": y_draw, "m": m_13}  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    K = sizes["K"]
    mu = jnp.asarray(values["mu"])
    t1 = jnp.broadcast_to(mu, (K,))
    m = jnp.zeros((T, K), float)  # program.pf:5
    m_1 = m.at[0, :].set(t1)  # program.pf:5
    t2 = jnp.broadcast_to(mu, (T - 1,))
    m_2 = m_1.at[1:, 0].set(t2)  # program.pf:6
    m_3 = m_2[:, 0]  # program.pf:7
    m_5 = m_1[:, 1:]  # program.pf:7
    m_6 = m_5.T  # program.pf:7

    def step_1(carry, inputs):  # program.pf:7
        (m_4,) = carry
        (m_7,) = inputs
        m_8 = m_7[0]  # program.pf:7

        def step(carry, inputs):  # program.pf:7
            (m_9,) = carry
            (t3,) = inputs
            t4 = m_9 + t3  # program.pf:7
            return (t4,), (t4,)

        _, (m_10,) = jax.lax.scan(step, (m_8,), (m_4[1:],), length=T - 1)  # program.pf:7
        m_11 = m_7.at[1:].set(m_10)  # program.pf:7
        return (m_11,), (m_11,)

    _, (m_12,) = jax.lax.scan(step_1, (m_3,), (m_6,), length=K - 1)  # program.pf:7
    t5 = m_12.T
    m_13 = m_2.at[:, 1:].set(t5)  # program.pf:7
    t6 = m_13[T - 1, K - 1]  # program.pf:8
    key, key_y_draw = jax.random.split(key)  # program.pf:8
    y_draw = draw(numpyro.Normal(loc=t6, scale=1.0), key_y_draw, ())  # program.pf:8
    return {"y": y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    T = sizes["T"]
    K = sizes["K"]
    mu = jnp.asarray(values["mu"])
    t1 = jnp.broadcast_to(mu, (K,))
    m = jnp.zeros((T, K), float)  # program.pf:5
    m_1 = m.at[0, :].set(t1)  # program.pf:5
    t2 = jnp.broadcast_to(mu, (T - 1,))
    m_2 = m_1.at[1:, 0].set(t2)  # program.pf:6
    m_3 = m_2[:, 0]  # program.pf:7
    m_5 = m_1[:, 1:]  # program.pf:7
    m_6 = m_5.T  # program.pf:7

    def step_1(carry, inputs):  # program.pf:7
        (m_4,) = carry
        (m_7,) = inputs
        m_8 = m_7[0]  # program.pf:7

        def step(carry, inputs):  # program.pf:7
            (m_9,) = carry
            (t3,) = inputs
            t4 = m_9 + t3  # program.pf:7
            return (t4,), (t4,)

        _, (m_10,) = jax.lax.scan(step, (m_8,), (m_4[1:],), length=T - 1)  # program.pf:7
        m_11 = m_7.at[1:].set(m_10)  # program.pf:7
        return (m_11,), (m_11,)

    _, (m_12,) = jax.lax.scan(step_1, (m_3,), (m_6,), length=K - 1)  # program.pf:7
    t5 = m_12.T
    m_13 = m_2.at[:, 1:].set(t5)  # program.pf:7
    return {"m": m_13}  # program.pf:9


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    T = sizes["T"]
    K = sizes["K"]
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    t1 = jnp.broadcast_to(mu, (K,))
    m = jnp.zeros((T, K), float)  # program.pf:5
    m_1 = m.at[0, :].set(t1)  # program.pf:5
    t2 = jnp.broadcast_to(mu, (T - 1,))
    m_2 = m_1.at[1:, 0].set(t2)  # program.pf:6
    m_3 = m_2[:, 0]  # program.pf:7
    m_5 = m_1[:, 1:]  # program.pf:7
    m_6 = m_5.T  # program.pf:7

    def step_1(carry, inputs):  # program.pf:7
        (m_4,) = carry
        (m_7,) = inputs
        m_8 = m_7[0]  # program.pf:7

        def step(carry, inputs):  # program.pf:7
            (m_9,) = carry
            (t3,) = inputs
            t4 = m_9 + t3  # program.pf:7
            return (t4,), (t4,)

        _, (m_10,) = jax.lax.scan(step, (m_8,), (m_4[1:],), length=T - 1)  # program.pf:7
        m_11 = m_7.at[1:].set(m_10)  # program.pf:7
        return (m_11,), (m_11,)

    _, (m_12,) = jax.lax.scan(step_1, (m_3,), (m_6,), length=K - 1)  # program.pf:7
    t5 = m_12.T
    m_13 = m_2.at[:, 1:].set(t5)  # program.pf:7
    return {
        "mu@3": -0.5 * mu ** 2 - 0.9189385332046727,
        "y@8": -0.5 * (y - m_13[T - 1, K - 1]) ** 2 - 0.9189385332046727,
    }
