"""Draws are a function of (density, data, seed, settings): not of blocks, threads, interruptions or where
programs came from.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.samplers import chains, executable, nuts
from pushforward.runtime.samplers.result import ChainsResult, CheckpointMismatch, Interrupted, ProgressEvent

jax.config.update("jax_enable_x64", True)

PROGRAM = """
import jax.numpy as jnp
import numpy as np

DATA = {"y": np.array([28.0, 8, -3, 7, -1, 1, 18, 12]), "sigma": np.array([15.0, 10, 16, 11, 9, 11, 10, 18])}
SETTINGS = {"seed": 11, "chains": 3, "warmup": 200, "draws": 300}

def schools(q, data):
    mu, log_tau, z = q[0], q[1], q[2:]
    theta = mu + jnp.exp(log_tau) * z
    prior = -0.5 * (mu / 5) ** 2 - jnp.log1p((jnp.exp(log_tau) / 5) ** 2) + log_tau - 0.5 * jnp.sum(z * z)
    return prior - 0.5 * jnp.sum(((data["y"] - theta) / data["sigma"]) ** 2)
"""
_names: dict[str, Any] = {}
exec(PROGRAM, _names)  # the same text runs in the processes that are killed
schools, DATA, SETTINGS = _names["schools"], _names["DATA"], _names["SETTINGS"]


def draw(**settings: Any) -> ChainsResult:
    return nuts.run(schools, DATA, 10, **(SETTINGS | settings))


@pytest.fixture(scope="module")
def expected() -> ChainsResult:
    return draw()


def assert_same(found: ChainsResult, expected: ChainsResult, some: int | None = None) -> None:
    for name in (
        "positions",
        "log_density",
        "energy",
        "accept_stat",
        "n_leapfrog",
        "inverse_metric",
        "diverging",
    ):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name)[:some], err_msg=name)


def test_threads_and_number_of_chains_change_no_bit(expected: ChainsResult) -> None:
    assert_same(draw(cores=1), expected)
    assert_same(draw(chains=2, cores=2), expected, some=2)
    assert expected.gradient_evaluations > expected.n_leapfrog.sum()
    assert len({float(x) for x in expected.positions[:, 0, 0]}) == 3


def test_seeds_and_chains_differ(expected: ChainsResult) -> None:
    other = draw(seed=12)
    assert not np.isin(other.positions[..., 0], expected.positions[..., 0]).any()


@pytest.mark.parametrize("budget", [1, 40])
def test_where_blocks_end_changes_no_bit(
    budget: int, expected: ChainsResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "FIRST_BUDGET", budget)
    monkeypatch.setattr(chains, "LARGEST_BUDGET", budget)
    assert_same(draw(), expected)


def test_a_metric_of_its_own(expected: ChainsResult) -> None:
    one, two = draw(metric="dense", cores=1), draw(metric="dense", cores=2)
    assert_same(one, two)
    assert not np.array_equal(one.positions, expected.positions)


def test_progress_is_told_in_the_callers_thread_until_the_end() -> None:
    events: list[ProgressEvent] = []
    threads = set()

    def progress(event: ProgressEvent) -> None:
        events.append(event)
        threads.add(threading.current_thread())

    draw(progress=progress)
    assert threads == {threading.current_thread()}
    last = {event.chain: event for event in events}
    assert [last[i].done for i in range(3)] == [500, 500, 500] and all(e.total == 500 for e in events)
    assert {event.phase for event in events} == {"warmup", "sampling"}


def test_what_progress_raises_reaches_the_caller() -> None:
    def progress(event: ProgressEvent) -> None:
        raise LookupError("no terminal")

    with pytest.raises(LookupError, match="no terminal"):
        draw(progress=progress)


@pytest.mark.parametrize("after", [1, 4, 9])
def test_stop_and_resume(after: int, expected: ChainsResult, tmp_path: Path) -> None:
    path, stop, seen = tmp_path / "deep" / "run.npz", threading.Event(), [0]

    def progress(event: ProgressEvent) -> None:
        seen[0] += 1
        if seen[0] == after:
            stop.set()

    with pytest.raises(Interrupted) as caught:
        draw(checkpoint=path, stop=stop, progress=progress, cores=1)
    assert caught.value.checkpoint == path
    assert_same(draw(checkpoint=path, resume=True), expected)
    assert_same(draw(checkpoint=path, resume=True), expected)  # from the checkpoint of a run that is complete


def test_the_keyboard_interrupts(expected: ChainsResult, tmp_path: Path) -> None:
    path = tmp_path / "run.npz"

    def progress(event: ProgressEvent) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        draw(checkpoint=path, progress=progress)
    assert_same(draw(checkpoint=path, resume=True), expected)


KILLED = """
import os, signal, sys
from pathlib import Path
from pushforward.runtime.samplers import checkpoint, chains, nuts, runs

runs._CHECKPOINT_SHARE = 1e9
chains.LARGEST_BUDGET = 1500
whole, writes = checkpoint._write, [0]

def write_half(file, arrays, mark):
    writes[0] += 1
    whole(file, arrays, mark)
    if writes[0] == 6:
        file.truncate(file.tell() // 2)
        os.kill(os.getpid(), signal.SIGKILL)

checkpoint._write = write_half
nuts.run(schools, DATA, 10, checkpoint=Path(sys.argv[1]), checkpoint_every_s=0.0, **SETTINGS)
"""


def test_killed_in_the_middle_of_a_write(expected: ChainsResult, tmp_path: Path) -> None:
    path, script = tmp_path / "run.npz", tmp_path / "killed.py"
    script.write_text(PROGRAM + textwrap.dedent(KILLED))
    process = subprocess.run(
        [sys.executable, str(script), str(path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
    partial = path.with_name("run.npz.partial")
    assert path.exists() and partial.stat().st_size > 0
    steps: list[int] = []
    result = draw(checkpoint=path, resume=True, progress=lambda event: steps.append(event.done))
    assert_same(result, expected)
    assert not partial.exists()


def test_a_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.npz"
    short = {"warmup": 20, "draws": 5, "checkpoint": path}
    draw(**short, fingerprint="program one")
    for changed in ({"seed": 12}, {"fingerprint": "program two"}, {"draws": 6}, {"metric": "dense"}):
        with pytest.raises(CheckpointMismatch, match="another run"):
            draw(**(short | {"fingerprint": "program one"} | changed), resume=True)
    with pytest.raises(CheckpointMismatch, match="another run"):
        moved = DATA | {"y": DATA["y"] + 1}
        nuts.run(schools, moved, 10, **(SETTINGS | short), fingerprint="program one", resume=True)
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(CheckpointMismatch, match="cannot be read"):
        draw(**short, fingerprint="program one", resume=True)
    draw(**short, fingerprint="program two")  # without resume it is written anew


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Path]:
    kept = jax.config.jax_compilation_cache_dir
    executable.enable_compilation_cache(tmp_path / "cache")
    yield tmp_path / "cache"
    jax.config.update("jax_compilation_cache_dir", kept)
    executable._memory.clear()


def again(**settings: Any) -> ChainsResult:
    """A run as by a process that has compiled nothing yet."""
    executable._memory.clear()
    return draw(program_key="schools, first edition", **settings)


def test_executables_are_kept_and_never_trusted_blindly(expected: ChainsResult, cache: Path) -> None:
    first, second = again(), again()
    assert (first.timing.source, second.timing.source) == ("compiled", "file")
    assert_same(first, expected)
    assert_same(second, expected)
    (kept,) = cache.glob("*.executable")
    whole = kept.read_bytes()
    for damaged in (b"", whole[:1000], whole[:-1], whole[:5000] + b"\x00\x01" + whole[5002:]):
        kept.write_bytes(damaged)
        result = again(warmup=30, draws=20)
        assert result.timing.source == "compiled"
        assert kept.read_bytes() != damaged  # mended
    kept.chmod(0o666)
    assert again(warmup=30, draws=20).timing.source == "compiled"


def test_one_function_under_two_names_is_kept_for_both(cache: Path) -> None:
    """The second is not the first as JAX's cache gives it back: that could be called now, and no more once it is kept."""
    x = np.linspace(1.0, 2.0, 8)
    for name in ("first", "second"):
        for source in ("compiled", "file"):
            executable._memory.clear()
            found = executable.obtain(lambda: lambda x: {"a": 1 / x, "b": jnp.sum(jnp.log(x))}, name, name, (x,), {"a": 0, "b": 0})
            assert found.source == source
            np.testing.assert_allclose(found.call(x)["a"], 1 / x)


def test_a_deferred_density_is_not_loaded_when_its_executable_is_known(
    expected: ChainsResult, cache: Path
) -> None:
    again()
    executable._memory.clear()

    def load() -> Any:
        raise AssertionError("the density was asked for")

    assert_same(
        nuts.run(nuts.Deferred(load), DATA, 10, program_key="schools, first edition", **SETTINGS), expected
    )
    with pytest.raises(AssertionError, match="asked for"):
        nuts.run(nuts.Deferred(load), DATA, 10, program_key="schools, second edition", **SETTINGS)


def test_a_density_that_closes_over_arrays_is_compiled_each_time(cache: Path) -> None:
    constant = jnp.arange(3.0)

    def density(q: Any, data: Any) -> Any:
        return -jnp.sum((q - constant) ** 2)

    for _ in range(2):
        executable._memory.clear()
        result = nuts.run(density, None, 3, seed=0, chains=1, warmup=50, draws=50, program_key="constants")
        assert np.isfinite(result.positions).all()


def test_a_second_run_compiles_nothing() -> None:
    draw(warmup=20, draws=5)
    assert draw(warmup=100, draws=77, max_treedepth=6, target_accept=0.9).timing.source == "memory"
