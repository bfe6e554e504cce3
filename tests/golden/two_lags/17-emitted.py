"""two_lags, compiled by Pushforward from program.pf.

A recursion that looks two steps back, latent and drawn.
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
LATENT = ('phi', 'q', 'r', 'x')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"T": data["y"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    T = sizes["T"]
    return T + 4


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    phi = jnp.asarray(values["phi"])
    q = jnp.asarray(values["q"])
    r = jnp.asarray(values["r"])
    x = jnp.asarray(values["x"])
    density = -0.5 * jnp.sum((phi / 0.5) ** 2)  # program.pf:3
    density = density - 0.45158270528945477  # program.pf:3
    density = density - 0.5 * q ** 2  # program.pf:4
    density = density - 0.2257913526447274  # program.pf:4
    density = density - 0.5 * r ** 2  # program.pf:5
    density = density - 0.2257913526447274  # program.pf:5
    density = density - 0.5 * x[0] ** 2  # program.pf:7
    density = density - 0.9189385332046727  # program.pf:7
    density = density - 0.5 * x[1] ** 2  # program.pf:8
    density = density - 0.9189385332046727  # program.pf:8
    t1 = phi[0]  # program.pf:9
    t2 = phi[1]  # program.pf:9
    t3 = -0.5 / q ** 2 * jnp.sum((x[2:] - (t1 * x[1:T - 1] + t2 * x[:T - 2])) ** 2)  # program.pf:9
    density = density + t3  # program.pf:9
    density = density - (T - 2) * jnp.log(q)  # program.pf:9
    density = density - (T - 2) * 0.9189385332046727  # program.pf:9
    f = jnp.zeros((T,), float)  # program.pf:11
    f_1 = f.at[0].set(1.0)  # program.pf:11
    f_2 = f_1.at[1].set(t1)  # program.pf:12

    def step(carry, inputs):  # program.pf:13
        f_4, f_6 = carry
        t4 = t1 * f_4 + t2 * f_6  # program.pf:13
        return (t4, f_4), (t4,)

    _, (f_7,) = jax.lax.scan(step, (t1, 1.0), None, length=T - 2)  # program.pf:13
    f_8 = f_2.at[2:].set(f_7)  # program.pf:13
    density = density - 0.5 / r ** 2 * jnp.sum((y - (x + 0.1 * f_8)) ** 2)  # program.pf:14
    density = density - T * jnp.log(r)  # program.pf:14
    density = density - T * 0.9189385332046727  # program.pf:14
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    f = jnp.zeros((T,), float)  # program.pf:11
    f_1 = f.at[0].set(1.0)  # program.pf:11
    constant = (T - 2) * -0.9189385332046727 - T * 0.9189385332046727 - 2.741042476988255
    return {"y": y, "f_1": f_1, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q_1):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    f_1 = jnp.asarray(data["f_1"])
    constant = jnp.asarray(data["constant"])
    density = constant
    phi = q_1[:2]  # program.pf:3
    density = density - 0.5 * jnp.sum((phi / 0.5) ** 2)  # program.pf:3
    q_free = q_1[2]  # program.pf:4
    density = density + positive_log_jacobian(q_free)  # program.pf:4
    density = density - 0.5 * jnp.exp(2.0 * q_free)  # program.pf:4
    r_free = q_1[3]  # program.pf:5
    density = density + positive_log_jacobian(r_free)  # program.pf:5
    density = density - 0.5 * jnp.exp(2.0 * r_free)  # program.pf:5
    x = q_1[4:T + 4]  # program.pf:6
    density = density - 0.5 * x[0] ** 2  # program.pf:7
    density = density - 0.5 * x[1] ** 2  # program.pf:8
    t1 = phi[0]  # program.pf:9
    t2 = phi[1]  # program.pf:9
    t3 = -0.5 * jnp.exp(-2.0 * q_free) * jnp.sum((x[2:] - (t1 * x[1:T - 1] + t2 * x[:T - 2])) ** 2)  # program.pf:9
    density = density + t3  # program.pf:9
    density = density - (T - 2) * q_free  # program.pf:9
    f_2 = f_1.at[1].set(t1)  # program.pf:12

    def step(carry, inputs):  # program.pf:13
        f_4, f_6 = carry
        t4 = t1 * f_4 + t2 * f_6  # program.pf:13
        return (t4, f_4), (t4,)

    _, (f_7,) = jax.lax.scan(step, (t1, 1.0), None, length=T - 2)  # program.pf:13
    f_8 = f_2.at[2:].set(f_7)  # program.pf:13
    density = density - 0.5 * jnp.exp(-2.0 * r_free) * jnp.sum((y - (x + 0.1 * f_8)) ** 2)  # program.pf:14
    density = density - T * r_free  # program.pf:14
    return density


def constrain(sizes, data, q_1):
    """The variables that belong to an unconstrained vector."""
    T = sizes["T"]
    phi = q_1[:2]  # program.pf:3
    q_free = q_1[2]  # program.pf:4
    q = positive_constrain(q_free)  # program.pf:4
    r_free = q_1[3]  # program.pf:5
    r = positive_constrain(r_free)  # program.pf:5
    x = q_1[4:T + 4]  # program.pf:6
    return {"phi": phi, "q": q, "r": r, "x": x}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    phi = jnp.asarray(values["phi"])
    q = jnp.asarray(values["q"])
    r = jnp.asarray(values["r"])
    x = jnp.asarray(values["x"])
    q_1 = join(phi, positive_unconstrain(q), positive_unconstrain(r), x)  # program.pf:2
    return q_1  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    key, key_phi_draw = jax.random.split(key)  # program.pf:3
    phi_draw = draw(numpyro.Normal(loc=0.0, scale=0.5), key_phi_draw, (2,))  # program.pf:3
    key, key_q_draw = jax.random.split(key)  # program.pf:4
    q_draw = draw(numpyro.HalfNormal(scale=1.0), key_q_draw, ())  # program.pf:4
    key, key_r_draw = jax.random.split(key)  # program.pf:5
    r_draw = draw(numpyro.HalfNormal(scale=1.0), key_r_draw, ())  # program.pf:5
    key, key_x_draw = jax.random.split(key)  # program.pf:7
    x_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_x_draw, ())  # program.pf:7
    x = jnp.zeros((T,), float)  # program.pf:7
    x_1 = x.at[0].set(x_draw)  # program.pf:7
    key, key_x_draw_1 = jax.random.split(key)  # program.pf:8
    x_draw_1 = draw(numpyro.Normal(loc=0.0, scale=1.0), key_x_draw_1, ())  # program.pf:8
    x_2 = x_1.at[1].set(x_draw_1)  # program.pf:8
    t1 = phi_draw[0]  # program.pf:9
    t2 = phi_draw[1]  # program.pf:9
    key, key_e = jax.random.split(key)  # program.pf:9
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e, (T - 2,))  # program.pf:9

    def step(carry, inputs):  # program.pf:9
        x_4, x_6 = carry
        (t3,) = inputs
        t4 = t1 * x_4 + t2 * x_6 + t3  # program.pf:9
        return (t4, x_4), (t4,)

    _, (x_7,) = jax.lax.scan(
        step,
        (x_draw_1, x_draw),
        (q_draw * e,),
        length=T - 2,
    )  # program.pf:9
    x_8 = x_2.at[2:].set(x_7)  # program.pf:9
    f = x.at[0].set(1.0)  # program.pf:11
    f_1 = f.at[1].set(t1)  # program.pf:12

    def step_1(carry, inputs):  # program.pf:13
        f_3, f_5 = carry
        t5 = t1 * f_3 + t2 * f_5  # program.pf:13
        return (t5, f_3), (t5,)

    _, (f_6,) = jax.lax.scan(step_1, (t1, 1.0), None, length=T - 2)  # program.pf:13
    f_7 = f_1.at[2:].set(f_6)  # program.pf:13
    t6 = x_8 + 0.1 * f_7  # program.pf:14
    key, key_y_draw = jax.random.split(key)  # program.pf:14
    y_draw = draw(numpyro.Normal(loc=t6, scale=r_draw), key_y_draw, (T,))  # program.pf:14
    return {"phi": phi_draw, "q": q_draw, "r": r_draw, "x": x_8, "y": y_draw}  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    phi = jnp.asarray(values["phi"])
    r = jnp.asarray(values["r"])
    x = jnp.asarray(values["x"])
    t1 = phi[0]  # program.pf:9
    t2 = phi[1]  # program.pf:9
    f = jnp.zeros((T,), float)  # program.pf:11
    f_1 = f.at[0].set(1.0)  # program.pf:11
    f_2 = f_1.at[1].set(t1)  # program.pf:12

    def step(carry, inputs):  # program.pf:13
        f_4, f_6 = carry
        t3 = t1 * f_4 + t2 * f_6  # program.pf:13
        return (t3, f_4), (t3,)

    _, (f_7,) = jax.lax.scan(step, (t1, 1.0), None, length=T - 2)  # program.pf:13
    f_8 = f_2.at[2:].set(f_7)  # program.pf:13
    t4 = x + 0.1 * f_8  # program.pf:14
    key, key_y_draw = jax.random.split(key)  # program.pf:14
    y_draw = draw(numpyro.Normal(loc=t4, scale=r), key_y_draw, (T,))  # program.pf:14
    return {"y": y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    phi = jnp.asarray(values["phi"])
    q = jnp.asarray(values["q"])
    r = jnp.asarray(values["r"])
    x = jnp.asarray(values["x"])
    t1 = phi[0]  # program.pf:9
    t2 = phi[1]  # program.pf:9
    t3 = -0.5 / q ** 2 * jnp.sum((x[2:] - (t1 * x[1:T - 1] + t2 * x[:T - 2])) ** 2)  # program.pf:9
    f = jnp.zeros((T,), float)  # program.pf:11
    f_1 = f.at[0].set(1.0)  # program.pf:11
    f_2 = f_1.at[1].set(t1)  # program.pf:12

    def step(carry, inputs):  # program.pf:13
        f_4, f_6 = carry
        t4 = t1 * f_4 + t2 * f_6  # program.pf:13
        return (t4, f_4), (t4,)

    _, (f_7,) = jax.lax.scan(step, (t1, 1.0), None, length=T - 2)  # program.pf:13
    f_8 = f_2.at[2:].set(f_7)  # program.pf:13
    return {
        "phi@3": -0.5 * jnp.sum((phi / 0.5) ** 2) - 0.45158270528945477,
        "q@4": -0.5 * q ** 2 - 0.2257913526447274,
        "r@5": -0.5 * r ** 2 - 0.2257913526447274,
        "x@7": -0.5 * x[0] ** 2 - 0.9189385332046727,
        "x@8": -0.5 * x[1] ** 2 - 0.9189385332046727,
        "x@9": t3 - (T - 2) * jnp.log(q) - (T - 2) * 0.9189385332046727,
        "y@14": -0.5 / r ** 2 * jnp.sum((y - (x + 0.1 * f_8)) ** 2) - T * jnp.log(r) - T * 0.9189385332046727,
    }
