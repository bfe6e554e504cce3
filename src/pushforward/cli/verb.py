"""What a verb of the command line is. A file of this folder with a constant `VERB` is one, and is named for it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Verb:
    """`configure` adds the options, `run` does the work and gives the exit status.

    `example` is a command that works in a clone of the repository. `run` may raise whatever `outcome.py` knows. The
    module of a verb imports nothing heavy: what it needs is imported by `run`.
    """

    name: str
    sentence: str
    example: str
    configure: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]
