"""Every objective of flows: values and gradients against quadrature, and programs that are wrong on purpose.

The mean of 20,000 estimates is compared with the exact value, and the mean of their gradients with exact derivatives, in
units of standard errors. False alarms: the largest of 6 normal numbers exceeds 5.2 with probability 1.2e-6, over all
objectives 7e-6. A wrong program is off by more than 8 standard errors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import jax
import numpy as np
import pytest

import pushforward as pf
from pushforward.api.objective import BoundObjective
from pushforward.stdlib.catalogue import catalogue
from tests.stdlib.flows.exact import EXACT, PROGRAMS, exact

NAMES = [e.name for e in catalogue().entries("objective") if e.path.parent.name == "flows"]
ALARM, WRONG = 5.2, 8.0
DRAWS = 20_000

#: What each objective is given, of the programs of a module.
GIVEN: Mapping[str, Callable[[Any], tuple[Any, ...]]] = {
    "flow_matching": lambda m: (m.field(), m.target()),
    "minibatch_flow_matching": lambda m: (m.field(), m.target(), 2),
    "reflow": lambda m: (m.field(), m.other()),
    "stochastic_interpolant": lambda m: (m.field(), m.denoiser(), m.target(), 0.6),
    "score_matching": lambda m: (m.denoiser(), m.target(), 0.2, 1.5),
    "denoising": lambda m: (m.wide(), m.target()),
    "likelihood": lambda m: (m.field(), m.target()),
}

#: A slip in the text of each, and what it would be mistaken for.
SLIPS: Mapping[str, tuple[str, str]] = {
    "flow_matching": ("x1 - x0)", "x1)"),
    "minibatch_flow_matching": ("x1[k[b]] - x0[b])", "x1[b] - x0[b])"),
    "reflow": ("path[1]", "path[0]"),
    "stochastic_interpolant": ("sin(2 *", "sin("),
    "score_matching": ("sigma / high * e)", "sigma * e)"),
    "denoising": ("x + (1 - t)", "x + t"),
    "likelihood": ("at(v, 1)", "at(v, 0.5)"),
}


@pytest.fixture(scope="module", autouse=True)
def strict_jax() -> Iterator[None]:
    with jax.enable_x64(True), jax.numpy_rank_promotion("raise"):
        yield


def text_of(name: str) -> str:
    found = next(e for e in catalogue().entries("objective") if e.name == name)
    return found.path.read_text(encoding="utf-8")


def bound(name: str, text: str = "") -> BoundObjective:
    """The objective of the library, or of a text."""
    module = pf.loads(PROGRAMS + text)
    found: BoundObjective = getattr(module if text else pf.library, name)(*GIVEN[name](module))
    return found


def deviation(name: str, objective: BoundObjective) -> float:
    """How many standard errors the value and the gradient are off, at most."""
    run = jax.jit(jax.vmap(jax.value_and_grad(objective.estimate), (None, 0)))
    values, gradients = run(objective.initial(), jax.random.split(jax.random.key(len(name)), DRAWS))
    wanted, worst = exact(name), 0.0
    for key, draws in {"": np.asarray(values), **{n: np.asarray(g) for n, g in gradients.items()}}.items():
        worst = max(worst, abs(draws.mean() - wanted[key]) / (draws.std() / np.sqrt(DRAWS)))
    return worst


def test_every_objective_is_tested() -> None:
    assert set(NAMES) == set(EXACT) == set(GIVEN) == set(SLIPS)


#: Those whose programs take long to compile.
HEAVY = frozenset({"likelihood", "minibatch_flow_matching", "denoising"})
EACH = [pytest.param(n, marks=pytest.mark.slow if n in HEAVY else ()) for n in NAMES]


@pytest.mark.parametrize("name", EACH)
def test_value_and_gradient(name: str) -> None:
    assert deviation(name, bound(name)) < ALARM


@pytest.mark.parametrize("name", EACH)
def test_a_slip_is_noticed(name: str) -> None:
    right, wrong = SLIPS[name]
    text = text_of(name)
    assert text.count(right) == 1
    assert deviation(name, bound(name, text.replace(right, wrong))) > WRONG
