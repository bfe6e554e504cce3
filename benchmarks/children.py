"""Fresh Python processes, and what they cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from benchmarks.cases import ROOT


@dataclass(frozen=True)
class Cost:
    """What a process took, with its children and threads, and the last line it wrote on standard output."""

    wall_s: float
    cpu_s: float
    last_line: str

    @property
    def result(self) -> dict[str, Any]:
        """The last line, read as JSON."""
        content: dict[str, Any] = json.loads(self.last_line)
        return content


def run(module: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None) -> Cost:
    """Run `python -m module arguments` and account for it. Raises RuntimeError with its errors if it fails."""
    settings = _settings(environment)
    before, began = os.times(), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=settings,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    wall, after = time.perf_counter() - began, os.times()
    if done.returncode:
        raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{done.stderr[-2000:]}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu, (done.stdout.strip().splitlines() or [""])[-1])


@contextmanager
def worker(
    module: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None
) -> Iterator[Callable[[str], dict[str, Any]]]:
    """A process that answers lines: the result of each, which it prints as JSON. Raises RuntimeError when it ends
    before it has answered."""
    words = [sys.executable, "-m", module, *arguments]
    with tempfile.TemporaryFile("w+") as errors:
        pipe = subprocess.PIPE
        with subprocess.Popen(
            words, env=_settings(environment), cwd=ROOT, stdin=pipe, stdout=pipe, stderr=errors, text=True
        ) as process:
            assert process.stdin is not None and process.stdout is not None
            asked, answers = process.stdin, process.stdout

            def ask(line: str) -> dict[str, Any]:
                try:
                    print(line, file=asked, flush=True)
                    answer: dict[str, Any] = json.loads(answers.readline())
                except (BrokenPipeError, json.JSONDecodeError):
                    process.kill()
                    errors.seek(0)
                    told = errors.read()[-2000:]
                    raise RuntimeError(f"{module} {' '.join(arguments)} failed:\n{told}") from None
                return answer

            yield ask
            asked.close()


def _settings(environment: Mapping[str, str] | None) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")])
    return {**os.environ, "JAX_PLATFORMS": "cpu", "PYTHONPATH": path, **(environment or {})}


def loops_environment(loops: str) -> dict[str, str]:
    """The environment in which XLA makes one function of small loops ("fused"), or does not ("dispatched")."""
    if loops == "dispatched":
        return {}
    from pushforward.runtime.xla_flags import fuse_small_loops

    kept = os.environ.get("XLA_FLAGS")
    try:
        fuse_small_loops()
        return {"XLA_FLAGS": os.environ["XLA_FLAGS"]}
    finally:
        if kept is None:
            os.environ.pop("XLA_FLAGS", None)
        else:
            os.environ["XLA_FLAGS"] = kept
