"""Solvers, rules and linear solvers: what a declaration says is what its class takes."""

from __future__ import annotations

import inspect
from importlib import import_module
from typing import Any

import pytest

from pushforward.dsl import tree
from pushforward.stdlib.catalogue import catalogue

ALGORITHMS = {a.name: a for a in catalogue().algorithms()}

KINDS = {"argmin", "root", "fixpoint", "saddle", "integrate", "bilevel"}
TAKES = {"prox", "equality", "inequality", "reversible"}
NEEDS = {"prox", "squares", "quadratic", "mirror", "vertices", "transport", "batches", "symmetric", "one_unknown", "reversible"}


def target(declared: tree.Algorithm) -> Any:
    module, _, name = declared.body.target.rpartition(".")
    return getattr(import_module(module), name)


def value(default: tree.Expr | None) -> Any:
    """What a default says; an algorithm is its target called with what is given."""
    match default:
        case tree.Number(value=number):
            return number
        case tree.Unary(op="-", operand=tree.Number(value=number)):
            return -number
        case tree.String(value=text) | tree.Bool(value=text):
            return text
        case tree.Name(id=name):
            return target(ALGORITHMS[name])()
        case tree.Call(function=tree.Name(id=name), arguments=given):
            return target(ALGORITHMS[name])(*(value(a.value) for a in given if a.name is None))
        case _:
            return inspect.Parameter.empty


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_declaration_says_what_its_class_takes(name: str) -> None:
    declared = ALGORITHMS[name]
    parameters = inspect.signature(target(declared)).parameters
    assert [p.name for p in declared.parameters] == list(parameters)
    made = target(declared)()
    for parameter in declared.parameters:
        assert value(parameter.default) == getattr(made, parameter.name), parameter.name
    assert hash(made) == hash(target(declared)())


@pytest.mark.parametrize("name", ALGORITHMS)
def test_a_declaration_uses_known_words_and_is_documented(name: str) -> None:
    declared = ALGORITHMS[name]
    assert set(declared.uses) <= KINDS and set(declared.takes) <= TAKES and set(declared.needs) <= NEEDS
    assert bool(declared.uses) or declared.kind != "solver"
    assert len(declared.doc.split()) >= 5


def test_every_file_declares_what_it_is_named_for() -> None:
    files = {e.path.stem for e in catalogue().entries("solver", "rule", "linear_solver")}
    assert files == set(ALGORITHMS)
