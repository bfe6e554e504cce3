"""nested_loops, compiled by Pushforward from program.pf.

A recursion in time for each of N units.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.bijectors.unit import unit_constrain, unit_log_jacobian, unit_unconstrain
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('a', 'rho', 's')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["x"].shape[0], "T": data["x"].shape[1]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    N = sizes["N"]
    return N + 2


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    T = sizes["T"]
    x = jnp.asarray(data["x"])
    y = jnp.asarray(data["y"])
    a = jnp.asarray(values["a"])
    rho = jnp.asarray(values["rho"])
    s = jnp.asarray(values["s"])
    density = -0.5 * jnp.sum(a ** 2)  # program.pf:3
    density = density - N * 0.9189385332046727  # program.pf:3
    density = density + jnp.where(
        jnp.logical_and(rho >= 0.0, rho <= 1.0),
        0.0,
        -jnp.inf,
    )  # program.pf:4
    density = density - 0.5 * s ** 2  # program.pf:5
    density = density - 0.2257913526447274  # program.pf:5
    t1 = -0.5 / s ** 2  # program.pf:10
    density = density + t1 * jnp.sum((y[:, 0] - a) ** 2)  # program.pf:10
    t2 = -jnp.log(s)  # program.pf:10
    density = density + N * t2  # program.pf:10
    density = density - N * 0.9189385332046727  # program.pf:10

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t3,) = inputs
        t4 = rho * h_2 + t3  # program.pf:12
        return (t4,), (t4,)

    _, (h_6,) = jax.lax.scan(step, (a,), (x[:, 1:].T,), length=T - 1)  # program.pf:11
    density = density + t1 * jnp.sum((y[:, 1:] - (h_6.T + 0.1 * y[:, :T - 1])) ** 2)  # program.pf:13
    density = density + (N * T - N) * t2  # program.pf:13
    density = density - (N * T - N) * 0.9189385332046727  # program.pf:13
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    T = sizes["T"]
    x = jnp.asarray(data["x"])
    y = jnp.asarray(data["y"])
    known = x[:, 1:].T
    known_1 = 0.1 * y[:, :T - 1]  # program.pf:13
    t1 = N * -0.9189385332046727 - N * 0.9189385332046727 - (N * T - N) * 0.9189385332046727  # program.pf:13
    constant = t1 - 0.2257913526447274
    return {"y": y, "known": known, "known_1": known_1, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    N = sizes["N"]
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    known = jnp.asarray(data["known"])
    known_1 = jnp.asarray(data["known_1"])
    constant = jnp.asarray(data["constant"])
    density = constant
    a = q[:N]  # program.pf:3
    density = density - 0.5 * jnp.sum(a ** 2)  # program.pf:3
    rho_free = q[N]  # program.pf:4
    rho = unit_constrain(rho_free)  # program.pf:4
    density = density + unit_log_jacobian(rho_free)  # program.pf:4
    density = density + jnp.where(
        jnp.logical_and(rho >= 0.0, rho <= 1.0),
        0.0,
        -jnp.inf,
    )  # program.pf:4
    s_free = q[N + 1]  # program.pf:5
    density = density + positive_log_jacobian(s_free)  # program.pf:5
    density = density - 0.5 * jnp.exp(2.0 * s_free)  # program.pf:5
    t1 = -0.5 * jnp.exp(-2.0 * s_free)  # program.pf:10
    density = density + t1 * jnp.sum((y[:, 0] - a) ** 2)  # program.pf:10
    t2 = -s_free  # program.pf:10
    density = density + N * t2  # program.pf:10

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t3,) = inputs
        t4 = rho * h_2 + t3  # program.pf:12
        return (t4,), (t4,)

    _, (h_6,) = jax.lax.scan(step, (a,), (known,), length=T - 1)  # program.pf:11
    density = density + t1 * jnp.sum((y[:, 1:] - (h_6.T + known_1)) ** 2)  # program.pf:13
    density = density + (N * T - N) * t2  # program.pf:13
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    N = sizes["N"]
    a = q[:N]  # program.pf:3
    rho_free = q[N]  # program.pf:4
    rho = unit_constrain(rho_free)  # program.pf:4
    s_free = q[N + 1]  # program.pf:5
    s = positive_constrain(s_free)  # program.pf:5
    return {"a": a, "rho": rho, "s": s}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    a = jnp.asarray(values["a"])
    rho = jnp.asarray(values["rho"])
    s = jnp.asarray(values["s"])
    q = join(a, unit_unconstrain(rho), positive_unconstrain(s))  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    T = sizes["T"]
    x = jnp.asarray(data["x"])
    y_given = jnp.asarray(data["y"])
    key, key_a_draw = jax.random.split(key)  # program.pf:3
    a_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_a_draw, (N,))  # program.pf:3
    key, key_rho_draw = jax.random.split(key)  # program.pf:4
    rho_draw = draw(numpyro.Uniform(low=0.0, high=1.0), key_rho_draw, ())  # program.pf:4
    key, key_s_draw = jax.random.split(key)  # program.pf:5
    s_draw = draw(numpyro.HalfNormal(scale=1.0), key_s_draw, ())  # program.pf:5
    h = jnp.zeros((N, T), float)  # program.pf:9
    h_1 = h.at[:, 0].set(a_draw)  # program.pf:9
    key, key_e = jax.random.split(key)  # program.pf:10
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e, (N,))  # program.pf:10
    t1 = a_draw + s_draw * e  # program.pf:10
    y = y_given.at[:, 0].set(t1)  # program.pf:10

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t2,) = inputs
        t3 = rho_draw * h_2 + t2  # program.pf:12
        return (t3,), (t3,)

    _, (h_6,) = jax.lax.scan(step, (a_draw,), (x[:, 1:].T,), length=T - 1)  # program.pf:11
    t4 = h_6.T
    h_7 = h_1.at[:, 1:].set(t4)  # program.pf:11
    key, key_e_1 = jax.random.split(key)  # program.pf:13
    e_1 = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e_1, (N, T - 1))  # program.pf:13

    def step_1(carry, inputs):  # program.pf:11
        (y_2,) = carry
        t5, t6 = inputs
        t7 = t6 + 0.1 * y_2 + t5  # program.pf:13
        return (t7,), (t7,)

    _, (y_6,) = jax.lax.scan(
        step_1,
        (t1,),
        ((s_draw * e_1).T, h_6),
        length=T - 1,
    )  # program.pf:11
    t8 = y_6.T
    y_7 = y.at[:, 1:].set(t8)  # program.pf:11
    t9 = h_7[:, T - 1]  # program.pf:16
    return {
        "a": a_draw,
        "rho": rho_draw,
        "s": s_draw,
        "y": y_7,
        "last": t9,
        "total": jnp.sum(t9 ** 2),
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    T = sizes["T"]
    x = jnp.asarray(data["x"])
    y_given = jnp.asarray(data["y"])
    a = jnp.asarray(values["a"])
    rho = jnp.asarray(values["rho"])
    s = jnp.asarray(values["s"])
    key, key_e = jax.random.split(key)  # program.pf:10
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e, (N,))  # program.pf:10
    t1 = a + s * e  # program.pf:10
    y = y_given.at[:, 0].set(t1)  # program.pf:10

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t2,) = inputs
        t3 = rho * h_2 + t2  # program.pf:12
        return (t3,), (t3,)

    _, (h_6,) = jax.lax.scan(step, (a,), (x[:, 1:].T,), length=T - 1)  # program.pf:11
    key, key_e_1 = jax.random.split(key)  # program.pf:13
    e_1 = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e_1, (N, T - 1))  # program.pf:13

    def step_1(carry, inputs):  # program.pf:11
        (y_2,) = carry
        t4, t5 = inputs
        t6 = t5 + 0.1 * y_2 + t4  # program.pf:13
        return (t6,), (t6,)

    _, (y_6,) = jax.lax.scan(step_1, (t1,), ((s * e_1).T, h_6), length=T - 1)  # program.pf:11
    t7 = y_6.T
    y_7 = y.at[:, 1:].set(t7)  # program.pf:11
    return {"y": y_7}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    N = sizes["N"]
    T = sizes["T"]
    x = jnp.asarray(data["x"])
    a = jnp.asarray(values["a"])
    rho = jnp.asarray(values["rho"])
    h = jnp.zeros((N, T), float)  # program.pf:9
    h_1 = h.at[:, 0].set(a)  # program.pf:9

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t1,) = inputs
        t2 = rho * h_2 + t1  # program.pf:12
        return (t2,), (t2,)

    _, (h_6,) = jax.lax.scan(step, (a,), (x[:, 1:].T,), length=T - 1)  # program.pf:11
    t3 = h_6.T
    h_7 = h_1.at[:, 1:].set(t3)  # program.pf:11
    t4 = h_7[:, T - 1]  # program.pf:16
    return {"last": t4, "total": jnp.sum(t4 ** 2)}  # program.pf:16


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    T = sizes["T"]
    x = jnp.asarray(data["x"])
    y = jnp.asarray(data["y"])
    a = jnp.asarray(values["a"])
    rho = jnp.asarray(values["rho"])
    s = jnp.asarray(values["s"])
    t1 = -0.5 / s ** 2  # program.pf:10
    t2 = -jnp.log(s)  # program.pf:10

    def step(carry, inputs):  # program.pf:11
        (h_2,) = carry
        (t3,) = inputs
        t4 = rho * h_2 + t3  # program.pf:12
        return (t4,), (t4,)

    _, (h_6,) = jax.lax.scan(step, (a,), (x[:, 1:].T,), length=T - 1)  # program.pf:11
    return {
        "a@3": -0.5 * jnp.sum(a ** 2) - N * 0.9189385332046727,
        "rho@4": jnp.where(jnp.logical_and(rho >= 0.0, rho <= 1.0), 0.0, -jnp.inf),
        "s@5": -0.5 * s ** 2 - 0.2257913526447274,
        "y@10": t1 * jnp.sum((y[:, 0] - a) ** 2) + N * t2 - N * 0.9189385332046727,
        "y@13": t1 * jnp.sum((y[:, 1:] - (h_6.T + 0.1 * y[:, :T - 1])) ** 2) + (N * T - N) * t2 - (N * T - N) * 0.9189385332046727,
    }
