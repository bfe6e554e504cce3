"""constrained, compiled by Pushforward from program.pf.

Batches of simplexes and a Cholesky factor of a correlation.
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
from pushforward.runtime.bijectors.simplex import simplex_constrain, simplex_log_jacobian, simplex_unconstrain
from pushforward.runtime.functions.linear_algebra import diag_pre_multiply, mdivide_left_tri_low
from pushforward.runtime.functions.products_with_logs import xlogy
from pushforward.runtime.functions.vectors import join

OBSERVED = ('Y',)
LATENT = ('L', 'sd', 'mu', 'P')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["X"].shape[0], "K": data["X"].shape[1]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    K = sizes["K"]
    N = sizes["N"]
    return (3 * K + K * K + 4 * N) // 2


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    K = sizes["K"]
    X = jnp.asarray(data["X"])
    Y = jnp.asarray(data["Y"])
    L = jnp.asarray(values["L"])
    sd = jnp.asarray(values["sd"])
    mu = jnp.asarray(values["mu"])
    P = jnp.asarray(values["P"])
    i = jnp.arange(1, K)
    kernel = (K - i + 4.0 - 3.0) @ jnp.log(L[i, i])  # program.pf:3
    t1 = 0.5 * i * 1.1447298858494002 + jsp.special.gammaln(2.0 + 0.5 * (K - 1 - i))  # program.pf:3
    log_volume = jnp.sum(t1 - jsp.special.gammaln(2.0 + 0.5 * (K - 1)))  # program.pf:3
    density = kernel  # program.pf:3
    density = density - log_volume  # program.pf:3
    density = density - 0.5 * jnp.sum(sd ** 2)  # program.pf:4
    density = density - K * 0.2257913526447274  # program.pf:4
    density = density - 0.5 * jnp.sum(mu ** 2)  # program.pf:5
    density = density - K * 0.9189385332046727  # program.pf:5
    t2 = jnp.ones(3)  # program.pf:7
    t3 = N * (jsp.special.gammaln(jnp.sum(t2)) - jnp.sum(jsp.special.gammaln(t2)))  # program.pf:7
    density = density + t3  # program.pf:7
    density = density + jnp.sum(jnp.sum(xlogy((t2 - 1.0)[None, :], P), axis=-1))  # program.pf:7
    t4 = diag_pre_multiply(sd, L)  # program.pf:9
    z = jax.vmap(mdivide_left_tri_low, in_axes=(None, 0))(
        t4,
        Y - (mu[None, :] + P[:, 0][:, None] * X),
    )  # program.pf:9
    density = density - 0.5 * jnp.sum(jnp.sum(z * z, axis=-1))  # program.pf:9
    density = density - N * jnp.sum(jnp.log(jnp.diagonal(t4)))  # program.pf:9
    density = density - N * (0.5 * K * 1.8378770664093453)  # program.pf:9
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    K = sizes["K"]
    X = jnp.asarray(data["X"])
    Y = jnp.asarray(data["Y"])
    i = jnp.arange(1, K)
    known = K - i + 4.0 - 3.0  # program.pf:3
    t1 = 0.5 * i * 1.1447298858494002 + jsp.special.gammaln(2.0 + 0.5 * (K - 1 - i))  # program.pf:3
    log_volume = jnp.sum(t1 - jsp.special.gammaln(2.0 + 0.5 * (K - 1)))  # program.pf:3
    t2 = jnp.ones(3)  # program.pf:7
    known_1 = t2 - 1.0  # program.pf:7
    t3 = N * (jsp.special.gammaln(jnp.sum(t2)) - jnp.sum(jsp.special.gammaln(t2)))  # program.pf:7
    constant = -log_volume - K * 0.2257913526447274 - K * 0.9189385332046727 + t3 - N * (0.5 * K * 1.8378770664093453)  # program.pf:9
    return {
        "X": X,
        "Y": Y,
        "known": known,
        "known_1": known_1,
        "constant": constant,
    }  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    N = sizes["N"]
    K = sizes["K"]
    X = jnp.asarray(data["X"])
    Y = jnp.asarray(data["Y"])
    known = jnp.asarray(data["known"])
    known_1 = jnp.asarray(data["known_1"])
    constant = jnp.asarray(data["constant"])
    i = jnp.arange(1, K)
    density = constant
    L_free = q[:(K * K - K) // 2]  # program.pf:3
    L = cholesky_corr_constrain(L_free)  # program.pf:3
    density = density + cholesky_corr_log_jacobian(L_free)  # program.pf:3
    kernel = known @ jnp.log(L[i, i])  # program.pf:3
    density = density + kernel  # program.pf:3
    sd_free = q[(K * K - K) // 2:(K + K * K) // 2]  # program.pf:4
    sd = positive_constrain(sd_free)  # program.pf:4
    density = density + positive_log_jacobian(sd_free)  # program.pf:4
    density = density - 0.5 * jnp.sum(sd ** 2)  # program.pf:4
    mu = q[(K + K * K) // 2:(3 * K + K * K) // 2]  # program.pf:5
    density = density - 0.5 * jnp.sum(mu ** 2)  # program.pf:5
    P_free = q[(3 * K + K * K) // 2:(3 * K + K * K + 4 * N) // 2].reshape((N, 2))  # program.pf:6
    t1 = jax.vmap(simplex_constrain)(P_free)  # program.pf:6
    density = density + jnp.sum(jax.vmap(simplex_log_jacobian)(P_free))  # program.pf:6
    density = density + jnp.sum(jnp.sum(xlogy(known_1[None, :], t1), axis=-1))  # program.pf:7
    t2 = diag_pre_multiply(sd, L)  # program.pf:9
    z = jax.vmap(mdivide_left_tri_low, in_axes=(None, 0))(
        t2,
        Y - (mu[None, :] + t1[:, 0][:, None] * X),
    )  # program.pf:9
    density = density - 0.5 * jnp.sum(jnp.sum(z * z, axis=-1))  # program.pf:9
    density = density - N * jnp.sum(jnp.log(jnp.diagonal(t2)))  # program.pf:9
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    N = sizes["N"]
    K = sizes["K"]
    L_free = q[:(K * K - K) // 2]  # program.pf:3
    L = cholesky_corr_constrain(L_free)  # program.pf:3
    sd_free = q[(K * K - K) // 2:(K + K * K) // 2]  # program.pf:4
    sd = positive_constrain(sd_free)  # program.pf:4
    mu = q[(K + K * K) // 2:(3 * K + K * K) // 2]  # program.pf:5
    P_free = q[(3 * K + K * K) // 2:(3 * K + K * K + 4 * N) // 2].reshape((N, 2))  # program.pf:6
    return {
        "L": L,
        "sd": sd,
        "mu": mu,
        "P": jax.vmap(simplex_constrain)(P_free),
    }  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    L = jnp.asarray(values["L"])
    sd = jnp.asarray(values["sd"])
    mu = jnp.asarray(values["mu"])
    P = jnp.asarray(values["P"])
    q = join(
        cholesky_corr_unconstrain(L),
        positive_unconstrain(sd),
        mu,
        jax.vmap(simplex_unconstrain)(P),
    )  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    K = sizes["K"]
    X = jnp.asarray(data["X"])
    key, key_L_draw = jax.random.split(key)  # program.pf:3
    L_draw = draw(
        numpyro.LKJCholesky(dimension=K, concentration=2.0),
        key_L_draw,
        (),
    )  # program.pf:3
    key, key_sd_draw = jax.random.split(key)  # program.pf:4
    sd_draw = draw(numpyro.HalfNormal(scale=1.0), key_sd_draw, (K,))  # program.pf:4
    key, key_mu_draw = jax.random.split(key)  # program.pf:5
    mu_draw = draw(numpyro.Normal(loc=0.0, scale=1.0), key_mu_draw, (K,))  # program.pf:5
    t1 = jnp.ones(3)  # program.pf:7
    key, key_P_draw = jax.random.split(key)  # program.pf:7
    P_draw = draw(numpyro.Dirichlet(concentration=t1), key_P_draw, (N,))  # program.pf:7
    t2 = mu_draw[None, :] + P_draw[:, 0][:, None] * X  # program.pf:9
    t3 = diag_pre_multiply(sd_draw, L_draw)  # program.pf:9
    key, key_Y_draw = jax.random.split(key)  # program.pf:9
    Y_draw = draw(
        numpyro.MultivariateNormal(loc=t2, scale_tril=t3),
        key_Y_draw,
        (N,),
    )  # program.pf:9
    return {"L": L_draw, "sd": sd_draw, "mu": mu_draw, "P": P_draw, "Y": Y_draw}  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    X = jnp.asarray(data["X"])
    L = jnp.asarray(values["L"])
    sd = jnp.asarray(values["sd"])
    mu = jnp.asarray(values["mu"])
    P = jnp.asarray(values["P"])
    t1 = mu[None, :] + P[:, 0][:, None] * X  # program.pf:9
    t2 = diag_pre_multiply(sd, L)  # program.pf:9
    key, key_Y_draw = jax.random.split(key)  # program.pf:9
    Y_draw = draw(
        numpyro.MultivariateNormal(loc=t1, scale_tril=t2),
        key_Y_draw,
        (N,),
    )  # program.pf:9
    return {"Y": Y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    K = sizes["K"]
    X = jnp.asarray(data["X"])
    Y = jnp.asarray(data["Y"])
    L = jnp.asarray(values["L"])
    sd = jnp.asarray(values["sd"])
    mu = jnp.asarray(values["mu"])
    P = jnp.asarray(values["P"])
    i = jnp.arange(1, K)
    kernel = (K - i + 4.0 - 3.0) @ jnp.log(L[i, i])  # program.pf:3
    t1 = 0.5 * i * 1.1447298858494002 + jsp.special.gammaln(2.0 + 0.5 * (K - 1 - i))  # program.pf:3
    log_volume = jnp.sum(t1 - jsp.special.gammaln(2.0 + 0.5 * (K - 1)))  # program.pf:3
    t2 = jnp.ones(3)  # program.pf:7
    t3 = N * (jsp.special.gammaln(jnp.sum(t2)) - jnp.sum(jsp.special.gammaln(t2)))  # program.pf:7
    t4 = diag_pre_multiply(sd, L)  # program.pf:9
    z = jax.vmap(mdivide_left_tri_low, in_axes=(None, 0))(
        t4,
        Y - (mu[None, :] + P[:, 0][:, None] * X),
    )  # program.pf:9
    return {
        "L@3": kernel - log_volume,
        "sd@4": -0.5 * jnp.sum(sd ** 2) - K * 0.2257913526447274,
        "mu@5": -0.5 * jnp.sum(mu ** 2) - K * 0.9189385332046727,
        "P@7": t3 + jnp.sum(jnp.sum(xlogy((t2 - 1.0)[None, :], P), axis=-1)),
        "Y@9": -0.5 * jnp.sum(jnp.sum(z * z, axis=-1)) - N * jnp.sum(jnp.log(jnp.diagonal(t4))) - N * (0.5 * K * 1.8378770664093453),
    }
