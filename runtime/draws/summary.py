"""A row for every scalar: where its posterior is, how wide, and how far the draws can be trusted."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from pushforward.runtime.draws.draws import Array

if TYPE_CHECKING:
    from pushforward.runtime.diagnostics import summary as diagnostics

COLUMNS: Final = ("mean", "sd", "q5", "q50", "q95", "ess_bulk", "ess_tail", "rhat", "mcse_mean")
# What the diagnostics call a column, where it differs.
_FIELDS: Final = {"q5": "q05"}


@dataclass(frozen=True, eq=False)
class Summary:
    """`rows` names elements (`mu`, `theta[0]`, `L[1,0]`); `columns` has f64[rows] for each of `COLUMNS`."""

    rows: tuple[str, ...]
    columns: Mapping[str, Array]

    def __getitem__(self, row: str) -> dict[str, float]:
        """The numbers of one row. Raises `KeyError`."""
        try:
            position = self.rows.index(row)
        except ValueError:
            raise KeyError(row) from None
        return {name: float(column[position]) for name, column in self.columns.items()}

    def __len__(self) -> int:
        return len(self.rows)

    def to_json_object(self) -> dict[str, dict[str, float | None]]:
        """`{"mu": {"mean": ..., ...}}`. JSON has neither NaN nor infinities: both become null."""
        lists = {name: column.tolist() for name, column in self.columns.items()}
        return {
            row: {name: x[i] if math.isfinite(x[i]) else None for name, x in lists.items()}
            for i, row in enumerate(self.rows)
        }

    def diagnostics(self) -> diagnostics.Summary:
        """The same columns in the form that `pushforward.runtime.diagnostics.report.advise` takes."""
        from pushforward.runtime.diagnostics.summary import Summary as Columns

        return Columns(**{_FIELDS.get(name, name): self.columns[name] for name in COLUMNS})

    def __str__(self) -> str:
        from pushforward.runtime.draws.table import plain_text

        return plain_text(self)


def element_names(name: str, shape: tuple[int, ...]) -> list[str]:
    """The names of the elements of a variable in row-major order, counted from 0 as in the language."""
    if not shape:
        return [name]
    return [f"{name}[{','.join(map(str, index))}]" for index in np.ndindex(shape)]


def summarise_variables(variables: Mapping[str, Array]) -> Summary:
    """Summarise draws [chains, draws, *shape] of each variable. Text variables are left out.

    A quantity that never varies (the corner of a correlation's Cholesky factor) has no effective sample size
    and no R-hat: those are NaN. So they are where a draw is not finite.
    """
    rows: list[str] = []
    flat: list[Array] = []
    for name, array in variables.items():
        if array.dtype.kind in "biuf":
            rows.extend(element_names(name, array.shape[2:]))
            flat.append(array.reshape(*array.shape[:2], math.prod(array.shape[2:])).astype(np.float64))
    draws = np.concatenate(flat, axis=-1) if flat else np.zeros((0, 0, 0))
    return Summary(tuple(rows), _columns(draws))


def _columns(draws: Array) -> dict[str, Array]:
    """The columns for draws [chains, draws, n]. Only what varies and is finite goes to the diagnostics."""
    count = draws.shape[-1]
    columns = {name: np.full(count, np.nan) for name in COLUMNS}
    if draws.size == 0:
        return columns
    pooled = draws.reshape(-1, count)
    finite = np.isfinite(pooled).all(axis=0)
    varies = finite & (pooled != pooled[0]).any(axis=0)
    fixed = finite & ~varies
    for name in ("mean", "q5", "q50", "q95"):
        columns[name][fixed] = pooled[0, fixed]
    columns["sd"][fixed] = 0.0
    with np.errstate(all="ignore"):
        columns["mean"][~finite] = pooled[:, ~finite].mean(axis=0)
    if varies.any():
        # Imported here: a run that only writes draws does not need the diagnostics.
        from pushforward.runtime.diagnostics.summary import summarise

        found = summarise(draws[:, :, varies])
        for name in COLUMNS:
            columns[name][varies] = getattr(found, _FIELDS.get(name, name))
    return columns
