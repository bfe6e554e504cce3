"""conditions, compiled by Pushforward from program.pf.

Statements under conditions, in loops and out of them; a function of the user's; a comprehension of two indices.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.beta import lbeta
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('beta', 'a', 'sigma', 'nu')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["g"].shape[0], "K": data["x"].shape[1]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    K = sizes["K"]
    return 2 * K + 2


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    K = sizes["K"]
    g = jnp.asarray(data["g"])
    x = jnp.asarray(data["x"])
    flag = jnp.asarray(data["flag"])
    y = jnp.asarray(data["y"])
    beta = jnp.asarray(values["beta"])
    a = jnp.asarray(values["a"])
    sigma = jnp.asarray(values["sigma"])
    nu = jnp.asarray(values["nu"])
    density = -0.5 * jnp.sum(beta ** 2)  # program.pf:7
    t1 = K * -0.9189385332046727  # program.pf:7
    density = density + t1  # program.pf:7
    density = density - 0.5 * jnp.sum(a ** 2)  # program.pf:8
    density = density + t1  # program.pf:8
    density = density - 0.5 * sigma ** 2  # program.pf:9
    density = density - 0.2257913526447274  # program.pf:9
    t2 = jnp.log(nu)  # program.pf:10
    density = density - 4.605170185988091  # program.pf:10
    density = density + (t2 - 0.1 * nu)  # program.pf:10
    eta = x @ beta  # program.pf:12
    z_1 = (eta + a[g]) / 3.0  # program.pf:2
    m = 3.0 * jnp.tanh(z_1)  # program.pf:3
    t3 = ((y - m) / sigma) ** 2  # program.pf:16
    t4 = jnp.log(sigma)  # program.pf:16
    density = density + jnp.sum(jnp.where(flag, -0.5 * t3 - t4 - 0.9189385332046727, 0.0))  # program.pf:16
    t5 = -0.5 * (nu + 1.0) * jnp.log1p(t3 / nu) - lbeta(0.5, 0.5 * nu) - 0.5 * t2 - t4  # program.pf:18
    density = density + jnp.sum(jnp.where(jnp.logical_not(flag), t5, 0.0))  # program.pf:18
    n_1 = jnp.arange(N)
    z = jnp.zeros((N,), float)  # program.pf:22
    z_2 = z[-1]  # program.pf:22

    def step(carry, inputs):  # program.pf:22
        (z_3,) = carry
        t6, t7 = inputs
        t8 = jnp.where(t6, 1.0, 0.5 * z_3 + t7)  # program.pf:23
        return (t8,), (t8,)

    _, (z_4,) = jax.lax.scan(step, (z_2,), (n_1 == 0, eta), length=N)  # program.pf:22
    density = density - 0.01 * jnp.sum(z_4 ** 2)  # program.pf:25
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    K = sizes["K"]
    g = jnp.asarray(data["g"])
    x = jnp.asarray(data["x"])
    flag = jnp.asarray(data["flag"])
    y = jnp.asarray(data["y"])
    t1 = K * -0.9189385332046727  # program.pf:7
    x_T = x.T  # program.pf:12
    known = jnp.logical_not(flag)  # program.pf:15
    n_1 = jnp.arange(N)
    known_1 = n_1 == 0  # program.pf:23
    constant = t1 + t1 - 4.830961538632819
    return {
        "g": g,
        "flag": flag,
        "y": y,
        "x_T": x_T,
        "known": known,
        "known_1": known_1,
        "constant": constant,
    }  # program.pf:6


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    N = sizes["N"]
    K = sizes["K"]
    g = jnp.asarray(data["g"])
    flag = jnp.asarray(data["flag"])
    y = jnp.asarray(data["y"])
    x_T = jnp.asarray(data["x_T"])
    known = jnp.asarray(data["known"])
    known_1 = jnp.asarray(data["known_1"])
    constant = jnp.asarray(data["constant"])
    z = jnp.zeros((N,), float)  # program.pf:22
    z_2 = z[-1]  # program.pf:22
    density = constant
    beta = q[:K]  # program.pf:7
    density = density - 0.5 * jnp.sum(beta ** 2)  # program.pf:7
    a = q[K:2 * K]  # program.pf:8
    density = density - 0.5 * jnp.sum(a ** 2)  # program.pf:8
    sigma_free = q[2 * K]  # program.pf:9
    sigma = positive_constrain(sigma_free)  # program.pf:9
    density = density + positive_log_jacobian(sigma_free)  # program.pf:9
    density = density - 0.5 * sigma ** 2  # program.pf:9
    nu_free = q[2 * K + 1]  # program.pf:10
    nu = positive_constrain(nu_free)  # program.pf:10
    density = density + positive_log_jacobian(nu_free)  # program.pf:10
    density = density + (nu_free - 0.1 * nu)  # program.pf:10
    eta = beta @ x_T  # program.pf:12
    z_1 = (eta + a[g]) / 3.0  # program.pf:2
    m = 3.0 * jnp.tanh(z_1)  # program.pf:3
    t1 = ((y - m) / sigma) ** 2  # program.pf:16
    t2 = jnp.sum(jnp.where(flag, -0.5 * t1 - sigma_free - 0.9189385332046727, 0.0))  # program.pf:16
    density = density + t2  # program.pf:16
    t3 = -0.5 * (nu + 1.0) * jnp.log1p(t1 / nu) - lbeta(0.5, 0.5 * nu) - 0.5 * nu_free  # program.pf:18
    density = density + jnp.sum(jnp.where(known, t3 - sigma_free, 0.0))  # program.pf:18

    def step(carry, inputs):  # program.pf:22
        (z_3,) = carry
        t4, t5 = inputs
        t6 = jnp.where(t4, 1.0, 0.5 * z_3 + t5)  # program.pf:23
        return (t6,), (t6,)

    _, (z_4,) = jax.lax.scan(step, (z_2,), (known_1, eta), length=N)  # program.pf:22
    density = density - 0.01 * jnp.sum(z_4 ** 2)  # program.pf:25
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    K = sizes["K"]
    beta = q[:K]  # program.pf:7
    a = q[K:2 * K]  # program.pf:8
    sigma_free = q[2 * K]  # program.pf:9
    sigma = positive_constrain(sigma_free)  # program.pf:9
    nu_free = q[2 * K + 1]  # program.pf:10
    nu = positive_constrain(nu_free)  # program.pf:10
    return {"beta": beta, "a": a, "sigma": sigma, "nu": nu}  # program.pf:6


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    beta = jnp.asarray(values["beta"])
    a = jnp.asarray(values["a"])
    sigma = jnp.asarray(values["sigma"])
    nu = jnp.asarray(values["nu"])
    q = join(beta, a, positive_unconstrain(sigma), positive_unconstrain(nu))  # program.pf:6
    return q  # program.pf:6


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    K = sizes["K"]
    g = jnp.asarray(data["g"])
    x = jnp.asarray(data["x"])
    flag = jnp.asarray(data["flag"])
    key, key_beta_draw = jax.random.split(key)  # program.pf:7
    beta_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_beta_draw, (K,))  # program.pf:7
    key, key_a_draw = jax.random.split(key)  # program.pf:8
    a_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_a_draw, (K,))  # program.pf:8
    key, key_sigma_draw = jax.random.split(key)  # program.pf:9
    sigma_draw = draw(numpyro.HalfNormal(scale=1.0), key_sigma_draw, ())  # program.pf:9
    key, key_nu_draw = jax.random.split(key)  # program.pf:10
    nu_draw = draw(numpyro.Gamma(concentration=2.0, rate=0.1), key_nu_draw, ())  # program.pf:10
    eta = x @ beta_draw  # program.pf:12
    z_1 = (eta + a_draw[g]) / 3.0  # program.pf:2
    m = 3.0 * jnp.tanh(z_1)  # program.pf:3
    key, key_y_draw = jax.random.split(key)  # program.pf:16
    y_draw = draw(numpyro.Normal(loc=m, scale=sigma_draw), key_y_draw, (N,))  # program.pf:16
    key, key_y_draw_1 = jax.random.split(key)  # program.pf:18
    y_draw_1 = draw(
        numpyro.StudentT(df=nu_draw, loc=m, scale=sigma_draw),
        key_y_draw_1,
        (N,),
    )  # program.pf:18
    n_1 = jnp.arange(N)
    z = jnp.zeros((N,), float)  # program.pf:22
    z_2 = z[-1]  # program.pf:22

    def step(carry, inputs):  # program.pf:22
        (z_3,) = carry
        t1, t2 = inputs
        t3 = jnp.where(t1, 1.0, 0.5 * z_3 + t2)  # program.pf:23
        return (t3,), (t3,)

    _, (z_4,) = jax.lax.scan(step, (z_2,), (n_1 == 0, eta), length=N)  # program.pf:22
    return {
        "beta": beta_draw,
        "a": a_draw,
        "sigma": sigma_draw,
        "nu": nu_draw,
        "y": jnp.where(flag, y_draw, y_draw_1),
        "last": z_4[N - 1],
        "best": jnp.max(eta),
        "outer": a_draw[:, None] * beta_draw[None, :],
    }  # program.pf:6


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    g = jnp.asarray(data["g"])
    x = jnp.asarray(data["x"])
    flag = jnp.asarray(data["flag"])
    beta = jnp.asarray(values["beta"])
    a = jnp.asarray(values["a"])
    sigma = jnp.asarray(values["sigma"])
    nu = jnp.asarray(values["nu"])
    eta = x @ beta  # program.pf:12
    z_1 = (eta + a[g]) / 3.0  # program.pf:2
    m = 3.0 * jnp.tanh(z_1)  # program.pf:3
    key, key_y_draw = jax.random.split(key)  # program.pf:16
    y_draw = draw(numpyro.Normal(loc=m, scale=sigma), key_y_draw, (N,))  # program.pf:16
    key, key_y_draw_1 = jax.random.split(key)  # program.pf:18
    y_draw_1 = draw(
        numpyro.StudentT(df=nu, loc=m, scale=sigma),
        key_y_draw_1,
        (N,),
    )  # program.pf:18
    return {"y": jnp.where(flag, y_draw, y_draw_1)}  # program.pf:6


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    N = sizes["N"]
    x = jnp.asarray(data["x"])
    beta = jnp.asarray(values["beta"])
    a = jnp.asarray(values["a"])
    eta = x @ beta  # program.pf:12
    n_1 = jnp.arange(N)
    z = jnp.zeros((N,), float)  # program.pf:22
    z_2 = z[-1]  # program.pf:22

    def step(carry, inputs):  # program.pf:22
        (z_3,) = carry
        t1, t2 = inputs
        t3 = jnp.where(t1, 1.0, 0.5 * z_3 + t2)  # program.pf:23
        return (t3,), (t3,)

    _, (z_4,) = jax.lax.scan(step, (z_2,), (n_1 == 0, eta), length=N)  # program.pf:22
    return {
        "last": z_4[N - 1],
        "best": jnp.max(eta),
        "outer": a[:, None] * beta[None, :],
    }  # program.pf:26


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    K = sizes["K"]
    g = jnp.asarray(data["g"])
    x = jnp.asarray(data["x"])
    flag = jnp.asarray(data["flag"])
    y = jnp.asarray(data["y"])
    beta = jnp.asarray(values["beta"])
    a = jnp.asarray(values["a"])
    sigma = jnp.asarray(values["sigma"])
    nu = jnp.asarray(values["nu"])
    t1 = K * -0.9189385332046727  # program.pf:7
    t2 = jnp.log(nu)  # program.pf:10
    eta = x @ beta  # program.pf:12
    z_1 = (eta + a[g]) / 3.0  # program.pf:2
    m = 3.0 * jnp.tanh(z_1)  # program.pf:3
    t3 = ((y - m) / sigma) ** 2  # program.pf:16
    t4 = jnp.log(sigma)  # program.pf:16
    t5 = -0.5 * (nu + 1.0) * jnp.log1p(t3 / nu) - lbeta(0.5, 0.5 * nu) - 0.5 * t2 - t4  # program.pf:18
    n_1 = jnp.arange(N)
    z = jnp.zeros((N,), float)  # program.pf:22
    z_2 = z[-1]  # program.pf:22

    def step(carry, inputs):  # program.pf:22
        (z_3,) = carry
        t6, t7 = inputs
        t8 = jnp.where(t6, 1.0, 0.5 * z_3 + t7)  # program.pf:23
        return (t8,), (t8,)

    _, (z_4,) = jax.lax.scan(step, (z_2,), (n_1 == 0, eta), length=N)  # program.pf:22
    return {
        "beta@7": -0.5 * jnp.sum(beta ** 2) + t1,
        "a@8": -0.5 * jnp.sum(a ** 2) + t1,
        "sigma@9": -0.5 * sigma ** 2 - 0.2257913526447274,
        "nu@10": -4.605170185988091 + (t2 - 0.1 * nu),
        "y@16": jnp.sum(jnp.where(flag, -0.5 * t3 - t4 - 0.9189385332046727, 0.0)),
        "y@18": jnp.sum(jnp.where(jnp.logical_not(flag), t5, 0.0)),
        "factor@25": -0.01 * jnp.sum(z_4 ** 2),
    }
