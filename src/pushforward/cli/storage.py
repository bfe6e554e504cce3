"""Where things are kept: the cache folder, and files that are replaced at once or not at all.

No NumPy here: `fmt` and `compile` write files too, and `runtime.draws` would bring it.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.running import UnreadableProgram, UnwritableFile
from pushforward.dsl.source import NOWHERE


def cache_folder() -> Path | None:
    """$PUSHFORWARD_CACHE, else $XDG_CACHE_HOME/pushforward, else ~/.cache/pushforward; None when it is `off`."""
    chosen = os.environ.get("PUSHFORWARD_CACHE", "")
    if chosen.lower() == "off":
        return None
    if chosen:
        return Path(chosen)
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "pushforward"


def read_program(path: str) -> str:
    """The text of a `.pf` file as it is, line breaks included. Raises `ProgramError` (PF705)."""
    try:
        return Path(path).read_bytes().decode("utf-8")
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} is not UTF-8"
    except OSError as error:
        reason = error.strerror or str(error)
    raise ProgramError(UnreadableProgram.diagnostic(NOWHERE, "", notes=(reason,), path=path))


def write_text(path: Path, text: str) -> None:
    """Replace a file by a text: readers see the old one or the new one. Raises `ProgramError` (PF707)."""
    target = Path(os.path.realpath(path))
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    try:
        descriptor = os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8"))
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            partial.chmod(target.stat().st_mode & 0o777)
        partial.replace(target)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        with suppress(OSError):
            partial.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> ProgramError:
    """PF707 for an error of the system."""
    reason = error.strerror or str(error)
    return ProgramError(UnwritableFile.diagnostic(NOWHERE, "", notes=(reason,), path=path))


def ask_writable(path: Path | None) -> None:
    """Find out before a long run that its result could not be written. Raises `ProgramError` (PF707)."""
    if path is None:
        return
    folder = Path(os.path.realpath(path)).parent
    reason = ""
    if path.is_dir():
        reason = "this is a folder"
    elif not folder.is_dir():
        reason = f"there is no folder {folder}"
    elif not os.access(folder, os.W_OK):
        reason = f"the folder {folder} cannot be written to"
    if reason:
        raise ProgramError(UnwritableFile.diagnostic(NOWHERE, "", notes=(reason,), path=path))
