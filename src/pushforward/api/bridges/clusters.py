"""Where points lie: centres for a start, by seeds that are far apart and Lloyd's iteration."""

from __future__ import annotations

from typing import Any

import numpy as np

Matrix = np.ndarray[Any, np.dtype[Any]]

#: More points than this say no more of where centres should begin.
_ENOUGH = 5000


def clusters(points: Matrix, count: int, seed: int) -> tuple[Matrix, Matrix, Matrix]:
    """Centres [count, D], the variance of a coordinate about each, and their shares. Arthur and Vassilvitskii (2007),
    with the best of several candidates for each seed."""
    rng = np.random.default_rng(seed)
    chosen = points[rng.choice(len(points), min(len(points), _ENOUGH), replace=False)]
    centres = [chosen[0]]
    far = ((chosen - centres[0]) ** 2).sum(1)
    for _ in range(count - 1):
        if not far.sum() > 0:
            centres.append(chosen[rng.integers(len(chosen))])
            continue
        tried = rng.choice(len(chosen), 8, p=far / far.sum())
        nearer = [np.minimum(far, ((chosen - chosen[i]) ** 2).sum(1)) for i in tried]
        best = min(range(8), key=lambda i: float(nearer[i].sum()))
        centres.append(chosen[tried[best]])
        far = nearer[best]
    middle = np.array(centres)
    for _ in range(10):
        mine = _nearest(chosen, middle)
        middle = np.array([chosen[mine == k].mean(0) if (mine == k).any() else middle[k] for k in range(count)])
    mine = _nearest(chosen, middle)
    whole = max(float(chosen.var(0).mean()), 1e-12)
    spread = [chosen[mine == k].var(0).mean() if (mine == k).sum() > 1 else whole for k in range(count)]
    share = np.array([(mine == k).mean() for k in range(count)])
    return middle, np.maximum(np.array(spread), 1e-6 * whole), share


def _nearest(points: Matrix, centres: Matrix) -> Matrix:
    distances = (centres**2).sum(1) - 2 * points @ centres.T
    nearest: Matrix = distances.argmin(1)
    return nearest
