"""Runs that are stopped and go on to the very same draws."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.cli.conftest import Run

#: Every transition makes 1023 steps of a slow gradient, so that a run takes seconds.
SLOW = """\
model slow(x: vector[N]) {
  a ~ normal(0, 1)
  s ~ half_normal(1)
  let h: vector[N]
  h[0] = a
  for n in 1..N { h[n] = tanh(0.5 * h[n-1] + a) }
  x ~ normal(h, s)
}
"""
SETTINGS = ["--chains", "2", "--warmup", "40", "--target-accept", "0.9999999", "--draws", "120", "--seed", "5"]

#: The command line, with a checkpoint after every block.
EAGER = """
import sys
from pushforward.cli import main
from pushforward.runtime.samplers import nuts
nuts.run.__kwdefaults__["checkpoint_every_s"] = 0.0
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def sampling(folder: Path) -> list[str]:
    """The command of a run that takes some seconds; its compiled program is kept in the folder's cache."""
    (folder / "slow.pf").write_text(SLOW)
    (folder / "slow.json").write_text(json.dumps({"x": np.sin(np.arange(150.0)).tolist()}))
    return [sys.executable, "-c", EAGER, "sample", "slow.pf", "--data", "slow.json", *SETTINGS]


def draws(path: Path) -> dict[str, object]:
    from pushforward.runtime.draws import read_netcdf

    read = read_netcdf(path)
    return {**read.posterior, **read.sample_stats}


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    """Until a file is there; the process must still be running."""
    for _ in range(1200):
        if path.exists():
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError(f"{path} did not come")


def test_a_killed_and_a_stopped_run_go_on_to_the_same_draws(
    folder: Path, environment: dict[str, str], sampling: list[str]
) -> None:
    def start(*more: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen([*sampling, *more], env=environment, stdout=pipe, stderr=pipe, text=True)

    killed = start("-o", "out.nc")
    wait_for(folder / "out.nc.checkpoint", killed)
    killed.kill()
    assert killed.communicate()[0] == "" and killed.returncode == -signal.SIGKILL
    assert not (folder / "out.nc").exists()

    stopped = start("-o", "out.nc", "--resume", "--json")
    assert stopped.stderr is not None and "continuing from out.nc.checkpoint" in stopped.stderr.readline()
    stopped.send_signal(signal.SIGINT)
    out, err = stopped.communicate(timeout=120)
    assert stopped.returncode == 130, err
    assert json.loads(out)["error"].startswith(
        "stopped; out.nc.checkpoint is kept. To go on: pushforward sample slow.pf"
    )
    assert err.rstrip().endswith("--resume") and "Traceback" not in err

    resumed, whole = start("-o", "out.nc", "--resume"), start("-o", "whole.nc")
    assert "continuing from out.nc.checkpoint" in resumed.communicate(timeout=120)[1]
    whole.communicate(timeout=120)
    assert resumed.returncode == whole.returncode == 0
    one, other = draws(folder / "out.nc"), draws(folder / "whole.nc")
    assert one.keys() == other.keys()
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
