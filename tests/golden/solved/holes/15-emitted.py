"""holes, compiled by Pushforward from program.pf.

A lasso, an optimum for each group, an equilibrium, and a decay, each solved inside of a model.
"""

import jax
import jax.numpy as jnp

from pushforward.runtime.bijectors.positive import (
    positive_constrain,
    positive_log_jacobian,
    positive_unconstrain,
)
from pushforward.runtime.functions.proximal import prox_l1
from pushforward.runtime.functions.reductions import norm1
from pushforward.runtime.functions.vectors import join
from pushforward.runtime.holes import argmin, integrate, root
from pushforward.runtime.integrators.rules.discrete import Discrete
from pushforward.runtime.integrators.tsit5 import Tsit5
from pushforward.runtime.linear.dense import Dense
from pushforward.runtime.rules.implicit import Implicit
from pushforward.runtime.solvers.newton import Newton
from pushforward.runtime.solvers.proximal_gradient import ProximalGradient

OBSERVED = ('y',)
LATENT = ('tau',)


def sizes_of(data):
    """The static integers of the program, read off the shapes of the data or given by them."""
    return {"N": data["X"].shape[0], "D": data["X"].shape[1], "K": data["G"].shape[0], "T": data["ts"].shape[0]}


def dimension(sizes):
    """The length of the unconstrained vector."""
    return 1


def log_density(sizes, data, values):
    """The log density of `values` (a dict of the variables) given the data; no Jacobian."""
    N = sizes["N"]
    D = sizes["D"]
    K = sizes["K"]
    T = sizes["T"]
    X = jnp.asarray(data["X"])
    G = jnp.asarray(data["G"])
    ts = jnp.asarray(data["ts"])
    y = jnp.asarray(data["y"])
    tau = jnp.asarray(values["tau"])
    density = -0.5 * tau ** 2  # program.pf:3
    density = density - 0.2257913526447274  # program.pf:3
    start = jnp.zeros((D,), float)  # program.pf:5

    def argmin_u(start_of_u, X, tau, D, N):  # program.pf:5
        X_T = X.T  # program.pf:5
        given = (tau, X_T)

        def objective(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = 0.5 * jnp.sum((1.0 - u @ X_T) ** 2)  # program.pf:5
            return value

        def prox(unknowns, step, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            return (prox_l1(u, step * tau),)

        def nonsmooth(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = tau * norm1(u)  # program.pf:5
            return value

        return argmin(
            objective,
            (start_of_u,),
            given,
            by=ProximalGradient(tol=1e-09),
            at=Implicit(),
            prox=prox,
            nonsmooth=nonsmooth,
            quadratic=True,
        )  # program.pf:5

    u_solution = argmin_u(start, X, tau, D, N)  # program.pf:5
    w = u_solution[:D]  # program.pf:5
    k = jnp.arange(K)

    def argmin_v(start_of_v, G, k, tau, N):  # program.pf:8
        known = G[k]  # program.pf:8
        given = (tau, known)

        def objective(unknowns, given):  # program.pf:8
            (v,) = unknowns
            tau, known = given
            value = jnp.sum((known - v) ** 2)  # program.pf:8
            value = value + tau * v ** 2  # program.pf:8
            return value

        return argmin(
            objective,
            (start_of_v,),
            given,
            by=Newton(),
            at=Implicit(),
            quadratic=True,
        )  # program.pf:8

    v_solution = jax.vmap(lambda x1, x2, x3: argmin_v(0.0, x1, x2, x3, N), in_axes=(None, 0, None))(
        G,
        k,
        tau,
    )  # program.pf:8

    def root_s(start_of_s_free, tau):  # program.pf:10
        given = (tau,)

        def objective(unknowns, given):  # program.pf:10
            (s_free,) = unknowns
            (tau,) = given
            return (jnp.exp(2.0 * s_free) - tau,)

        return root(
            objective,
            (start_of_s_free,),
            given,
            by=Newton(),
            at=Implicit(linear=Dense(method='lu')),
        )  # program.pf:10

    s_solution = root_s(0.0, tau)  # program.pf:10
    r = positive_constrain(s_solution[0])  # program.pf:10

    def integrate_x(start_of_x, times, tau):  # program.pf:11
        known = -tau  # program.pf:11
        given = (known,)

        def objective(t, unknowns, given):  # program.pf:11
            (x,) = unknowns
            (known,) = given
            return (known * x,)

        return integrate(
            objective,
            (start_of_x,),
            times,
            given,
            by=Tsit5(rtol=1e-08),
            at=Discrete(),
        )  # program.pf:11

    x_solution = integrate_x(r, ts, tau)  # program.pf:11
    e = x_solution[:T]  # program.pf:11
    t1 = r + e[0]  # program.pf:12
    density = density - 0.5 / t1 ** 2 * jnp.sum((y - (X @ w + jnp.sum(v_solution[:, 0]))) ** 2)  # program.pf:12
    density = density - N * jnp.log(t1)  # program.pf:12
    density = density - N * 0.9189385332046727  # program.pf:12
    return density


def prepare(sizes, data):
    """What the data alone determine, computed once."""
    N = sizes["N"]
    T = sizes["T"]
    X = jnp.asarray(data["X"])
    G = jnp.asarray(data["G"])
    ts = jnp.asarray(data["ts"])
    y = jnp.asarray(data["y"])
    X_T = X.T  # program.pf:12
    constant = N * -0.9189385332046727 - 0.2257913526447274
    return {"X": X, "G": G, "ts": ts, "y": y, "X_T": X_T, "constant": constant}  # program.pf:2


def log_density_unconstrained(sizes, data, q):
    """The log density of the unconstrained vector, with the log-Jacobian of the
    transform. `data` is what `prepare` returns."""
    N = sizes["N"]
    D = sizes["D"]
    K = sizes["K"]
    T = sizes["T"]
    X = jnp.asarray(data["X"])
    G = jnp.asarray(data["G"])
    ts = jnp.asarray(data["ts"])
    y = jnp.asarray(data["y"])
    X_T = jnp.asarray(data["X_T"])
    constant = jnp.asarray(data["constant"])
    start = jnp.zeros((D,), float)  # program.pf:5
    k = jnp.arange(K)
    density = constant
    tau_free = q[0]  # program.pf:3
    tau = positive_constrain(tau_free)  # program.pf:3
    density = density + positive_log_jacobian(tau_free)  # program.pf:3
    density = density - 0.5 * tau ** 2  # program.pf:3

    def argmin_u(start_of_u, X, tau, D, N):  # program.pf:5
        X_T = X.T  # program.pf:5
        given = (tau, X_T)

        def objective(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = 0.5 * jnp.sum((1.0 - u @ X_T) ** 2)  # program.pf:5
            return value

        def prox(unknowns, step, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            return (prox_l1(u, step * tau),)

        def nonsmooth(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = tau * norm1(u)  # program.pf:5
            return value

        return argmin(
            objective,
            (start_of_u,),
            given,
            by=ProximalGradient(tol=1e-09),
            at=Implicit(),
            prox=prox,
            nonsmooth=nonsmooth,
            quadratic=True,
        )  # program.pf:5

    u_solution = argmin_u(start, X, tau, D, N)  # program.pf:5
    w = u_solution[:D]  # program.pf:5

    def argmin_v(start_of_v, G, k, tau, N):  # program.pf:8
        known = G[k]  # program.pf:8
        given = (tau, known)

        def objective(unknowns, given):  # program.pf:8
            (v,) = unknowns
            tau, known = given
            value = jnp.sum((known - v) ** 2)  # program.pf:8
            value = value + tau * v ** 2  # program.pf:8
            return value

        return argmin(
            objective,
            (start_of_v,),
            given,
            by=Newton(),
            at=Implicit(),
            quadratic=True,
        )  # program.pf:8

    v_solution = jax.vmap(lambda x1, x2, x3: argmin_v(0.0, x1, x2, x3, N), in_axes=(None, 0, None))(
        G,
        k,
        tau,
    )  # program.pf:8

    def root_s(start_of_s_free, tau):  # program.pf:10
        given = (tau,)

        def objective(unknowns, given):  # program.pf:10
            (s_free,) = unknowns
            (tau,) = given
            return (jnp.exp(2.0 * s_free) - tau,)

        return root(
            objective,
            (start_of_s_free,),
            given,
            by=Newton(),
            at=Implicit(linear=Dense(method='lu')),
        )  # program.pf:10

    s_solution = root_s(0.0, tau)  # program.pf:10
    r = positive_constrain(s_solution[0])  # program.pf:10

    def integrate_x(start_of_x, times, tau):  # program.pf:11
        known = -tau  # program.pf:11
        given = (known,)

        def objective(t, unknowns, given):  # program.pf:11
            (x,) = unknowns
            (known,) = given
            return (known * x,)

        return integrate(
            objective,
            (start_of_x,),
            times,
            given,
            by=Tsit5(rtol=1e-08),
            at=Discrete(),
        )  # program.pf:11

    x_solution = integrate_x(r, ts, tau)  # program.pf:11
    e = x_solution[:T]  # program.pf:11
    t1 = r + e[0]  # program.pf:12
    t2 = -0.5 / t1 ** 2 * jnp.sum((y - (w @ X_T + jnp.sum(v_solution[:, 0]))) ** 2)  # program.pf:12
    density = density + t2  # program.pf:12
    density = density - N * jnp.log(t1)  # program.pf:12
    return density


def constrain(sizes, data, q):
    """The variables that belong to an unconstrained vector."""
    tau_free = q[0]  # program.pf:3
    tau = positive_constrain(tau_free)  # program.pf:3
    return {"tau": tau}  # program.pf:2


def unconstrain(sizes, data, values):
    """The unconstrained vector that belongs to values of the variables."""
    tau = jnp.asarray(values["tau"])
    q = join(positive_unconstrain(tau))  # program.pf:2
    return q  # program.pf:2


def simulate(sizes, data, key):
    """A draw of every variable, and what the program returns. `key` is a JAX random key."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    D = sizes["D"]
    K = sizes["K"]
    T = sizes["T"]
    X = jnp.asarray(data["X"])
    G = jnp.asarray(data["G"])
    ts = jnp.asarray(data["ts"])
    key, key_tau_draw = jax.random.split(key)  # program.pf:3
    tau_draw = draw(numpyro.HalfNormal(scale=1.0), key_tau_draw, ())  # program.pf:3
    start = jnp.zeros((D,), float)  # program.pf:5

    def argmin_u(start_of_u, X, tau, D, N):  # program.pf:5
        X_T = X.T  # program.pf:5
        given = (tau, X_T)

        def objective(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = 0.5 * jnp.sum((1.0 - u @ X_T) ** 2)  # program.pf:5
            return value

        def prox(unknowns, step, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            return (prox_l1(u, step * tau),)

        def nonsmooth(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = tau * norm1(u)  # program.pf:5
            return value

        return argmin(
            objective,
            (start_of_u,),
            given,
            by=ProximalGradient(tol=1e-09),
            at=Implicit(),
            prox=prox,
            nonsmooth=nonsmooth,
            quadratic=True,
        )  # program.pf:5

    u_solution = argmin_u(start, X, tau_draw, D, N)  # program.pf:5
    w = u_solution[:D]  # program.pf:5
    k = jnp.arange(K)

    def argmin_v(start_of_v, G, k, tau, N):  # program.pf:8
        known = G[k]  # program.pf:8
        given = (tau, known)

        def objective(unknowns, given):  # program.pf:8
            (v,) = unknowns
            tau, known = given
            value = jnp.sum((known - v) ** 2)  # program.pf:8
            value = value + tau * v ** 2  # program.pf:8
            return value

        return argmin(
            objective,
            (start_of_v,),
            given,
            by=Newton(),
            at=Implicit(),
            quadratic=True,
        )  # program.pf:8

    v_solution = jax.vmap(lambda x1, x2, x3: argmin_v(0.0, x1, x2, x3, N), in_axes=(None, 0, None))(
        G,
        k,
        tau_draw,
    )  # program.pf:8

    def root_s(start_of_s_free, tau):  # program.pf:10
        given = (tau,)

        def objective(unknowns, given):  # program.pf:10
            (s_free,) = unknowns
            (tau,) = given
            return (jnp.exp(2.0 * s_free) - tau,)

        return root(
            objective,
            (start_of_s_free,),
            given,
            by=Newton(),
            at=Implicit(linear=Dense(method='lu')),
        )  # program.pf:10

    s_solution = root_s(0.0, tau_draw)  # program.pf:10
    r = positive_constrain(s_solution[0])  # program.pf:10

    def integrate_x(start_of_x, times, tau):  # program.pf:11
        known = -tau  # program.pf:11
        given = (known,)

        def objective(t, unknowns, given):  # program.pf:11
            (x,) = unknowns
            (known,) = given
            return (known * x,)

        return integrate(
            objective,
            (start_of_x,),
            times,
            given,
            by=Tsit5(rtol=1e-08),
            at=Discrete(),
        )  # program.pf:11

    x_solution = integrate_x(r, ts, tau_draw)  # program.pf:11
    e = x_solution[:T]  # program.pf:11
    t1 = X @ w + jnp.sum(v_solution[:, 0])  # program.pf:12
    t2 = r + e[0]  # program.pf:12
    key, key_y_draw = jax.random.split(key)  # program.pf:12
    y_draw = draw(numpyro.Normal(loc=t1, scale=t2), key_y_draw, (N,))  # program.pf:12
    return {"tau": tau_draw, "y": y_draw}  # program.pf:2


def predictive(sizes, data, values, key):
    """A new draw of what the data give, the other variables being `values`."""
    from pushforward.runtime.laws import draw, numpyro
    N = sizes["N"]
    D = sizes["D"]
    K = sizes["K"]
    T = sizes["T"]
    X = jnp.asarray(data["X"])
    G = jnp.asarray(data["G"])
    ts = jnp.asarray(data["ts"])
    tau = jnp.asarray(values["tau"])
    start = jnp.zeros((D,), float)  # program.pf:5

    def argmin_u(start_of_u, X, tau, D, N):  # program.pf:5
        X_T = X.T  # program.pf:5
        given = (tau, X_T)

        def objective(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = 0.5 * jnp.sum((1.0 - u @ X_T) ** 2)  # program.pf:5
            return value

        def prox(unknowns, step, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            return (prox_l1(u, step * tau),)

        def nonsmooth(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = tau * norm1(u)  # program.pf:5
            return value

        return argmin(
            objective,
            (start_of_u,),
            given,
            by=ProximalGradient(tol=1e-09),
            at=Implicit(),
            prox=prox,
            nonsmooth=nonsmooth,
            quadratic=True,
        )  # program.pf:5

    u_solution = argmin_u(start, X, tau, D, N)  # program.pf:5
    w = u_solution[:D]  # program.pf:5
    k = jnp.arange(K)

    def argmin_v(start_of_v, G, k, tau, N):  # program.pf:8
        known = G[k]  # program.pf:8
        given = (tau, known)

        def objective(unknowns, given):  # program.pf:8
            (v,) = unknowns
            tau, known = given
            value = jnp.sum((known - v) ** 2)  # program.pf:8
            value = value + tau * v ** 2  # program.pf:8
            return value

        return argmin(
            objective,
            (start_of_v,),
            given,
            by=Newton(),
            at=Implicit(),
            quadratic=True,
        )  # program.pf:8

    v_solution = jax.vmap(lambda x1, x2, x3: argmin_v(0.0, x1, x2, x3, N), in_axes=(None, 0, None))(
        G,
        k,
        tau,
    )  # program.pf:8

    def root_s(start_of_s_free, tau):  # program.pf:10
        given = (tau,)

        def objective(unknowns, given):  # program.pf:10
            (s_free,) = unknowns
            (tau,) = given
            return (jnp.exp(2.0 * s_free) - tau,)

        return root(
            objective,
            (start_of_s_free,),
            given,
            by=Newton(),
            at=Implicit(linear=Dense(method='lu')),
        )  # program.pf:10

    s_solution = root_s(0.0, tau)  # program.pf:10
    r = positive_constrain(s_solution[0])  # program.pf:10

    def integrate_x(start_of_x, times, tau):  # program.pf:11
        known = -tau  # program.pf:11
        given = (known,)

        def objective(t, unknowns, given):  # program.pf:11
            (x,) = unknowns
            (known,) = given
            return (known * x,)

        return integrate(
            objective,
            (start_of_x,),
            times,
            given,
            by=Tsit5(rtol=1e-08),
            at=Discrete(),
        )  # program.pf:11

    x_solution = integrate_x(r, ts, tau)  # program.pf:11
    e = x_solution[:T]  # program.pf:11
    t1 = X @ w + jnp.sum(v_solution[:, 0])  # program.pf:12
    t2 = r + e[0]  # program.pf:12
    key, key_y_draw = jax.random.split(key)  # program.pf:12
    y_draw = draw(numpyro.Normal(loc=t1, scale=t2), key_y_draw, (N,))  # program.pf:12
    return {"y": y_draw}  # program.pf:2


def generated(sizes, data, values):
    """What the program returns, the variables being `values`."""
    return {}


def factors(sizes, data, values):
    """The terms of the log density by their origin and line."""
    N = sizes["N"]
    D = sizes["D"]
    K = sizes["K"]
    T = sizes["T"]
    X = jnp.asarray(data["X"])
    G = jnp.asarray(data["G"])
    ts = jnp.asarray(data["ts"])
    y = jnp.asarray(data["y"])
    tau = jnp.asarray(values["tau"])
    start = jnp.zeros((D,), float)  # program.pf:5

    def argmin_u(start_of_u, X, tau, D, N):  # program.pf:5
        X_T = X.T  # program.pf:5
        given = (tau, X_T)

        def objective(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = 0.5 * jnp.sum((1.0 - u @ X_T) ** 2)  # program.pf:5
            return value

        def prox(unknowns, step, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            return (prox_l1(u, step * tau),)

        def nonsmooth(unknowns, given):  # program.pf:5
            (u,) = unknowns
            tau, X_T = given
            value = tau * norm1(u)  # program.pf:5
            return value

        return argmin(
            objective,
            (start_of_u,),
            given,
            by=ProximalGradient(tol=1e-09),
            at=Implicit(),
            prox=prox,
            nonsmooth=nonsmooth,
            quadratic=True,
        )  # program.pf:5

    u_solution = argmin_u(start, X, tau, D, N)  # program.pf:5
    w = u_solution[:D]  # program.pf:5
    k = jnp.arange(K)

    def argmin_v(start_of_v, G, k, tau, N):  # program.pf:8
        known = G[k]  # program.pf:8
        given = (tau, known)

        def objective(unknowns, given):  # program.pf:8
            (v,) = unknowns
            tau, known = given
            value = jnp.sum((known - v) ** 2)  # program.pf:8
            value = value + tau * v ** 2  # program.pf:8
            return value

        return argmin(
            objective,
            (start_of_v,),
            given,
            by=Newton(),
            at=Implicit(),
            quadratic=True,
        )  # program.pf:8

    v_solution = jax.vmap(lambda x1, x2, x3: argmin_v(0.0, x1, x2, x3, N), in_axes=(None, 0, None))(
        G,
        k,
        tau,
    )  # program.pf:8

    def root_s(start_of_s_free, tau):  # program.pf:10
        given = (tau,)

        def objective(unknowns, given):  # program.pf:10
            (s_free,) = unknowns
            (tau,) = given
            return (jnp.exp(2.0 * s_free) - tau,)

        return root(
            objective,
            (start_of_s_free,),
            given,
            by=Newton(),
            at=Implicit(linear=Dense(method='lu')),
        )  # program.pf:10

    s_solution = root_s(0.0, tau)  # program.pf:10
    r = positive_constrain(s_solution[0])  # program.pf:10

    def integrate_x(start_of_x, times, tau):  # program.pf:11
        known = -tau  # program.pf:11
        given = (known,)

        def objective(t, unknowns, given):  # program.pf:11
            (x,) = unknowns
            (known,) = given
            return (known * x,)

        return integrate(
            objective,
            (start_of_x,),
            times,
            given,
            by=Tsit5(rtol=1e-08),
            at=Discrete(),
        )  # program.pf:11

    x_solution = integrate_x(r, ts, tau)  # program.pf:11
    e = x_solution[:T]  # program.pf:11
    t1 = r + e[0]  # program.pf:12
    return {
        "tau@3": -0.5 * tau ** 2 - 0.2257913526447274,
        "y@12": -0.5 / t1 ** 2 * jnp.sum((y - (X @ w + jnp.sum(v_solution[:, 0]))) ** 2) - N * jnp.log(t1) - N * 0.9189385332046727,
    }
