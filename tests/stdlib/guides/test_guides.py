"""Every guide of the library: what it claims to be the density of its draws is their density.

For draws z of a guide, its density q, a normalised density g and a function h, the mean of h(z) g(z) / q(z) is the mean
of h under g if q is the density of z where g is. With h = 1 it says that q integrates to one. The unknowns are a real number a
and a positive number b that depends on it, so that the Jacobian of transforms counts; g makes a and log b normal.
False alarms: the largest of 6 means of 50,000 weights exceeds 5.5 standard errors with probability 2.3e-7, for all
guides 2e-6.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy import stats

import pushforward as pf
from pushforward.api.objective import BoundObjective
from pushforward.stdlib.catalogue import catalogue
from tests.contracts.sampling import every

NAMES = [entry.name for entry in catalogue().entries("model") if entry.path.parent.name == "guides"]
ALARM, WRONG = 5.5, 12.0
DRAWS = 50_000

PROGRAMS = """
model target() {
  a ~ normal(0, 1)
  b ~ gamma(2, exp(a))
  y ~ normal(a * b, 1)
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
    "spline_flow": (2, 5, 8), "structured": (), "laplace": (),
}  # fmt: skip

#: A slip in the text of each.
SLIPS: Mapping[str, tuple[str, str]] = {
    "planar_flow": ("factor -log1p", "factor log1p"),
    "radial_flow": ("-(dim(p) - 1) * log1p(pull) -", "-"),
    "iaf": ("factor -sum(s)", "factor sum(s)"),
    "spline_flow": ("factor -sum(f[1])", "factor sum(f[1])"),
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
    return {n: x + 0.4 * jax.random.normal(keys[n], x.shape) for n, x in initial.items()}


@dataclass(frozen=True)
class Drawn:
    """A guide as three objectives of one program, which draw the same at the same key."""

    entropy: BoundObjective
    first: BoundObjective
    second: BoundObjective

    def at(self, params: Any, key: Any) -> tuple[Any, Any, Any]:
        """a, log b, and the log density of the guide there."""
        parts = (each.estimate(params, key) for each in (self.first, self.second, self.entropy))
        a, log_b, minus = parts
        return a, log_b, -minus


def drawn(name: str, text: str = "") -> Drawn:
    module, guide = guide_of(name, text)
    return Drawn(module.entropy(guide), module.first(guide), module.second(guide))


MEAN, SCALE = np.array([0.2, 0.1]), np.array([0.5, 0.4])


def deviation(name: str, text: str = "") -> float:
    """How many standard errors the weighted means are off, at most."""
    guide = drawn(name, text)
    params = moved(guide.entropy.initial(), 1)
    keys = jax.random.split(jax.random.key(2), DRAWS)
    a, log_b, log_q = map(np.asarray, jax.jit(jax.vmap(guide.at, (None, 0)))(params, keys))
    values = np.stack([a, log_b])
    log_g = stats.norm(MEAN[:, None], SCALE[:, None]).logpdf(values).sum(axis=0) - log_b
    weights = np.exp(log_g - log_q)
    z = (values - MEAN[:, None]) / SCALE[:, None]
    checks = np.stack([weights - 1, *(weights * x for x in (z[0], z[1], z[0] * z[1], z[0] ** 2 - 1, z[1] ** 2 - 1))])
    return float(np.max(np.abs(checks.mean(axis=1)) / (checks.std(axis=1) / np.sqrt(DRAWS))))


def test_every_guide_is_tested() -> None:
    assert set(NAMES) == set(GIVEN)
    assert set(SLIPS) == set(NOISE) == {n for n in NAMES if "factor -" in text_of(n)}


@pytest.mark.parametrize("name", every(NAMES, 2))
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
    guide = drawn(name, text)
    params, keys = moved(guide.entropy.initial(), 3), jax.random.split(jax.random.key(4), 20)
    scale = np.exp(params["s"]) if mean == "m" else np.ones(2)
    start = {**guide.entropy.initial(), **({"s": params["s"]} if mean == "m" else {}), mean: params[mean]}

    def values(at: Any, key: Any) -> Any:
        return jnp.stack(guide.at({**params, mean: at}, key)[:2])

    @jax.jit
    def density_of_noise(key: Any) -> Any:
        """The log density of the guide, times the slope of the flow and of b; and the noise."""
        _, log_b, log_q = guide.at(params, key)
        slope = jax.jacfwd(values)(params[mean], key)
        noise = guide.at(start, key)[:2]  # at the start a flow is the identity
        return log_q + jnp.linalg.slogdet(slope)[1] + log_b, jnp.stack(noise)

    for found, noise in map(density_of_noise, keys):
        wanted = stats.norm(np.asarray(params[mean]), scale).logpdf(np.asarray(noise)).sum()
        np.testing.assert_allclose(found, wanted, rtol=1e-9)


@pytest.mark.parametrize("name", ["mean_field", "full_rank", "low_rank"])
def test_the_density_of_a_normal_guide(name: str) -> None:
    """At its draws: the multivariate normal of a and log b, less log b for the Jacobian."""
    guide = drawn(name)
    free = moved(guide.entropy.initial(), 5)
    p = {n: np.asarray(v) for n, v in guide.entropy.parameters(free).items()}
    covariance = {
        "mean_field": lambda: np.diag(p["s"] ** 2),
        "full_rank": lambda: np.outer(p["s"], p["s"]) * (p["C"] @ p["C"].T),
        "low_rank": lambda: p["W"] @ p["W"].T + np.diag(p["s"] ** 2),
    }[name]()
    law = stats.multivariate_normal(p["m"], covariance)
    a, log_b, log_q = jax.vmap(guide.at, (None, 0))(free, jax.random.split(jax.random.key(6), 20))
    wanted = law.logpdf(np.stack([a, log_b], axis=1)) - np.asarray(log_b)
    np.testing.assert_allclose(log_q, wanted, rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_documentation(name: str) -> None:
    """The meaning, a reference and an example."""
    text = text_of(name)
    assert text.startswith("## The ") or text.startswith("## k ")
    assert "## Reference:" in text and f"## Example: `{name}(" in text
