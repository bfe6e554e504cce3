"""Make `data.json`: y[0..T] of a position seen through noise.

    python examples/objectives/state_space/make_data.py
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

T, A, Q, R = 50, 0.9, 0.6, 0.8


def main() -> None:
    """Simulate z[t] = A z[t-1] + Q noise, y[t] = z[t] + R noise, from the stationary law."""
    random = np.random.default_rng(0)
    z = random.normal(0, Q / (1 - A**2) ** 0.5)
    y = []
    for _ in range(T):
        y.append(round(z + R * random.normal(), 3))
        z = A * z + Q * random.normal()
    path = Path(__file__).parent / "data.json"
    path.write_text(json.dumps({"a": A, "q": Q, "r": R, "y": y}) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
