"""Files that are either the old ones or the new ones, whenever the machine stops."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def replacing(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield the path of an empty file in the same folder, which replaces `path` when the body succeeds.

    The content reaches the disk before the name does, and the name before this returns. When the body
    raises, `path` is as it was and the new file is gone. Raises `OSError` as `open` does.
    """
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(8)}.tmp")
    # O_EXCL: never through a link that somebody put there; 0o666 leaves the permissions to the umask.
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    try:
        if target.exists():
            temporary.chmod(target.stat().st_mode & 0o777)
        yield temporary
        _to_disk(temporary, os.O_RDWR)
        temporary.replace(target)
    except BaseException:
        with suppress(FileNotFoundError):
            temporary.unlink()
        raise
    # Some file systems cannot sync a folder; the file itself is safe by now.
    with suppress(OSError):
        _to_disk(target.parent, os.O_RDONLY)


def _to_disk(path: Path, flags: int) -> None:
    descriptor = os.open(path, flags)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
