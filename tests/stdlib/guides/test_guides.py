"""Every guide of the library: what it claims to be the density of its draws is their density.

For draws z of a guide with density q, a normalised density g and a function h, the mean of h(z) g(z) / q(z) is the mean of
h under g, whatever q is, if and only if q is the density of z where g is. With h = 1 it says that q integrates to one. The
unknowns are a real and a positive number that depends on it, so that the Jacobian of their transforms counts. False alarms: the
largest of 6 means of 100,000 weights exceeds 5.5 standard errors with probability 2.3e-7, for all guides 2e-6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import pushforward as pf
from pushforward.stdlib.catalogue import catalogue

NAMES = [entry.name for entry in catalogue().entries("model")]
ALARM, WRONG = 5.5, 12.0
DRAWS = 100_000

PROGRAMS = """
model target() {
  a ~ normal(0, 1)
  b ~ gamma(2, exp(a))
  y ~ normal(a * b, 1)
}
model known() {
  a ~ normal(0.2, 0.5)
  b ~ lognormal(0.1, 0.4)
}
objective moments(q: model, g: model, i: int, j: int) {
  z ~ q
  return z.a^i * log(z.b)^j * exp(logp(g, z) - logp(q, z))
}
objective entropy(q: model) {
  z ~ q
  return -logp(q, z)
}
objective first(q: model) {
  z ~ q
  return z.a
}
objective second(q: model) {
  z ~ q
  return log(z.b)
}
"""

#: What each guide is given beside the model.
GIVEN: Mapping[str, tuple[Any, ...]] = {
    "mean_field": (), "full_rank": (), "low_rank": (1,), "planar_flow": (3,), "radial_flow": (3,), "iaf": (2, 8),
    "spline_flow": (2, 5, 8), "structured": (),
}  # fmt: skip

#: A slip in the text of each.
SLIPS: Mapping[str, tuple[str, str]] = {
    "planar_flow": ("(1 - t^2) * dot", "(1 - t) * dot"),
    "radial_flow": ("-(dim(p) - 1) * log1p(pull) -", "-"),
    "iaf": ("factor -sum(s)", "factor sum(s)"),
    "spline_flow": (" - sum(log(s[l]))", ""),
}

#: Where the noise of a flow enters, and the mean of that noise.
NOISE: Mapping[str, tuple[str, str]] = {
    "planar_flow": ("", "m"),
    "radial_flow": ("", "m"),
    "iaf": ("z: vector[dim(p)] ~ std_normal() @ reparam", "e"),
    "spline_flow": ("z: vector[dim(p)] ~ std_normal() @ reparam", "e"),
}


@pytest.fixture(scope="module", autouse=True)
def strict_jax() -> Iterator[None]:
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        yield


def text_of(name: str) -> str:
    found = next(e for e in catalogue().entries("model") if e.name == name)
    return found.path.read_text(encoding="utf-8")


def guide_of(name: str, text: str = "") -> tuple[Any, Any]:
    """A module and the guide of its model, the library's or that of a text."""
    module = pf.loads(PROGRAMS + text)
    target = module.target().condition(y=0.7)
    return module, getattr(module if text else pf.library, name)(target, *GIVEN[name])


def moved(initial: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """Parameters some way from the start, as training would move them."""
    keys = dict(zip(sorted(initial), jax.random.split(jax.random.key(seed), len(initial)), strict=True))
    return {n: x + 0.3 * jax.random.normal(keys[n], x.shape) for n, x in initial.items()}


POWERS = ((0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2))
MEANS = (1.0, 0.2, 0.1, 0.2**2 + 0.5**2, 0.2 * 0.1, 0.1**2 + 0.4**2)


def deviation(name: str, text: str = "") -> float:
    """How many standard errors the weighted means are off, at most."""
    module, guide = guide_of(name, text)
    objective = [module.moments(guide, module.known(), i, j) for i, j in POWERS]
    params = moved(objective[0].initial(), 1)
    keys = jax.random.split(jax.random.key(2), DRAWS)
    worst = 0.0
    for each, mean in zip(objective, MEANS, strict=True):
        draws = np.asarray(jax.jit(jax.vmap(each.estimate, (None, 0)))(params, keys))
        worst = max(worst, abs(draws.mean() - mean) / (draws.std() / np.sqrt(DRAWS)))
    return worst


def test_every_guide_is_tested() -> None:
    assert set(NAMES) == set(GIVEN)
    assert set(SLIPS) == set(NOISE) == {n for n in NAMES if "factor" in text_of(n)}


@pytest.mark.parametrize("name", NAMES)
def test_the_density_is_that_of_the_draws(name: str) -> None:
    assert deviation(name) < ALARM


@pytest.mark.parametrize("name", SLIPS)
def test_a_slip_is_noticed(name: str) -> None:
    right, wrong = SLIPS[name]
    text = text_of(name)
    assert text.count(right) == 1
    assert deviation(name, text.replace(right, wrong)) > WRONG


@pytest.mark.parametrize("name", NOISE)
def test_the_log_determinant_is_that_of_the_jacobian(name: str) -> None:
    """The noise of a flow has a mean, a parameter: the derivative in it is the Jacobian of the flow at the noise."""
    line, mean = NOISE[name]
    text = text_of(name)
    if line:
        assert text.count(line) == 1
        text = text.replace(line, f"param {mean}: vector[dim(p)] = 0\n  z ~ normal({mean}, 1) @ reparam")
    module, guide = guide_of(name, text)
    entropy, first, second = module.entropy(guide), module.first(guide), module.second(guide)
    params, keys = moved(entropy.initial(), 3), jax.random.split(jax.random.key(4), 20)

    def values(at: Any, key: Any, params: Any = params) -> Any:
        here = {**params, mean: at}
        return jnp.stack([first.estimate(here, key), second.estimate(here, key)])

    @jax.jit
    def density_of_noise(key: Any) -> Any:
        """The log density of the guide, times the slope of the flow and of b."""
        slope = jax.jacfwd(values)(params[mean], key)
        return -entropy.estimate(params, key) + jnp.linalg.slogdet(slope)[1] + values(params[mean], key)[1]

    scale = np.exp(params["s"]) if mean == "m" else np.ones(2)
    start = {**entropy.initial(), **({"s": params["s"]} if mean == "m" else {})}
    for key in keys:
        noise = np.asarray(values(params[mean], key, start))  # at the start a flow is the identity
        law = stats.norm(np.asarray(params[mean]), scale)
        np.testing.assert_allclose(density_of_noise(key), law.logpdf(noise).sum(), rtol=1e-9)


@pytest.mark.parametrize("name", ["mean_field", "full_rank", "low_rank"])
def test_the_density_of_a_normal_guide(name: str) -> None:
    """At its draws: the multivariate normal of a and log b, less log b for the Jacobian."""
    module, guide = guide_of(name)
    entropy, first, second = module.entropy(guide), module.first(guide), module.second(guide)
    free = moved(entropy.initial(), 5)
    p = {n: np.asarray(v) for n, v in entropy.parameters(free).items()}
    covariance = {
        "mean_field": lambda: np.diag(p["s"] ** 2),
        "full_rank": lambda: p["L"] @ p["L"].T,
        "low_rank": lambda: p["W"] @ p["W"].T + np.diag(p["s"] ** 2),
    }[name]()
    law = stats.multivariate_normal(p["m"], covariance)
    for key in jax.random.split(jax.random.key(6), 20):
        a, log_b = float(first.estimate(free, key)), float(second.estimate(free, key))
        np.testing.assert_allclose(-entropy.estimate(free, key), law.logpdf([a, log_b]) - log_b, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_documentation(name: str) -> None:
    """The meaning, a reference and an example."""
    text = text_of(name)
    assert text.startswith("## The ") or text.startswith("## k ")
    assert "## Reference:" in text and f"## Example: `{name}(" in text
