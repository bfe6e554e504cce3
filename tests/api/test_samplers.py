"""Samplers written in the language, from Python: settings, checkpoints, what is counted and what is told."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError
from pushforward.runtime.samplers.result import CheckpointMismatch, Interrupted

TEXT = """
model normals() {
  x: vector[3] ~ normal(1, 2)
}

## A random walk of one's own, corrected.
model walk(p: model, x: vector[dim(p)], step: positive, target_accept: unit = 0.3) {
  next ~ normal(x, step)
  return metropolis(next)
}
"""
BOUND = pf.loads(TEXT).models["normals"]()
LENGTH = {"chains": 2, "warmup": 60, "draws": 80, "seed": 3}


def test_settings_in_the_text_and_as_arguments_are_the_same() -> None:
    one = BOUND.sample(by="mala(step=0.5, scale=[1, 2, 3], thin=3)", **LENGTH)
    two = BOUND.sample(by="mala", step=0.5, scale=[1, 2, 3], thin=3, **LENGTH)
    assert np.array_equal(one.chains.positions, two.chains.positions)
    assert np.all(one.chains.step_size == 0.5)
    assert np.allclose(one.chains.inverse_metric, [1, 4, 9])


def test_a_gradient_is_computed_once_a_step() -> None:
    """Besides, each chain looks at a starting point; what is known of a position is carried to the next step."""
    for by in ("mala(step=0.5, scale=1, thin=3)", "ghmc(step=0.5, scale=1, thin=3)"):
        post = BOUND.sample(by=by, **LENGTH)
        assert post.diagnostics["gradient_evaluations"] == 2 * (140 * 3 + 1)


def test_a_sampler_of_the_file_and_its_fate() -> None:
    post = BOUND.sample(by="walk", **LENGTH | {"draws": 400})
    assert 0.2 < post.diagnostics["acceptance"] < 0.45
    assert post.draws.attrs["sampler"] == "walk"
    assert "tree_depth" not in post.to_arviz().sample_stats


def test_resumed_draws_are_the_same_and_do_not_depend_on_cores(tmp_path: Path) -> None:
    settings = LENGTH | {"by": "ghmc(thin=5)"}
    whole = BOUND.sample(**settings)
    stop, path, seen = threading.Event(), tmp_path / "run.npz", []

    def watch(event: object) -> None:
        seen.append(event)
        stop.set()

    with pytest.raises(Interrupted):
        BOUND.sample(**settings, checkpoint=path, stop=stop, progress=watch)
    assert seen and path.exists()
    with pytest.raises(CheckpointMismatch, match="another run"):
        BOUND.sample(**settings | {"by": "ghmc(thin=5, friction=2)"}, checkpoint=path, resume=True)
    resumed = BOUND.sample(**settings, checkpoint=path, resume=True)
    assert np.array_equal(resumed.chains.positions, whole.chains.positions)
    assert resumed.chains.gradient_evaluations == whole.chains.gradient_evaluations
    alone = BOUND.sample(**settings | {"chains": 1})
    assert np.array_equal(alone.chains.positions[0], whole.chains.positions[0])


@pytest.mark.parametrize(
    ("by", "code", "help_"),
    [
        ("malla", "PF723", "did you mean `mala`?"),
        ("mala(stp=1)", "PF724", "did you mean `step`?"),
        ("mala(step=-1)", "PF725", None),
        ("mala(", "PF102", None),
        ("mala(scale=[1, -1])", "PF725", None),
        ("mala(scale=[1, 2])", "PF725", None),
    ],
)
def test_what_is_asked_for_wrongly_is_told(by: str, code: str, help_: str | None) -> None:
    with pytest.raises(ProgramError) as caught:
        BOUND.sample(by=by, **LENGTH)
    (found,) = caught.value.diagnostics
    assert found.code == code
    assert help_ is None or help_ in found.helps


def test_a_setting_that_cannot_be_found_is_asked_for() -> None:
    for by, needs in (("sgld", "step"), ("aldi", "step"), ("myula(step=0.1)", "smoothing")):
        with pytest.raises(ProgramError, match=f"needs `{needs}`") as caught:
            BOUND.sample(by=by, **LENGTH)
        assert caught.value.diagnostics[0].code == "PF641"


def test_too_large_steps_are_told() -> None:
    steep = pf.loads("model steep() {\n  x ~ normal(0, 1)\n  factor -x^4\n}\n").models["steep"]()
    post = steep.sample(by="ula(step=0.5, scale=1)", **LENGTH)
    assert post.diagnostics["left"] > 0
    assert [a.kind for a in post.advice][:2] == ["left", "uncorrected"]


def test_unknown_settings_in_python_are_type_errors() -> None:
    with pytest.raises(TypeError, match="mala has no setting 'metric'"):
        BOUND.sample(by="mala", metric="dense", **LENGTH)
    with pytest.raises(ValueError, match="step of mala must be a number above 0"):
        BOUND.sample(by="mala", step=0, **LENGTH)
