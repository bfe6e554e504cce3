"""Weak derivatives and pathwise draws, written for the draws of a batch: what the steps are, and that they check."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from pushforward.api import loads
from pushforward.compiler.core import ir
from pushforward.compiler.core.check import check
from pushforward.compiler.core.show import show
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.program import lower
from pushforward.compiler.transforms.pathwise import pathwise_draw
from pushforward.compiler.transforms.weak import weak_derivative
from pushforward.dsl.types import Dim

Write = Callable[[ir.Site, tuple[Dim, ...], Builder], tuple[ir.Atom, ...]]


def steps(law: str, write: Write) -> list[str]:
    """The lines of the loop over a batch of draws, of which `write` writes one."""
    program = lower(loads(f"model m(mu: vector[N], s: positive) {{\n  x ~ {law}\n}}\n").models["m"].program)
    (site,) = (s for s in program.body if isinstance(s, ir.Site))
    out = Builder(Fresh(names_of(program)))
    with out.loops(site.law.batch) as index:
        atoms = write(site, index, out)
        for number, atom in enumerate(atoms):
            out.add(ir.Store(f"x_{number}", tuple(ir.At(i) for i in index), atom))
    containers = (ir.Container(f"x_{number}", site.value.plain()) for number in range(len(atoms)))
    before = (stmt for stmt in program.body if not isinstance(stmt, ir.Site | ir.Declare))
    body = (*before, *containers, *out.statements)
    written = replace(program, body=body, variables=())
    check(written, "structured")
    text = show(written)
    inside = text[text.index("for ") : text.rindex("  }\n}")]
    return [line.strip() for line in inside.splitlines()[1:]]


def weak(parameter: str) -> Write:
    def write(site: ir.Site, index: tuple[Dim, ...], out: Builder) -> tuple[ir.Atom, ...]:
        assert isinstance(site.law, ir.Law)
        return weak_derivative(site.law, parameter, index, site.value, out, site.span)

    return write


def pathwise(site: ir.Site, index: tuple[Dim, ...], out: Builder) -> tuple[ir.Atom, ...]:
    assert isinstance(site.law, ir.Law)
    return (pathwise_draw(site.law, index, site.value, out, site.span),)


def test_a_weak_derivative_is_its_draws_and_its_arithmetic() -> None:
    found = steps("exponential(exp(mu))", weak("rate"))
    assert [line for line in found if "sample" in line] == [
        "e: real = sample numpyro.Exponential(rate=t_1)",
        "more: real = sample numpyro.Exponential(rate=t_1)",
    ]
    assert found[-5:] == [
        "t_2: real = divide(1.0, t_1)", "t_3: real = add(e, more)", "x_0[i] = t_2", "x_1[i] = e", "x_2[i] = t_3",
    ]  # fmt: skip


def test_what_needs_no_draw_has_names_too() -> None:
    found = steps("bernoulli_logit(mu)", weak("logits"))
    assert not any("sample" in line for line in found)
    assert [line for line in found if ": int" in line] == ["t_5: int = #1", "t_6: int = #0"]


def test_a_draw_that_follows_is_left_alone() -> None:
    assert steps("gumbel(mu, s)", pathwise) == [
        "t: real = mu[i]", "draw: real = sample numpyro.Gumbel(loc=t, scale=s)", "x_0[i] = draw",
    ]  # fmt: skip


def test_a_draw_that_does_not_is_corrected() -> None:
    found = steps("von_mises(mu, s)", pathwise)
    assert found[1] == "draw: real = sample numpyro.VonMises(loc=t, concentration=s)"
    assert sum("stop_gradient" in line for line in found) == 3
    operations = [line.split(" = ")[1].split("(")[0] for line in found[-7:-1]]
    assert operations == ["exp", "stop_gradient", "stop_gradient", "subtract", "divide", "subtract"]


def test_what_is_not_declared_is_refused() -> None:
    with pytest.raises(KeyError, match="normal declares no mvd_nu"):
        steps("normal(mu, s)", weak("nu"))
    with pytest.raises(ValueError, match="draws of poisson have no derivative"):
        steps("poisson(exp(mu))", pathwise)
