"""sample, predict and diagnose, in this process, on small models. Seeds are fixed, so nothing here fails by chance."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cli.conftest import Result, Run

FEW = ("--warmup", 200, "--draws", 200, "--chains", 2, "--no-cache")
SAMPLE = ("sample", "schools.pf", "--data", "schools.json", *FEW)
COLUMNS = {"mean", "sd", "q5", "q50", "q95", "ess_bulk", "ess_tail", "rhat", "mcse_mean"}


def test_sample_prints_a_table_and_what_speaks_against_it(run: Run, folder: Path) -> None:
    found = run(*SAMPLE)
    assert found.status == 0
    header, *rows = found.out.splitlines()
    assert set(header.split()) == COLUMNS
    assert [row.split()[0] for row in rows[:3]] == ["mu", "tau", "z[0]"] and rows[-1].startswith("theta[7]")
    assert "gradients" in found.err and "Traceback" not in found.err


def test_sample_in_json(run: Run, folder: Path) -> None:
    found = run(*SAMPLE, "--json", "--seed", 3, "--target-accept", 0.9, "--metric", "dense")
    told = found.json
    assert found.status == 0 and told["program"] == "schools" and told["seed"] == 3 and told["output"] is None
    assert set(told["parameters"]) == {"mu", "tau", *(f"{n}[{i}]" for n in ("z", "theta") for i in range(8))}
    assert all(set(row) == COLUMNS for row in told["parameters"].values())
    assert set(told["diagnostics"]) == {"divergences", "max_treedepth_hits", "ebfmi", "gradient_evaluations"}
    assert set(told["timing"]) == {"compile_s", "warmup_s", "sampling_s"}
    assert all(set(advice) == {"kind", "sentence"} for advice in told["advice"])
    assert told["settings"] == {
        "by": "nuts", "chains": 2, "warmup": 200, "draws": 200, "target_accept": 0.9, "max_treedepth": 10,
        "metric": "dense",
    }  # fmt: skip


def test_sample_by_another_sampler(run: Run, folder: Path) -> None:
    told = run(*SAMPLE, "--by", "obabo(friction=2, thin=3)", "--json", "-o", "out.nc").json
    assert told["settings"] == {
        "by": "obabo", "chains": 2, "warmup": 200, "draws": 200, "step": "auto", "scale": "auto", "friction": 2,
        "target_accept": 0.95, "thin": 3,
    }  # fmt: skip
    assert set(told["diagnostics"]) == {"acceptance", "corrected", "step_size", "left", "gradient_evaluations"}
    assert told["advice"][0]["kind"] == "uncorrected"
    assert not list(folder.glob("out.nc.*"))


def test_a_sampler_that_there_is_not_and_a_setting_that_it_has_not(run: Run, folder: Path) -> None:
    found = run(*SAMPLE, "--by", "malla")
    assert found.status == 1 and "did you mean `mala`?" in found.err
    found = run(*SAMPLE, "--by", "mala", "--metric", "dense")
    assert found.status == 2 and "mala has no setting 'metric'" in found.err


def test_show_prints_a_step(run: Run, folder: Path) -> None:
    shown = run("show", "schools.pf", "--by", "ghmc", "--stage", "expanded").out
    assert "next_x ~ normal(" in shown and "let reversed_v = -v" in shown
    shown = run("show", "schools.pf", "--by", "ghmc", "--stage", "jax").out
    assert "def simulate(" in shown and "def log_density_unconstrained(" in shown
    assert run("show", "schools.pf", "--by", "ghmc", "--stage", "nothing").status == 2


def test_numbers_that_json_lacks_are_null(run: Run, folder: Path) -> None:
    (folder / "c.pf").write_text("model m() {\n  L: cholesky_corr[2] ~ lkj_cholesky(1)\n  return {L}\n}\n")
    found = run("sample", "c.pf", *FEW, "--json")
    assert found.status == 0
    assert found.json["parameters"]["L[0,0]"]["rhat"] is None
    assert found.json["parameters"]["L[1,0]"]["rhat"] < 1.2
    assert "the data give none of the variables" in found.err


def test_the_draws_are_written_and_the_checkpoint_is_not_left(run: Run, folder: Path) -> None:
    from pushforward.runtime.draws import read_netcdf

    found = run(*SAMPLE, "-o", "out.nc", "--json")
    assert found.status == 0 and found.json["output"] == "out.nc"
    drawn = read_netcdf("out.nc")
    assert drawn.posterior["theta"].shape == (2, 200, 8)
    assert found.json["parameters"]["mu"]["mean"] == pytest.approx(float(drawn.posterior["mu"].mean()), rel=1e-12)
    assert not list(folder.glob("out.nc.*"))


def test_data_that_nothing_uses_are_noted(run: Run, folder: Path) -> None:
    data = json.loads((folder / "schools.json").read_text()) | {"colour": [1]}
    (folder / "schools.json").write_text(json.dumps(data))
    found = run("predict", "schools.pf", "--data", "schools.json", "--draws", 3, "--no-cache", "--json")
    assert found.status == 0 and "does not use `colour`" in found.err and "`colour`" in found.json["notes"][0]


def test_no_starting_point_is_told_factor_by_factor(run: Run, folder: Path) -> None:
    (folder / "n.pf").write_text(
        "model m() {\n  a ~ normal(0, 1)\n  y ~ normal(a, 1)\n  factor -exp(exp(100 + a^2))\n}\n"
    )
    (folder / "n.json").write_text('{"y": 1.0}')
    for verb in ("sample", "diagnose"):
        found = run(verb, "n.pf", "--data", "n.json", "--no-cache", "--json")
        assert found.status == 1
        assert [d["code"] for d in found.json["diagnostics"]] == ["PF704"]
        assert "-inf" in found.err


def test_everything_observed_is_nothing_to_sample(run: Run, folder: Path) -> None:
    (folder / "n.pf").write_text("model m(s: positive) {\n  y ~ normal(0, s)\n}\n")
    (folder / "n.json").write_text('{"y": 1.0, "s": 1.0}')
    for verb in ("sample", "diagnose"):
        found = run(verb, "n.pf", "--data", "n.json", "--no-cache", "--json")
        assert found.status == 1 and found.json["diagnostics"][0]["code"] == "PF703"


@pytest.fixture
def posterior(run: Run, folder: Path) -> Path:
    """Draws of the schools model."""
    assert run(*SAMPLE, "-o", "out.nc").status == 0
    return folder / "out.nc"


def predicted(run: Run, *more: object) -> Result:
    return run("predict", "schools.pf", "--data", "schools.json", "--no-cache", *more)


def test_predictions_from_the_posterior(run: Run, posterior: Path) -> None:
    from pushforward.runtime.draws import read_netcdf

    found = predicted(run, "--posterior", posterior, "-o", "p.nc", "--json")
    told = found.json
    assert found.status == 0 and (told["chains"], told["draws"]) == (2, 200)
    assert set(told["variables"]) == {f"y[{i}]" for i in range(8)}
    drawn = read_netcdf("p.nc")
    assert drawn.posterior_predictive["y"].shape == (2, 200, 8)
    # y[i] has the posterior mean of theta[i]; 400 draws of sd below 25 leave a standard error below 1.3
    means = read_netcdf(posterior).posterior["theta"].mean((0, 1))
    assert np.abs(drawn.posterior_predictive["y"].mean((0, 1)) - means).max() < 8.0
    assert predicted(run, "--posterior", posterior).out.splitlines()[0].split() == ["mean", "sd", "q5", "q50", "q95"]
    assert predicted(run, "--posterior", posterior, "--draws", 7, "--json").json["draws"] == 7


def test_predictions_from_the_prior(run: Run, folder: Path) -> None:
    found = predicted(run, "--draws", 50, "--prior", "--json")
    assert found.status == 0 and {"mu", "y[0]", "theta[7]"} <= set(found.json["variables"])
    assert found.json["variables"] != predicted(run, "--draws", 50, "--json", "--seed", 1).json["variables"]


def test_flat_priors_have_no_draws(run: Run, folder: Path) -> None:
    (folder / "flat.pf").write_text("model m() {\n  mu ~ flat()\n  y ~ normal(mu, 1)\n}\n")
    found = run("predict", "flat.pf", "--json", "--no-cache")
    assert found.status == 1 and found.json["diagnostics"][0]["code"] == "PF452"


def test_draws_of_another_model_are_refused(run: Run, posterior: Path, folder: Path) -> None:
    data = {"y": [1.0, 2.0], "sigma": [1.0, 1.0]}
    (folder / "two.json").write_text(json.dumps(data))
    found = run("predict", "schools.pf", "--data", "two.json", "--posterior", posterior, "--json", "--no-cache")
    assert found.status == 1 and found.json["diagnostics"][0]["code"] == "PF708"
    assert "z has the shape (8,), and (2,) with these data" in found.err
    (folder / "other.pf").write_text("model other() {\n  nu ~ normal(0, 1)\n  y ~ normal(nu, 1)\n}\n")
    (folder / "other.json").write_text('{"y": 1.0}')
    found = run("predict", "other.pf", "--data", "other.json", "--posterior", posterior, "--no-cache")
    assert found.status == 1 and "they lack nu" in found.err
    assert predicted(run, "--posterior", "schools.json").status == 1


def test_diagnose_a_sound_model(run: Run, folder: Path) -> None:
    found = run("diagnose", "schools.pf", "--data", "schools.json", "--points", 2, "--json", "--no-cache")
    told = found.json
    assert found.status == 0 and told["gradients"]["ok"] and told["gradients"]["worst"]["relative"] < 1e-6
    assert [(f["origin"], f["line"]) for f in told["factors"]] == [("mu", 3), ("tau", 4), ("z", 5), ("y", 7)]
    assert sum(f["share"] for f in told["factors"]) == pytest.approx(1.0)
    assert told["constant"] == told["unseen"] == [] and told["dimension"] == 10


def test_diagnose_finds_what_nothing_depends_on(run: Run, folder: Path) -> None:
    text = (
        "model m() {\n  a ~ flat()\n  b ~ normal(0, 1)\n  c ~ normal(0, 1)\n  d ~ normal(c, 1)\n  y ~ normal(d, 1)\n}\n"
    )
    (folder / "m.pf").write_text(text)
    (folder / "m.json").write_text('{"y": 1.0}')
    found = run("diagnose", "m.pf", "--data", "m.json", "--points", 2, "--no-cache")
    assert found.status == 0
    assert "the density does not depend on a:" in found.err
    assert "the data say nothing on b:" in found.err
    assert "y (line 6)" in found.out


def test_a_kink_is_a_wrong_gradient() -> None:
    """A derivative that is off everywhere is found, a smooth density is not accused."""
    import jax
    import jax.numpy as jnp

    from pushforward.cli.diagnosis.gradients import check_gradients

    @jax.custom_jvp
    def wrong(x: Any) -> Any:
        return jnp.sin(x)

    @wrong.defjvp
    def wrong_jvp(primals: Any, tangents: Any) -> Any:
        return jnp.sin(primals[0]), 1.001 * jnp.cos(primals[0]) * tangents[0]

    with jax.enable_x64(True):
        assert check_gradients(lambda q: jnp.sum(jnp.sin(q)) - 1e4, 3, points=2, seed=0).sound
        found = check_gradients(lambda q: jnp.sum(jnp.sin(q[:2])) + wrong(q[2]), 3, points=2, seed=0)
    assert not found.sound and found.worst is not None and found.worst.coordinate == 2


def test_diagnose_exits_1_where_gradients_are_wrong(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pushforward.cli.diagnosis import gradients

    monkeypatch.setattr(gradients, "TOLERANCE", 0.0)
    found = run("diagnose", "schools.pf", "--data", "schools.json", "--points", 1, "--json", "--no-cache")
    assert found.status == 1 and found.json["diagnostics"][0]["code"] == "PF709" and not found.json["gradients"]["ok"]


def test_progress_is_one_line_a_chain() -> None:
    from rich.console import Console

    from pushforward.cli.progress import watching
    from pushforward.runtime.samplers.result import ProgressEvent

    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120, color_system=None)
    with watching(2, 300, console) as watch:
        assert watch is not None
        watch(ProgressEvent(0, "sampling", 200, 300, 3, 0.25, 1000, 1.0))
        watch(ProgressEvent(1, "sampling", 300, 300, 0, 0.5, 1000, 1.0))
    words = " ".join(screen.getvalue().split())
    for shown in ("chain 0 sampling", "200/300 step size 0.25 3 divergent", "chain 1 done", "300/300 step size 0.5"):
        assert shown in words
    with watching(2, 300) as nobody:
        assert nobody is None
