"""Statements in order, blocks, redefinition, declarations."""

from __future__ import annotations

import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer.scripts import Vocabulary
from pushforward.dsl.source import Source
from pushforward.evaluator.registry import builtins, kinds, verbs
from pushforward.evaluator.session import Session
from pushforward.evaluator.vocabulary import vocabulary
from pushforward.stdlib.catalogue import catalogue
from tests.evaluator.conftest import Script


def test_statements_run_in_order(script: Script) -> None:
    script("let x = 1\nprint x\nlet x = x + 1\nprint x\nprint \"a\", [1, 2]")
    assert script.host.values[:3] == [1, 2, "a"]


def test_loops_and_branches_have_names_of_their_own(script: Script) -> None:
    script("let t = 10\nfor i in 1..4 {\n  let t = i * i\n  if t > 3 { print t } else { print -t }\n}\nprint t")
    assert script.host.values == [-1, 4, 9, 10]
    assert script.codes("print i") == ["PF201"]


def test_a_redefinition_replaces(script: Script) -> None:
    script("fun f(x: real) -> real = 2 * x\nmodel m() {\n  x ~ normal(f(1), 1)\n}\n")
    assert script("f(3)") == 6
    before = script.session.model(script.session.environment.programs["m"])
    script("fun f(x: real) -> real = 3 * x")
    assert script("f(3)") == 9
    after = script.session.model(script.session.environment.programs["m"])
    assert before.program != after.program  # m calls the new one
    script("let m = 3")
    assert script("m + 1") == 4
    script("model m() {\n  y ~ normal(0, 1)\n}\n")
    assert script("m").kind == "a model"


def test_nothing_runs_when_something_is_wrong_further_down(script: Script) -> None:
    assert script.codes("print 1\nprint absent\nprint expp(1)\nlet x = sampl\n") == ["PF201", "PF208", "PF201"]
    assert script.host.values == []


def test_what_ran_before_a_failure_stands(script: Script) -> None:
    assert script.codes("let a = 1\nlet r = {b = 2}\nprint r.c\n") == ["PF722"]
    assert script("a") == 1


def test_in_a_file_an_expression_does_not_stand_alone() -> None:
    for text in ("1 + 2\n", "summary(3)\n"):
        with pytest.raises(ProgramError) as caught:
            Session().run(Source("s.pf", text))
        assert [d.code for d in caught.value.diagnostics] == ["PF327"]


def test_conditions_and_bounds_are_of_their_kind(script: Script) -> None:
    assert script.codes("if 1 { print 2 }") == ["PF721"]
    assert script.codes("for i in 0..2.5 { print 2 }") == ["PF721"]
    assert script.codes("for i in [1, 2] { print 2 }") == ["PF721"]


def test_a_program_without_meaning_yet_is_refused_where_it_is_used(script: Script) -> None:
    script("process t() {\n  x ~ normal(0, 1)\n  y ~ normal(0, 1)\n  dx = 1 dt\n  dy = 2 dt\n}\nprint 1\n")
    assert script.codes("print t() at [0.0, 1.0]") == ["PF490"]


def test_a_file_with_a_script_is_loaded_from_python() -> None:
    module = pf.loads("model m() {\n  x ~ normal(0, 1)\n}\nlet a = 1\nprint simulate m()\n")
    assert list(module.models) == ["m"] and module.not_yet == ()
    with pytest.raises(ProgramError):
        pf.loads("let a = b\n")


def test_the_words_of_scripts_are_the_files_of_their_folders() -> None:
    words = vocabulary()
    assert isinstance(words, Vocabulary)
    assert words.functions == set(builtins()) and words.verbs == set(verbs())
    assert {"load", "save", "plot", "summary"} <= words.functions and {"sample", "simulate", "predict"} <= words.verbs
    assert {"save", "plot"} <= words.effects and "model" in kinds()


def test_no_function_of_scripts_hides_one_of_the_library() -> None:
    assert not set(builtins()) & set(catalogue().names())
