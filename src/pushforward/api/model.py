"""A program, and a program with its arguments and observations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pushforward.api.compiled import Compiled, located
from pushforward.compiler.pipeline import leaves, loop_bounds
from pushforward.dsl.source import Source
from pushforward.dsl.typed import TypedProgram
from pushforward.dsl.types import Array
from pushforward.runtime.unknown import Unforeseen, Unknown

if TYPE_CHECKING:
    from pushforward.api.sampling import Posterior
    from pushforward.api.solving import Solved
    from pushforward.dsl import tree
    from pushforward.runtime.data import CheckedData
    from pushforward.runtime.draws import Draws


@dataclass(frozen=True)
class Model:
    """A checked model. Calling it with its arguments gives a `Bound`; `with_data` takes arguments and
    observations together, as the command line does.
    """

    program: TypedProgram = field(repr=False)
    source: Source = field(repr=False)
    node: tree.Program | None = field(default=None, compare=False, repr=False)
    file: tree.File | None = field(default=None, compare=False, repr=False)
    _compiled: dict[frozenset[str], Compiled] = field(default_factory=dict, compare=False, repr=False)

    @property
    def name(self) -> str:
        return self.program.name

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(p.name for p in self.program.parameters)})"

    @property
    def variables(self) -> tuple[str, ...]:
        """The names of the random variables, in the order of the program."""
        return tuple(v.name for v in self.program.variables)

    def __call__(self, *positional: object, **arguments: object) -> Bound:
        """The model with arguments, by position or by name. Dimension names may be given too."""
        names = [p.name for p in self.program.parameters]
        if len(positional) > len(names):
            raise TypeError(f"{self.name} takes {len(names)} arguments, {len(positional)} were given")
        given = dict(zip(names, positional, strict=False))
        allowed = {*names, *self.program.dims}
        for name in arguments:
            if name in given:
                raise TypeError(f"{self.name} got the argument {name!r} twice")
            if name not in allowed:
                hint = " (it is a variable: use condition)" if name in self.variables else ""
                raise TypeError(f"{self.name} has no argument {name!r}{hint}")
        return Bound(self, {**given, **arguments})

    def with_data(self, data: object) -> Bound:
        """The model with a dict (or a `DataFile`) of arguments and observations; a variable whose name is in
        it is observed.
        """
        mapping: Mapping[str, object] = data if isinstance(data, Mapping) else data.values  # type: ignore[attr-defined]
        observed = {k for k in mapping if k in self.variables}
        return Bound(
            self,
            {k: v for k, v in mapping.items() if k not in observed},
            {k: mapping[k] for k in observed},
            data,
        )

    def compiled(self, observed: frozenset[str] | None = None) -> Compiled:
        """The compiler's view for a set of observed variables; without one, those on which no other variable
        depends.
        """
        chosen = leaves(self.program) if observed is None else observed
        if chosen not in self._compiled:
            self._compiled[chosen] = Compiled(self.program, chosen, self.source.name)
        return self._compiled[chosen]


@dataclass(frozen=True)
class Bound:
    """A model with arguments and observations. Its functions are pure JAX functions, which `jit`, `grad` and
    `vmap` take.

    `values` of variables are dicts by name; `q` is the vector without constraints, of length `dimension`."""

    model: Model
    arguments: Mapping[str, object]
    observations: Mapping[str, object] = field(default_factory=dict)
    _file: object = field(default=None, compare=False, repr=False)

    def condition(self, **observations: object) -> Bound:
        """The model given values of some of its variables."""
        for name in observations:
            if name not in self.model.variables:
                known = ", ".join(self.model.variables)
                raise TypeError(f"{self.model.name} has no variable {name!r}; it has {known}")
        return replace(self, observations={**self.observations, **observations}, _file=None)

    @property
    def compiled(self) -> Compiled:
        return self.model.compiled(frozenset(self.observations))

    @cached_property
    def data(self) -> CheckedData:
        """Arguments and observations, checked against the declared types. Raises `DataError` with every
        problem, and `Unforeseen` where sizes depend on a value that is not known.
        """
        # Imported here: checking and compiling a program needs no NumPy, which takes a third of their time.
        from pushforward.api import specs
        from pushforward.runtime.data import DataError, check
        from pushforward.runtime.data.problem import Problem

        wanted, dims = specs.specs(self.model.program, self.observations)
        given = self._file if self._file is not None else {**self.arguments, **self.observations}
        for name, value in (*self.arguments.items(), *self.observations.items()):
            if isinstance(value, Unknown) and value.decides_sizes:
                raise Unforeseen(value.because or f"`{name}` is not known")
        checked = check(given, wanted, dims)  # type: ignore[arg-type]
        missing = [n for n in self.compiled.program.dims if n not in checked.dims]
        if missing:
            raise DataError(
                tuple(
                    Problem(
                        code="PF801",
                        key=n,
                        expected="a size",
                        found="nothing that tells it",
                        help=f'give "{n}" in the data',
                    )
                    for n in missing
                )
            )
        return checked

    @cached_property
    def sizes(self) -> dict[str, int]:
        """The static integers: dimension names and scalar int arguments."""
        scalars = {
            p.name: int(self.data.values[p.name])
            for p in self.model.program.parameters
            if p.name in self.data.values and _is(p.type, "int") and not _rank(p.type)
        }
        sizes = {**scalars, **{n: int(v) for n, v in self.data.dims.items()}}
        _refuse_backward_loops(self.compiled.program, sizes)
        from pushforward.api.times import refuse_backward_times

        refuse_backward_times(self.model, self.data.values)
        return sizes

    @cached_property
    def arrays(self) -> dict[str, Any]:
        """Arguments and observations as arrays, without the static integers."""
        flags = {p.name for p in self.model.program.parameters if _is(p.type, "bool")}
        values = {n: v for n, v in self.data.values.items() if n not in self.sizes}
        return {n: v.astype(bool) if n in flags else v for n, v in values.items()}

    @cached_property
    def _prepared(self) -> Any:
        import jax

        prepare = self.compiled.function("prepare")
        with located(), jax.ensure_compile_time_eval():
            return jax.jit(lambda data: prepare(self.sizes, data))(self.arrays)

    @property
    def dimension(self) -> int:
        """The length of the vector without constraints."""
        return int(self.compiled.unit(_SAMPLING).module.dimension(self.sizes))

    def log_density(self, values: Mapping[str, Any]) -> Any:
        """The log density of `values` of the unobserved variables, given the observations; normalised, no
        Jacobian.
        """
        self._need(values)
        with located():
            return self.compiled.function("log_density")(self.sizes, self.arrays, values)

    def _need(self, values: Mapping[str, Any]) -> None:
        """Raises `TypeError` when the value of an unobserved variable is missing."""
        lacking = [n for n in self.model.variables if n not in self.observations and n not in values]
        if lacking:
            raise TypeError(f"{self.model.name} needs values of {', '.join(lacking)}")

    def log_density_unconstrained(self, q: Any) -> Any:
        """The log density of the unconstrained vector f64[dimension], with the log-Jacobian."""
        prepared = self._prepared
        with located():
            return self.compiled.function("log_density_unconstrained")(self.sizes, prepared, q)

    def constrain(self, q: Any) -> dict[str, Any]:
        """The variables that belong to an unconstrained vector."""
        with located():
            result: dict[str, Any] = self.compiled.function("constrain")(self.sizes, self.arrays, q)
            return result

    def unconstrain(self, values: Mapping[str, Any]) -> Any:
        """The unconstrained vector that belongs to values of the variables."""
        with located():
            return self.compiled.function("unconstrain")(self.sizes, self.arrays, values)

    def simulate(self, key: Any) -> dict[str, Any]:
        """A draw of every variable from the prior, and what the program returns. `key` is a JAX random key."""
        with located():
            result: dict[str, Any] = self.compiled.function("simulate")(self.sizes, self.arrays, key)
            return result

    def predictive(self, values: Mapping[str, Any], key: Any) -> dict[str, Any]:
        """A new draw of the observed variables, given `values` of the others."""
        with located():
            result: dict[str, Any] = self.compiled.function("predictive")(self.sizes, self.arrays, values, key)
            return result

    def generated(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the program returns, given `values` of the unobserved variables."""
        with located():
            result: dict[str, Any] = self.compiled.function("generated")(self.sizes, self.arrays, values)
            return result

    def solve(self, values: Mapping[str, Any] | None = None) -> Solved:
        """What the program returns and how each of its holes was solved, given `values` of the unobserved variables (a
        problem has none). `warn()` of it says what was not solved.
        """
        from pushforward.api.solving import Solved

        function = self.compiled.function("solve")
        with located():
            return Solved.of(self.model.name, function(self.sizes, self.arrays, dict(values or {})))

    def factors(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The terms of the log density; keys are `origin@line`."""
        with located():
            result: dict[str, Any] = self.compiled.function("factors")(self.sizes, self.arrays, values)
            return result

    def sample(self, **settings: Any) -> Posterior:
        """Draw from the posterior with NUTS; see `sampling.sample` for the settings."""
        from pushforward.api.sampling import sample

        return sample(self, **settings)

    def predict(self, posterior: Posterior | Draws | None = None, *, seed: int = 0, draws: int | None = None) -> Draws:
        """Posterior predictive draws, or prior draws of everything without a posterior; see `prediction`."""
        from pushforward.api.prediction import predict_posterior, predict_prior
        from pushforward.api.sampling import Posterior

        if posterior is None:
            return predict_prior(self, seed=seed, draws=draws or 1000)
        drawn = posterior.draws if isinstance(posterior, Posterior) else posterior
        return predict_posterior(self, drawn, seed=seed, draws=draws)


_SAMPLING = ("log_density_unconstrained", "constrain", "generated")


def _is(type_: object, element: str) -> bool:
    return isinstance(type_, Array) and type_.element == element


def _rank(type_: object) -> int:
    return type_.rank if isinstance(type_, Array) else 0


def _refuse_backward_loops(program: TypedProgram, sizes: Mapping[str, int]) -> None:
    """Loop bounds must not cross: `for t in 2..T` asks for T of at least 2. Raises `DataError` (PF810)."""
    from pushforward.runtime.data import DataError
    from pushforward.runtime.data.problem import Problem

    problems = [
        Problem(
            code="PF810",
            key=", ".join(sorted(length.names)),
            expected=f"sizes for which {lower}..{upper} is not backwards ({span})",
            found=f"{lower}..{upper} is {lower.at(sizes)}..{upper.at(sizes)}",
            help="give more data, or begin the loop earlier",
        )
        for lower, upper, span in loop_bounds(program)
        if (length := upper - lower).names <= sizes.keys() and length.at(sizes) < 0
    ]
    if problems:
        raise DataError(tuple(problems))
