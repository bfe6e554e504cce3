"""Time to posterior: whole processes, from a model file to a printed table, in CPU seconds.

`pushforward sample` with an empty cache folder, again with the folder as that left it, and a script that
does the same with NumPyro: 4 chains of 1000 warmup transitions and 1000 draws, one after the other
(`sequential`; `parallel` takes it no less CPU).
"""

from __future__ import annotations

import tempfile
from typing import Any

from benchmarks import children
from benchmarks.cases import POSTERIORS
from benchmarks.timing import interleave, ratio

DEFAULT = ("eight_schools_noncentered", "kidscore_interaction", "garch11")


def measure(name: str, rounds: int) -> dict[str, Any]:
    """CPU and wall seconds of the three, interleaved."""
    wall: dict[str, list[float]] = {"cold": [], "warm": [], "numpyro": []}
    folder = POSTERIORS / name
    ours = ["sample", str(folder / "model.pf"), "--data", str(folder / "data.json")]

    def account(kind: str, cost: children.Cost) -> float:
        wall[kind].append(cost.wall_s)
        return cost.cpu_s

    with tempfile.TemporaryDirectory() as top:

        def cold() -> float:
            with tempfile.TemporaryDirectory() as empty:
                return account("cold", children.run("pushforward", ours, {"PUSHFORWARD_CACHE": empty}))

        def warm() -> float:
            return account("warm", children.run("pushforward", ours, {"PUSHFORWARD_CACHE": top}))

        def numpyro() -> float:
            return account("numpyro", children.run("benchmarks.numpyro_script", [name]))

        children.run("pushforward", ours, {"PUSHFORWARD_CACHE": top})  # fills the folder
        cpu = interleave({"cold": cold, "warm": warm, "numpyro": numpyro}, rounds)
    return {
        "cpu_s": {kind: sorted(times)[len(times) // 2] for kind, times in cpu.items()},
        "wall_s": {kind: sorted(times)[len(times) // 2] for kind, times in wall.items()},
        "cold": ratio(cpu, "cold", "numpyro").against(0.5),
        "warm": ratio(cpu, "warm", "numpyro").against(0.1),
    }
