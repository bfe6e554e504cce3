"""The nearest point of a polyhedron, by an active-set method."""

import jax
import jax.numpy as jnp


def project_polyhedron(x: jax.Array, A: jax.Array, b: jax.Array) -> jax.Array:
    """The nearest y with A y <= b, A (M, N); NaN if there is none.

    Least distance programming (Lawson and Hanson 1974, chapter 23): with G = -A, h = A x - b, the nonnegative least
    squares solution u of [G'; h'] u = (0, ..., 0, 1) is positive at constraints that hold as equations, and has
    residual 0 if no y exists. y is then the projection onto these equations. Dense: M^3 time a change of the active
    set.
    """
    x = jnp.multiply(x, 1.0)
    fixed, rows, bounds = jax.lax.stop_gradient((x, jnp.asarray(A, x.dtype), jnp.asarray(b, x.dtype)))
    lengths = jnp.sqrt(jnp.sum(rows * rows, axis=1))
    excess = (rows @ fixed - bounds) / lengths
    scale = jnp.maximum(jnp.max(jnp.abs(excess), initial=0.0), _polyhedra_tiny(x))
    system = jnp.concatenate([-(rows / lengths[:, None]).T, excess[None, :] / scale])
    goal = jnp.zeros(x.size + 1, x.dtype).at[-1].set(1.0)
    u = _polyhedra_nonnegative(system, goal)
    active = jnp.where(u > 0, 1.0, 0.0)
    held = active[:, None] * A
    multipliers = jnp.linalg.solve(held @ held.T + jnp.diag(1 - active), active * (A @ x - b))
    possible = jnp.sum((system @ u - goal) ** 2) > 1e3 * _polyhedra_unit(x)
    return jnp.where(possible, x - held.T @ multipliers, jnp.nan)


def _polyhedra_nonnegative(E: jax.Array, f: jax.Array) -> jax.Array:
    """argmin |E u - f| over u >= 0 (their chapter 23, NNLS). `free` are the entries that may be positive: one more is
    freed where the gradient is largest; on the way to the solution of the free ones, those that reach 0 are bound
    again."""
    gram, right = E.T @ E, E.T @ f
    size = right.size
    enough = 100 * size * _polyhedra_unit(f)
    State = tuple[jax.Array, jax.Array, jax.Array, jax.Array]

    def gain(u: jax.Array, free: jax.Array) -> jax.Array:
        return jnp.where(free, -jnp.inf, right - gram @ u)

    def solved(free: jax.Array) -> jax.Array:
        keep = free.astype(f.dtype)
        masked = keep[:, None] * gram * keep[None, :] + jnp.diag(1 - keep)
        return jnp.where(free, jnp.linalg.solve(masked, keep * right), 0.0)

    def going(state: State) -> jax.Array:
        u, free, inside, n = state
        return (~inside | (jnp.max(gain(u, free)) > enough)) & (n < 10 * size + 10)

    def step(state: State) -> State:
        u, free, inside, n = state
        best = jnp.arange(size) == jnp.argmax(gain(u, free))
        free = jnp.where(inside, free | best, free)
        target = solved(free)
        blocked = free & (target <= 0)
        fall = jnp.where(blocked, jnp.maximum(u - target, _polyhedra_tiny(f)), 1.0)
        room = jnp.where(blocked, u / fall, jnp.inf)
        t = jnp.minimum(jnp.min(room), 1.0)
        moved = jnp.maximum(u + t * (target - u), 0.0)
        now_bound = blocked & (room <= t)
        moved = jnp.where(now_bound | ~free, 0.0, moved)
        return moved, free & ~now_bound, ~jnp.any(blocked), n + 1

    nothing = (jnp.zeros_like(right), jnp.zeros(size, bool), jnp.asarray(True), jnp.asarray(0))
    return jax.lax.while_loop(going, step, nothing)[0]


def _polyhedra_unit(x: jax.Array) -> float:
    """The distance from 1 to the next number of x's type."""
    return float(jnp.finfo(x.dtype).eps)  # type: ignore[no-untyped-call]


def _polyhedra_tiny(x: jax.Array) -> float:
    """The least positive number of x's type with all its digits."""
    return float(jnp.finfo(x.dtype).tiny)  # type: ignore[no-untyped-call]
