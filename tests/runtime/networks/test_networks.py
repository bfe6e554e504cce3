"""Networks: what they compute, that a batch is one matrix product, that they are trees of arrays, that seeds decide."""

from __future__ import annotations

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.dsl.networks import kinds
from pushforward.dsl.networks.kind import ACTIVATIONS
from pushforward.runtime.networks.gru import gru
from pushforward.runtime.networks.mlp import mlp
from pushforward.runtime.networks.resnet import resnet

SIZES = {"size": 3, "sizes": (4, 3)}


def made(kind: str, seed: tuple[int, int] = (0, 0)) -> Any:
    """A small network of a kind, by its declaration."""
    import importlib

    declared = kinds()[kind]
    settings = {s.name: s.default if s.form == "word" else SIZES[s.form] for s in declared.settings}
    settings = {"in_" if n == "in" else n: v for n, v in settings.items()}
    return getattr(importlib.import_module(f"pushforward.runtime.networks.{kind}"), kind)(**settings, seed=seed)


def inputs(kind: str, *batch: int) -> tuple[jax.Array, ...]:
    """An input of each kind that it takes, all of length 3."""
    keys = jax.random.split(jax.random.key(7), len(kinds()[kind].inputs))
    return tuple(jax.random.normal(key, (*batch, 3)) for key in keys)


each = pytest.mark.parametrize("kind", list(kinds()))


@each
def test_a_batch_is_its_examples(kind: str) -> None:
    network, given = made(kind), inputs(kind, 2, 5)
    apply = jax.jit(lambda f, *x: f(*x))
    one_by_one = np.stack([np.stack([apply(network, *(x[i, j] for x in given)) for j in range(5)]) for i in range(2)])
    np.testing.assert_allclose(apply(network, *given), one_by_one, rtol=2e-5, atol=1e-6)
    assert one_by_one.shape == (2, 5, 3)


@each
def test_a_batch_takes_no_loop_and_no_batched_product(kind: str) -> None:
    """Every product in the graph has a matrix of weights on one side, with no batch dimension; nothing loops."""

    def products(graph: Any) -> list[Any]:
        found = []
        for equation in graph.eqns:
            assert equation.primitive.name not in ("scan", "while")
            if equation.primitive.name == "dot_general":
                found.append(equation.params["dimension_numbers"][1])
            for inner in jax.core.jaxprs_in_params(equation.params):
                found += products(inner)
        return found

    network, given = made(kind), inputs(kind, 50)
    graph = jax.make_jaxpr(lambda f, *x: f(*x))(network, *given).jaxpr
    matrices = [leaf for leaf in jax.tree.leaves(network) if leaf.ndim == 2]
    assert products(graph) == [((), ())] * len(matrices)


@each
def test_a_network_is_a_tree_of_arrays(kind: str) -> None:
    network = made(kind)
    leaves = jax.tree.leaves(network)
    assert leaves and all(eqx.is_inexact_array(leaf) for leaf in leaves)
    gradient = jax.jit(jax.grad(lambda f: jnp.sum(f(*inputs(kind, 50)))))(network)
    assert jax.tree.structure(gradient) == jax.tree.structure(network)
    assert all(jnp.any(leaf != 0) for leaf in jax.tree.leaves(gradient))


@each
def test_the_seed_and_the_place_decide_the_weights(kind: str) -> None:
    def weights(*seed: int) -> Any:
        return np.concatenate([np.ravel(leaf) for leaf in jax.tree.leaves(made(kind, seed))])  # type: ignore[arg-type]

    assert (weights(0, 0) == weights(0, 0)).all()
    assert (weights(0, 0) != weights(1, 0)).all() and (weights(0, 0) != weights(0, 1)).all()


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_mlp_is_that_of_equinox(activation: str) -> None:
    ours = mlp(in_=3, out=2, hidden=(5, 5), activation=activation, seed=(0, 0))
    peer = eqx.nn.MLP(3, 2, 5, 2, getattr(jax.nn, activation), key=jax.random.key(1))
    peer = eqx.tree_at(lambda f: f.layers, peer, ours.layers)
    x = jax.random.normal(jax.random.key(2), (4, 3))
    found, wanted = jax.jit(lambda x: (ours(x), jax.vmap(peer)(x)))(x)
    np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)


def test_gru_is_that_of_equinox() -> None:
    ours = gru(in_=3, hidden=4, seed=(0, 0))
    x, h = (jax.random.normal(jax.random.key(i), (6, n)) for i, n in enumerate((3, 4)))
    found = jax.jit(lambda x, h: (ours(x, h), ours(x, h[:1])))(x, h)
    wanted = jax.jit(lambda x, h: (jax.vmap(ours.cell)(x, h), jax.vmap(ours.cell, (0, None))(x, h[0])))(x, h)
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[1], wanted[1], rtol=1e-5, atol=1e-6)


def test_resnet_adds_its_blocks() -> None:
    ours = resnet(in_=3, out=2, width=4, depth=2, activation="tanh", seed=(0, 0))
    x = jax.random.normal(jax.random.key(0), (3,))
    h = ours.first(x)
    for inner, outer in ours.blocks:
        h = h + outer(jnp.tanh(inner(h)))
    np.testing.assert_allclose(ours(x), ours.last(jnp.tanh(h)), rtol=1e-5, atol=1e-6)
    assert len(ours.blocks) == 2
