"""Checkpoints: the state of all chains in one npz file, replaced atomically.

The file is written beside its place, flushed to the disk and renamed, so that a reader finds the old one or
the new one whatever happens in between. A fingerprint of everything the draws depend on goes with it.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np

from pushforward.runtime.samplers.result import Array, CheckpointMismatch

_FINGERPRINT = "fingerprint"


def fingerprint(text: str, arrays: Iterable[Any]) -> str:
    """A digest of a text and of arrays with their shapes and types."""
    digest = hashlib.sha256(text.encode())
    for array in map(np.asarray, arrays):
        digest.update(f"{array.dtype}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()


def _write(file: IO[bytes], arrays: Mapping[str, Any], mark: str) -> None:
    np.savez(file, allow_pickle=False, **{_FINGERPRINT: np.asarray(mark)}, **arrays)
    file.flush()
    os.fsync(file.fileno())


def save(path: Path, arrays: Mapping[str, Any], mark: str) -> None:
    """Replace the checkpoint by these arrays; `mark` is the fingerprint. One process writes it at a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        _write(file, arrays, mark)
    os.replace(partial, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load(path: Path, mark: str) -> dict[str, Array]:
    """The arrays of a checkpoint. Raises CheckpointMismatch when it is of another run or cannot be read."""
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        found = str(arrays.pop(_FINGERPRINT))
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise CheckpointMismatch(f"{path} cannot be read as a checkpoint: {error}") from error
    if found != mark:
        raise CheckpointMismatch(
            f"{path} is the checkpoint of another run: the program, the data, the seed or the settings differ"
        )
    return arrays
