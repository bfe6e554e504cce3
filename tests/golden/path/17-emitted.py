"""path, compiled by Pushforward from program.pf.
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
LATENT = ('a', 's', 'x', 'x_between', 'z_start', 'z_z')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"T": data["ts"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    T = sizes["T"]
    return 4 * T


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    T = sizes["T"]
    ts = jnp.asarray(data["ts"])
    y = jnp.asarray(data["y"])
    a = jnp.asarray(values["a"])
    s = jnp.asarray(values["s"])
    x = jnp.asarray(values["x"])
    x_between = jnp.asarray(values["x_between"])
    z_start = jnp.asarray(values["z_start"])
    z_z = jnp.asarray(values["z_z"])
    t1 = jnp.log(a)  # program.pf:8
    density = -0.5 * t1 ** 2 - t1  # program.pf:8
    density = density - 0.9189385332046727  # program.pf:8
    density = density - 0.5 * s ** 2  # program.pf:9
    density = density - 0.2257913526447274  # program.pf:9
    t2 = jnp.log(s)  # program.pf:10
    density = density + (-0.5 * (x[0] / s) ** 2 - t2)  # program.pf:10
    density = density - 0.9189385332046727  # program.pf:10
    t3 = ts[:T - 1]  # program.pf:10
    t4 = ts[1:] - t3  # program.pf:10
    h = t4 / 3.0  # program.pf:10
    x_1 = x[:T - 1]  # program.pf:10
    t5 = -a  # program.pf:4
    t6 = jnp.sin(t3)  # program.pf:5
    t7 = jnp.abs(s) * jnp.sqrt(h)  # program.pf:10
    t8 = jnp.log(t7)  # program.pf:10
    t9 = -0.5 * ((x_between[:, 0] - (x_1 + (t5 * x_1 ** 3 + t6) * h)) / t7) ** 2 - t8  # program.pf:10
    density = density + jnp.sum(t9)  # program.pf:10
    t10 = (T - 1) * -0.9189385332046727  # program.pf:10
    density = density + t10  # program.pf:10
    x_2 = x_between[:, :1]  # program.pf:10
    j = jnp.arange(1, 2)
    t11 = h[:, None]
    t12 = x_between[:, 1:] - (x_2 + (t5 * x_2 ** 3 + jnp.sin(t3[:, None] + j[None, :] * t11)) * t11)  # program.pf:10
    density = density - 0.5 * jnp.sum((t12 / t7[:, None]) ** 2)  # program.pf:10
    density = density + jnp.sum(-t8)  # program.pf:10
    density = density + t10  # program.pf:10
    x_3 = x_between[:, 1]  # program.pf:10
    t13 = ((x[1:] - (x_3 + (t5 * x_3 ** 3 + jnp.sin(t3 + 2.0 * h)) * h)) / t7) ** 2  # program.pf:10
    density = density + jnp.sum(-0.5 * t13 - t8)  # program.pf:10
    density = density + t10  # program.pf:10
    density = density + (-0.5 * (z_start / s) ** 2 - t2)  # program.pf:11
    density = density - 0.9189385332046727  # program.pf:11
    z = jnp.zeros((T,), float)  # program.pf:11
    z_1 = z.at[0].set(z_start)  # program.pf:11
    density = density - 0.5 * jnp.sum(z_z ** 2)  # program.pf:11
    density = density + t10  # program.pf:11
    t14 = jnp.sqrt(t4)  # program.pf:11
    x_dw = t14 * z_z  # program.pf:11

    def step(carry, inputs):  # program.pf:11
        (z_3,) = carry
        h_1, t15, t16, t17 = inputs
        x_f = t5 * z_3 ** 3 + t15  # program.pf:5
        t18 = z_3 + x_f * h_1 + t16 + t17  # program.pf:11
        return (t18,), (t18,)

    _, (z_4,) = jax.lax.scan(
        step,
        (z_start,),
        (t4, t6, s * x_dw, (s - s) * ((x_dw ** 2 - t4) / (2.0 * t14))),
        length=T - 1,
    )  # program.pf:11
    z_5 = z_1.at[1:].set(z_4)  # program.pf:11
    density = density - 0.5 * jnp.sum(((y - (x + z_5)) / 0.1) ** 2)  # program.pf:12
    density = density + T * 1.3836465597893728  # program.pf:12
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    T = sizes["T"]
    ts = jnp.asarray(data["ts"])
    y = jnp.asarray(data["y"])
    t1 = ts[:T - 1]  # program.pf:10
    known = ts[1:] - t1  # program.pf:10
    h = known / 3.0  # program.pf:10
    known_1 = jnp.sin(t1)  # program.pf:5
    known_2 = jnp.sqrt(h)  # program.pf:10
    t2 = (T - 1) * -0.9189385332046727  # program.pf:10
    j = jnp.arange(1, 2)
    known_3 = jnp.sin(t1[:, None] + j[None, :] * h[:, None])  # program.pf:5
    known_4 = jnp.sin(t1 + 2.0 * h)  # program.pf:5
    known_5 = jnp.sqrt(known)  # program.pf:11
    known_6 = 1.0 / (2.0 * known_5)  # program.pf:11
    constant = t2 + t2 + t2 + t2 + T * 1.3836465597893728 - 2.9826069522587457
    return {
        "y": y,
        "known": known,
        "h": h,
        "known_1": known_1,
        "known_2": known_2,
        "known_3": known_3,
        "known_4": known_4,
        "known_5": known_5,
        "known_6": known_6,
        "constant": constant,
    }  # program.pf:7


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    T = sizes["T"]
    y = jnp.asarray(data["y"])
    known = jnp.asarray(data["known"])
    h = jnp.asarray(data["h"])
    known_1 = jnp.asarray(data["known_1"])
    known_2 = jnp.asarray(data["known_2"])
    known_3 = jnp.asarray(data["known_3"])
    known_4 = jnp.asarray(data["known_4"])
    known_5 = jnp.asarray(data["known_5"])
    known_6 = jnp.asarray(data["known_6"])
    constant = jnp.asarray(data["constant"])
    z = jnp.zeros((T,), float)  # program.pf:11
    density = constant
    a_free = q[0]  # program.pf:8
    a = positive_constrain(a_free)  # program.pf:8
    density = density + positive_log_jacobian(a_free)  # program.pf:8
    density = density + (-0.5 * a_free ** 2 - a_free)  # program.pf:8
    s_free = q[1]  # program.pf:9
    s = positive_constrain(s_free)  # program.pf:9
    density = density + positive_log_jacobian(s_free)  # program.pf:9
    density = density - 0.5 * s ** 2  # program.pf:9
    x = q[2:T + 2]  # program.pf:10
    density = density + (-0.5 * (x[0] / s) ** 2 - s_free)  # program.pf:10
    x_between = q[T + 2:3 * T].reshape((T - 1, 2))  # program.pf:10
    x_1 = x[:T - 1]  # program.pf:10
    t1 = -a  # program.pf:4
    t2 = jnp.abs(s) * known_2  # program.pf:10
    t3 = -0.5 * ((x_between[:, 0] - (x_1 + (t1 * x_1 ** 3 + known_1) * h)) / t2) ** 2  # program.pf:10
    t4 = jnp.log(t2)  # program.pf:10
    density = density + jnp.sum(t3 - t4)  # program.pf:10
    x_2 = x_between[:, :1]  # program.pf:10
    t5 = (x_between[:, 1:] - (x_2 + (t1 * x_2 ** 3 + known_3) * h[:, None])) / t2[:, None]  # program.pf:10
    density = density - 0.5 * jnp.sum(t5 ** 2)  # program.pf:10
    density = density + jnp.sum(-t4)  # program.pf:10
    x_3 = x_between[:, 1]  # program.pf:10
    t6 = jnp.sum(-0.5 * ((x[1:] - (x_3 + (t1 * x_3 ** 3 + known_4) * h)) / t2) ** 2 - t4)  # program.pf:10
    density = density + t6  # program.pf:10
    z_start = q[3 * T]  # program.pf:11
    density = density + (-0.5 * (z_start / s) ** 2 - s_free)  # program.pf:11
    z_1 = z.at[0].set(z_start)  # program.pf:11
    z_z = q[3 * T + 1:4 * T]  # program.pf:11
    density = density - 0.5 * jnp.sum(z_z ** 2)  # program.pf:11
    x_dw = known_5 * z_z  # program.pf:11

    def step(carry, inputs):  # program.pf:11
        (z_3,) = carry
        h_1, t7, t8, t9 = inputs
        x_f = t1 * z_3 ** 3 + t7  # program.pf:5
        t10 = z_3 + x_f * h_1 + t8 + t9  # program.pf:11
        return (t10,), (t10,)

    _, (z_4,) = jax.lax.scan(
        step,
        (z_start,),
        (known, known_1, s * x_dw, (s - s) * ((x_dw ** 2 - known) * known_6)),
        length=T - 1,
    )  # program.pf:11
    z_5 = z_1.at[1:].set(z_4)  # program.pf:11
    density = density - 0.5 * jnp.sum(((y - (x + z_5)) / 0.1) ** 2)  # program.pf:12
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    T = sizes["T"]
    a_free = q[0]  # program.pf:8
    a = positive_constrain(a_free)  # program.pf:8
    s_free = q[1]  # program.pf:9
    s = positive_constrain(s_free)  # program.pf:9
    x = q[2:T + 2]  # program.pf:10
    x_between = q[T + 2:3 * T].reshape((T - 1, 2))  # program.pf:10
    z_start = q[3 * T]  # program.pf:11
    z_z = q[3 * T + 1:4 * T]  # program.pf:11
    return {
        "a": a,
        "s": s,
        "x": x,
        "x_between": x_between,
        "z_start": z_start,
        "z_z": z_z,
    }  # program.pf:7


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    a = jnp.asarray(values["a"])
    s = jnp.asarray(values["s"])
    x = jnp.asarray(values["x"])
    x_between = jnp.asarray(values["x_between"])
    z_start = jnp.asarray(values["z_start"])
    z_z = jnp.asarray(values["z_z"])
    q = join(
        positive_unconstrain(a),
        positive_unconstrain(s),
        x,
        x_between,
        z_start,
        z_z,
    )  # program.pf:7
    return q  # program.pf:7


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    ts = jnp.asarray(data["ts"])
    key, key_a_draw = jax.random.split(key)  # program.pf:8
    a_draw = draw(numpyro.LogNormal(loc=0.0, scale=1.0), key_a_draw, ())  # program.pf:8
    key, key_s_draw = jax.random.split(key)  # program.pf:9
    s_draw = draw(numpyro.HalfNormal(scale=1.0), key_s_draw, ())  # program.pf:9
    key, key_x_draw = jax.random.split(key)  # program.pf:10
    x_draw = draw(numpyro.Normal(loc=0.0, scale=s_draw), key_x_draw, ())  # program.pf:10
    x = jnp.zeros((T,), float)  # program.pf:10
    x_1 = x.at[0].set(x_draw)  # program.pf:10
    t1 = ts[:T - 1]  # program.pf:10
    t2 = ts[1:] - t1  # program.pf:10
    h = t2 / 3.0  # program.pf:10
    t3 = -a_draw  # program.pf:4
    t4 = jnp.sin(t1)  # program.pf:5
    t5 = jnp.abs(s_draw) * jnp.sqrt(h)  # program.pf:10
    key, key_e = jax.random.split(key)  # program.pf:10
    e = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e, (T - 1,))  # program.pf:10
    j = jnp.arange(1, 2)
    key, key_e_1 = jax.random.split(key)  # program.pf:10
    e_1 = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e_1, (T - 1, 1))  # program.pf:10
    key, key_e_2 = jax.random.split(key)  # program.pf:10
    e_2 = draw(numpyro.Normal(loc=0.0, scale=1.0), key_e_2, (T - 1,))  # program.pf:10

    def step_1(carry, inputs):  # program.pf:10
        (x_3,) = carry
        h_1, t6, t7, t8, t9, t10, t11 = inputs
        t12 = x_3 + (t3 * x_3 ** 3 + t10) * h_1 + t8  # program.pf:10
        x_between = jnp.zeros((2,), float)  # program.pf:10
        x_between_1 = x_between.at[0].set(t12)  # program.pf:10

        def step(carry, inputs):  # program.pf:10
            (x_between_3,) = carry
            t13, t14 = inputs
            t15 = x_between_3 + (t3 * x_between_3 ** 3 + t13) * h_1 + t14  # program.pf:10
            return (t15,), (t15,)

        _, (x_between_4,) = jax.lax.scan(step, (t12,), (t6, t9), length=1)  # program.pf:10
        x_between_5 = x_between_1.at[1:].set(x_between_4)  # program.pf:10
        x_4 = x_between_5[1]  # program.pf:10
        t16 = x_4 + (t3 * x_4 ** 3 + t7) * h_1 + t11  # program.pf:10
        return (t16,), (t16, x_between_5)

    _, (x_5, x_between_6) = jax.lax.scan(
        step_1,
        (x_draw,),
        (h, jnp.sin(t1[:, None] + j[None, :] * h[:, None]), jnp.sin(t1 + 2.0 * h), t5 * e, t5[:, None] * e_1, t4, t5 * e_2),
        length=T - 1,
    )  # program.pf:10
    x_6 = x_1.at[1:].set(x_5)  # program.pf:10
    key, key_z_start_draw = jax.random.split(key)  # program.pf:11
    z_start_draw = draw(
        numpyro.Normal(loc=0.0, scale=s_draw),
        key_z_start_draw,
        (),
    )  # program.pf:11
    z = x.at[0].set(z_start_draw)  # program.pf:11
    key, key_z_z_draw = jax.random.split(key)  # program.pf:11
    z_z_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_z_z_draw, (T - 1,))  # program.pf:11
    t17 = jnp.sqrt(t2)  # program.pf:11
    x_dw = t17 * z_z_draw  # program.pf:11

    def step_2(carry, inputs):  # program.pf:11
        (z_2,) = carry
        h_2, t18, t19, t20 = inputs
        x_f = t3 * z_2 ** 3 + t18  # program.pf:5
        t21 = z_2 + x_f * h_2 + t19 + t20  # program.pf:11
        return (t21,), (t21,)

    _, (z_3,) = jax.lax.scan(
        step_2,
        (z_start_draw,),
        (t2, t4, s_draw * x_dw, (s_draw - s_draw) * ((x_dw ** 2 - t2) / (2.0 * t17))),
        length=T - 1,
    )  # program.pf:11
    z_4 = z.at[1:].set(z_3)  # program.pf:11
    t22 = x_6 + z_4  # program.pf:12
    key, key_y_draw = jax.random.split(key)  # program.pf:12
    y_draw = draw(numpyro.Normal(loc=t22, scale=0.1), key_y_draw, (T,))  # program.pf:12
    return {
        "a": a_draw,
        "s": s_draw,
        "x": x_6,
        "x_between": x_between_6,
        "z_start": z_start_draw,
        "z_z": z_z_draw,
        "y": y_draw,
    }  # program.pf:7


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    T = sizes["T"]
    ts = jnp.asarray(data["ts"])
    a = jnp.asarray(values["a"])
    s = jnp.asarray(values["s"])
    x = jnp.asarray(values["x"])
    z_start = jnp.asarray(values["z_start"])
    z_z = jnp.asarray(values["z_z"])
    t1 = ts[:T - 1]  # program.pf:10
    t2 = ts[1:] - t1  # program.pf:10
    t3 = -a  # program.pf:4
    z = jnp.zeros((T,), float)  # program.pf:11
    z_1 = z.at[0].set(z_start)  # program.pf:11
    t4 = jnp.sqrt(t2)  # program.pf:11
    x_dw = t4 * z_z  # program.pf:11

    def step(carry, inputs):  # program.pf:11
        (z_3,) = carry
        h_1, t5, t6, t7 = inputs
        x_f = t3 * z_3 ** 3 + t5  # program.pf:5
        t8 = z_3 + x_f * h_1 + t6 + t7  # program.pf:11
        return (t8,), (t8,)

    _, (z_4,) = jax.lax.scan(
        step,
        (z_start,),
        (t2, jnp.sin(t1), s * x_dw, (s - s) * ((x_dw ** 2 - t2) / (2.0 * t4))),
        length=T - 1,
    )  # program.pf:11
    z_5 = z_1.at[1:].set(z_4)  # program.pf:11
    t9 = x + z_5  # program.pf:12
    key, key_y_draw = jax.random.split(key)  # program.pf:12
    y_draw = draw(numpyro.Normal(loc=t9, scale=0.1), key_y_draw, (T,))  # program.pf:12
    return {"y": y_draw}  # program.pf:7


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    T = sizes["T"]
    ts = jnp.asarray(data["ts"])
    y = jnp.asarray(data["y"])
    a = jnp.asarray(values["a"])
    s = jnp.asarray(values["s"])
    x = jnp.asarray(values["x"])
    x_between = jnp.asarray(values["x_between"])
    z_start = jnp.asarray(values["z_start"])
    z_z = jnp.asarray(values["z_z"])
    t1 = jnp.log(a)  # program.pf:8
    t2 = jnp.log(s)  # program.pf:10
    t3 = ts[:T - 1]  # program.pf:10
    t4 = ts[1:] - t3  # program.pf:10
    h = t4 / 3.0  # program.pf:10
    x_1 = x[:T - 1]  # program.pf:10
    t5 = -a  # program.pf:4
    t6 = jnp.sin(t3)  # program.pf:5
    t7 = jnp.abs(s) * jnp.sqrt(h)  # program.pf:10
    t8 = jnp.log(t7)  # program.pf:10
    t9 = -0.5 * ((x_between[:, 0] - (x_1 + (t5 * x_1 ** 3 + t6) * h)) / t7) ** 2 - t8  # program.pf:10
    t10 = (T - 1) * -0.9189385332046727  # program.pf:10
    x_2 = x_between[:, :1]  # program.pf:10
    j = jnp.arange(1, 2)
    t11 = h[:, None]
    t12 = x_between[:, 1:] - (x_2 + (t5 * x_2 ** 3 + jnp.sin(t3[:, None] + j[None, :] * t11)) * t11)  # program.pf:10
    x_3 = x_between[:, 1]  # program.pf:10
    t13 = ((x[1:] - (x_3 + (t5 * x_3 ** 3 + jnp.sin(t3 + 2.0 * h)) * h)) / t7) ** 2  # program.pf:10
    z = jnp.zeros((T,), float)  # program.pf:11
    z_1 = z.at[0].set(z_start)  # program.pf:11
    t14 = jnp.sqrt(t4)  # program.pf:11
    x_dw = t14 * z_z  # program.pf:11

    def step(carry, inputs):  # program.pf:11
        (z_3,) = carry
        h_1, t15, t16, t17 = inputs
        x_f = t5 * z_3 ** 3 + t15  # program.pf:5
        t18 = z_3 + x_f * h_1 + t16 + t17  # program.pf:11
        return (t18,), (t18,)

    _, (z_4,) = jax.lax.scan(
        step,
        (z_start,),
        (t4, t6, s * x_dw, (s - s) * ((x_dw ** 2 - t4) / (2.0 * t14))),
        length=T - 1,
    )  # program.pf:11
    z_5 = z_1.at[1:].set(z_4)  # program.pf:11
    return {
        "a@8": -0.5 * t1 ** 2 - t1 - 0.9189385332046727,
        "s@9": -0.5 * s ** 2 - 0.2257913526447274,
        "x@10": -0.5 * (x[0] / s) ** 2 - t2 - 0.9189385332046727 + jnp.sum(-0.5 * t13 - t8) + t10,
        "x_between@10": jnp.sum(t9) + t10 - 0.5 * jnp.sum((t12 / t7[:, None]) ** 2) + jnp.sum(-t8) + t10,
        "z_start@11": -0.5 * (z_start / s) ** 2 - t2 - 0.9189385332046727,
        "z_z@11": -0.5 * jnp.sum(z_z ** 2) + t10,
        "y@12": -0.5 * jnp.sum(((y - (x + z_5)) / 0.1) ** 2) + T * 1.3836465597893728,
    }
