"""Two small pictures: a histogram of values, and values over others. Written as `plot.forest` writes its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from pushforward.runtime.draws.draws import Array
from pushforward.runtime.draws.plot import FAINT, INK, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def histogram(values: Array, path: str | os.PathLike[str], *, title: str | None = None) -> None:
    """Write a histogram of values f64[n] with their median and the 5 % and 95 % quantiles. Values that are not finite
    are left out; the picture says how many. Raises `ValueError` for a suffix that is no format, `OSError`.
    """
    finite = values[np.isfinite(values)]
    with _axis(path, title) as axis:
        axis.hist(finite, bins="auto" if len(finite) < 100_000 else 200, color=INK, alpha=0.8)
        for quantile in np.quantile(finite, (0.05, 0.5, 0.95)) if finite.size else ():
            axis.axvline(quantile, color=FAINT, linewidth=1.0)
        left_out = len(values) - len(finite)
        more = f"; {left_out:,} not finite" if left_out else ""
        axis.set_xlabel(f"5 %, median, 95 %; {len(finite):,} values{more}", fontsize=8, color="#555555")
        axis.set_yticks([])
        axis.spines["left"].set_visible(False)


def curve(xs: Array, ys: Array, path: str | os.PathLike[str], *, title: str | None = None) -> None:
    """Write values f64[n] over others: a line where `xs` increase, points otherwise. Raises as `histogram` does."""
    with _axis(path, title) as axis:
        if len(xs) > 1 and bool(np.all(np.diff(xs) > 0)):
            axis.plot(xs, ys, color=INK, linewidth=1.4)
        else:
            axis.scatter(xs, ys, color=INK, s=16, edgecolor="white", linewidth=0.5)


@contextmanager
def _axis(path: str | os.PathLike[str], title: str | None) -> Iterator[Axes]:
    with picture(path, (6.0, 3.4)) as figure:
        axis = figure.subplots()
        yield axis
        axis.tick_params(labelsize=8)
        for side in ("top", "right"):
            axis.spines[side].set_visible(False)
        if title:
            axis.set_title(title, fontsize=11)
