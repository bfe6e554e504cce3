"""Programs as arguments of programs: what a template is given, and what the compiler is told of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from pushforward.api.model import Bound, Model
from pushforward.dsl import tree
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.templates import PROGRAM_TYPES
from pushforward.dsl.instantiate import Given, instantiate_draws
from pushforward.dsl.instantiate.sites import constrained
from pushforward.runtime.unknown import Unforeseen, Unknown

if TYPE_CHECKING:
    from pushforward.runtime.draws import Draws


@dataclass(frozen=True)
class Template:
    """A model that takes programs, such as `mean_field(p: model)`. Calling it with them gives an `Applied`."""

    node: tree.Program
    file: tree.File = field(repr=False)

    @property
    def name(self) -> str:
        return self.node.name

    def __call__(self, *positional: object, **arguments: object) -> Applied:
        """The template with its arguments, by position or by name."""
        return Applied(self, given_arguments(self.node, positional, arguments))


@dataclass(frozen=True)
class Applied:
    """A template with its arguments, and values of some of its variables."""

    template: Template
    arguments: Mapping[str, object]
    observations: Mapping[str, object] = field(default_factory=dict)

    def condition(self, **observations: object) -> Applied:
        """The program given values of some of its variables."""
        return replace(self, observations={**self.observations, **observations})


@dataclass(frozen=True)
class Flow:
    """A process at the parameters (free coordinates, by name of program and parameter) that a fit has found. Where it
    is an argument of a program they do not move."""

    program: Applied | Template
    params: Mapping[str, Any]

    def generate(self, draws: int = 1000, by: str = "tsit5()", seed: int = 0) -> Draws:
        """Draws of the state at time 1, and of its start; `by` is an integrator as in a program, `heun(dt=0.05)`."""
        from pushforward.api.flow import Generator

        return Generator(self, by).sample(draws, seed=seed)

    def transport(self, points: Any, *, by: str = "tsit5()", back: bool = False) -> Any:
        """Where the flow takes points [n, ...] in the time from 0 to 1, or, `back`, from 1 to 0."""
        from pushforward.api.flow import Transport

        return Transport(self, by, back)(points)

    def log_density(self, points: Any, rtol: float = 1e-6) -> Any:
        """The log density at time 1 at points [n, ...], f[n], of a process without noise."""
        from pushforward.api.flow_density import FlowDensity

        return FlowDensity(self, rtol)(points)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters with a hash of the source, which `load_flow` checks. Raises `OSError`."""
        from pushforward.api.flow_file import write

        write(self, path)


Program: TypeAlias = Bound | Model | Applied | Template | Flow


def given_arguments(
    node: tree.Program, positional: tuple[object, ...], named: Mapping[str, object]
) -> dict[str, object]:
    """Arguments by name. Raises `TypeError` for too many, twice the same, or a name that is none."""
    names = [p.name for p in node.parameters]
    if len(positional) > len(names):
        raise TypeError(f"{node.name} takes {len(names)} arguments ({', '.join(names)}), {len(positional)} were given")
    found: dict[str, object] = dict(zip(names, positional, strict=False))
    for name, value in named.items():
        if name in found or name not in names:
            what = f"got the argument {name!r} twice" if name in found else f"has no argument {name!r}"
            raise TypeError(f"{node.name} {what}; its arguments are {', '.join(names)}")
        found[name] = value
    lacking = [p.name for p in node.parameters if p.name not in found and p.default is None]
    if lacking:
        raise TypeError(f"{node.name} needs {', '.join(lacking)}")
    for parameter in node.parameters:
        wanted = parameter.type is not None and parameter.type.name in PROGRAM_TYPES
        value = found.get(parameter.name)
        if isinstance(value, Program) and wanted:
            found[parameter.name] = value = without_times(value)
        if value is not None and wanted != isinstance(value, Program):
            needs = "a program, such as `m.guide()`" if wanted else "a value, not a program"
            raise TypeError(f"the argument {parameter.name!r} of {node.name} needs {needs}")
    return found


def without_times(value: Program) -> Program:
    """A process as an argument of a program: by itself it is a model of a path, whose times are not asked for here."""
    if not isinstance(value, Bound | Model):
        return value
    model = value.model if isinstance(value, Bound) else value
    if model.node is None or model.node.kind != "process" or model.file is None:
        return value
    template = Template(model.node, model.file)
    return template(**value.arguments) if isinstance(value, Bound) else template


def told(value: object) -> Given:
    """What the compiler is told of a program."""
    match value:
        case Bound():
            assert value.model.node is not None
            known = {n: id(v) for n, v in value.arguments.items() if not isinstance(v, int | float)}
            return Given(
                value.model.node,
                value.model.program,
                frozenset(value.observations),
                _sizes(value),
                values=known,
                key=id(value),
            )
        case Model():
            assert value.node is not None
            return Given(value.node, value.program, key=id(value), applied=False)
        case Applied():
            inner = {n: told(v) for n, v in value.arguments.items() if isinstance(v, Program)}
            types = {n: _type(v) for n, v in value.observations.items()}
            return Given(
                value.template.node,
                observed=frozenset(types),
                programs=inner,
                types=types,
                given=frozenset(value.arguments),
                key=id(value),
            )
        case Template():
            return Given(value.node, key=id(value), applied=False)
        case Flow():
            return _fixed(told(value.program), id(value))
        case _:
            raise AssertionError(f"{value!r} is not a program")


def _fixed(given: Given, key: int) -> Given:
    """A program whose parameters, and those of the programs in it, do not move."""
    inner = None if given.programs is None else {n: _fixed(g, g.key) for n, g in given.programs.items()}
    return replace(given, fixed=True, programs=inner, key=key)


def _sizes(value: Bound) -> dict[str, int] | None:
    """The integers that sizes are, as far as the data are known."""
    try:
        return dict(value.sizes)
    except Unforeseen:
        return None


def _type(value: object) -> tree.TypeExpr:
    """The type of a value, as it would be written. Raises `Unforeseen`."""
    if isinstance(value, Unknown):
        if value.shape is None:
            raise Unforeseen(value.because)
        return tree.TypeExpr(value.kind, dims=tuple(tree.Number(n, str(n)) for n in value.shape))
    import numpy as np

    array = np.asarray(value)
    element = {"b": "bool", "i": "int", "u": "int"}.get(array.dtype.kind, "real")
    return tree.TypeExpr(element, dims=tuple(tree.Number(n, str(n)) for n in array.shape))


def files(value: object) -> tuple[tree.File, ...]:
    """The files whose functions a program may call."""
    match value:
        case Bound():
            return files(value.model)
        case Model():
            return (value.file,) if value.file is not None else ()
        case Applied():
            return (value.template.file, *(f for v in value.arguments.values() for f in files(v)))
        case Template():
            return (value.file,)
        case Flow():
            return files(value.program)
        case _:
            return ()


def parametric(value: object) -> bool:
    """Whether a program has parameters of its own."""
    return bool(parameter_names(value))


def is_guide(value: object) -> TypeGuard[Program]:
    """Whether a program has parameters, or is made from a model to draw its unknowns: `laplace(p)` has none."""
    if is_process(value):
        return False
    if isinstance(value, Applied) and constrained(value.template.node) is not None:
        return not value.observations
    return isinstance(value, Program) and parametric(value)


def is_process(value: object) -> TypeGuard[Applied | Template | Flow]:
    """Whether a program is a process."""
    match value:
        case Flow():
            return True
        case Applied(template=template):
            return template.node.kind == "process"
        case Template(node=node):
            return node.kind == "process"
        case _:
            return False


def fixed_value(arguments: Mapping[str, object], path: str, name: str) -> Any:
    """The value of a parameter that does not move: that of the innermost fit on the way to it."""
    found: object = None
    known: Mapping[str, object] = arguments
    for step in path.split("/"):
        value = known[step]
        while isinstance(value, Flow):
            found = value.params.get(name, found)
            value = value.program
        known = value.arguments if isinstance(value, Applied) else {}
    assert found is not None, f"{path}: {name}"
    return found


def parameter_names(value: object) -> frozenset[str]:
    """The parameters of a program and of the programs that it takes: `program.parameter`."""
    match value:
        case Bound():
            return parameter_names(value.model)
        case Model():
            return _params(value.node)
        case Applied():
            inner = (parameter_names(v) for v in value.arguments.values())
            return frozenset().union(_params(value.template.node), *inner, _made(value))
        case Template():
            return _params(value.node)
        case _:
            return frozenset()


def _params(node: tree.Program | None) -> frozenset[str]:
    found = () if node is None else nodes_of(node.body)
    return frozenset(f"{node.name}.{n.name}" for n in found if node is not None and isinstance(n, tree.Param))


def _made(value: Applied) -> frozenset[str]:
    """The parameters of a guide that is made from the laws of its argument, which no text declares."""
    calls = (n.function for n in nodes_of(value.template.node.body) if isinstance(n, tree.Call))
    if not any(isinstance(f, tree.Name) and f.id == "convex_update" for f in calls):
        return frozenset()
    from pushforward.api.expanded import Expanded

    return frozenset(instantiate_draws(told(value), Expanded.finder(files(value))).params.values())


def value_at(arguments: Mapping[str, object], path: tuple[str, ...], name: str) -> Any:
    """The value of an argument, an observation or a size of a program that is an argument: an int for a size, an array
    otherwise."""
    if not path:
        return arguments[name]
    value = arguments[path[0]]
    value = _unfixed(value)
    while len(path) > 1:
        assert isinstance(value, Applied)
        path = path[1:]
        value = _unfixed(value.arguments[path[0]])
    if isinstance(value, Applied):
        known = {**value.arguments, **value.observations}
        return known[name] if name in known else _extent(value, name)
    assert isinstance(value, Bound)
    return value.sizes[name] if name in value.sizes else value.arrays[name]


def _extent(value: Applied, dim: str) -> int | None:
    """The size that the type of an argument names."""
    import numpy as np

    for parameter in value.template.node.parameters:
        dims = parameter.type.dims if parameter.type is not None else ()
        for position, written in enumerate(dims):
            if written == tree.Name(dim) and parameter.name in value.arguments:
                given: Any = value.arguments[parameter.name]
                return int(np.shape(given)[position])
    return None


def _unfixed(value: object) -> object:
    return value.program if isinstance(value, Flow) else value
