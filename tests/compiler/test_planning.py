"""Loop planning against the unrolled interpreter: whatever the loops, the arrays and the density are the same."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import Phase, given, settings

from pushforward.compiler.core import ir
from pushforward.compiler.core.check import check
from pushforward.compiler.emit.module import emit
from pushforward.compiler.transforms.contract import contract
from pushforward.compiler.transforms.dead_code import dead_code
from pushforward.compiler.transforms.distribute import distribute
from pushforward.compiler.transforms.fold import fold
from pushforward.compiler.transforms.predicate import predicate
from pushforward.compiler.transforms.rotate import rotate
from pushforward.compiler.transforms.vectorise.rewrite import vectorise
from tests.compiler.core.programs import PATTERNS, Example, conditional, examples
from tests.compiler.interpreter.interpret import Result, run

PASSES: tuple[tuple[Callable[[ir.Program], ir.Program], str], ...] = (
    (predicate, "structured"),
    (distribute, "structured"),
    (vectorise, "array"),
    (fold, "array"),
    (rotate, "array"),
    (contract, "array"),
    (dead_code, "array"),
)


def same(found: Result, expected: Result, where: str) -> None:
    """Density and returned arrays agree; elements that were never stored (NaN) may hold anything."""
    np.testing.assert_allclose(found.log_density, expected.log_density, rtol=1e-9, atol=1e-9, err_msg=where)
    for name, value in expected.returns.items():
        stored = ~np.isnan(np.asarray(value, float))
        got = np.broadcast_to(np.asarray(found.returns[name], float), np.shape(value))
        np.testing.assert_allclose(got[stored], np.asarray(value, float)[stored], rtol=1e-9, atol=1e-9, err_msg=where)


def planned(example: Example) -> ir.Program:
    """The program after every pass, checked after each and interpreted after each."""
    expected = run(example.program, example.values, example.statics)
    program = example.program
    for step, dialect in PASSES:
        program = step(program)
        check(program, dialect)  # type: ignore[arg-type]
        same(run(program, example.values, example.statics), expected, f"after {step.__name__}")
    return program


@settings(max_examples=120, deadline=None, derandomize=True)
@given(examples())
def test_every_pass_keeps_values(example: Example) -> None:
    planned(example)


@pytest.mark.parametrize("pattern", PATTERNS, ids=lambda p: p.__name__)
def test_each_pattern_alone(pattern: object) -> None:
    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(examples(patterns=(pattern,), max_patterns=2))  # type: ignore[arg-type]
    def every(example: Example) -> None:
        planned(example)

    every()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(examples(patterns=(*PATTERNS, conditional), max_patterns=3))
def test_conditions(example: Example) -> None:
    planned(example)


@settings(max_examples=10, deadline=None, derandomize=True, phases=(Phase.explicit, Phase.generate))
@given(examples(max_patterns=3))
def test_emitted_source_computes_the_same(example: Example) -> None:
    import jax

    expected = run(example.program, example.values, example.statics)
    program = planned(example)
    emitted = emit("example", "", "example.pf", {"log_density": program}, {})
    assert emitted.text == emit("example", "", "example.pf", {"log_density": program}, {}).text
    module: dict[str, object] = {}
    exec(compile(emitted.text, "<emitted>", "exec"), module)
    data = {i.name: example.values[i.name] for i in program.inputs if i.role == "data"}
    values = {i.name: example.values[i.name] for i in program.inputs if i.role == "latent"}
    with jax.enable_x64(True):
        density = jax.jit(lambda d, v: module["log_density"](example.statics, d, v))(data, values)  # type: ignore[operator]
    np.testing.assert_allclose(float(density), expected.log_density, rtol=1e-9, atol=1e-9)


@pytest.mark.slow
@settings(max_examples=3000, deadline=None, derandomize=True)
@given(examples(patterns=(*PATTERNS, conditional), max_patterns=6))
def test_many_programs(example: Example) -> None:
    planned(example)
