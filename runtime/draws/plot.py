"""A picture of draws: the forest plot, a line for every scalar.

The thin line reaches from the 5 % to the 95 % quantile, the thick one over the middle half, the dot is the
median; it is red where R-hat says that the chains do not agree. Matplotlib takes a second to import, so it is
imported when a picture is made, and without pyplot: no window, no global state.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pushforward.runtime.draws.atomic import replacing
from pushforward.runtime.draws.draws import Array, Draws
from pushforward.runtime.draws.table import RHAT_LIMIT

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

QUANTILES: Final = (0.05, 0.25, 0.5, 0.75, 0.95)
FORMATS: Final = ("pdf", "png", "svg")
LARGEST_RATIO: Final = 20.0  # of interval widths that may share an axis
INK, DOUBT, FAINT = "#1f4e79", "#c0392b", "#b8b8b8"


@dataclass(frozen=True, eq=False)
class Panel:
    """Rows that share an axis: their names, quantiles f64[rows, 5], and whether each is in doubt."""

    names: tuple[str, ...]
    quantiles: Array
    doubtful: tuple[bool, ...]

    @property
    def span(self) -> float:
        """The largest width of an interval; 0 when nothing varies."""
        widths = self.quantiles[:, -1] - self.quantiles[:, 0]
        return float(np.max(widths[np.isfinite(widths)], initial=0.0))


def forest(
    draws: Draws, path: str | os.PathLike[str], *, variables: Iterable[str] | None = None,
    title: str | None = None, limit: int = 100,
) -> None:  # fmt: skip
    """Write a forest plot of the variables, of all when none are named; the suffix of `path` says the format.

    At most `limit` elements of each variable are drawn; the picture says how many are not. An existing file
    is replaced at once or not at all. Raises `ValueError` for a suffix that is no format and for draws
    without numbers, `KeyError` for a variable there is not, `OSError`.
    """
    format_of(path)
    panels, left_out = _panels(draws, variables, limit)
    rows = [len(panel.names) for panel in panels]
    height = 0.8 + 0.26 * sum(rows) + 0.45 * len(rows)
    with picture(path, (7.0, height)) as figure:
        axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=[n + 0.6 for n in rows])[:, 0]
        for axis, panel in zip(axes, panels, strict=True):
            _draw(axis, panel)
        if title:
            figure.suptitle(title, fontsize=11)
        axes[-1].set_xlabel(_legend(draws, panels, left_out), fontsize=8, color="#555555")


@contextmanager
def picture(path: str | os.PathLike[str], size: tuple[float, float]) -> Iterator[Figure]:
    """An empty figure of a size in inches, written to `path` at the end; an existing file is replaced at once or not at
    all. Raises `ValueError` for a suffix that is no format, `OSError`.
    """
    suffix = format_of(path)
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, dpi=150, layout="constrained")
    yield figure
    with replacing(path) as temporary:
        # Neither dates nor versions: the same draws give the same bytes.
        figure.savefig(temporary, format=suffix, metadata=UNDATED.get(suffix))


def format_of(path: str | os.PathLike[str]) -> str:
    """The format that a path's suffix names, one of `FORMATS`. Raises `ValueError`."""
    suffix = Path(path).suffix.removeprefix(".").lower()
    if suffix not in FORMATS:
        raise ValueError(f"{Path(path).name} names no format of pictures: use {', '.join(FORMATS)}")
    return suffix


UNDATED: Final[dict[str, dict[str, Any]]] = {
    "png": {"Software": None},
    "svg": {"Date": None},
    "pdf": {"CreationDate": None},
}


def _panels(draws: Draws, variables: Iterable[str] | None, limit: int) -> tuple[list[Panel], int]:
    """The panels from top to bottom, and how many elements are in none."""
    arrays = draws.sampled if variables is None else {name: draws[name] for name in variables}
    numbers = {n: a for n, a in arrays.items() if a.dtype.kind in "biuf" and a.size}
    if not numbers:
        raise ValueError("there are no numbers to draw")
    kept = {n: _first_elements(a, limit) for n, a in numbers.items()}
    left_out = sum(_elements(numbers[n]) - k.shape[-1] for n, k in kept.items())
    panels: list[Panel] = []
    for name, values in kept.items():
        panel = _panel(name, numbers[name], values)
        if panels and _comparable(panels[-1], panel):
            panels[-1] = _joined(panels[-1], panel)
        else:
            panels.append(panel)
    return panels, left_out


def _elements(array: Array) -> int:
    return int(np.prod(array.shape[2:], dtype=int))


def _first_elements(array: Array, limit: int) -> Array:
    """Draws [chains, draws, k] of the first `limit` elements."""
    return array.reshape(*array.shape[:2], -1)[..., :limit].astype(np.float64)


def _panel(name: str, array: Array, values: Array) -> Panel:
    from pushforward.runtime.draws.summary import element_names, summarise_variables

    names = element_names(name, array.shape[2:])[: values.shape[-1]]
    rhat = summarise_variables({name: values}).columns["rhat"]
    quantiles = np.quantile(values.reshape(-1, values.shape[-1]), QUANTILES, axis=0).T
    return Panel(tuple(names), quantiles, tuple(bool(x > RHAT_LIMIT) for x in rhat))


def _comparable(a: Panel, b: Panel) -> bool:
    """Whether two panels can share an axis and both be read: intervals and places are not too far apart."""
    small, large = sorted((a.span, b.span))
    together = _joined(a, b).quantiles
    finite = together[np.isfinite(together)]
    reach = float(finite.max() - finite.min()) if finite.size else 0.0
    return small > 0 and large <= LARGEST_RATIO * small and reach <= LARGEST_RATIO * small


def _joined(a: Panel, b: Panel) -> Panel:
    return Panel(a.names + b.names, np.concatenate([a.quantiles, b.quantiles]), a.doubtful + b.doubtful)


def _draw(axis: Axes, panel: Panel) -> None:
    """Rows from top to bottom."""
    places = np.arange(len(panel.names))
    q5, q25, q50, q75, q95 = panel.quantiles.T
    axis.hlines(places, q5, q95, color=INK, linewidth=1.2)
    axis.hlines(places, q25, q75, color=INK, linewidth=3.6)
    colours = [DOUBT if doubtful else INK for doubtful in panel.doubtful]
    axis.scatter(q50, places, s=26, color=colours, edgecolor="white", linewidth=0.8, zorder=3)
    finite = panel.quantiles[np.isfinite(panel.quantiles)]
    if finite.size and finite.min() < 0 < finite.max():
        axis.axvline(0.0, color=FAINT, linewidth=0.8, zorder=0)
    axis.set_yticks(places, panel.names, fontsize=9)
    axis.set_ylim(len(panel.names) - 0.4, -0.6)
    axis.tick_params(axis="x", labelsize=8)
    axis.ticklabel_format(axis="x", useOffset=False)
    axis.tick_params(axis="y", length=0)
    for side in ("top", "right", "left"):
        axis.spines[side].set_visible(False)


def _legend(draws: Draws, panels: Sequence[Panel], left_out: int) -> str:
    parts = [f"median, middle half, 5 % to 95 %; {draws.chains} x {draws.draws} draws"]
    if any(any(panel.doubtful) for panel in panels):
        parts.append(f"red: R-hat above {RHAT_LIMIT}")
    if left_out:
        parts.append(f"{left_out:,} more elements not drawn")
    return "; ".join(parts)
