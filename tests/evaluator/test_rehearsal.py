"""Scripts judged without running them: what a rehearsal knows, what it finds, and that it finds what a run does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer import infer
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source
from pushforward.evaluator.foreseen import Foreseen
from pushforward.evaluator.rehearsal import Rehearsal, rehearse
from pushforward.evaluator.session import Session
from pushforward.evaluator.vocabulary import vocabulary
from pushforward.runtime.unknown import Unknown
from pushforward.stdlib.catalogue import catalogue

MODELS = """model m(s: positive[J]) {
  mu ~ normal(0, 5)
  y ~ normal(mu, s)
  return {twice = 2 * mu}
}
model g() {
  param a: real = 0
  mu ~ normal(a, 1)
}
let d = load("d.json")
let p = m(d.s) | {y = d.y}
"""


@pytest.fixture(autouse=True)
def data(folder: Path) -> Path:
    """Data beside the script."""
    (folder / "d.json").write_text(json.dumps({"s": [1, 2, 3], "y": [0.5, 1, 1.5], "K": 4}))
    return folder


def rehearsed(text: str) -> Rehearsal:
    """A script rehearsed, after the models and the data above."""
    file = parse(Source("s.pf", MODELS + text))
    return rehearse(file, infer(file, catalogue(), vocabulary))


def unknown(found: Rehearsal, name: str) -> Unknown:
    """What is known of a value that is not."""
    value = found.environment.lookup(name)
    assert isinstance(value, Foreseen) and value.unknown is not None
    return value.unknown


def test_what_needs_no_run_is_known() -> None:
    found = rehearsed("let K = 2 * d.K + size(d.y)\nlet v = [1, 2.5]\nlet c = K > 3\n")
    assert not found.found
    assert found.environment.lookup("K") == 11 and found.environment.lookup("c") is True
    assert list(found.environment.lookup("v")) == [1, 2.5]  # type: ignore[arg-type]


def test_of_the_rest_the_type_is_known() -> None:
    found = rehearsed(
        "let r = sqrt(d.y)\nlet fit = maximize elbo(p, g()) by adam(0.1)\nlet a = fit.params.a + fit.value\n"
        "let post = sample p by nuts(chains=2, draws=50)\nlet mu = post.mu .* post.twice\n"
        "let sim = simulate p by mc(7)\nlet y = sim.y\n"
    )
    assert not found.found
    shapes = {n: unknown(found, n).shape for n in ("r", "a", "mu", "y")}
    assert shapes == {"r": (3,), "a": (), "mu": (100,), "y": (7, 3)}


def test_objectives_are_found_with_the_data_they_are_given() -> None:
    found = rehearsed("let fit = maximize iwelbo(p, g(), d.K) by sgd(0.1)\n")
    (one,) = found.optimised
    assert one.title == "maximize iwelbo (s.pf:12)"
    assert one.bound.sizes["J"] == 3 and "iwelbo" in one.bound.emitted.text


def test_without_the_data_objectives_are_still_judged(data: Path) -> None:
    (data / "d.json").unlink()
    found = rehearsed("let fit = maximize elbo(p, g()) by adam(0.1)\nlet bad = maximize elbo(p) by adam(0.1)\n")
    assert [(d.code, d.severity) for d in found.found] == [("PF732", "warning"), ("PF210", "error")]
    assert found.found[0].primary.span.line == 10 and "d.json" in found.found[0].title
    assert [o.name for o in found.optimised] == ["elbo"]


def test_a_whole_number_that_only_a_run_knows_keeps_what_hangs_on_it_unseen() -> None:
    found = rehearsed(
        "let fit = maximize elbo(p, g()) by adam(0.1)\nlet n = [1.0 for i in 0..fit.steps]\n"
        "let q = m(n) | {y = n}\nlet s = sum(n) + d.y\nlet late = maximize elbo(n, g()) by adam(0.1)\n"
    )
    assert not found.found and len(found.optimised) == 1
    ((run, because),) = found.unforeseen
    assert run.span.line == 16 and "what `maximize` finds (line 12)" in because


WRONG = {
    "PF210": "let fit = maximize elbo(p) by adam(0.1)\n",
    "PF211": "let fit = maximize elbo(p, guide=g()) by adam(0.1)\n",
    "PF402": "let fit = maximize elbo(p, d.K) by adam(0.1)\n",
    "PF403": "let fit = maximize elbo(m(d.s), g()) by adam(0.1)\n",
    "PF723": "let fit = maximize elbo(p, g()) by adma(0.1)\n",
    "PF724": "let fit = maximize elbo(p, g()) by adam(0.1, step=3)\n",
    "PF731": "let fit = maximize elbo(p, g()) by adam(-0.1)\n",
    "PF725": "let post = sample p by nuts(chains=0)\n",
    "PF727": "let q = m(d.s) | {z = 1}\n",
    "PF722": "print d.sigma\n",
    "PF726": "print d + 1\n",
    "PF721": "let post = sample d\n",
    "PF807": "let q = m(d.s) | {y = [1, 2]}\nlet fit = maximize elbo(q, g()) by adam(0.1)\n",
    "PF804": "let q = m([1, -2]) | {y = [1, 2]}\nlet fit = maximize elbo(q, g()) by adam(0.1)\n",
    "PF340": "print d.y[d.K]\n",
    "PF301": "print d.y + [1, 2]\n",
}


@pytest.mark.parametrize("code", WRONG)
def test_what_a_rehearsal_finds_stops_a_run(code: str) -> None:
    found = rehearsed(WRONG[code]).found
    with pytest.raises(ProgramError) as caught:
        Session().run(Source("s.pf", MODELS + WRONG[code]))
    assert tuple(found) == caught.value.diagnostics
    assert [d.code for d in found] == [code]


def test_every_mistake_is_told_once_and_what_hangs_on_it_is_not_blamed() -> None:
    found = rehearsed("let a = d.w\nlet b = a + 1\nfor i in 0..3 {\n  print d.y[i + 3], b[7]\n}\nprint d.v\n")
    assert [(d.code, d.primary.span.line) for d in found.found] == [("PF722", 12), ("PF340", 15), ("PF722", 17)]


def test_a_branch_that_is_not_taken_is_not_blamed_and_one_that_may_be_is() -> None:
    assert not rehearsed("if d.K > 5 {\n  print d.y[d.K]\n}\n").found
    text = "let post = sample p\nif mean(post.mu) > 0 {\n  print d.w\n} else {\n  print d.v\n}\n"
    assert [d.code for d in rehearsed(text).found] == ["PF722", "PF722"]


def test_a_file_that_is_no_data_is_an_error(data: Path) -> None:
    (data / "d.json").write_text("{")
    found = rehearsed("print d.y\n").found
    assert [(d.code, d.severity) for d in found] == [("PF808", "error")]


def test_nothing_is_written(data: Path) -> None:
    assert not rehearsed('save(d, "out.json")\nplot(d.y, "y.png")\n').found
    assert sorted(p.name for p in data.iterdir()) == ["d.json"]


def test_signatures_of_optimisers_are_those_that_optax_has() -> None:
    from pushforward.runtime.optimise.keywords import parameters
    from pushforward.runtime.optimise.optimiser import optimisers
    from pushforward.runtime.optimise.signatures import signatures

    def told(signature: object) -> list[tuple[str, bool]]:
        assert hasattr(signature, "items")
        return [(name, p.default is p.empty) for name, p in signature.items()]

    assert {n: told(parameters(f)) for n, f in optimisers().items()} == {n: told(s) for n, s in signatures().items()}


def test_jax_is_not_needed(folder: Path) -> None:
    source = Path(__file__).parents[2] / "src"
    environment = {**os.environ, "PYTHONPATH": str(source)}
    (folder / "s.pf").write_text(MODELS + "let fit = maximize elbo(p, g()) by adam(0.1)\nprint fit, sum(d.y)\n")
    code = (
        "import sys; from pushforward.cli import main; assert main(['check', 's.pf']) == 0; "
        "assert main(['show', 's.pf', '--stage', 'jax']) == 0; assert not {'jax', 'optax'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
