"""JAX as the command line wants it: float64, compiled programs kept on disk, and quiet."""

from __future__ import annotations

from pushforward.cli import terminal
from pushforward.cli.storage import cache_folder


def prepare(*, cache: bool) -> None:
    """Import JAX and set it up. A cache folder that cannot be made costs compile time and is noted."""
    from pushforward.runtime.samplers.executable import (
        enable_compilation_cache,
        enable_x64,
    )
    from pushforward.runtime.xla_flags import fuse_small_loops

    fuse_small_loops()
    enable_x64()
    folder = cache_folder() if cache else None
    if folder is None:
        return
    try:
        enable_compilation_cache(folder / "compiled")
    except OSError as error:
        terminal.note(f"compiled programs are not kept: {folder}: {error.strerror}")
