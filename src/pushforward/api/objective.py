"""Objectives: expectations whose estimates, and whose derivatives, are unbiased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pushforward.api.compiled import located
from pushforward.api.expanded import Expanded
from pushforward.api.programs import Program, files, given_arguments, told
from pushforward.compiler.emit.module import Emitted
from pushforward.compiler.gradient import explain_gradient
from pushforward.compiler.pipeline import OBJECTIVES
from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.programs import NotTheseArguments
from pushforward.dsl.instantiate import Given, Instantiated, instantiate
from pushforward.dsl.typed import TypedProgram

if TYPE_CHECKING:
    from types import ModuleType

    from pushforward.api.fitting import Fit


@dataclass(frozen=True)
class Objective:
    """An objective. Calling it with programs and values gives a `BoundObjective`."""

    node: tree.Program
    file: tree.File

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(p.name for p in self.node.parameters)})"

    @property
    def name(self) -> str:
        return self.node.name

    def __call__(self, *positional: object, **arguments: object) -> BoundObjective:
        """The objective with its arguments, by position or by name: programs (`m.guide()`), numbers, arrays."""
        return BoundObjective(self, given_arguments(self.node, positional, arguments))


@dataclass(frozen=True)
class BoundObjective:
    """An objective with its arguments. `estimate` is a pure JAX function, which `jit`, `grad` and `vmap` take.

    Parameters are dicts by name of free coordinates: arrays without constraints (f[...] in JAX's default precision),
    and for a network the tree of its weights.
    """

    objective: Objective
    arguments: Mapping[str, object]

    @cached_property
    def expanded(self) -> Expanded:
        """The objective with its programs expanded. Raises `ProgramError`."""
        given: dict[str, Given | tree.Expr] = {n: _told(n, v) for n, v in self.arguments.items()}
        every = (self.objective.file, *(f for v in self.arguments.values() for f in files(v)))
        distinct = tuple({id(f): f for f in every}.values())
        instance = instantiate(self.objective.node, given, Expanded.finder(distinct), Expanded.typer(distinct))
        return Expanded(instance, self.arguments, distinct, tuple(OBJECTIVES))

    @property
    def instance(self) -> Instantiated:
        """The expanded objective as a tree."""
        return self.expanded.instance

    @property
    def program(self) -> TypedProgram:
        """The expanded objective, typed. Raises `ProgramError` with every finding."""
        return self.expanded.program

    @property
    def emitted(self) -> Emitted:
        """The JAX source of the objective."""
        return self.expanded.emitted

    @property
    def module(self) -> ModuleType:
        """The emitted source, executed."""
        return self.expanded.module

    @property
    def sizes(self) -> dict[str, int]:
        """The static integers of the expanded objective."""
        return self.expanded.sizes

    @property
    def prepared(self) -> Any:
        """What the data alone determine, computed once."""
        return self.expanded.prepared

    def gradient_program(self) -> str:
        """For every choice its strategy, why, and the costs that it multiplies, with their lines, as a text."""
        return explain_gradient(self.program)

    def estimate(self, params: Mapping[str, Any], key: Any) -> Any:
        """An unbiased estimate f[] of the objective at free parameters; its JAX gradient is unbiased too."""
        prepared = self.prepared
        with located():
            return self.module.estimate(self.sizes, prepared, {**self.expanded.fixed, **params}, key)

    def initial(self, seed: int = 0) -> dict[str, Any]:
        """The free parameters at the start: what `param` says, and the origin where it says nothing. A network has
        random weights, which `seed` decides; it is a tree of arrays that is called: `params["f"](x)`.
        """
        import jax
        import jax.numpy as jnp

        found = self.expanded.call("initial", seed)
        moving = {n: v for n, v in found.items() if n not in self.expanded.fixed}
        start: dict[str, Any] = jax.tree.map(lambda x: jnp.asarray(x, float), moving)
        return start

    def parameters(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """The parameters themselves at free coordinates, constrained, by their names in the expanded program."""
        fixed = self.expanded.fixed
        found: dict[str, Any] = self.expanded.call("parameters", {**fixed, **params})
        return {n: v for n, v in found.items() if n not in fixed}

    def params_of(self, argument: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """The free parameters of the programs in an argument, by the program and the name that each comes from."""
        from pushforward.api.programs import parameter_names

        mine, instance = parameter_names(self.arguments[argument]), self.instance
        found: dict[str, Any] = {}
        places: dict[str, str] = {}

        def within(place: str) -> bool:
            return place == argument or place.startswith(f"{argument}/")

        for flat, origin in instance.params.items():
            if origin not in mine or flat in self.expanded.fixed:
                continue
            place = instance.places.get(flat, "")
            own = within(place)
            if own and within(places.get(origin, "")):
                what = f"two programs called {origin.partition('.')[0]} with parameters, in one argument,"
                raise ProgramError(NotTheseArguments.diagnostic(instance.program.span, argument, what=what))
            if own or origin not in found:  # one program may be given in several arguments: it came in the first
                found[origin], places[origin] = params[flat], place
        return found

    def params_from(self, known: Mapping[str, Any]) -> dict[str, Any]:
        """The free parameters of this objective among those of another one with the same guide."""
        return {n: v for n, v in self.expanded.params_from(known).items() if n not in self.expanded.fixed}

    def maximize(self, optimiser: str = "adam", learning_rate: float | None = 1e-2, **settings: Any) -> Fit:
        """Make the objective large; see `runtime.optimise.optimiser` for the settings (`steps`, `restarts`, `schedule`
        ...), `seed`, and `estimates`, how many make the value at the end. Raises `ProgramError`, `DataError`, and
        ValueError for a wrong setting."""
        return self._fit("maximize", optimiser, learning_rate, settings)

    def minimize(self, optimiser: str = "adam", learning_rate: float | None = 1e-2, **settings: Any) -> Fit:
        """Make the objective small; see `maximize`."""
        return self._fit("minimize", optimiser, learning_rate, settings)

    def _fit(self, sense: Any, name: str, rate: float | None, settings: dict[str, Any]) -> Fit:
        from pushforward.api.fitting import fit
        from pushforward.runtime.optimise.optimiser import optimiser

        ours = {k: settings.pop(k) for k in ("seed", "initial", "stop", "progress", "estimates") if k in settings}
        return fit(self, sense=sense, optimiser=optimiser(name, rate, **settings), **ours)


def _told(name: str, value: object) -> Given | tree.Expr:
    if isinstance(value, Program):
        return told(value)
    if isinstance(value, bool | int | float):
        return _literal(value)
    return tree.Name(name)


def _literal(value: bool | int | float) -> tree.Expr:
    if isinstance(value, bool):
        return tree.Bool(value)
    number = tree.Number(abs(value), repr(abs(value)))
    return tree.Unary("-", number) if value < 0 else number
