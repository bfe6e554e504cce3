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
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
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
        """Divergences, hits of the largest tree depth, E-BFMI a chain, gradient evaluations."""
        from pushforward.runtime.diagnostics.energy import ebfmi

        return {
            "divergences": int(self.chains.diverging.sum()),
            "max_treedepth_hits": int((self.chains.treedepth >= self.chains.max_treedepth).sum()),
            "ebfmi": [float(x) for x in ebfmi(self.chains.energy)],
            "gradient_evaluations": int(self.chains.gradient_evaluations),
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
    seed: int = 0,
    chains: int = 4,
    warmup: int = 1000,
    draws: int = 1000,
    target_accept: float = 0.8,
    max_treedepth: int = 10,
    metric: str = "diag",
    init: Mapping[str, Any] | None = None,
    progress: Callable[[ProgressEvent], None] | None = None,
    checkpoint: Path | None = None,
    resume: bool = False,
    stop: threading.Event | None = None,
    keep: int | None = None,
) -> Posterior:
    """Draw from the posterior of a bound model with NUTS, in float64.

    `init` gives starting values of the variables for all chains; otherwise they start at random. `checkpoint`
    is a file from which `resume` continues to the same draws. With `keep`, a run that `stop` ends gives the draws that
    it has, if they are at least so many a chain. Raises `DataError`, `ProgramError` (a discrete
    variable that the data do not give, no starting point: the density is then shown factor by factor),
    `Interrupted`, `CheckpointMismatch`.
    """
    data = bound.data  # checked before anything heavy is imported
    unit = bound.compiled.unit(SAMPLING)
    for what in ("log_density_unconstrained", "constrain"):
        if what in unit.missing:
            raise unit.missing[what]
    from pushforward.runtime.samplers import executable, nuts
    from pushforward.runtime.samplers.result import StartingPointError
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
            raise ProgramError(_nothing_to_sample(bound))
        start = None
        if init is not None:
            start = np.broadcast_to(np.asarray(bound.unconstrain(init)), (chains, dim))
        try:
            result = nuts.run(
                lambda q, d: unit.module.log_density_unconstrained(bound.sizes, d, q),
                prepared,
                dim,
                seed=seed,
                chains=chains,
                warmup=warmup,
                draws=draws,
                max_treedepth=max_treedepth,
                target_accept=target_accept,
                metric=metric,
                init=start,
                progress=progress,
                checkpoint=checkpoint,
                resume=resume,
                stop=stop,
                keep=keep,
                fingerprint=key,
                program_key=key,
            )
        except StartingPointError as error:
            raise ProgramError(*no_starting_point(bound, error.position)) from error
        compile_s += result.timing.compile_s
        values, outputs_s = _outputs(bound, key, result.positions)
    made, length = result.positions.shape[:2]
    drawn = _draws(bound, data, values, result, dict(seed=seed, chains=made, warmup=warmup, draws=length))
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
    attrs = {"program": bound.model.name, "pushforward_version": __version__, **settings}
    return Draws(values, statistics, observed, constant, named_dims(bound, {**values, **data.values}), attrs=attrs)


def _nothing_to_sample(bound: Bound) -> Diagnostic:
    span = bound.model.program.span
    return Diagnostic(
        "PF703",
        "error",
        "there is nothing to sample: the data give every variable",
        Label(span, "all of its variables are observed"),
        helps=("leave the unknown variables out of the data",),
    )


def no_starting_point(bound: Bound, q: Any) -> tuple[Diagnostic, ...]:
    """Why no starting point was found: the density at the last point tried, factor by factor, each at its
    line.
    """
    values = {n: np.asarray(v) for n, v in bound.constrain(q).items()}
    parts = {k: float(np.asarray(v)) for k, v in bound.factors(values).items()}
    program = bound.model.program
    bad = [k for k, v in parts.items() if not np.isfinite(v)] or sorted(parts, key=lambda k: parts[k])[:1]
    spans = {f"{s.address}@{s.span.line}": s.span for s in _sites(program.body)}
    span = spans.get(bad[0], program.span) if bad else program.span
    where = ", ".join(f"{k.replace('@', ' (line ')})  {v:g}" for k, v in parts.items())
    at = ", ".join(f"{n} = {_short(v)}" for n, v in values.items())
    return (
        Diagnostic(
            "PF704",
            "error",
            "no starting point was found",
            Label(span, "not finite here" if bad and not np.isfinite(parts[bad[0]]) else "lowest here"),
            notes=(
                f"the log density by factors: {where}",
                f"at {at}",
                "100 points were tried, uniform on (-2, 2) in the unconstrained space",
            ),
            helps=("give starting values, narrow the priors, or declare the bounds under which the density is finite",),
        ),
    )


def _short(value: Any) -> str:
    flat = np.ravel(value)
    shown = ", ".join(f"{x:.4g}" for x in flat[:4])
    return shown if np.ndim(value) == 0 else f"[{shown}{', ...' if flat.size > 4 else ''}]"


def _sites(body: Any) -> Any:
    from pushforward.dsl import typed

    for stmt in body:
        match stmt:
            case typed.Site():
                yield stmt
            case typed.For():
                yield from _sites(stmt.body)
            case typed.If():
                yield from _sites((*stmt.then, *stmt.orelse))
            case _:
                pass
