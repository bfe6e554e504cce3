"""What makes a model a sampler, what is read in it, and what is refused."""

from __future__ import annotations

import pytest

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.parse import parse
from pushforward.dsl.samplers import Sampler, drawing, is_sampler, read, standing
from pushforward.dsl.source import Source
from pushforward.dsl.unparse import unparse
from pushforward.stdlib.catalogue import catalogue


def sampler(text: str) -> Sampler:
    """The last program of a text, as a sampler."""
    programs = {i.name: i for i in parse(Source("s.pf", text)).items if isinstance(i, tree.Program)}
    library = {p.name: p for p in catalogue().samplers()}
    return read(list(programs.values())[-1], {**library, **programs}.get)


HEAD = "model s(p: model, x: vector[dim(p)], step: positive) {\n"


def test_every_sampler_of_the_library_is_read_and_documented() -> None:
    library = {p.name: p for p in catalogue().samplers()}
    assert {"ula", "mala", "ghmc", "aldi", "sgld"} <= set(library)
    for name, node in library.items():
        assert is_sampler(node) and read(node, library.get).node.name == name
        assert "Reference: " in node.doc and "Example: `sample " in node.doc
    names = [e.path.stem for e in catalogue().entries("model") if e.path.parent.name == "samplers"]
    assert sorted(names) == sorted(library)
    assert not set(library) & {p.name for p in catalogue().programs()} - {"tamed", "mirror"}  # a scheme and a process


def test_the_parts_of_a_step() -> None:
    found = sampler("model s(p: model, x: vector[dim(p)], v: vector[dim(p)], step: positive, a: real = 1) {\n"
                    "  let reversed_v = -v\n  z: vector[dim(p)] ~ std_normal()\n  let next_v = v + z\n"
                    "  let next_x = x + step * v\n  let reversed_z = -z\n}\n")  # fmt: skip
    assert [s.name for s in found.states] == ["x", "v"] and found.nexts == ("next_x", "next_v")
    assert [s.name for s in found.settings] == ["step", "a"]
    assert found.drawn == ("z",) == found.noises and found.returned == {"v"}
    assert found.reversible and not found.corrected and not found.batched


def test_the_programs_of_a_corrected_step() -> None:
    found = sampler("model s(p: model, x: vector[dim(p)], step: positive, scale: positive[dim(p)]) {\n"
                    "  return metropolis(ula(p, x, step, scale))\n}\n")  # fmt: skip
    assert found.corrected
    assert "let drift = gradient_at(x)" in unparse(drawing(found))
    assert "let target = log_density_at(x)" in unparse(standing(found))
    assert "step" not in unparse(standing(found))


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (HEAD + "  z ~ normal(x, step)\n}\n", "nothing here has a value after the step"),
        ("model s(p: model, step: positive, x: vector[dim(p)]) {\n  next_x ~ normal(x, step)\n}\n", "not part of the state"),
        (HEAD + "  z ~ normal(0, 1)\n  let next = x + z\n  return metropolis(next)\n}\n", "density of this step is not known"),
        (HEAD + "  let next = x + step\n  return metropolis(next)\n}\n", "density of this step is not known"),
        ("model s(p: model, x: vector[dim(p)], step: positive, a: real = step / 2) {\n  next ~ normal(x, step)\n}\n", "this is no number"),
        ("model s(p: model, x: matrix[8, dim(p)], step: positive) {\n  let next = x + step\n}\n", "this is no setting"),
        (HEAD + "  return metropolis(laplace(p))\n}\n", "not a step of a sampler"),
        (HEAD + "  return metropolis(mala(p, x, step, 1))\n}\n", "not a step of a sampler"),
        (HEAD + "  return metropolis(ula(p, x, step))\n}\n", "this lacks scale"),
        (HEAD + "  return metropolis(ula(p, x, step, speed=1))\n}\n", "has no such argument"),
        ("model s(p: model, y: vector[dim(p)], step: positive) {\n  return metropolis(ula(p, y, step, 1))\n}\n", "another name"),
    ],
)  # fmt: skip
def test_what_is_no_sampler(text: str, label: str) -> None:
    with pytest.raises(ProgramError) as caught:
        sampler(text)
    (found,) = caught.value.diagnostics
    assert found.code == "PF640" and label in found.primary.text


def test_a_step_asks_for_the_density_alone() -> None:
    found = sampler(HEAD + "  y ~ p\n  next ~ normal(x, step)\n}\n")
    with pytest.raises(ProgramError) as caught:
        drawing(found)
    assert "this asks for more" in caught.value.diagnostics[0].primary.text
