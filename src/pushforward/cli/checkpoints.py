"""What `--resume` continues: the sampler's checkpoint beside the output, and a description of the run it belongs to.

The sampler refuses a checkpoint of another run but knows only a digest; the description tells what differs.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pushforward.cli.storage import write_text
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.running import OtherRun
from pushforward.dsl.source import NOWHERE

if TYPE_CHECKING:
    from pushforward.api.model import Bound


@dataclass(frozen=True)
class Checkpoint:
    """The files of a run that writes to `output`."""

    output: Path

    @property
    def path(self) -> Path:
        """The sampler's file."""
        return self.output.with_name(self.output.name + ".checkpoint")

    @property
    def description(self) -> Path:
        """What the run is."""
        return self.output.with_name(self.output.name + ".checkpoint.json")

    def begin(self, run: Mapping[str, Any], *, resume: bool) -> bool:
        """Whether there is something to continue. Without `resume` an older checkpoint is dropped.

        Raises `ProgramError` (PF706) when the checkpoint is of another run, (PF707) when nothing can be written.
        """
        if resume and self.path.exists():
            before = self._read()
            found = differences(before, run) if before is not None else []
            if found:
                raise self.mismatch(*found)
            return True
        # The old checkpoint goes before the new description comes, so that the two never belong to different runs.
        self.path.unlink(missing_ok=True)
        write_text(self.description, json.dumps(run, indent=2) + "\n")
        return False

    def mismatch(self, *reasons: str) -> ProgramError:
        """PF706."""
        helps = ("repeat the command of the interrupted run with --resume, or leave --resume out to begin anew",)
        return ProgramError(OtherRun.diagnostic(NOWHERE, "", notes=reasons, helps=helps, path=self.path))

    def end(self) -> None:
        """The output is written: nothing is left to continue."""
        for path in (self.path, self.description, self.path.with_name(self.path.name + ".partial")):
            with suppress(OSError):
                path.unlink(missing_ok=True)

    def _read(self) -> Mapping[str, Any] | None:
        try:
            found = json.loads(self.description.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None


def describe(bound: Bound, settings: Mapping[str, Any]) -> dict[str, Any]:
    """All that the draws depend on, with digests of the compiled text and of the data."""
    from pushforward import __version__
    from pushforward.api.compiled import SAMPLING

    text = bound.compiled.text(SAMPLING)[0].text
    data = {name: _digest(value) for name, value in sorted(bound.data.values.items())}
    return {
        "program": bound.model.name, "version": __version__, "text": hashlib.sha256(text.encode()).hexdigest(),
        "observed": sorted(bound.observations), "data": data, **settings,
    }  # fmt: skip


def _digest(value: Any) -> str:
    import numpy as np

    array = np.ascontiguousarray(value)
    return hashlib.sha256(f"{array.dtype}{array.shape}".encode() + array.tobytes()).hexdigest()[:16]


def differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """A sentence for each thing in which two runs differ."""
    found = []
    for key in now:
        old, new = before.get(key), now[key]
        if old == new:
            continue
        match key:
            case "data":
                old = old if isinstance(old, dict) else {}
                keys = sorted(k for k in {*old, *new} if old.get(k) != new.get(k))
                found.append(f"other data: {', '.join(keys)}")
            case "text":
                found.append("the program compiles to another text")
            case "observed":
                found.append(f"observed: {', '.join(old or ()) or 'nothing'} then, {', '.join(new) or 'nothing'} now")
            case _:
                found.append(f"{key.replace('_', ' ')}: {old} then, {new} now")
    return found
