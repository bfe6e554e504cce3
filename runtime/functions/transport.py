"""Tables with given margins: the transport polytope, and that of Birkhoff."""

import jax
import jax.numpy as jnp


def project_transport(X: jax.Array, a: jax.Array, b: jax.Array) -> jax.Array:
    """The nearest table to X (M, N) with entries >= 0, row sums a and column sums b.

    It is max(X + f + g, 0) with a number f for each row and g for each column, which minimise the convex dual
    |max(X + f + g, 0)|^2 / 2 - a'f - b'g: semismooth Newton's method with a line search (Blondel, Seguy and Rolet 2018,
    "Smooth and sparse optimal transport", section 3). Dense: (M + N)^3 time a step. NaN if a and b have different sums.
    """
    X, margins = jnp.multiply(X, 1.0), jnp.concatenate([a, b]).astype(X.dtype)
    fixed = jax.lax.stop_gradient((X, margins))
    support = _transport_support(*fixed)
    # On its support the table is linear in X and the margins: one system, singular where the support falls apart.
    inverse = jnp.linalg.pinv(_transport_curvature(support), hermitian=True)
    dual = inverse @ (margins - _transport_margins(support * X))
    table = support * _transport_lifted(X, dual)
    table = table - jax.lax.stop_gradient(jnp.minimum(table, 0.0))  # rounding
    balanced = jnp.abs(jnp.sum(a) - jnp.sum(b)) <= 1e3 * _transport_unit(X) * (1 + jnp.sum(jnp.abs(a)))
    # Zeros of the support do not keep NaN: XLA turns a product with them into a choice.
    return jnp.where(balanced & ~jnp.any(jnp.isnan(X)), table, jnp.nan)


def project_birkhoff(X: jax.Array) -> jax.Array:
    """The nearest table to X (N, N) with entries >= 0 whose rows and columns sum to 1."""
    ones = jnp.ones(X.shape[0])
    return project_transport(X, ones, ones)


def vertex_birkhoff(G: jax.Array) -> jax.Array:
    """The permutation matrix P (N, N) that minimises sum(P .* G): the assignment problem, by shortest augmenting paths
    (Jonker and Volgenant 1987). N^3 time."""
    columns = assignment(G)
    return jax.nn.one_hot(columns, columns.size, dtype=jnp.multiply(G, 1.0).dtype)


def assignment(C: jax.Array) -> jax.Array:
    """The columns [N] of the rows in the assignment of least cost, as `vertex_birkhoff` finds it."""
    cost = jax.lax.stop_gradient(jnp.multiply(C, 1.0))
    n = cost.shape[0]
    zeros, nobody = jnp.zeros(n, cost.dtype), jnp.full(n, -1)
    first = (zeros, zeros, nobody, nobody)
    found: tuple[jax.Array, ...] = jax.lax.fori_loop(0, n, lambda i, s: _transport_assign(cost, i, *s), first)
    return found[3]


def _transport_margins(X: jax.Array) -> jax.Array:
    """The sums of the rows, then those of the columns."""
    return jnp.concatenate([X.sum(axis=1), X.sum(axis=0)])


def _transport_lifted(X: jax.Array, dual: jax.Array) -> jax.Array:
    """X + f + g."""
    m = X.shape[0]
    return X + dual[:m, None] + dual[None, m:]


def _transport_curvature(support: jax.Array) -> jax.Array:
    """The Hessian of the dual, for a support of zeros and ones."""
    rows, columns = jnp.diag(support.sum(axis=1)), jnp.diag(support.sum(axis=0))
    return jnp.block([[rows, support], [support.T, columns]])


def _transport_support(X: jax.Array, margins: jax.Array) -> jax.Array:
    """Where the nearest table is positive, as zeros and ones."""
    eps = _transport_unit(X)
    enough = 50 * eps * (1 + jnp.max(jnp.abs(margins)))
    m, n = X.shape
    identity = jnp.eye(m + n, dtype=X.dtype)

    def slope(dual: jax.Array) -> jax.Array:
        return _transport_margins(jnp.maximum(_transport_lifted(X, dual), 0.0)) - margins

    def going(state: tuple[jax.Array, jax.Array]) -> jax.Array:
        return (jnp.max(jnp.abs(slope(state[0]))) > enough) & (state[1] < 200)

    def step(state: tuple[jax.Array, jax.Array]) -> tuple[jax.Array, jax.Array]:
        dual, k = state
        gradient = slope(dual)
        support = (_transport_lifted(X, dual) > 0).astype(X.dtype)
        shift = jnp.minimum(0.1, 0.1 * jnp.max(jnp.abs(gradient))) + 10 * eps * (m + n)
        d = -jnp.linalg.solve(_transport_curvature(support) + shift * identity, gradient)

        def far(t: jax.Array) -> jax.Array:
            """The dual is convex: past its least point on the line, by more than a tenth of the slope at the start."""
            past: jax.Array = slope(dual + t * d) @ d > -0.1 * (gradient @ d)
            return past & (t > 1e-6)

        return dual + jax.lax.while_loop(far, lambda t: t / 2, jnp.ones((), X.dtype)) * d, k + 1

    start = jnp.concatenate([(margins[:m] - X.sum(axis=1)) / n, jnp.zeros(n, X.dtype)])
    dual, _ = jax.lax.while_loop(going, step, (start, jnp.asarray(0)))
    return (_transport_lifted(X, dual) > 0).astype(X.dtype)


def _transport_assign(
    cost: jax.Array, row: jax.Array, u: jax.Array, v: jax.Array, row_of: jax.Array, column_of: jax.Array
) -> tuple[jax.Array, jax.Array, jax.Array, jax.Array]:
    """One more row assigned: the shortest path in reduced costs, cost - u - v >= 0, from it to a free column."""

    State = tuple[jax.Array, jax.Array, jax.Array, jax.Array]

    def searching(state: State) -> jax.Array:
        return state[3] < 0

    def search(state: State) -> State:
        distance, before, done, _ = state
        near = jnp.argmin(jnp.where(done, jnp.inf, distance))
        done = done.at[near].set(True)
        through = row_of[near]
        longer = distance[near] + cost[through] - u[through] - v
        shorter = ~done & (longer < distance) & (through >= 0)
        sink = jnp.where(through < 0, near, -1)
        return jnp.where(shorter, longer, distance), jnp.where(shorter, through, before), done, sink

    n = cost.shape[0]
    start = (cost[row] - u[row] - v, jnp.full(n, row), jnp.zeros(n, bool), jnp.asarray(-1))
    distance, before, done, sink = jax.lax.while_loop(searching, search, start)
    gain = jnp.where(done, distance[sink] - distance, 0.0)
    passed = jnp.where(done & (row_of >= 0), row_of, n)
    u = u.at[passed].add(gain, mode="drop").at[row].add(distance[sink])

    def flip(state: State) -> State:
        column, row_of, column_of, _ = state
        taker = before[column]
        left = column_of[taker]
        return left, row_of.at[column].set(taker), column_of.at[taker].set(column), taker == row

    _, row_of, column_of, _ = jax.lax.while_loop(
        lambda s: ~s[3], flip, (sink, row_of, column_of, jnp.asarray(False))
    )
    return u, v - gain, row_of, column_of


def _transport_unit(x: jax.Array) -> float:
    """The distance from 1 to the next number of x's type."""
    return float(jnp.finfo(x.dtype).eps)  # type: ignore[no-untyped-call]
