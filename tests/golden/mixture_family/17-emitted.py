"""mixture_family, compiled by Pushforward from program.pf.

K normals as one family.
"""

import jax
import jax.numpy as jnp
import jax.scipy as jsp

from pushforward.runtime.bijectors.ordered import ordered_constrain, ordered_log_jacobian, ordered_unconstrain
from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.bijectors.simplex import simplex_constrain, simplex_log_jacobian, simplex_unconstrain
from pushforward.runtime.functions.products_with_logs import xlogy
from pushforward.runtime.functions.vectors import join

OBSERVED = ('y',)
LATENT = ('w', 'mu', 's')


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"K": int(data["K"]), "N": data["y"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    K = sizes["K"]
    return 3 * K - 1


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    K = sizes["K"]
    y = jnp.asarray(data["y"])
    w = jnp.asarray(values["w"])
    mu = jnp.asarray(values["mu"])
    s = jnp.asarray(values["s"])
    t1 = jnp.ones(K)  # program.pf:3
    density = jsp.special.gammaln(jnp.sum(t1)) - jnp.sum(jsp.special.gammaln(t1))  # program.pf:3
    density = density + jnp.sum(xlogy(t1 - 1.0, w))  # program.pf:3
    density = density - 0.5 * jnp.sum((mu / 10.0) ** 2)  # program.pf:4
    density = density - K * 3.2215236261987186  # program.pf:4
    density = density - 0.5 * jnp.sum((s / 2.0) ** 2)  # program.pf:5
    density = density - K * 0.9189385332046727  # program.pf:5
    t2 = -0.5 * ((y[:, None] - mu[None, :]) / s[None, :]) ** 2 - jnp.log(s)[None, :]  # program.pf:7
    t3 = jsp.special.logsumexp(
        jnp.log(w)[None, :] + (t2 - 0.9189385332046727),
        axis=-1,
    )  # program.pf:7
    density = density + jnp.sum(t3)  # program.pf:7
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    K = sizes["K"]
    y = jnp.asarray(data["y"])
    t1 = jnp.ones(K)  # program.pf:3
    known = t1 - 1.0  # program.pf:3
    t2 = jsp.special.gammaln(jnp.sum(t1)) - jnp.sum(jsp.special.gammaln(t1)) - K * 3.2215236261987186  # program.pf:4
    constant = t2 - K * 0.9189385332046727  # program.pf:5
    return {"y": y, "known": known, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    K = sizes["K"]
    y = jnp.asarray(data["y"])
    known = jnp.asarray(data["known"])
    constant = jnp.asarray(data["constant"])
    density = constant
    w_free = q[:K - 1]  # program.pf:3
    w = simplex_constrain(w_free)  # program.pf:3
    density = density + simplex_log_jacobian(w_free)  # program.pf:3
    density = density + jnp.sum(xlogy(known, w))  # program.pf:3
    mu_free = q[K - 1:2 * K - 1]  # program.pf:4
    mu = ordered_constrain(mu_free)  # program.pf:4
    density = density + ordered_log_jacobian(mu_free)  # program.pf:4
    density = density - 0.5 * jnp.sum((mu / 10.0) ** 2)  # program.pf:4
    s_free = q[2 * K - 1:3 * K - 1]  # program.pf:5
    s = positive_constrain(s_free)  # program.pf:5
    density = density + positive_log_jacobian(s_free)  # program.pf:5
    density = density - 0.5 * jnp.sum((s / 2.0) ** 2)  # program.pf:5
    t1 = -0.5 * ((y[:, None] - mu[None, :]) / s[None, :]) ** 2 - s_free[None, :] - 0.9189385332046727  # program.pf:7
    density = density + jnp.sum(jsp.special.logsumexp(jnp.log(w)[None, :] + t1, axis=-1))  # program.pf:7
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    K = sizes["K"]
    w_free = q[:K - 1]  # program.pf:3
    w = simplex_constrain(w_free)  # program.pf:3
    mu_free = q[K - 1:2 * K - 1]  # program.pf:4
    mu = ordered_constrain(mu_free)  # program.pf:4
    s_free = q[2 * K - 1:3 * K - 1]  # program.pf:5
    s = positive_constrain(s_free)  # program.pf:5
    return {"w": w, "mu": mu, "s": s}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    w = jnp.asarray(values["w"])
    mu = jnp.asarray(values["mu"])
    s = jnp.asarray(values["s"])
    q = join(
        simplex_unconstrain(w),
        ordered_unconstrain(mu),
        positive_unconstrain(s),
    )  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    K = sizes["K"]
    N = sizes["N"]
    t1 = jnp.ones(K)  # program.pf:3
    key, key_w_draw = jax.random.split(key)  # program.pf:3
    w_draw = draw(numpyro.Dirichlet(concentration=t1), key_w_draw, ())  # program.pf:3
    key, key_draw = jax.random.split(key)  # program.pf:4
    draw_1 = draw(numpyro.Normal(loc=0.0, scale=10.0), key_draw, (K,))  # program.pf:4
    t2 = jnp.sort(draw_1)  # program.pf:4
    key, key_s_draw = jax.random.split(key)  # program.pf:5
    s_draw = draw(numpyro.HalfNormal(scale=2.0), key_s_draw, (K,))  # program.pf:5
    key, key_t_3 = jax.random.split(key)  # program.pf:7
    t3 = draw(numpyro.Categorical(probs=w_draw), key_t_3, (N,))  # program.pf:7
    t4 = t2[None, :]
    t5 = s_draw[None, :]
    key, key_draw_1 = jax.random.split(key)  # program.pf:7
    draw_2 = draw(numpyro.Normal(loc=t4, scale=t5), key_draw_1, (N, K))  # program.pf:7
    n = jnp.arange(N)
    return {"w": w_draw, "mu": t2, "s": s_draw, "y": draw_2[n, t3]}  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    K = sizes["K"]
    N = sizes["N"]
    w = jnp.asarray(values["w"])
    mu = jnp.asarray(values["mu"])
    s = jnp.asarray(values["s"])
    key, key_t_1 = jax.random.split(key)  # program.pf:7
    t1 = draw(numpyro.Categorical(probs=w), key_t_1, (N,))  # program.pf:7
    t2 = mu[None, :]
    t3 = s[None, :]
    key, key_draw = jax.random.split(key)  # program.pf:7
    draw_1 = draw(numpyro.Normal(loc=t2, scale=t3), key_draw, (N, K))  # program.pf:7
    n = jnp.arange(N)
    return {"y": draw_1[n, t1]}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    K = sizes["K"]
    y = jnp.asarray(data["y"])
    w = jnp.asarray(values["w"])
    mu = jnp.asarray(values["mu"])
    s = jnp.asarray(values["s"])
    t1 = jnp.ones(K)  # program.pf:3
    t2 = -0.5 * ((y[:, None] - mu[None, :]) / s[None, :]) ** 2 - jnp.log(s)[None, :]  # program.pf:7
    t3 = jsp.special.logsumexp(
        jnp.log(w)[None, :] + (t2 - 0.9189385332046727),
        axis=-1,
    )  # program.pf:7
    return {
        "w@3": jsp.special.gammaln(jnp.sum(t1)) - jnp.sum(jsp.special.gammaln(t1)) + jnp.sum(xlogy(t1 - 1.0, w)),
        "mu@4": -0.5 * jnp.sum((mu / 10.0) ** 2) - K * 3.2215236261987186,
        "s@5": -0.5 * jnp.sum((s / 2.0) ** 2) - K * 0.9189385332046727,
        "y@7": jnp.sum(t3),
    }
