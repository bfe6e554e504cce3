"""Points of the plane, one cloud a panel, all to one scale. Written as `plot.forest` writes its own."""

from __future__ import annotations

import os
from collections.abc import Mapping

import numpy as np

from pushforward.runtime.draws.draws import Array
from pushforward.runtime.draws.plot import INK, picture

MOST = 20_000  # points of a cloud that are drawn


def plane(clouds: Mapping[str, Array], path: str | os.PathLike[str]) -> None:
    """Write clouds of points f64[n, 2] by their titles side by side. The axes are those of all points but the farthest
    1 in 1000, and are the same. Raises `ValueError` for a suffix that is no format, `OSError`."""
    every = np.concatenate([points[np.isfinite(points).all(axis=1)] for points in clouds.values()])
    low, high = np.quantile(every, (0.0005, 0.9995), axis=0)
    margin = 0.05 * np.max(high - low) + 1e-12
    with picture(path, (2.9 * len(clouds) + 0.3, 3.1)) as figure:
        axes = figure.subplots(1, len(clouds), squeeze=False, sharex=True, sharey=True)[0]
        for axis, (title, points) in zip(axes, clouds.items(), strict=True):
            shown = points[:MOST]
            size = float(np.clip(3000 / max(len(shown), 1), 0.6, 12))
            axis.scatter(shown[:, 0], shown[:, 1], s=size, color=INK, alpha=0.5, linewidth=0)
            axis.set_title(title, fontsize=9)
            axis.set_aspect("equal")
            axis.tick_params(labelsize=7)
            for side in ("top", "right"):
                axis.spines[side].set_visible(False)
        axes[0].set_xlim(low[0] - margin, high[0] + margin)
        axes[0].set_ylim(low[1] - margin, high[1] + margin)
