"""One NUTS trajectory: doubling by a loop over leaves, with one gradient each.

Multinomial NUTS (Hoffman and Gelman 2014; Betancourt 2017, appendix A.3 to A.5) without recursion. Everything
happens in the whitened momentum r = L' p, where L L' is the inverse metric: r is standard normal, the kinetic
energy is |r|^2 / 2 and the generalised U-turn criterion needs no metric.

Leaves are numbered m = 1, 2, 3, ..., so that doubling d makes the leaves 2^d .. 2^(d+1) - 1: the leading bit
of m is the doubling, the bits after it the path in its sub-tree. When leaf m is there, each of its trailing
ones closes a node: the node of k ones starts at m with its k low bits cleared, or is the whole tree when m is
all ones. The starts of the nodes still open are thus prefixes of m in binary, one for each count of set bits,
and a table with a row for each count holds all that checks need: row j has the momentum of that leaf, of the
leaf before it, and the sum of momenta before it; row 0 stands for the tree before the doubling. A node is
checked three times, as Stan does: over its span, and from each half to the nearest leaf of the other.

In XLA on a CPU each array a loop carries costs a kernel a turn, which for a small model is what time goes to.
Hence what goes together is kept in one array (a record: position, momentum, force, log density, energy), and
what can be computed from the leaf's number is not kept.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from pushforward.runtime.samplers.counter import uniforms, words

DIVERGENCE = 1000.0
NEVER = -1e300  # a log weight that no arithmetic turns into a NaN
GOING, SUBTREE_TURNED, DIVERGED, TREE_TURNED = range(4)
# Counters under a trajectory's key: dimensions from 0, the others by leaf or by doubling.
_LEAF, _TREE, _SIDE = 1 << 40, 1 << 41, 1 << 42


class Metric(NamedTuple):
    """The maps of L: `push` takes whitened momenta to velocities (L r), `pull` gradients to forces (L' g)."""

    push: Callable[[Array], Array]
    pull: Callable[[Array], Array]


class Record(NamedTuple):
    """What is known of a leaf."""

    q: Array  # f64[n]
    momentum: Array  # f64[n], whitened
    force: Array  # f64[n], the whitened gradient
    log_density: Array  # f64[]
    energy: Array  # f64[]


class Trajectory(NamedTuple):
    """The state of the loop over leaves; a record is an f64[3n + 2]."""

    leaf: Array  # i32[]: number of the next leaf
    status: Array  # i32[]
    moving: Array  # record of the end the next leaf is added to
    resting: Array  # record of the other end
    rows: Array  # f64[depths + 2, 3, n]: the table; its last row takes what nobody reads
    sub: Array  # record of the draw from the sub-tree under construction
    tree: Array  # record of the draw from the tree
    sub_weight: Array
    tree_weight: Array
    sub_momentum: Array  # f64[n]: sum over the sub-tree
    tree_momentum: Array  # f64[n]: sum over the tree
    accept_sum: Array


def pack(record: Record) -> Array:
    """A record as one array."""
    return jnp.concatenate([*record[:3], jnp.stack(record[3:])])


def unpack(packed: Array) -> Record:
    """The parts of a packed record."""
    n = (packed.shape[0] - 2) // 3
    return Record(packed[:n], packed[n : 2 * n], packed[2 * n : 3 * n], packed[-2], packed[-1])


def _counter(base: int, number: Array) -> Array:
    return number.astype(jnp.uint64) + np.uint64(base)


def _doubling(leaf: Array) -> Array:
    return 31 - lax.clz(leaf)


def _forward(origin: Array, doubling: Array) -> Array:
    return (words(origin, _counter(_SIDE, doubling)) >> np.uint64(63)) == 1


def start(record: Record, origin: Array, depths: int) -> Trajectory:
    """The trajectory that consists of its initial point, for numbers from `origin` and at most `depths`
    doublings.
    """
    packed, momentum = pack(record), record.momentum
    nothing, zero = jnp.zeros_like(momentum), jnp.zeros(())
    rows = jnp.zeros((depths + 2, 3, momentum.shape[0])).at[0].set(jnp.stack([momentum, nothing, -momentum]))
    return Trajectory(
        leaf=jnp.ones((), jnp.int32), status=jnp.full((), GOING, jnp.int32),
        moving=packed, resting=packed, rows=rows,
        sub=packed, tree=packed, sub_weight=jnp.full((), NEVER), tree_weight=zero,
        sub_momentum=nothing, tree_momentum=momentum, accept_sum=zero,
    )  # fmt: skip


def leapfrogs(t: Trajectory) -> Array:
    """How many leaves were added."""
    return t.leaf - 1


def depth(t: Trajectory) -> Array:
    """How many doublings were completed."""
    broken = (t.status == SUBTREE_TURNED) | (t.status == DIVERGED)
    return _doubling(jnp.where(broken, t.leaf - 1, t.leaf))


def _log_add(a: Array, b: Array) -> Array:
    return jnp.maximum(a, b) + jnp.log1p(jnp.exp(-jnp.abs(a - b)))


def _node_turns(above: Array, below: Array, momentum: Array, total: Array) -> Array:
    """Whether the node from row `above`, with its middle at row `below`, to the newest leaf turns."""
    first, _, first_sum = above
    middle, before, middle_sum = below
    spans = jnp.stack([total - first_sum, middle_sum - first_sum + middle, total - middle_sum + before])
    lefts, rights = jnp.stack([first, first, before]), jnp.stack([momentum, middle, momentum])
    return jnp.any(jnp.minimum((lefts * spans).sum(-1), (rights * spans).sum(-1)) <= 0)


def _turned(rows: Array, leaf: Array, momentum: Array, total: Array) -> Array:
    """The row of the start of the smallest node that leaf `leaf` closes and that turns, or depths + 1."""
    high = lax.population_count(leaf)
    low = high - lax.population_count(leaf ^ (leaf + 1)) + 1
    none = rows.shape[0] - 1

    def check(carry: tuple[Array, Array]) -> tuple[Array, Array]:
        row, _ = carry
        turns = _node_turns(rows[row - 1], rows[row], momentum, total)
        return row - 1, jnp.where(turns, row - 1, none)

    def more(carry: tuple[Array, Array]) -> Array:
        row, found = carry
        return (row > low) & (found == none)

    return lax.while_loop(more, check, (high, jnp.full((), none, jnp.int32)))[1]


def step(
    t: Trajectory, density: Callable[[Array], tuple[Array, Array]], metric: Metric, step_size: Array,
    energy: Array, origin: Array,
) -> Trajectory:  # fmt: skip
    """Add one leaf: one leapfrog step, one gradient (`density` gives value and gradient)."""
    doubling, first, full = _doubling(t.leaf), (t.leaf & (t.leaf - 1)) == 0, (t.leaf & (t.leaf + 1)) == 0
    forward = _forward(origin, doubling)
    q, before, force, _, _ = unpack(t.moving)
    signed = jnp.where(forward, step_size, -step_size)
    half = before + 0.5 * signed * force
    q = q + signed * metric.push(half)
    value, gradient = density(q)
    force = metric.pull(gradient)
    momentum = half + 0.5 * signed * force
    leaf_energy = 0.5 * (momentum * momentum).sum() - value
    weight = energy - leaf_energy
    weight = jnp.where(jnp.isfinite(weight), weight, NEVER)
    new = pack(Record(q, momentum, force, value, leaf_energy))

    sub_weight = jnp.where(first, weight, _log_add(t.sub_weight, weight))
    drawn = uniforms(origin, _counter(_LEAF, t.leaf)) < jnp.exp(weight - sub_weight)
    sub = jnp.where(drawn, new, t.sub)

    sub_sum = jnp.where(first, 0.0, t.sub_momentum)
    sub_momentum = sub_sum + momentum
    rows = t.rows.at[lax.population_count(t.leaf)].set(jnp.stack([momentum, before, sub_sum]))
    row = _turned(rows, t.leaf, momentum, sub_momentum)
    none = t.rows.shape[0] - 1
    status = jnp.where(row == none, GOING, jnp.where(row == 0, TREE_TURNED, SUBTREE_TURNED))
    status = jnp.where(weight < -DIVERGENCE, DIVERGED, status).astype(jnp.int32)

    grown = full & ((status == GOING) | (status == TREE_TURNED))
    taken = grown & (uniforms(origin, _counter(_TREE, t.leaf)) < jnp.exp(sub_weight - t.tree_weight))
    tree_momentum = jnp.where(grown, t.tree_momentum + sub_momentum, t.tree_momentum)
    swapped = grown & (forward != _forward(origin, doubling + 1))
    resting = jnp.where(swapped, new, t.resting)
    other = unpack(resting).momentum
    opening = jnp.stack([other, other, -tree_momentum])
    return Trajectory(
        leaf=t.leaf + 1, status=status, moving=jnp.where(swapped, t.resting, new), resting=resting,
        rows=rows.at[jnp.where(grown, 0, none)].set(opening),
        sub=sub, tree=jnp.where(taken, sub, t.tree),
        sub_weight=sub_weight,
        tree_weight=jnp.where(grown, _log_add(t.tree_weight, sub_weight), t.tree_weight),
        sub_momentum=sub_momentum, tree_momentum=tree_momentum,
        accept_sum=t.accept_sum + jnp.minimum(1.0, jnp.exp(weight)),
    )  # fmt: skip
