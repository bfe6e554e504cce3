"""Draws from the posterior."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.api.compiled import SAMPLING, located
from pushforward.api.starting import no_starting_point, nothing_to_sample
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.types import Array, Dim

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.api.solving import Report
    from pushforward.runtime.diagnostics.report import Advice
    from pushforward.runtime.draws import Draws
    from pushforward.runtime.draws.summary import Summary
    from pushforward.runtime.samplers.result import ChainsResult, ProgressEvent


@dataclass(frozen=True)
class Posterior:
    """Draws with what is needed to trust them, or not."""

    draws: Draws
    chains: ChainsResult = field(repr=False)
    compile_s: float
    solves: tuple[Report, ...] = ()

    @cached_property
    def table(self) -> Summary:
        """The summary of every scalar, computed once."""
        return self.draws.summary()

    def summary(self) -> Summary:
        """Mean, sd, quantiles, effective sample sizes and R-hat of every scalar."""
        return self.table

    @cached_property
    def advice(self) -> tuple[Advice, ...]:
        """What speaks against the draws, and what to do about it; nothing when they can be trusted."""
        from pushforward.runtime.diagnostics.report import Advice, advise

        found = advise(self.table.diagnostics(), list(self.table.rows), self.chains)
        doubt = "derivatives there are not of a solution"
        unsolved = (Advice("unsolved", f"{r.sentence}: {doubt}") for r in self.solves if r.loose or not r.converged)
        return (*found, *unsolved)

    @property
    def diagnostics(self) -> dict[str, Any]:
        """Of NUTS: divergences, hits of the largest tree depth, E-BFMI a chain, gradient evaluations. Of samplers of
        one step: acceptance (None where it is not known), step size, steps that left the region where the density
        is finite, gradient evaluations.
        """
        from pushforward.runtime.diagnostics.energy import ebfmi
        from pushforward.runtime.diagnostics.stepping import acceptance

        evaluations = {"gradient_evaluations": int(self.chains.gradient_evaluations)}
        if self.chains.algorithm != "nuts":
            return {
                "acceptance": acceptance(self.chains),
                "corrected": self.chains.corrected,
                "step_size": float(self.chains.step_size[:, -1].mean()),
                "left": int(self.chains.diverging.sum()),
                **evaluations,
            }
        return {
            "divergences": int(self.chains.diverging.sum()),
            "max_treedepth_hits": int((self.chains.treedepth >= self.chains.max_treedepth).sum()),
            "ebfmi": [float(x) for x in ebfmi(self.chains.energy)],
            **evaluations,
        }

    @property
    def timing(self) -> dict[str, float]:
        """Seconds: getting executables, and the slowest chain's warmup and sampling."""
        timing = self.chains.timing
        return {
            "compile_s": self.compile_s,
            "warmup_s": float(max(timing.warmup_s)),
            "sampling_s": float(max(timing.sampling_s)),
        }

    def __getitem__(self, name: str) -> Any:
        return self.draws[name]

    def to_arviz(self) -> Any:
        """The draws as `arviz.InferenceData`."""
        return self.draws.to_arviz()

    def write_netcdf(self, path: str | Path) -> None:
        """Write the draws atomically; `arviz.from_netcdf` reads them."""
        self.draws.write_netcdf(path)


def sample(
    bound: Bound,
    *,
    by: str = "nuts",
    seed: int = 0,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = 1000,
    init: Mapping[str, Any] | None = None,
    progress: Callable[[ProgressEvent], None] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    stop: threading.Event | None = None,
    keep: int | None = None,
    **settings: Any,
) -> Posterior:
    """Draw from the posterior of a bound model, in float64.

    `by` is a sampler of the library or of the model's file, with settings if there are some to say: `mala`,
    `"obabo(step=0.1, friction=2)"`; `settings` are more of them. Those of NUTS are `target_accept`, `max_treedepth` and
    `metric`. `init` gives starting values of the variables for all chains; otherwise they start at random. `checkpoint`
    is a file from which `resume` continues to the same draws. With `keep`, a run that `stop` ends gives the draws that
    it has, if they are at least so many a chain. Raises `DataError`, `ProgramError` (a discrete
    variable that the data do not give, no starting point: the density is then shown factor by factor),
    `Interrupted`, `CheckpointMismatch`, `ValueError` and `TypeError` for settings that make no sense.
    """
    from pushforward.api.running import Runner

    runner = Runner.asked(bound, by, settings)
    data = bound.data  # checked before anything heavy is imported
    unit = bound.compiled.unit(SAMPLING)
    for what in ("log_density_unconstrained", "constrain"):
        if what in unit.missing:
            raise unit.missing[what]
    from pushforward.runtime.samplers import executable
    from pushforward.runtime.samplers.result import StartingPointError
    from pushforward.runtime.samplers.runs import Watched
    from pushforward.runtime.xla_flags import fuse_small_loops

    fuse_small_loops()
    executable.enable_x64()
    key = f"{unit.digest} {sorted(bound.sizes.items())}"
    began = time.perf_counter()
    with located():
        prepared = _prepare(bound, key)
        compile_s = time.perf_counter() - began
        dim = bound.dimension
        if not dim:
            raise ProgramError(nothing_to_sample(bound))
        start = None
        if init is not None:
            start = np.broadcast_to(np.asarray(bound.unconstrain(init)), (chains, dim))
        length = dict(seed=seed, chains=chains, warmup=warmup, draws=draws, init=start)
        try:
            result = runner.run(prepared, dim, key, length, Watched(progress, checkpoint, resume, stop=stop, keep=keep))
        except StartingPointError as error:
            raise ProgramError(*no_starting_point(bound, error.position)) from error
        compile_s += result.timing.compile_s
        values, outputs_s = _outputs(bound, key, result.positions)
    made, rows = result.positions.shape[:2]
    drawn = _draws(bound, data, values, result, dict(seed=seed, chains=made, warmup=warmup, draws=rows))
    from pushforward.api.solving import at_draws

    with located():
        solves = at_draws(bound, values)
    return Posterior(drawn, result, compile_s + outputs_s, solves)


def _prepare(bound: Bound, key: str) -> dict[str, Any]:
    """What the data alone determine, computed by one compiled program that is kept."""
    from pushforward.runtime.samplers import executable

    unit = bound.compiled.unit(SAMPLING)
    names = [i.name for i in unit.programs["log_density_unconstrained"].inputs if i.role == "prepared"]
    used = {n: bound.arrays[n] for n in sorted(bound.arrays)}
    if all(n in used for n in names):  # nothing was computed from the data: they are used as they are
        return {n: used[n] for n in names}
    got = executable.obtain(
        lambda: lambda data: unit.module.prepare(bound.sizes, data),
        ("prepare", key),
        repr(("prepare", key)),
        (used,),
        dict.fromkeys(names, 0),
    )
    prepared: dict[str, Any] = got.call(used)
    return prepared


def _outputs(bound: Bound, key: str, positions: Any) -> tuple[dict[str, Any], float]:
    """Variables and generated quantities of every draw, [chains, draws, ...]."""
    import jax

    from pushforward.runtime.samplers import executable

    unit = bound.compiled.unit(SAMPLING)
    names = [v.name for v in unit.programs["constrain"].variables if not v.observed]
    more = _generated_names(bound)

    def one(q: Any, data: Any) -> dict[str, Any]:
        values = unit.module.constrain(bound.sizes, data, q)
        extra = unit.module.generated(bound.sizes, data, values) if more else {}
        return {**values, **{n: extra[n] for n in more}}

    arrays = {n: bound.arrays[n] for n in sorted(bound.arrays)}
    result = dict.fromkeys((*names, *more), 0)
    arguments = (positions[0], arrays)
    got = executable.obtain(
        lambda: jax.vmap(one, in_axes=(0, None)), ("outputs", key), repr(("outputs", key)), arguments, result
    )
    chains = [got.call(chain, arrays) for chain in positions]
    stacked = {n: np.stack([np.asarray(c[n]) for c in chains]) for n in (*names, *more)}
    return stacked, got.seconds


def _generated_names(bound: Bound) -> list[str]:
    from pushforward.compiler.core import ir

    program = bound.compiled.unit(SAMPLING).programs.get("generated")
    if program is None:
        return []
    returned = next((s.fields for s in program.body if isinstance(s, ir.Return)), ())
    return [n for n, _ in returned if n not in bound.model.variables]


def named_dims(bound: Bound, names: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """The dimension names of variables whose dimensions are distinct names."""
    found = {}
    for variable in bound.model.program.variables:
        assert isinstance(variable.type, Array)
        dims = tuple(str(d) for d in variable.type.dims)
        plain = all(d == Dim.name(n) for d, n in zip(variable.type.dims, dims, strict=True))
        if variable.name in names and plain and dims and len(set(dims)) == len(dims):
            found[variable.name] = dims
    return found


def _draws(
    bound: Bound, data: Any, values: Mapping[str, Any], result: ChainsResult, settings: Mapping[str, int]
) -> Draws:
    from pushforward import __version__
    from pushforward.runtime.draws import Draws

    observed = {n: data.values[n] for n in bound.observations}
    constant = {n: v for n, v in data.values.items() if n not in observed}
    statistics = {
        "lp": result.log_density,
        "acceptance_rate": result.accept_stat,
        "step_size": result.step_size,
        "tree_depth": result.treedepth,
        "n_steps": result.n_leapfrog,
        "diverging": result.diverging,
        "energy": result.energy,
    }
    if result.algorithm != "nuts":
        del statistics["tree_depth"], statistics["energy"]
    if result.ensemble:  # known is the mean over the particles, which is no particle's
        del statistics["lp"]
    attrs = {"program": bound.model.name, "sampler": result.algorithm, "pushforward_version": __version__, **settings}
    return Draws(values, statistics, observed, constant, named_dims(bound, {**values, **data.values}), attrs=attrs)
