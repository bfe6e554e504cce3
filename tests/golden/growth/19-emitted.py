"""growth, compiled by Pushforward from program.pf.

Lines of growth that vary together from one individual to the next.
"""

import jax
import jax.numpy as jnp
import jax.scipy as jsp

from pushforward.runtime.bijectors.cholesky_corr import (
    cholesky_corr_constrain,
    cholesky_corr_log_jacobian,
    cholesky_corr_unconstrain,
)
from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.linear_algebra import diag_pre_multiply
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('mu', 'tau', 'L', 'sigma', 'z')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"M": data["who"].shape[0], "N": int(data["N"])}


def dimension(sizes):
    """The length of the unconstrained vector."""
    N = sizes["N"]
    return 2 * N + 6


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    M = sizes["M"]
    N = sizes["N"]
    who = jnp.asarray(data["who"])
    age = jnp.asarray(data["age"])
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    tau = jnp.asarray(values["tau"])
    L = jnp.asarray(values["L"])
    sigma = jnp.asarray(values["sigma"])
    z = jnp.asarray(values["z"])
    density = -0.5 * jnp.sum((mu / 5.0) ** 2)  # program.pf:3
    density = density - 5.0567528912775455  # program.pf:3
    density = density - 0.5 * jnp.sum((tau / 2.0) ** 2)  # program.pf:4
    density = density - 1.8378770664093453  # program.pf:4
    i_2 = jnp.arange(1, 2)
    kernel = (2 - i_2 + 4.0 - 3.0) @ jnp.log(L[i_2, i_2])  # program.pf:5
    t1 = 0.5 * i_2 * 1.1447298858494002 + jsp.special.gammaln(2.0 + 0.5 * (1 - i_2))  # program.pf:5
    log_volume = jnp.sum(t1 - 0.2846828704729196)  # program.pf:5
    density = density + kernel  # program.pf:5
    density = density - log_volume  # program.pf:5
    density = density - 0.5 * sigma ** 2  # program.pf:6
    density = density - 0.2257913526447274  # program.pf:6
    density = density - 0.5 * jnp.sum(z ** 2)  # program.pf:7
    density = density - 2 * N * 0.9189385332046727  # program.pf:7
    t2 = diag_pre_multiply(tau, L)  # program.pf:8
    t3 = (mu[0] + (t2[0, 0] * z[0] + t2[0, 1] * z[1]))[who] + (mu[1] + (t2[1, 0] * z[0] + t2[1, 1] * z[1]))[who] * age  # program.pf:10
    density = density - 0.5 / sigma ** 2 * jnp.sum((y - t3) ** 2)  # program.pf:10
    density = density - M * jnp.log(sigma)  # program.pf:10
    density = density - M * 0.9189385332046727  # program.pf:10
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    M = sizes["M"]
    N = sizes["N"]
    who = jnp.asarray(data["who"])
    age = jnp.asarray(data["age"])
    y = jnp.asarray(data["y"])
    i_2 = jnp.arange(1, 2)
    known = 2 - i_2 + 4.0 - 3.0  # program.pf:5
    t1 = 0.5 * i_2 * 1.1447298858494002 + jsp.special.gammaln(2.0 + 0.5 * (1 - i_2))  # program.pf:5
    log_volume = jnp.sum(t1 - 0.2846828704729196)  # program.pf:5
    constant = -log_volume - 2 * N * 0.9189385332046727 - M * 0.9189385332046727 - 7.1204213103316185
    return {
        "who": who,
        "age": age,
        "y": y,
        "known": known,
        "constant": constant,
    }  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    M = sizes["M"]
    N = sizes["N"]
    who = jnp.asarray(data["who"])
    age = jnp.asarray(data["age"])
    y = jnp.asarray(data["y"])
    known = jnp.asarray(data["known"])
    constant = jnp.asarray(data["constant"])
    i_2 = jnp.arange(1, 2)
    density = constant
    mu = q[:2]  # program.pf:3
    density = density - 0.5 * jnp.sum((mu / 5.0) ** 2)  # program.pf:3
    tau_free = q[2:4]  # program.pf:4
    tau = positive_constrain(tau_free)  # program.pf:4
    density = density + positive_log_jacobian(tau_free)  # program.pf:4
    density = density - 0.5 * jnp.sum((tau / 2.0) ** 2)  # program.pf:4
    L_free = q[4:5]  # program.pf:5
    L = cholesky_corr_constrain(L_free)  # program.pf:5
    density = density + cholesky_corr_log_jacobian(L_free)  # program.pf:5
    kernel = known @ jnp.log(L[i_2, i_2])  # program.pf:5
    density = density + kernel  # program.pf:5
    sigma_free = q[5]  # program.pf:6
    density = density + positive_log_jacobian(sigma_free)  # program.pf:6
    density = density - 0.5 * jnp.exp(2.0 * sigma_free)  # program.pf:6
    z = q[6:2 * N + 6].reshape((2, N))  # program.pf:7
    density = density - 0.5 * jnp.sum(z ** 2)  # program.pf:7
    t1 = diag_pre_multiply(tau, L)  # program.pf:8
    t2 = (mu[0] + (t1[0, 0] * z[0] + t1[0, 1] * z[1]))[who] + (mu[1] + (t1[1, 0] * z[0] + t1[1, 1] * z[1]))[who] * age  # program.pf:10
    density = density - 0.5 * jnp.exp(-2.0 * sigma_free) * jnp.sum((y - t2) ** 2)  # program.pf:10
    density = density - M * sigma_free  # program.pf:10
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    N = sizes["N"]
    mu = q[:2]  # program.pf:3
    tau_free = q[2:4]  # program.pf:4
    tau = positive_constrain(tau_free)  # program.pf:4
    L_free = q[4:5]  # program.pf:5
    L = cholesky_corr_constrain(L_free)  # program.pf:5
    sigma_free = q[5]  # program.pf:6
    sigma = positive_constrain(sigma_free)  # program.pf:6
    z = q[6:2 * N + 6].reshape((2, N))  # program.pf:7
    return {"mu": mu, "tau": tau, "L": L, "sigma": sigma, "z": z}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    mu = jnp.asarray(values["mu"])
    tau = jnp.asarray(values["tau"])
    L = jnp.asarray(values["L"])
    sigma = jnp.asarray(values["sigma"])
    z = jnp.asarray(values["z"])
    q = join(
        mu,
        positive_unconstrain(tau),
        cholesky_corr_unconstrain(L),
        positive_unconstrain(sigma),
        z,
    )  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    M = sizes["M"]
    N = sizes["N"]
    who = jnp.asarray(data["who"])
    age = jnp.asarray(data["age"])
    key, key_mu_draw = jax.random.split(key)  # program.pf:3
    mu_draw = draw(numpyro.Normal(loc=0.0, scale=5.0), key_mu_draw, (2,))  # program.pf:3
    key, key_tau_draw = jax.random.split(key)  # program.pf:4
    tau_draw = draw(numpyro.HalfNormal(scale=2.0), key_tau_draw, (2,))  # program.pf:4
    key, key_L_draw = jax.random.split(key)  # program.pf:5
    L_draw = draw(
        numpyro.LKJCholesky(dimension=2, concentration=2.0),
        key_L_draw,
        (),
    )  # program.pf:5
    key, key_sigma_draw = jax.random.split(key)  # program.pf:6
    sigma_draw = draw(numpyro.HalfNormal(scale=1.0), key_sigma_draw, ())  # program.pf:6
    key, key_z_draw = jax.random.split(key)  # program.pf:7
    z_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_z_draw, (2, N))  # program.pf:7
    line = diag_pre_multiply(tau_draw, L_draw) @ z_draw  # program.pf:8
    t1 = mu_draw[0] + line[0][who] + (mu_draw[1] + line[1][who]) * age  # program.pf:10
    key, key_y_draw = jax.random.split(key)  # program.pf:10
    y_draw = draw(numpyro.Normal(loc=t1, scale=sigma_draw), key_y_draw, (M,))  # program.pf:10
    return {
        "mu": mu_draw,
        "tau": tau_draw,
        "L": L_draw,
        "sigma": sigma_draw,
        "z": z_draw,
        "y": y_draw,
    }  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    M = sizes["M"]
    who = jnp.asarray(data["who"])
    age = jnp.asarray(data["age"])
    mu = jnp.asarray(values["mu"])
    tau = jnp.asarray(values["tau"])
    L = jnp.asarray(values["L"])
    sigma = jnp.asarray(values["sigma"])
    z = jnp.asarray(values["z"])
    line = diag_pre_multiply(tau, L) @ z  # program.pf:8
    t1 = mu[0] + line[0][who] + (mu[1] + line[1][who]) * age  # program.pf:10
    key, key_y_draw = jax.random.split(key)  # program.pf:10
    y_draw = draw(numpyro.Normal(loc=t1, scale=sigma), key_y_draw, (M,))  # program.pf:10
    return {"y": y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    M = sizes["M"]
    N = sizes["N"]
    who = jnp.asarray(data["who"])
    age = jnp.asarray(data["age"])
    y = jnp.asarray(data["y"])
    mu = jnp.asarray(values["mu"])
    tau = jnp.asarray(values["tau"])
    L = jnp.asarray(values["L"])
    sigma = jnp.asarray(values["sigma"])
    z = jnp.asarray(values["z"])
    i_2 = jnp.arange(1, 2)
    kernel = (2 - i_2 + 4.0 - 3.0) @ jnp.log(L[i_2, i_2])  # program.pf:5
    t1 = 0.5 * i_2 * 1.1447298858494002 + jsp.special.gammaln(2.0 + 0.5 * (1 - i_2))  # program.pf:5
    log_volume = jnp.sum(t1 - 0.2846828704729196)  # program.pf:5
    line = diag_pre_multiply(tau, L) @ z  # program.pf:8
    t2 = jnp.sum((y - (mu[0] + line[0][who] + (mu[1] + line[1][who]) * age)) ** 2)  # program.pf:10
    return {
        "mu@3": -0.5 * jnp.sum((mu / 5.0) ** 2) - 5.0567528912775455,
        "tau@4": -0.5 * jnp.sum((tau / 2.0) ** 2) - 1.8378770664093453,
        "L@5": kernel - log_volume,
        "sigma@6": -0.5 * sigma ** 2 - 0.2257913526447274,
        "z@7": -0.5 * jnp.sum(z ** 2) - 2 * N * 0.9189385332046727,
        "y@10": -0.5 / sigma ** 2 * t2 - M * jnp.log(sigma) - M * 0.9189385332046727,
    }
