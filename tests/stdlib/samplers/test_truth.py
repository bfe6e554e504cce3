"""Samplers of the library against laws that are known exactly.

An estimate is the mean over independent chains, and its error their spread: with 39 degrees of freedom a test at 4.5
standard errors is wrong about once in 16,000. Seeds are fixed. Beside each true value stands a wrong one that the same
draws must refuse.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pushforward as pf
from pushforward.api.sampler import Step, samplers

CHAINS, TRUE, WRONG = 40, 4.5, 8.0

NORMAL = "model normals() {\n  x: vector[10] ~ normal(0, 1)\n}\n"

#: A banana, a correlated normal law, and a positive number, independent of each other.
JOINT = """
model joint() {
  x ~ normal(0, 1)
  y ~ normal(x^2, 0.5)
  a ~ normal(0, 1)
  b ~ normal(0.9 * a, sqrt(0.19))
  g ~ gamma(3, 2)
}
"""

MOMENTS = {
    "x": (lambda d: d["x"], 0.0), "x^2": (lambda d: d["x"] ** 2, 1.0),
    "y": (lambda d: d["y"], 1.0), "y^2": (lambda d: d["y"] ** 2, 3.25), "x^2 y": (lambda d: d["x"] ** 2 * d["y"], 3.0),
    "a^2": (lambda d: d["a"] ** 2, 1.0), "b^2": (lambda d: d["b"] ** 2, 1.0), "a b": (lambda d: d["a"] * d["b"], 0.9),
    "g": (lambda d: d["g"], 1.5), "g^2": (lambda d: d["g"] ** 2, 3.0),
}  # fmt: skip


def z(values: Any, exact: float) -> float:
    """How many standard errors the mean of [chains, draws, ...] is from a value."""
    each = np.asarray(values).reshape(len(values), -1).mean(axis=1)
    return float((each.mean() - exact) / (each.std(ddof=1) / np.sqrt(len(each))))


def drawn(text: str, by: str, **settings: Any) -> Any:
    (model,) = (m for m in pf.loads(text).models.values())
    length = {"chains": CHAINS, "warmup": 300, "draws": 300, "seed": 7} | settings
    return model().sample(by=by, **length)


def check_moments(post: Any) -> None:
    found = {n: z(f(post.draws), exact) for n, (f, exact) in MOMENTS.items()}
    assert all(abs(value) < TRUE for value in found.values()), found
    assert abs(z(post.draws["a"] * post.draws["b"], 0.6)) > WRONG


@pytest.mark.parametrize(
    ("by", "exact", "wrong"),
    [
        ("ula(step=0.5, scale=1)", 1 / (1 - 0.5 / 2), 1.0),
        ("baoab(step=1, scale=1)", 1.0, 1 / (1 - 1 / 4)),
        pytest.param("obabo(step=1, scale=1)", 1 / (1 - 1 / 4), 1.0, marks=pytest.mark.slow),
    ],
)
def test_the_bias_of_an_uncorrected_sampler_on_a_normal_law(by: str, exact: float, wrong: float) -> None:
    post = drawn(NORMAL, by, thin=5)
    squares = post.draws["x"] ** 2
    assert abs(z(squares, exact)) < TRUE
    assert abs(z(squares, wrong)) > WRONG
    assert post.advice[0].kind == "uncorrected"


@pytest.mark.parametrize(
    "by",
    ["mala", "ghmc", pytest.param("barker", marks=pytest.mark.slow), pytest.param("random_walk", marks=pytest.mark.slow)],
)
def test_a_corrected_sampler_has_the_moments_of_the_law(by: str) -> None:
    post = drawn(JOINT, by, thin=20)
    check_moments(post)
    assert not {a.kind for a in post.advice} & {"uncorrected", "acceptance", "left"}


#: The samplers that are not corrected, but could be.
CORRECTABLE = [n for n, node in samplers().items() if (s := Step.named(n).sampler).reversible
               and not s.corrected and not s.batched and node.kind == "model"]  # fmt: skip

SETTINGS = {"myula": "smoothing=0.5, weight=0.3", "bregman_moreau": "smoothing=0.5, weight=0.3"}


def corrected(name: str) -> str:
    """A sampler that corrects the steps of another one."""
    node = samplers()[name]
    head = ", ".join(f"{p.name}: {p.type.span.text}" for p in node.parameters if p.type is not None)
    names = ", ".join(p.name for p in node.parameters)
    return f"model exact({head}) {{\n  return metropolis({name}({names}))\n}}\n"


def settings_of(name: str) -> str:
    """What must be said of a sampler whose defaults were left out."""
    known = {n: str(e.value) for n, e in Step.named(name).settings.items() if e is not None}
    known |= {"target_accept": "0.6"} | dict(s.split("=") for s in SETTINGS.get(name, "").split(", ") if s)
    return ", ".join(f"{n}={v}" for n, v in known.items())


@pytest.mark.slow
@pytest.mark.parametrize("name", CORRECTABLE)
def test_every_step_whose_density_is_known_is_exact_once_it_is_corrected(name: str) -> None:
    check_moments(drawn(corrected(name) + JOINT, f"exact({settings_of(name)})", thin=50))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [("obabo", "let reversed_v = -v"), ("mirror", "let log_volume = sum(log(beta .* cosh(w)) + log(curvature))")],
)
def test_without_what_a_step_says_of_its_way_back_it_is_not_exact(name: str, said: str) -> None:
    step = samplers()[name].span.text.replace(f"model {name}(", "model wrong(")
    assert said in step
    text = corrected(name).replace(f"metropolis({name}(", "metropolis(wrong(") + step.replace(said, "")
    post = drawn(text + JOINT, f"exact({settings_of(name)})", thin=20)
    assert max(abs(z(f(post.draws), exact)) for f, exact in MOMENTS.values()) > WRONG


BATCHES = """
model mean_of(y: vector[N]) {
  mu ~ normal(0, 10)
  for n in batch(N, 5) {
    y[n] ~ normal(mu, 1)
  }
}
"""


@pytest.mark.slow
def test_the_law_of_stochastic_gradients_with_their_noise() -> None:
    y, h = np.random.default_rng(3).normal(1, 1, 50), 0.004
    post = pf.loads(BATCHES).models["mean_of"].with_data({"y": y}).sample(
        by=f"sgld(step={h}, thin=5)", chains=CHAINS, warmup=300, draws=1000, seed=5
    )  # fmt: skip
    precision, mean = 50 + 0.01, y.sum() / (50 + 0.01)
    noise = 50**2 * y.var() / 5
    exact = (2 * h + h**2 * noise) / (1 - (1 - h * precision) ** 2)
    squares = (post.draws["mu"] - mean) ** 2
    assert abs(z(squares, exact)) < TRUE
    assert abs(z(squares, 2 * h / (1 - (1 - h * precision) ** 2))) > WRONG  # as if batches had no noise
    assert abs(z(squares, 1 / precision)) > WRONG


PAIR = """
model pair() {
  x ~ multi_normal([1, -1], [[1, 0.8], [0.8, 2]])
}
"""


@pytest.mark.slow
@pytest.mark.parametrize(("finite", "part"), [(1, 1.0), (0, 0.5)])
def test_the_covariance_of_an_ensemble_of_four(finite: int, part: float) -> None:
    """With the correction for the size of the ensemble it is right, without it half of that (of particles about the mean
    of all)."""
    post = drawn(PAIR, f"aldi(step=0.01, particles=4, finite={finite}, thin=50)", draws=500)
    x = post.draws["x"].reshape(CHAINS, 4, -1, 2) - np.array([1.0, -1.0])
    each = np.einsum("epti,eptj->eij", x, x) / (x.shape[1] * x.shape[2])
    found, error = each.mean(axis=0), each.std(axis=0, ddof=1) / np.sqrt(CHAINS)
    exact = part * np.array([[1, 0.8], [0.8, 2]])
    assert np.all(np.abs(found - exact) < TRUE * error + 0.02 * exact), (found, error)
