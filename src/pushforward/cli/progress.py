"""One line a chain on a terminal while a run is on; nothing elsewhere."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from pushforward.runtime.optimise.result import Event
    from pushforward.runtime.samplers.result import ProgressEvent

Watch = Callable[["ProgressEvent"], None]
Follow = Callable[["Event"], None]


@contextmanager
def watching(chains: int, total: int, console: Console | None = None) -> Iterator[Watch | None]:
    """What to call with the events of a run, or None where nobody watches. `console` is for tests."""
    if console is None and not (sys.stderr.isatty() and os.environ.get("TERM") != "dumb"):
        yield None
        return
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bars = Progress(
        TextColumn("chain {task.description}"), TextColumn("{task.fields[phase]:<9}"), BarColumn(bar_width=24),
        MofNCompleteColumn(), TextColumn("step size {task.fields[step]}"), TextColumn("{task.fields[doubt]}"),
        TimeElapsedColumn(), console=console or Terminal(stderr=True), refresh_per_second=4,
    )  # fmt: skip
    with bars:
        tasks = [bars.add_task(str(i), total=total, phase="compiling", step="-", doubt="") for i in range(chains)]

        def watch(event: ProgressEvent) -> None:
            finished = event.done >= event.total
            doubt = f"[red]{event.divergences} divergent[/red]" if event.divergences else ""
            phase = "done" if finished else event.phase
            bars.update(
                tasks[event.chain], completed=event.done, phase=phase, step=f"{event.step_size:.2g}", doubt=doubt
            )

        yield watch


@contextmanager
def following(what: str, console: Console | None = None) -> Iterator[Follow | None]:
    """What to call with the events of a fit, or None where nobody watches. `console` is for tests."""
    if console is None and not (sys.stderr.isatty() and os.environ.get("TERM") != "dumb"):
        yield None
        return
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    bars = Progress(
        TextColumn("{task.description}"), BarColumn(bar_width=24), MofNCompleteColumn(),
        TextColumn("value {task.fields[value]}"), TimeElapsedColumn(), console=console or Terminal(stderr=True),
        refresh_per_second=4,
    )  # fmt: skip
    with bars:
        task = bars.add_task(what, total=None, value="-")

        def follow(event: Event) -> None:
            start = f" (start {event.restart + 1} of {event.restarts})" if event.restarts > 1 else ""
            bars.update(
                task, completed=event.step, total=event.steps, value=f"{event.value:.5g}", description=what + start
            )

        yield follow
