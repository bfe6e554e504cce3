"""Objectives with networks: the VAE against JAX by hand, recurrences, `stop`, seeds, modules that stand alone."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import pushforward as pf
from benchmarks.vae import CASES, EXAMPLE, Vae, plain, without_numpyro
from pushforward.compiler.core import ir
from pushforward.compiler.core.check import check
from pushforward.compiler.core.show import show
from pushforward.compiler.pipeline import OBJECTIVES, Request, compile_to_core
from pushforward.dsl.diagnostic import ProgramError

KEY = jax.random.key(11)


class Small(Vae):
    """Eight digits and a narrow layer."""

    @property
    def width(self) -> int:
        return 5


@cache
def small() -> Small:
    return Small("digits", 8)


# ---------------------------------------------------------------- the VAE


@cache
def value_and_gradient(which: str) -> tuple[Any, Any]:
    """The estimate and its gradient at one key; ours in the form of the weights by hand."""
    vae = small()
    start = vae.start if which == "emitted" else plain(vae.start)
    with jax.numpy_rank_promotion("allow" if which == "by_hand" else "raise"):
        value, gradient = jax.jit(jax.value_and_grad(getattr(vae, which)()))(start, KEY, vae.images)
    return value, plain(gradient) if which == "emitted" else gradient


@pytest.mark.slow
def test_the_estimate_is_the_one_by_hand_at_the_same_noise() -> None:
    (ours, gradient), (value, wanted) = value_and_gradient("emitted"), value_and_gradient("by_hand")
    np.testing.assert_allclose(ours, value, rtol=2e-6)
    for a, b in zip(jax.tree.leaves(gradient), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_a_scale_that_is_not_its_logarithm_is_seen() -> None:
    """The control of the test before: by hand without the density of the guide, nothing agrees."""
    vae = small()

    def wrong(params: Any, key: Any, x: Any) -> Any:
        h = vae.start["g"](x)
        return vae.by_hand()(params, key, x) - jnp.sum(h[:, h.shape[1] // 2 :])

    with jax.numpy_rank_promotion("allow"):
        value = jax.jit(wrong)(plain(vae.start), KEY, vae.images)
    assert not np.allclose(value, value_and_gradient("emitted")[0], rtol=2e-6)


def test_the_api_estimates_the_same() -> None:
    vae = small()
    np.testing.assert_allclose(jax.jit(vae.bound.estimate)(vae.start, KEY), value_and_gradient("emitted")[0], rtol=2e-6)


def test_a_step_has_the_products_of_the_one_by_hand_and_no_loop_of_its_own() -> None:
    """In the optimised program: as many matrix products and operations (2 %), no more transpositions and loops."""
    found: dict[str, tuple[Any, ...]] = {}
    flops: dict[str, float] = {}
    for peer, (step, state) in without_numpyro(CASES["digits-64"]).items():
        with jax.numpy_rank_promotion("allow"):
            done = jax.jit(step).lower(state, KEY, CASES["digits-64"].images).compile()
        text = done.as_text() or ""
        found[peer] = tuple(len(re.findall(rf" {op}\(", text)) for op in ("dot", "transpose", "while"))
        flops[peer] = done.cost_analysis()["flops"]  # type: ignore[index]
    assert found["emitted"][0] == found["by_hand"][0]
    assert all(a <= b for a, b in zip(found["emitted"], found["by_hand"], strict=True))
    assert flops["emitted"] <= 1.02 * flops["by_hand"]


def test_the_text_applies_a_network_to_the_whole_batch() -> None:
    text = small().bound.emitted.text
    assert "h = g(q_x)" in text and "f(z_draw)" in text and "vmap" not in text
    assert 'f = params["f"]\n' in text


def test_the_core_of_every_stage_is_checked_and_shown() -> None:
    for what in OBJECTIVES:
        stages: list[ir.Program] = []
        compile_to_core(small().bound.program, what, Request(frozenset()), lambda _, core: stages.append(core))  # noqa: B023
        check(stages[0], "structured")
        check(stages[-1], "array")
        assert all("network" in show(core) for core in stages)


def test_a_fit_trains_the_networks() -> None:
    """300 steps on 64 digits gain more than 10 nats an image on the weights at the start."""
    vae = Small("digits", 64)
    fit = vae.bound.maximize("adam", 1e-2, steps=300, seed=1)
    estimate = jax.jit(vae.bound.estimate)
    before = np.mean([estimate(vae.start, key) for key in jax.random.split(KEY, 20)])
    assert fit.value > before + 64 * 10
    assert set(fit.params) == {"f", "g"} and fit.params["f"](jnp.zeros(10)).shape == (64,)


# ---------------------------------------------------------------- seeds


def test_seeds_decide_the_weights_and_places_differ() -> None:
    bound = small().bound
    first, again, other = bound.initial(), bound.initial(0), bound.initial(seed=1)
    weight = [p["f"].layers[0].weight for p in (first, again, other)]
    assert (weight[0] == weight[1]).all() and (weight[0] != weight[2]).all()
    text = bound.emitted.text
    assert "seed=[seed, 0]" in text and "seed=[seed, 1]" in text
    assert jax.tree.structure(bound.parameters(first)) == jax.tree.structure(first)


def test_weights_follow_the_precision() -> None:
    with jax.enable_x64(True):
        found = Small("digits", 8).bound.initial()
        assert {leaf.dtype for leaf in jax.tree.leaves(found)} == {np.dtype("float64")}


# ---------------------------------------------------------------- other programs


RECURRENT = """\
model series(x: matrix[T, D], K: int) {
  param cell: gru(in=D, hidden=K)
  param out: resnet(in=K, out=1, width=4, depth=2, activation=tanh)
  b ~ normal(0, 1)
  let h: matrix[T + 1, K]
  h[0] = zeros(K)
  for t in 0..T {
    h[t + 1] = cell(x[t], h[t])
    y[t] ~ normal(out(h[t + 1])[0] + b, 1)
  }
}
objective likelihood(p: model) {
  return logp(p, {b = 0.5})
}
objective stopped(p: model) {
  return logp(stop(p), {b = 0.5})
}
"""


@cache
def series(name: str) -> Any:
    module = pf.loads(RECURRENT)
    x = jax.random.normal(KEY, (6, 3))
    return getattr(module, name)(module.series(x=x, K=2).condition(y=np.arange(6.0)))


@pytest.mark.slow
def test_a_recurrence_is_a_scan_of_the_unit_alone() -> None:
    bound = series("likelihood")
    params, x = bound.initial(), jax.random.normal(KEY, (6, 3))
    h, total = jnp.zeros(2), -0.5 * 0.25 - 0.5 * np.log(2 * np.pi)
    for t in range(6):
        h = params["cell"](x[t], h)
        mean = params["out"](h)[0] + 0.5
        total = total - 0.5 * (t - mean) ** 2 - 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(jax.jit(bound.estimate)(params, KEY), total, rtol=1e-5)
    step = bound.emitted.text.split("def step")[1].split("jax.lax.scan")[0]
    assert "cell(" in step and "out(" not in step


def test_no_derivative_passes_a_stopped_program() -> None:
    for name, moves in (("likelihood", True), ("stopped", False)):
        bound = series(name)
        gradient = jax.jit(jax.grad(bound.estimate))(bound.initial(), KEY)
        assert all(bool(jnp.any(leaf != 0)) == moves for leaf in jax.tree.leaves(gradient))


def test_networks_broadcast_over_the_axes_of_loops() -> None:
    """A network on what follows one loop and on what follows another is computed once for each turn of its own loop."""
    text = """\
objective grid(x: matrix[N, 2], h: matrix[M, 3]) {
  param f: gru(in=2, hidden=3)
  return sum(sum(f(x[n], h[m])[0] for m in 0..M) for n in 0..N)
}
"""
    x, h = jax.random.normal(KEY, (4, 2)), jax.random.normal(KEY, (5, 3))
    bound = pf.loads(text).grid(x, h)
    params = bound.initial()
    cell = jax.jit(lambda x, h: params["f"](x, h)[0])
    wanted = sum(cell(x[n], h[m]) for n in range(4) for m in range(5))
    np.testing.assert_allclose(jax.jit(bound.estimate)(params, KEY), wanted, rtol=1e-5)


def test_the_example_is_formatted_and_takes_the_digits() -> None:
    from pushforward.dsl.format import format_source
    from pushforward.dsl.source import Source

    text = (EXAMPLE / "vae.pf").read_text(encoding="utf-8")
    assert format_source(Source("vae.pf", text)) == text
    images = np.load(EXAMPLE / "digits.npz")["x"]
    assert images.shape == (1797, 64) and set(np.unique(images)) == {0, 1}


@pytest.mark.parametrize("name", list(CASES))
def test_images_are_binary_and_a_whole_batch(name: str) -> None:
    vae = CASES[name]
    assert vae.images.shape[0] == vae.batch and set(np.unique(vae.images)) == {0.0, 1.0}


GIVEN = """
fun twice(f: mlp(in=D, out=D), x: vector[D]) {
  return f(f(x) + x)
}
fun apart(f: mlp(in=D, out=K), g: mlp(in=D, out=K), x: vector[D]) {
  return f(x) - g(x)
}
objective o() {
  param f: mlp(in=2, out=2, hidden=[3], activation=tanh)
  param g: mlp(in=2, out=2, hidden=[4, 5])
  let x = [0.5, -1.0]
  return sum(twice(f, x)) + 2 * sum(apart(f, g, x)) + sum(twice(stop(g), x))
}
"""


def test_a_function_takes_networks_whatever_is_inside_them() -> None:
    """Value and slope are those of the networks themselves."""
    bound, x = pf.loads(GIVEN).o(), jnp.array([0.5, -1.0])
    params = bound.initial(3)

    def by_hand(p: Any) -> Any:
        f, g, held = p["f"], p["g"], jax.lax.stop_gradient(p["g"])
        return jnp.sum(f(f(x) + x)) + 2 * jnp.sum(f(x) - g(x)) + jnp.sum(held(held(x) + x))

    value, found = jax.jit(jax.value_and_grad(lambda p: bound.estimate(p, jax.random.key(0))))(params)
    exact, wanted = jax.jit(jax.value_and_grad(by_hand))(params)
    np.testing.assert_allclose(value, exact, rtol=1e-5)
    for a, b in zip(jax.tree.leaves(found), jax.tree.leaves(wanted), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("g: mlp(in=2, out=2, hidden=[4, 5])", "g: mlp(in=2, out=3, hidden=[4, 5])", "PF309"),  # f gives 2, g gives 3
        ("twice(f, x)) +", "twice(x, x)) +", "PF322"),  # a vector in the place of a network
        ("return f(f(x) + x)", "return f(x, x)", "PF210"),
        ("g: mlp(in=2, out=2, hidden=[4, 5])", "g: resnet(in=2, out=2, width=3, depth=1)", "PF322"),
    ],
)
def test_a_network_that_does_not_fit_a_function_is_refused(before: str, after: str, code: str) -> None:
    assert before in GIVEN
    with pytest.raises(ProgramError) as refusal:
        _ = pf.loads(GIVEN.replace(before, after)).o().program
    assert code in {d.code for d in refusal.value.diagnostics}
