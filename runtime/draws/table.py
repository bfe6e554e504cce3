"""A summary as text: colours on a terminal, plain aligned columns everywhere else."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any, Final, TextIO

from pushforward.runtime.draws.summary import COLUMNS, Summary

# Vehtari, Gelman, Simpson, Carpenter & Buerkner (2021) ask for R-hat below 1.01 and 400 effective draws.
RHAT_LIMIT: Final = 1.01
ESS_LIMIT: Final = 400


def print_summary(summary: Summary, file: TextIO | None = None, *, limit: int | None = None) -> None:
    """Print to `file` (standard output): a rich table where it is a terminal. `limit` caps the rows shown."""
    file = sys.stdout if file is None else file
    if not file.isatty():
        file.write(plain_text(summary, limit=limit) + "\n")
        return
    from rich.console import Console

    console = Console(file=file)
    # On a narrow terminal a line that wraps is better than numbers cut short.
    needed = max(map(len, plain_text(summary, limit=limit).splitlines())) + len(COLUMNS)
    Console(file=file, width=max(console.width, needed)).print(rich_table(summary, limit=limit), soft_wrap=True)


def plain_text(summary: Summary, *, limit: int | None = None) -> str:
    """The table as lines of text, without a newline at the end. Names to the left, numbers to the right."""
    table = [("", *COLUMNS), *_cells(summary, limit)]
    widths = [max(len(row[j]) for row in table) for j in range(len(COLUMNS) + 1)]
    lines = [
        "  ".join([row[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(row[1:], widths[1:], strict=True))])
        for row in table
    ]
    return "\n".join([*(line.rstrip() for line in lines), *_left_out(summary, limit)])


def rich_table(summary: Summary, *, limit: int | None = None) -> Any:
    """The table for a terminal; numbers that speak against the draws are red."""
    from rich.table import Table

    left_out = next(_left_out(summary, limit), None)
    table = Table(box=None, pad_edge=False, header_style="bold", caption=left_out, caption_justify="left")
    table.add_column("", no_wrap=True)
    for name in COLUMNS:
        table.add_column(name, justify="right", no_wrap=True)
    for i, row in enumerate(_cells(summary, limit)):
        name = row[0].replace("[", "\\[")
        table.add_row(name, *(_marked(summary, i, column, cell) for column, cell in zip(COLUMNS, row[1:], strict=True)))
    return table


def _marked(summary: Summary, i: int, column: str, cell: str) -> str:
    value = float(summary.columns[column][i])
    doubtful = (column == "rhat" and value > RHAT_LIMIT) or (column.startswith("ess") and value < ESS_LIMIT)
    return f"[red]{cell}[/red]" if doubtful else cell


def _left_out(summary: Summary, limit: int | None) -> Iterator[str]:
    if limit is not None and len(summary) > limit:
        count = len(summary) - limit
        yield f"... {count:,} more row{'s' * (count > 1)}"


def _cells(summary: Summary, limit: int | None) -> Iterator[tuple[str, ...]]:
    for i, name in enumerate(summary.rows[:limit]):
        values = {column: float(summary.columns[column][i]) for column in COLUMNS}
        yield name, *(_cell(column, values[column], values["sd"]) for column in COLUMNS)


def _cell(column: str, value: float, sd: float) -> str:
    """As many decimals as say something: two significant digits of the sd and one more."""
    match column:
        case _ if math.isnan(value):
            return "-"
        case "ess_bulk" | "ess_tail":
            return f"{value:.0f}"
        case "rhat":
            return f"{value:.3f}"
        case "mcse_mean":
            return f"{value:.2g}"
        case _:
            return _to_scale(value, sd)


def _to_scale(value: float, sd: float) -> str:
    if not (math.isfinite(sd) and math.isfinite(value)) or sd == 0 or abs(value) >= 1e7 or sd < 1e-6:
        return f"{value:.4g}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(sd)))}f}"
