"""Models, data, draws, predictions, pictures and files, from a script."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from pushforward.evaluator.values import Drawn, DrawsValue, Record, Table, type_of
from tests.evaluator.conftest import Script

NORMAL = """\
## Normal with known scale.
model normal_mean(s: positive, N: int) {
  mu ~ normal(0, 10)
  y: vector[N] ~ normal(mu, s)
  return {twice = 2 * mu}
}
"""


@pytest.fixture(scope="module")
def sampled() -> Script:
    """A session with `post`, draws of `mu` given four values of y, whose posterior is normal(a, b) in closed form."""
    script = Script()
    script(NORMAL + "let d = {y = [1.0, 2.0, 3.0, 4.0]}")
    script("let post = sample normal_mean(2, 4) | {y = d.y} by nuts(chains=4, draws=500, warmup=500)")
    return script


def exact() -> tuple[float, float]:
    """Mean and sd of mu given the data: conjugacy."""
    precision = 1 / 100 + 4 / 4
    return (10 / 4) / precision, precision**-0.5


def test_sampling_gives_the_posterior(sampled: Script) -> None:
    """z-tests with the effective sample size, at 5 standard errors: a false alarm in 1.7 million for each."""
    mean, sd = exact()
    row = sampled("post").posterior.summary()["mu"]
    assert abs(row["mean"] - mean) < 5 * row["mcse_mean"]
    wrong = 2.5 - 0.3  # as if one observation were missing: the test must see this
    assert abs(row["mean"] - wrong) > 5 * row["mcse_mean"]
    assert abs(row["sd"] - sd) < 5 * sd / np.sqrt(row["ess_bulk"])


def test_draws_are_arrays_in_arithmetic(sampled: Script) -> None:
    draws = sampled("post.mu")
    assert isinstance(draws, Drawn) and draws.array.shape == (2000,) and draws.by_chain().shape == (4, 500)
    assert sampled("mean(post.mu)") == pytest.approx(draws.array.mean())
    assert sampled("mean(post.twice - 2 * post.mu)") == pytest.approx(0, abs=1e-12)
    assert sampled("mean(post.mu > 2)") == pytest.approx((draws.array > 2).mean())
    assert sampled.codes("post + 1") == ["PF726"] and sampled.codes("post.nu") == ["PF722"]


def test_the_same_seed_gives_the_same_draws_and_runs_differ(sessions: Callable[[int], Script]) -> None:
    run = NORMAL + "let a = simulate normal_mean(2, 3)\nlet b = simulate normal_mean(2, 3)\n[a.mu, b.mu]"
    first, again, other = sessions(7)(run), sessions(7)(run), sessions(8)(run)
    assert first.tolist() == again.tolist() and first[0] != first[1] and first[0] != other[0]
    given = sessions(1)(NORMAL + "[(simulate normal_mean(2, 3) by once(seed=7)).mu][0]")
    assert given == first[0]


def test_the_first_run_is_that_of_the_command_line(sessions: Callable[[int], Script]) -> None:
    script = sessions(3)
    post = script(NORMAL + "sample normal_mean(2, 2) | {y = [1, 2]} by nuts(chains=2, draws=50, warmup=100)")
    bound = pf.loads(NORMAL).normal_mean(2, 2).condition(y=[1.0, 2.0])
    same = bound.sample(seed=3, chains=2, draws=50, warmup=100)
    np.testing.assert_array_equal(post.posterior["mu"], same["mu"])


def test_simulation_and_prediction(sampled: Script) -> None:
    one = sampled("simulate normal_mean(2, 4)")
    assert isinstance(one, Record) and one.fields["y"].shape == (4,) and isinstance(one.fields["mu"], float)
    many = sampled("simulate normal_mean(2, 4) by mc(100)")
    assert isinstance(many, DrawsValue) and many.parts()["y"].array.shape == (100, 4)
    new = sampled("predict post by mc(draws=50)")
    assert new.parts()["y"].array.shape == (50, 4)
    assert sampled.codes("predict normal_mean(2, 4)") == ["PF721"]
    assert sampled.codes("predict (3)") == ["PF721"]


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("normal_mean(2)", ["PF210"]),
        ("normal_mean(2, 3, 4)", ["PF210"]),
        ("normal_mean(2, M=4)", ["PF211"]),
        ("normal_mean(2, s=4)", ["PF211"]),
        ('normal_mean("2", 3)', ["PF726"]),
        ("normal_mean(2, 3) | {z = 1}", ["PF727"]),
        ("normal_mean(2, 3) | 4", ["PF721"]),
        ("3 | {y = 1}", ["PF721"]),
        ("sample normal_mean(2, 3) | {y = [1, 2]}", ["PF807"]),
        ("sample normal_mean(-2, 2) | {y = [1, 2]}", ["PF804"]),
        ("sample normal_mean(2, 2) by hmc(3)", ["PF723"]),
        ("sample normal_mean(2, 2) by nuts(draw=3)", ["PF724"]),
        ("sample normal_mean(2, 2) by nuts(4, chains=3)", ["PF724"]),
        ('sample normal_mean(2, 2) by nuts(metric="round")', ["PF725"]),
        ("sample normal_mean(2, 2) by nuts(target_accept=2.0)", ["PF725"]),
        ("sample normal_mean(2, 2) | {y = [1, 2], mu = 0}", ["PF703"]),
        ("sample normal_mean(2, 2) @ enum", ["PF721"]),
        ("load(3)", ["PF721"]),
        ('load("absent.json")', ["PF808"]),
        ('load("absent.xyz")', ["PF809"]),
        ('save(post, "post.xyz")', ["PF730"]),
        ('save(post, "absent/post.nc")', ["PF707"]),
        ('save(post, "absent/post.json")', ["PF707"]),
        ('plot(post, "absent/p.png")', ["PF707"]),
        ('plot(post, "p.gif")', ["PF729"]),
        ('plot(post, ["nu"], "p.png")', ["PF729"]),
        ("plot(post)", ["PF210"]),
        ('plot(d, "p.png")', ["PF726"]),
        ('let p = plot(post, "q.png")', ["PF721"]),
        ("summary(3)", ["PF721"]),
        ("diagnostics(d)", ["PF721"]),
    ],
)
def test_mistakes_have_their_codes(sampled: Script, folder: Path, text: str, codes: list[str]) -> None:
    assert sampled.codes(text) == codes
    assert not list(folder.iterdir())


def test_files(sampled: Script, folder: Path) -> None:
    (folder / "d.json").write_text(json.dumps({"y": [1, 2.5], "N": 2, "k": [1, 2]}))
    (folder / "d.csv").write_text("a,b\n1,0.5\n2,1.5\n")
    assert type_of(sampled('load("d.json")')) == "{y: vector[2], N: int, k: int[2]}"
    assert sampled('sum(load("d.csv").b)') == 2.0
    sampled('save(post, "post.nc"); save({a = [1, 2], b = inf}, "r.json"); save(summary(post), "t.json")')
    assert sampled.host.notes == ["wrote post.nc", "wrote r.json", "wrote t.json"]
    assert json.loads((folder / "r.json").read_text()) == {"a": [1, 2], "b": None}
    assert set(json.loads((folder / "t.json").read_text())) == {"mu", "twice"}
    np.testing.assert_array_equal(sampled('load("post.nc").mu').array, sampled("post.mu").array)


def test_pictures(sampled: Script, folder: Path) -> None:
    sampled('plot(post, "a.png"); plot(post, "mu", "b.svg"); plot(post.mu, "c.pdf"); plot([1, 2], [3, 4], "d.png")')
    sampled('plot([0.5, 1, 2, 2], "e.png"); plot((predict post by mc(20)).y, "f.png")')
    sizes = {p.name: p.stat().st_size for p in folder.iterdir()}
    assert set(sizes) == {"a.png", "b.svg", "c.pdf", "d.png", "e.png", "f.png"} and min(sizes.values()) > 1000
    before = (folder / "a.png").read_bytes()
    sampled('plot(post, "a.png")')
    assert (folder / "a.png").read_bytes() == before


def test_summary_and_diagnostics(sampled: Script) -> None:
    table = sampled("summary(post)")
    assert isinstance(table, Table) and table.summary.rows == ("mu", "twice")
    assert sampled("summary(post).mean[0]") == table.summary["mu"]["mean"]
    assert sampled("diagnostics(post).divergences") == 0
    assert sampled("summary(post.mu)").summary["mu"]["mean"] == table.summary["mu"]["mean"]


def test_what_speaks_against_draws_is_a_warning(script: Script) -> None:
    script(NORMAL + "let p = sample normal_mean(2, 2) | {y = [1, 2]} by nuts(chains=2, draws=20, warmup=50)")
    assert any("effective sample size" in w for w in script.host.warnings)
