"""Runs that are stopped and go on to the very same draws."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run

WARMUP, DRAWS = 150, 120
SETTINGS = ["--chains", "2", "--warmup", str(WARMUP), "--draws", str(DRAWS), "--seed", "5"]

#: The command line in slow motion: short blocks with a pause between them, and a checkpoint after each. Where blocks
#: end changes no draw, which the comparison with a run at full speed shows too.
SLOW_MOTION = """
import sys, time
from pushforward.cli import main
from pushforward.runtime.samplers import chains, nuts, runs
nuts.run.__kwdefaults__["checkpoint_every_s"] = 0.0
runs._CHECKPOINT_SHARE = 1e9
chains.FIRST_BUDGET = chains.LARGEST_BUDGET = 64
advance = chains.advance
def pausing(*arguments):
    time.sleep(0.1)
    return advance(*arguments)
chains.advance = pausing
sys.exit(main(sys.argv[1:]))
"""


def draws(path: Path) -> dict[str, object]:
    from pushforward.runtime.draws import read_netcdf

    read = read_netcdf(path)
    return {**read.posterior, **read.sample_stats}


def kept(path: Path) -> tuple[int, int]:
    """How many transitions and how many draws a checkpoint holds, in the chain that is furthest."""
    with np.load(path) as archive:
        positions = [len(archive[name]) for name in archive.files if name.endswith(".positions")]
        windows = [len(archive[name]) for name in archive.files if name.endswith(".window")]
    return max(windows), max(positions)


def wait_until(reached: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Wait for a state of the checkpoint; the process must still be running."""
    for _ in range(3000):
        if reached():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.02)
    raise AssertionError("the run did not come as far")


@pytest.mark.usefixtures("interruptible")
def test_a_run_stopped_in_warmup_and_killed_in_sampling_goes_on_to_the_same_draws(
    folder: Path, environment: dict[str, str], command: list[str]
) -> None:
    sample = ["sample", "schools.pf", "--data", "schools.json", *SETTINGS]
    slowly = [sys.executable, "-c", SLOW_MOTION, *sample]
    checkpoint = folder / "out.nc.checkpoint"

    def start(*words: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(words, env=environment, stdout=pipe, stderr=pipe, text=True)

    stopped = start(*slowly, "-o", "out.nc", "--json")
    wait_until(lambda: checkpoint.exists() and kept(checkpoint)[0] > 0, stopped)
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate(timeout=120)
    assert stopped.returncode == 130, err
    assert json.loads(out)["error"].startswith(
        "stopped; out.nc.checkpoint is kept. To go on: pushforward sample schools"
    )
    assert err.rstrip().endswith("--resume") and "Traceback" not in err
    assert kept(checkpoint)[1] == 0  # it was cut in warmup, within a window of adaptation

    killed = start(*slowly, "-o", "out.nc", "--resume")
    wait_until(lambda: kept(checkpoint)[1] > 0, killed)
    killed.kill()
    assert killed.communicate()[0] == "" and killed.returncode == -signal.SIGKILL
    assert 0 < kept(checkpoint)[1] < DRAWS  # it was cut in sampling
    assert not (folder / "out.nc").exists()

    resumed = start(*command, *sample, "-o", "out.nc", "--resume")
    assert "continuing from out.nc.checkpoint" in resumed.communicate(timeout=120)[1]
    whole = start(*command, *sample, "-o", "whole.nc")
    whole.communicate(timeout=120)
    assert resumed.returncode == whole.returncode == 0
    one, other = draws(folder / "out.nc"), draws(folder / "whole.nc")
    assert one.keys() == other.keys() and "mu" in one and "diverging" in one
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], err_msg=name)
    assert not list(folder.glob("*.checkpoint*"))


def test_a_checkpoint_of_another_run_is_refused_with_what_differs(run: Run, folder: Path) -> None:
    from pushforward.cli.checkpoints import Checkpoint

    few = ("--chains", 1, "--warmup", 20, "--draws", 20, "--no-cache", "-o", "out.nc")
    kept = Checkpoint(folder / "out.nc")
    kept.begin({"program": "schools", "seed": 1, "data": {"y": "0"}, "draws": 20}, resume=False)
    kept.path.write_bytes(b"")
    found = run("sample", "schools.pf", "--data", "schools.json", "--resume", "--json", *few)
    assert found.status == 1
    (diagnostic,) = found.json["diagnostics"]
    assert diagnostic["code"] == "PF706"
    assert "seed: 1 then, 0 now" in diagnostic["notes"] and "other data: sigma, y" in diagnostic["notes"]
    assert kept.path.exists()
    # Without a description the sampler itself refuses.
    kept.description.unlink()
    found = run("sample", "schools.pf", "--data", "schools.json", "--resume", "--json", *few)
    assert found.status == 1 and found.json["diagnostics"][0]["code"] == "PF706"
    # Without --resume the run begins anew.
    found = run("sample", "schools.pf", "--data", "schools.json", "--json", *few)
    assert found.status == 0 and "of an earlier run is replaced" in found.err
    assert (folder / "out.nc").exists() and not kept.path.exists()


def test_resuming_nothing_begins(run: Run, folder: Path) -> None:
    few = ("--chains", 1, "--warmup", 20, "--draws", 20, "--no-cache", "-o", "out.nc")
    found = run("sample", "schools.pf", "--data", "schools.json", "--resume", *few)
    assert found.status == 0 and "this begins anew" in found.err


def test_compiled_programs_are_kept_in_the_cache(
    run: Run, folder: Path, environment: dict[str, str], command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sample = ["sample", "schools.pf", "--data", "schools.json", "--chains", "1", "--warmup", "20", "--draws", "20"]
    assert run(*sample, "--no-cache").status == 0
    with monkeypatch.context() as patch:
        patch.setenv("PUSHFORWARD_CACHE", "off")
        assert run(*sample).status == 0
    assert not (folder / "cache").exists()
    subprocess.run([*command, *sample], env=environment, check=True, capture_output=True)
    assert list((folder / "cache" / "compiled").glob("*.executable"))
