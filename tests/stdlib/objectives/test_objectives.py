"""Every objective of the library: values and gradients against quadrature, and programs that are wrong on purpose.

The mean of 60,000 estimates is compared with the exact value, and the mean of their gradients with differences of exact
values, in units of standard errors. False alarms: the largest of 4 normal numbers exceeds 5.2 with probability
8e-7, over all objectives 1.2e-5. A wrong program is off by more than 8 standard errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jax
import numpy as np
import pytest

import pushforward as pf
from pushforward.api.objective import BoundObjective
from pushforward.stdlib.catalogue import catalogue
from tests.contracts.sampling import every
from tests.stdlib.objectives.exact import AT, EXACT, PROGRAMS, Y, evidence

NAMES = [e.name for e in catalogue().entries("objective") if e.path.parent.name == "objectives"]
ALARM, WRONG = 5.2, 8.0
DRAWS = 60_000

#: What each objective is given beside the model and the guide.
GIVEN: Mapping[str, tuple[Any, ...]] = {
    "elbo": (), "iwelbo": (2,), "vimco": (2,), "dreg": (2,), "vr_iwae": (0.4, 2), "renyi": (0.4, -2.0), "chi": (1.5, -2.0),
    "forward_kl": (2,), "wake_p": (2,), "wake_q": (2,), "tvo": (2, 2, 0.25), "hvi": (), "iwhvi": (2,), "diwhvi": (2, 2),
}  # fmt: skip

#: A slip in the text of each, and what it would be mistaken for.
SLIPS: Mapping[str, tuple[str, str]] = {
    "elbo": ("- logp(q, z)", "- logp(q, stop(z))"),
    "iwelbo": ("logmeanexp(", "mean("),
    "vimco": ("then rest[k]", "then w[k]"),
    "dreg": ("w.^2", "w"),
    "vr_iwae": (" / (1 - alpha)", ""),
    "renyi": ("expm1(", "exp("),
    "chi": ("n * (", "("),
    "forward_kl": ("stop(lq)", "lq"),
    "wake_p": ("stop(q)", "q"),
    "wake_q": ("stop(p)", "p"),
    "tvo": ("+ lq - stop(lq)", ""),
    "hvi": ("sir(1,", "sir(2,"),
    "iwhvi": ("sir(K,", "sir(1,"),
    "diwhvi": ("sir(K,", "sir(1,"),
}


@pytest.fixture(scope="module", autouse=True)
def strict_jax() -> Iterator[None]:
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        yield


def text_of(name: str) -> str:
    found = next(e for e in catalogue().entries("objective") if e.name == name)
    return found.path.read_text(encoding="utf-8")


def bound(name: str, text: str = "") -> BoundObjective:
    """The objective of the library, or of a text, on the normal model."""
    module = pf.loads(PROGRAMS + text)
    objective = getattr(module if text else pf.library, name)
    target = module.target().condition(y=Y)
    if name.endswith("hvi"):
        return objective(target, module.hierarchical(), module.back, *GIVEN[name])
    return objective(target, module.guide(), *GIVEN[name])


def deviation(name: str, objective: BoundObjective) -> float:
    """How many standard errors the value and the gradient are off, at most."""
    initial = objective.initial()
    free = {n: AT[n] for n in initial}
    exact = EXACT[name]
    wanted = {"": exact.value(AT, AT)} | {n: g for n, g in exact.gradient(AT).items() if n in initial}
    found = estimates(objective, len(name))
    worst = 0.0
    for key, target in wanted.items():
        draws = np.asarray(found[key])
        error, scale = draws.mean() - target, draws.std() / np.sqrt(len(draws))
        worst = max(worst, abs(error) / scale if scale > 1e-12 else (0.0 if abs(error) < 1e-7 else np.inf))
    assert set(free) == set(initial)
    return worst


def estimates(objective: BoundObjective, seed: int) -> dict[str, Any]:
    run = jax.jit(jax.vmap(jax.value_and_grad(objective.estimate), (None, 0)))
    values, gradients = run(objective.initial(), jax.random.split(jax.random.key(seed), DRAWS))
    return {"": values, **gradients}


def test_every_objective_is_tested() -> None:
    assert set(NAMES) == set(EXACT) == set(GIVEN) == set(SLIPS)


@pytest.mark.parametrize("name", NAMES)
def test_value_and_gradient(name: str) -> None:
    assert deviation(name, bound(name)) < ALARM


@pytest.mark.parametrize("name", every(NAMES, 3))
def test_a_slip_is_noticed(name: str) -> None:
    right, wrong = SLIPS[name]
    text = text_of(name)
    assert text.count(right) == 1
    assert deviation(name, bound(name, text.replace(right, wrong))) > WRONG


@cache
def exact_value(name: str) -> float:
    return EXACT[name].value(AT, AT)


def test_bounds_are_in_order() -> None:
    """elbo <= vr_iwae <= iwelbo <= log p <= CUBO, the variational Renyi bound below log p, hvi <= iwhvi <= diwhvi."""
    top = evidence(AT)
    assert exact_value("elbo") < exact_value("vr_iwae") < exact_value("iwelbo") < top
    assert exact_value("elbo") < exact_value("tvo") < top
    assert -2 + np.log1p(0.6 * exact_value("renyi")) / 0.6 < top < -2 + np.log(exact_value("chi")) / 1.5
    assert exact_value("hvi") < exact_value("iwhvi") < exact_value("diwhvi") < top


@pytest.mark.parametrize("name", NAMES)
def test_documentation(name: str) -> None:
    """The meaning, a reference and an example."""
    text = text_of(name)
    assert text.startswith("## ") and "## Reference:" in text and "## Example: `m" in text and f" {name}(" in text
