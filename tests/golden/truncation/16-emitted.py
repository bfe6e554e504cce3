"""truncation, compiled by Pushforward from program.pf.

Laws cut by declared types, with arguments that are unknown: the normaliser is kept.
"""

import jax
import jax.numpy as jnp
import jax.scipy as jsp

from pushforward.runtime.bijectors.interval import (
    interval_constrain,
    interval_log_jacobian,
    interval_unconstrain,
)
from pushforward.runtime.bijectors.lower import lower_constrain, lower_log_jacobian, lower_unconstrain
from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.bijectors.positive_ordered import (
    positive_ordered_constrain,
    positive_ordered_log_jacobian,
    positive_ordered_unconstrain,
)
from pushforward.runtime.bijectors.upper import upper_constrain, upper_log_jacobian, upper_unconstrain
from pushforward.runtime.functions.elementary import log1m_exp
from pushforward.runtime.functions.special import inv_Phi, log_Phi
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('m', 's', 'a', 'b', 'c', 'd')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["y"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    return 10


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    y = jnp.asarray(data["y"])
    m = jnp.asarray(values["m"])
    s = jnp.asarray(values["s"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    c = jnp.asarray(values["c"])
    d = jnp.asarray(values["d"])
    density = -0.5 * m ** 2  # program.pf:3
    density = density - 0.9189385332046727  # program.pf:3
    density = density - 0.5 * s ** 2  # program.pf:4
    density = density - 0.2257913526447274  # program.pf:4
    density = density + (-0.6931471805599453 - log_Phi(-0.5))  # program.pf:4
    t1 = a - m  # program.pf:5
    t2 = jnp.log(s)  # program.pf:5
    density = density + (-0.5 * (t1 / s) ** 2 - t2)  # program.pf:5
    density = density - 0.9189385332046727  # program.pf:5
    density = density - log_Phi(m / s)  # program.pf:5
    density = density - 0.5 * ((b - m) / 2.0) ** 2  # program.pf:6
    density = density - 1.612085713764618  # program.pf:6
    t3 = log_Phi((-1.0 - m) / 2.0)  # program.pf:6
    t4 = t3 > -0.6931471805599453  # program.pf:6
    t5 = jnp.where(t4, log_Phi((m - -1.0) / 2.0), log_Phi(t1 / 2.0))  # program.pf:6
    density = density + (-t5 - log1m_exp(jnp.where(t4, log_Phi((m - a) / 2.0), t3) - t5))  # program.pf:6
    t6 = -0.5 / s ** 2  # program.pf:7
    density = density + t6 * jnp.sum((c - m) ** 2)  # program.pf:7
    t7 = -t2  # program.pf:7
    density = density + 3 * t7  # program.pf:7
    density = density - 2.756815599614018  # program.pf:7
    density = density - 3 * log_Phi((2.0 - m) / s)  # program.pf:7
    density = density - 0.5 * jnp.sum((d - m) ** 2)  # program.pf:8
    density = density - 2.756815599614018  # program.pf:8
    density = density - 3 * log_Phi(m)  # program.pf:8
    t8 = a + b + jnp.sum(c) + d[2]  # program.pf:9
    density = density + t6 * jnp.sum((y - t8) ** 2)  # program.pf:9
    density = density + N * t7  # program.pf:9
    density = density - N * 0.9189385332046727  # program.pf:9
    density = density - N * log_Phi(t8 / s)  # program.pf:9
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    y = jnp.asarray(data["y"])
    constant = -0.6931471805599453 - log_Phi(-0.5) - N * 0.9189385332046727 - 9.189385332046728
    return {"y": y, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    N = sizes["N"]
    y = jnp.asarray(data["y"])
    constant = jnp.asarray(data["constant"])
    density = constant
    m = q[0]  # program.pf:3
    density = density - 0.5 * m ** 2  # program.pf:3
    s_free = q[1]  # program.pf:4
    s = lower_constrain(s_free, 0.5)  # program.pf:4
    density = density + lower_log_jacobian(s_free, 0.5)  # program.pf:4
    density = density - 0.5 * s ** 2  # program.pf:4
    a_free = q[2]  # program.pf:5
    a = positive_constrain(a_free)  # program.pf:5
    density = density + positive_log_jacobian(a_free)  # program.pf:5
    t1 = a - m  # program.pf:5
    t2 = jnp.log(s)  # program.pf:5
    density = density + (-0.5 * (t1 / s) ** 2 - t2)  # program.pf:5
    density = density - log_Phi(m / s)  # program.pf:5
    b_free = q[3]  # program.pf:6
    b = interval_constrain(b_free, -1.0, a)  # program.pf:6
    density = density + interval_log_jacobian(b_free, -1.0, a)  # program.pf:6
    density = density - 0.5 * ((b - m) / 2.0) ** 2  # program.pf:6
    t3 = log_Phi((-1.0 - m) / 2.0)  # program.pf:6
    t4 = t3 > -0.6931471805599453  # program.pf:6
    t5 = jnp.where(t4, log_Phi((m - -1.0) / 2.0), log_Phi(t1 / 2.0))  # program.pf:6
    density = density + (-t5 - log1m_exp(jnp.where(t4, log_Phi((m - a) / 2.0), t3) - t5))  # program.pf:6
    c_free = q[4:7]  # program.pf:7
    c = upper_constrain(c_free, 2.0)  # program.pf:7
    density = density + upper_log_jacobian(c_free, 2.0)  # program.pf:7
    t6 = -0.5 / s ** 2  # program.pf:7
    density = density + t6 * jnp.sum((c - m) ** 2)  # program.pf:7
    t7 = -t2  # program.pf:7
    density = density + 3 * t7  # program.pf:7
    density = density - 3 * log_Phi((2.0 - m) / s)  # program.pf:7
    d_free = q[7:10]  # program.pf:8
    d = positive_ordered_constrain(d_free)  # program.pf:8
    density = density + positive_ordered_log_jacobian(d_free)  # program.pf:8
    density = density - 0.5 * jnp.sum((d - m) ** 2)  # program.pf:8
    density = density - 3 * log_Phi(m)  # program.pf:8
    t8 = a + b + jnp.sum(c) + d[2]  # program.pf:9
    density = density + t6 * jnp.sum((y - t8) ** 2)  # program.pf:9
    density = density + N * t7  # program.pf:9
    density = density - N * log_Phi(t8 / s)  # program.pf:9
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    m = q[0]  # program.pf:3
    s_free = q[1]  # program.pf:4
    s = lower_constrain(s_free, 0.5)  # program.pf:4
    a_free = q[2]  # program.pf:5
    a = positive_constrain(a_free)  # program.pf:5
    b_free = q[3]  # program.pf:6
    b = interval_constrain(b_free, -1.0, a)  # program.pf:6
    c_free = q[4:7]  # program.pf:7
    c = upper_constrain(c_free, 2.0)  # program.pf:7
    d_free = q[7:10]  # program.pf:8
    d = positive_ordered_constrain(d_free)  # program.pf:8
    return {"m": m, "s": s, "a": a, "b": b, "c": c, "d": d}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    m = jnp.asarray(values["m"])
    s = jnp.asarray(values["s"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    c = jnp.asarray(values["c"])
    d = jnp.asarray(values["d"])
    q = join(
        m,
        lower_unconstrain(s, 0.5),
        positive_unconstrain(a),
        interval_unconstrain(b, -1.0, a),
        upper_unconstrain(c, 2.0),
        positive_ordered_unconstrain(d),
    )  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    key, key_m_draw = jax.random.split(key)  # program.pf:3
    m_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_m_draw, ())  # program.pf:3
    t1 = jsp.special.erf(0.35355339059327373)  # program.pf:4
    key, key_uniform = jax.random.split(key)  # program.pf:4
    uniform = draw(numpyro.Uniform(low=t1, high=1.0), key_uniform, ())  # program.pf:4
    t2 = 1.4142135623730951 * jsp.special.erfinv(uniform)  # program.pf:4
    t3 = 0.0 - m_draw  # program.pf:5
    t4 = jsp.special.ndtr(t3 / t2)  # program.pf:5
    key, key_uniform_1 = jax.random.split(key)  # program.pf:5
    uniform_1 = draw(numpyro.Uniform(low=t4, high=1.0), key_uniform_1, ())  # program.pf:5
    t5 = jnp.exp(log_Phi(m_draw / t2))  # program.pf:5
    key, key_uniform_2 = jax.random.split(key)  # program.pf:5
    uniform_2 = draw(numpyro.Uniform(low=0.0, high=t5), key_uniform_2, ())  # program.pf:5
    t6 = jnp.where(
        t4 > 0.5,
        m_draw - t2 * inv_Phi(uniform_2),
        m_draw + t2 * inv_Phi(uniform_1),
    )  # program.pf:5
    t7 = jsp.special.ndtr((-1.0 - m_draw) / 2.0)  # program.pf:6
    t8 = jsp.special.ndtr((t6 - m_draw) / 2.0)  # program.pf:6
    key, key_uniform_3 = jax.random.split(key)  # program.pf:6
    uniform_3 = draw(numpyro.Uniform(low=t7, high=t8), key_uniform_3, ())  # program.pf:6
    t9 = jnp.exp(log_Phi((m_draw - t6) / 2.0))  # program.pf:6
    t10 = jnp.exp(log_Phi((m_draw - -1.0) / 2.0))  # program.pf:6
    key, key_uniform_4 = jax.random.split(key)  # program.pf:6
    uniform_4 = draw(numpyro.Uniform(low=t9, high=t10), key_uniform_4, ())  # program.pf:6
    t11 = jnp.where(
        t7 > 0.5,
        m_draw - 2.0 * inv_Phi(uniform_4),
        m_draw + 2.0 * inv_Phi(uniform_3),
    )  # program.pf:6
    t12 = jsp.special.ndtr((2.0 - m_draw) / t2)  # program.pf:7
    key, key_uniform_5 = jax.random.split(key)  # program.pf:7
    uniform_5 = draw(numpyro.Uniform(low=0.0, high=t12), key_uniform_5, (3,))  # program.pf:7
    t13 = m_draw + t2 * inv_Phi(uniform_5)  # program.pf:7
    t14 = jsp.special.ndtr(t3)  # program.pf:8
    key, key_uniform_6 = jax.random.split(key)  # program.pf:8
    uniform_6 = draw(numpyro.Uniform(low=t14, high=1.0), key_uniform_6, (3,))  # program.pf:8
    t15 = jnp.exp(log_Phi(m_draw))  # program.pf:8
    key, key_uniform_7 = jax.random.split(key)  # program.pf:8
    uniform_7 = draw(numpyro.Uniform(low=0.0, high=t15), key_uniform_7, (3,))  # program.pf:8
    t16 = jnp.where(
        t14 > 0.5,
        m_draw - inv_Phi(uniform_7),
        m_draw + inv_Phi(uniform_6),
    )  # program.pf:8
    t17 = jnp.sort(t16)  # program.pf:8
    t18 = t6 + t11 + jnp.sum(t13) + t17[2]  # program.pf:9
    t19 = jsp.special.ndtr((0.0 - t18) / t2)  # program.pf:9
    key, key_uniform_8 = jax.random.split(key)  # program.pf:9
    uniform_8 = draw(numpyro.Uniform(low=t19, high=1.0), key_uniform_8, (N,))  # program.pf:9
    t20 = jnp.exp(log_Phi(t18 / t2))  # program.pf:9
    key, key_uniform_9 = jax.random.split(key)  # program.pf:9
    uniform_9 = draw(numpyro.Uniform(low=0.0, high=t20), key_uniform_9, (N,))  # program.pf:9
    t21 = jnp.where(
        t19 > 0.5,
        t18 - t2 * inv_Phi(uniform_9),
        t18 + t2 * inv_Phi(uniform_8),
    )  # program.pf:9
    return {
        "m": m_draw,
        "s": t2,
        "a": t6,
        "b": t11,
        "c": t13,
        "d": t17,
        "y": t21,
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    s = jnp.asarray(values["s"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    c = jnp.asarray(values["c"])
    d = jnp.asarray(values["d"])
    t1 = a + b + jnp.sum(c) + d[2]  # program.pf:9
    t2 = jsp.special.ndtr((0.0 - t1) / s)  # program.pf:9
    key, key_uniform = jax.random.split(key)  # program.pf:9
    uniform = draw(numpyro.Uniform(low=t2, high=1.0), key_uniform, (N,))  # program.pf:9
    t3 = jnp.exp(log_Phi(t1 / s))  # program.pf:9
    key, key_uniform_1 = jax.random.split(key)  # program.pf:9
    uniform_1 = draw(numpyro.Uniform(low=0.0, high=t3), key_uniform_1, (N,))  # program.pf:9
    t4 = jnp.where(
        t2 > 0.5,
        t1 - s * inv_Phi(uniform_1),
        t1 + s * inv_Phi(uniform),
    )  # program.pf:9
    return {"y": t4}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    y = jnp.asarray(data["y"])
    m = jnp.asarray(values["m"])
    s = jnp.asarray(values["s"])
    a = jnp.asarray(values["a"])
    b = jnp.asarray(values["b"])
    c = jnp.asarray(values["c"])
    d = jnp.asarray(values["d"])
    t1 = a - m  # program.pf:5
    t2 = jnp.log(s)  # program.pf:5
    t3 = log_Phi((-1.0 - m) / 2.0)  # program.pf:6
    t4 = t3 > -0.6931471805599453  # program.pf:6
    t5 = jnp.where(t4, log_Phi((m - -1.0) / 2.0), log_Phi(t1 / 2.0))  # program.pf:6
    t6 = -0.5 / s ** 2  # program.pf:7
    t7 = -t2  # program.pf:7
    t8 = a + b + jnp.sum(c) + d[2]  # program.pf:9
    return {
        "m@3": -0.5 * m ** 2 - 0.9189385332046727,
        "s@4": -0.5 * s ** 2 - 0.2257913526447274 + (-0.6931471805599453 - log_Phi(-0.5)),
        "a@5": -0.5 * (t1 / s) ** 2 - t2 - 0.9189385332046727 - log_Phi(m / s),
        "b@6": -0.5 * ((b - m) / 2.0) ** 2 - 1.612085713764618 + (-t5 - log1m_exp(jnp.where(t4, log_Phi((m - a) / 2.0), t3) - t5)),
        "c@7": t6 * jnp.sum((c - m) ** 2) + 3 * t7 - 2.756815599614018 - 3 * log_Phi((2.0 - m) / s),
        "d@8": -0.5 * jnp.sum((d - m) ** 2) - 2.756815599614018 - 3 * log_Phi(m),
        "y@9": t6 * jnp.sum((y - t8) ** 2) + N * t7 - N * 0.9189385332046727 - N * log_Phi(t8 / s),
    }
