"""Fits: an objective made large or small, and what can be asked of the result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pushforward.api.compiled import located
from pushforward.api.guide import Guide
from pushforward.api.programs import Flow, Program, is_guide, is_process

if TYPE_CHECKING:
    import numpy as np

    from pushforward.api.objective import BoundObjective
    from pushforward.api.solving import Report
    from pushforward.runtime.optimise.optimiser import OptimiserSpec
    from pushforward.runtime.optimise.result import FitResult, Sense


@dataclass(frozen=True)
class Fit:
    """An objective at the best parameters that were found. `result` has the trace, the noise of the gradient and how it
    ended."""

    objective: BoundObjective
    result: FitResult
    seed: int = 0

    @property
    def value(self) -> float:
        """The objective, from fresh estimates."""
        return self.result.value

    @property
    def stderr(self) -> float:
        """The standard error of `value`."""
        return self.result.stderr

    @property
    def converged(self) -> bool:
        """Whether nothing says that more steps would help, and the holes were solved; `result.convergence` and
        `warnings` say why."""
        return self.result.converged and all(r.converged for r in self.reports) and not self._holes[1]

    @cached_property
    def _holes(self) -> tuple[tuple[Report, ...], tuple[str, ...]]:
        from pushforward.api.solving import in_objective

        return in_objective(self.objective, self.result.params, self.seed)

    @property
    def reports(self) -> tuple[Report, ...]:
        """How each hole of the objective was solved at the parameters that were found, for one draw."""
        return self._holes[0]

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each hole that was not solved, and for each matrix of second derivatives that is not definite
        where a law needs it to be."""
        return (*(r.sentence for r in self.reports if r.loose or not r.converged), *self._holes[1])

    @cached_property
    def params(self) -> dict[str, Any]:
        """The parameters by name, constrained."""
        import jax
        import numpy as np

        return dict(jax.tree.map(np.asarray, self.objective.parameters(self.result.params)))

    @cached_property
    def guides(self) -> dict[str, Guide]:
        """The guides among the arguments, at the parameters that were found, by argument: programs with parameters, and
        those that push a law to the unknowns of a model."""
        arguments = self.objective.arguments.items()
        chosen = {n: v for n, v in arguments if is_guide(v)}
        return {n: Guide(v, self.objective.params_of(n, self.result.params)) for n, v in chosen.items()}

    @property
    def guide(self) -> Guide:
        """The one guide among the arguments. Raises `ValueError` if there is not exactly one."""
        if len(self.guides) != 1:
            known = ", ".join(self.guides) or "none"
            raise ValueError(f"{self.objective.objective.name} has several or no guides ({known}): use `guides`")
        return next(iter(self.guides.values()))

    def trained(self, program: Program) -> Guide:
        """A program at the parameters that were found: one that the objective uses inside of it, or that draws from
        such programs."""
        return Guide(program, self.objective.expanded.params_by_origin(self.result.params))

    @cached_property
    def processes(self) -> dict[str, Flow]:
        """The processes with parameters among the arguments, at the parameters that were found, by argument."""
        chosen = {n: v for n, v in self.objective.arguments.items() if is_process(v) and not isinstance(v, Flow)}
        found = {n: (v, self.objective.params_of(n, self.result.params)) for n, v in chosen.items()}
        return {n: Flow(v, params) for n, (v, params) in found.items() if params}

    @property
    def process(self) -> Flow:
        """The one process with parameters among the arguments. Raises `ValueError` if there is not exactly one."""
        if len(self.processes) != 1:
            known = ", ".join(self.processes) or "none"
            raise ValueError(f"{self.objective.objective.name} has several or no processes ({known}): use `processes`")
        return next(iter(self.processes.values()))

    def log_weights(self, draws: int = 2000, seed: int = 0) -> np.ndarray[Any, Any] | None:
        """log p(z) - log q(z) at draws of the guide, f[draws]; None unless there are one model and one guide."""
        import jax
        import numpy as np

        given = [v for v in self.objective.arguments.values() if isinstance(v, Program)]
        models = [v for v in given if not is_guide(v) and not is_process(v)]
        if len(models) != 1 or len(self.guides) != 1:
            return None
        from pushforward.api.standard import library

        bound = library.elbo(models[0], self.guide.program)
        params, keys = bound.params_from(self.guide.params), jax.random.split(jax.random.key(seed), draws)
        with located():
            found = jax.jit(lambda k: jax.lax.map(lambda key: bound.estimate(params, key), k, batch_size=200))(keys)
        return np.asarray(found)

    @cached_property
    def pareto_k(self) -> float | None:
        """The shape of the tail of the importance weights of the guide (Vehtari et al. 2024): below 0.7 the guide can
        stand for the posterior after reweighting. None where it is not defined, and where
        the value is not finite or a matrix of second derivatives not definite."""
        import numpy as np

        from pushforward.runtime.diagnostics.pareto import pareto_k

        if not np.isfinite(self.value) or self._holes[1]:
            return None
        weights = self.log_weights()
        return None if weights is None else float(pareto_k(weights))


def _asked(function: Any, sizes: Mapping[str, int]) -> Any:
    """The estimate as a function of what moves."""
    return lambda data, fixed, params, *given: function(sizes, data, {**fixed, **params}, *given)


def fit(
    bound: BoundObjective, *, sense: Sense, optimiser: OptimiserSpec, seed: int = 0,
    initial: Mapping[str, Any] | None = None, stop: Any = None, progress: Any = None, estimates: int | None = None,
) -> Fit:  # fmt: skip
    """Make an objective large or small; `estimates` fresh ones make its value at the end. One without parameters is
    estimated. Raises `ProgramError`, `DataError`, and ValueError."""
    import jax
    from jax.tree_util import Partial

    from pushforward.runtime.optimise.fit import ESTIMATES
    from pushforward.runtime.optimise.fit import fit as descend
    from pushforward.runtime.optimise.unmoved import unmoved

    module, sizes = bound.module, bound.sizes
    learns = hasattr(module, "train")
    asked: Any = module.train if learns else module.estimate
    make: Any = Partial
    run = make(_asked(asked, sizes), bound.prepared, bound.expanded.fixed)
    start = bound.initial(seed) if initial is None else dict(initial)
    count = ESTIMATES if estimates is None else estimates
    if not jax.tree.leaves(start):
        with located():
            found = unmoved(run, sense=sense, seed=seed, estimates=count)
        return Fit(bound, found, seed)
    with located():
        result = descend(
            run, start, sense=sense, optimiser=optimiser, seed=seed, stop=stop, progress=progress, estimates=count,
            learned=module.initial_state(sizes) if learns else None,
        )
    return Fit(bound, result, seed)
