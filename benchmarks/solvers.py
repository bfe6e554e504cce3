"""CPU time of holes: the solution, the gradient through it, and compilation, against JAXopt and Optimistix.

A problem of `holes/` is solved by every program in its `.pf` file and in every way that its `.py` file knows for the
libraries. Whatever is away from the median of all of them by more than `AGREE`, in the solution or in the gradient, is
put aside, and named. Of each library the fastest that is left is compared, which may be another one for the solution
than for the gradient. All of them are given the same arrays as arguments of a function under `jit`, in float64.

The gradient is that of weights'z in `theta`, for fixed random weights, and is timed together with the solution, as it
is used. Compilation is that of this function from the start: for ours from the text of the program on.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

import pushforward as pf
from benchmarks.timing import interleave, ratio

HERE = Path(__file__).parent / "holes"
LIBRARIES = ("pushforward", "jaxopt", "optimistix")
TARGET = 1.05
ROUND_SECONDS = 0.05
COMPILATIONS = 3
#: how far a solution and a gradient may be from those of the others, relative to the largest entry
AGREE = {"solution": 1e-6, "gradient": 1e-5}

#: (theta, the other arrays) -> z, of any shape
Solve = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Hole:
    """One problem."""

    name: str

    @property
    def module(self) -> ModuleType:
        """The file of the libraries."""
        return import_module(f"benchmarks.holes.{self.name}")

    @property
    def program(self) -> Path:
        """The file in the language."""
        return HERE / f"{self.name}.pf"

    @cached_property
    def arrays(self) -> tuple[Any, dict[str, Any]]:
        """theta, and the other arrays."""
        given = {n: jnp.asarray(v) for n, v in self.module.data().items()}
        return given.pop("theta"), given

    def ours(self) -> dict[str, Solve]:
        """A function for each program of the file."""
        return {name: self.compiled(name) for name in pf.load(self.program).models}

    def compiled(self, name: str) -> Solve:
        """One of our programs, from its text on."""
        _, given = self.arrays
        bound = getattr(pf.load(self.program), name)(**given)
        solve, sizes = bound.compiled.function("solve"), bound.sizes
        return lambda theta, data: solve(sizes, data, {"theta": theta})["z"]

    def ways(self, library: str) -> dict[str, Solve]:
        """What a library offers, by name."""
        found: dict[str, Solve] = self.ours() if library == "pushforward" else getattr(self.module, library)()
        return found


def need_jaxopt() -> None:
    """Raises RuntimeError, with what to do, where it is not installed."""
    if find_spec("jaxopt") is None:
        raise RuntimeError("JAXopt is not installed, and no dependency: pip install --no-deps jaxopt==0.8.5")


def gradient(solve: Solve) -> Solve:
    """The gradient of weights'z in theta."""

    def weighed(theta: Any, data: Any) -> Any:
        z = solve(theta, data)
        return jnp.vdot(jnp.asarray(np.random.default_rng(9).standard_normal(z.size)), z.ravel())

    return jax.grad(weighed)


MEASURES: Mapping[str, Callable[[Solve], Solve]] = {"solution": lambda solve: solve, "gradient": gradient}


def agreeing(hole: Hole, libraries: tuple[str, ...] = LIBRARIES) -> tuple[dict[str, dict[str, Any]], list[str]]:
    """{measure: {"library: way": compiled function}}, and sentences for what was put aside."""
    every = {f"{lib}: {way}": s for lib in libraries for way, s in hole.ways(lib).items()}
    programs = {what: {n: jax.jit(make(s)) for n, s in every.items()} for what, make in MEASURES.items()}
    aside: dict[str, str] = {}
    for what, functions in programs.items():
        values = {}
        for name, function in functions.items():
            try:
                values[name] = np.ravel(function(*hole.arrays))
            except NotImplementedError as error:  # JAXopt with a release of JAX that is newer
                aside.setdefault(name, f"{name}: {what} not implemented: {str(error)[:60]}")
        middle = np.nanmedian(np.stack(list(values.values())), axis=0)
        for name, value in values.items():
            away = float(np.max(np.abs(value - middle)) / np.max(np.abs(middle)))
            if not away <= AGREE[what]:
                aside.setdefault(name, f"{name}: {what} off by {away:.1e}")
    kept = {what: {n: f for n, f in fs.items() if n not in aside} for what, fs in programs.items()}
    return kept, list(aside.values())


def measure(hole: Hole, rounds: int) -> dict[str, Any]:
    """Times and ratios for one problem."""
    need_jaxopt()
    with jax.enable_x64(True):
        kept, aside = agreeing(hole)
        found: dict[str, Any] = {"aside": aside}
        for what, functions in kept.items():
            best = {lib: _fastest(lib, functions, hole.arrays) for lib in LIBRARIES}
            runs = {lib: _run(functions[best[lib]], hole.arrays) for lib in LIBRARIES if best[lib]}
            found[what] = _compared(interleave(runs, rounds), best)
        best = found["gradient"]["best"]
        compilations = {lib: _compilation(hole, lib, best[lib]) for lib in LIBRARIES if best[lib]}
        found["compile"] = _compared(interleave(compilations, COMPILATIONS), best)
    return found


def _compared(measured: Mapping[str, list[float]], best: Mapping[str, str]) -> dict[str, Any]:
    """Medians, ratios, and the better rival: "" where none is left."""
    times = {lib: float(np.median(t)) for lib, t in measured.items()}
    theirs = min((lib for lib in times if lib != "pushforward"), key=lambda lib: times[lib], default="")
    others = [lib for lib in times if lib != "pushforward" and "pushforward" in times]
    ratios = {lib: ratio(measured, "pushforward", lib).against(TARGET) for lib in others}
    return {"best": dict(best), "microseconds": times, "ratios": ratios, "better": theirs}


def _fastest(library: str, functions: Mapping[str, Any], arrays: Any) -> str:
    """The name of its fastest way; "" if it has none that agrees."""
    own = [n for n in functions if n.startswith(f"{library}: ")]
    if not own:
        return ""
    runs = {n: _run(functions[n], arrays) for n in own}
    times = {n: float(np.median(t)) for n, t in interleave(runs, 5).items()}
    return min(own, key=lambda n: times[n])


def _run(function: Any, arrays: Any) -> Callable[[], float]:
    """Microseconds of CPU time a call, of as many calls as take `ROUND_SECONDS`."""

    def seconds(count: int) -> float:
        began = time.process_time()
        for _ in range(count):
            jax.block_until_ready(function(*arrays))
        return time.process_time() - began

    seconds(1)
    count = max(1, int(ROUND_SECONDS / max(min(seconds(2) for _ in range(3)) / 2, 1e-6)))
    return lambda: 1e6 * seconds(count) / count


def _compilation(hole: Hole, library: str, best: str) -> Callable[[], float]:
    """Microseconds of CPU time until the gradient is compiled, with nothing kept from before."""
    way = best.partition(": ")[2]
    arrays = hole.arrays

    def once() -> float:
        jax.clear_caches()
        began = time.process_time()
        solve = hole.compiled(way) if library == "pushforward" else hole.ways(library)[way]
        jax.jit(gradient(solve)).lower(*arrays).compile()
        return 1e6 * (time.process_time() - began)

    return once
