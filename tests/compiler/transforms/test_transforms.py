"""Every pass on the smallest program that shows what it does: a text before and a text after, in a folder a pass.

`pytest --bless` writes the texts after; the texts before are written by hand, in the form in which `show` writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import pytest

from pushforward.api import loads
from pushforward.compiler.core import ir
from pushforward.compiler.core.check import Dialect, check
from pushforward.compiler.core.read import read
from pushforward.compiler.core.show import show
from pushforward.compiler.core.walk import statements
from pushforward.compiler.lower.program import lower
from pushforward.compiler.pipeline import PIPELINES
from pushforward.compiler.transforms import score
from pushforward.compiler.transforms.contract import contract
from pushforward.compiler.transforms.dead_code import dead_code
from pushforward.compiler.transforms.density import density
from pushforward.compiler.transforms.design import design
from pushforward.compiler.transforms.distribute import distribute
from pushforward.compiler.transforms.draws import generate
from pushforward.compiler.transforms.fold import fold
from pushforward.compiler.transforms.groups import groups
from pushforward.compiler.transforms.hoist import hoist
from pushforward.compiler.transforms.join import join
from pushforward.compiler.transforms.powers import powers
from pushforward.compiler.transforms.predicate import predicate
from pushforward.compiler.transforms.rotate import rotate
from pushforward.compiler.transforms.small_products import small_products
from pushforward.compiler.transforms.truncation import truncation
from pushforward.compiler.transforms.unconstrain import free_vector, unconstrain
from pushforward.compiler.transforms.vectorise.rewrite import vectorise
from pushforward.dsl.typed import DistributionSignature
from tests.golden.test_golden import kept

HERE = Path(__file__).parent
Y, ALL = frozenset({"y"}), frozenset({"tau", "theta", "y"})

Transform = Callable[[ir.Program], ir.Program]

#: Each pass with the dialects before and after it.
STRUCTURED: Mapping[str, Transform] = {
    "condition": lambda p: score.condition(p, Y),
    "give": lambda p: score.give(p, Y),
    "return_variables": lambda p: score.return_variables(p, frozenset({"x"}), alone=True),
    "score_latents": score.score_latents,
    "take_latents": score.take_latents,
    "forget_latents": score.forget_latents,
    "forget_scores": score.forget_scores,
    "forget_return": score.forget_return,
    "truncation": truncation,
    "density": density,
    "generate": lambda p: generate(p, ALL),
    "unconstrain": unconstrain,
    "free_vector": free_vector,
    "predicate": predicate,
    "distribute": distribute,
}
ARRAY: Mapping[str, Transform] = {
    "fold": fold,
    "rotate": rotate,
    "contract": contract,
    "groups": groups,
    "powers": powers,
    "small_products": small_products,
    "dead_code": dead_code,
    "design": design,
    "hoist": hoist,
}
#: Passes of objectives alone.
OBJECTIVE: Mapping[str, Transform] = {"join": join}
PASSES: Mapping[str, tuple[Transform, Dialect, Dialect]] = {
    **{name: (run, "structured", "structured") for name, run in STRUCTURED.items()},
    "vectorise": (vectorise, "structured", "array"),
    **{name: (run, "array", "array") for name, run in {**ARRAY, **OBJECTIVE}.items()},
}


class Library:
    """The distributions of the standard library that the texts mention; operations are told by the texts themselves."""

    def distribution(self, name: str) -> DistributionSignature:
        return _signature(name)

    def op(self, name: str) -> ir.Op:
        raise KeyError(name)


LIBRARY = Library()


@cache
def _signature(name: str) -> DistributionSignature:
    """What the compiler knows of a distribution of two arguments."""
    program = lower(loads(f"model m() {{ x ~ {name}(0, 1) }}").m.program)
    site = next(s for s in statements(program.body) if isinstance(s, ir.Site))
    assert isinstance(site.law, ir.Law)
    return site.law.signature


@pytest.mark.parametrize("name", PASSES)
def test_before_and_after(name: str, bless: bool) -> None:
    run, dialect, next_dialect = PASSES[name]
    before = (HERE / name / "before.txt").read_text(encoding="utf-8")
    program = read(before, LIBRARY)
    assert show(program) == before
    check(program, dialect)
    after = run(program)
    check(after, next_dialect)
    assert show(after) == kept(HERE / name / "after.txt", show(after), bless)


#: Passes that work until there is nothing left to do.
SETTLED = (
    "score_latents", "forget_latents", "forget_scores", "forget_return", "truncation", "density", "predicate", "fold",
    "contract", "groups", "powers", "small_products", "dead_code", "join",
)  # fmt: skip


@pytest.mark.parametrize("name", SETTLED)
def test_twice_is_once(name: str) -> None:
    """A pass that has run finds nothing to do."""
    run = PASSES[name][0]
    once = run(read((HERE / name / "before.txt").read_text(encoding="utf-8"), LIBRARY))
    assert run(once) == once


def test_every_pass_of_every_pipeline_has_an_example() -> None:
    named = {step.name for pipeline in PIPELINES.values() for step in pipeline}
    assert named - {"covered"} == set(PASSES) - set(OBJECTIVE), "`covered` changes nothing: it refuses (PF454)"
    assert {path.name for path in HERE.iterdir() if (path / "before.txt").exists()} == set(PASSES)
