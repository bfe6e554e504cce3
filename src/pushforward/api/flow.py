"""A process at the parameters that a fit has found, and what is generated from it: its law at time 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pushforward.api.expanded import Expanded
from pushforward.api.processes import known
from pushforward.api.programs import Applied, Flow, Template, files, told
from pushforward.dsl import tree
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate import instantiate_result
from pushforward.dsl.parse import parse
from pushforward.dsl.processes.reading import State, read
from pushforward.dsl.source import Source

if TYPE_CHECKING:
    from pushforward.api.objective import BoundObjective
    from pushforward.runtime.draws import Draws

#: What is drawn where a process has no noise, and where it has; `{...}` are put in. A state is a vector or a number.
_ODE = """model generated(v: process) {{
  start ~ initial(v)
  let path = integrate fun (t, x) = drift(v)(t, x) from start over [0.0, 1.0] by {by}
  return {{start, value = path[1]}}
}}
"""
_SDE = """model generated(v: process) {{
  start ~ initial(v)
  let path: {path}
  path[0] = start
  for k in 0..{steps} {{
    z: {noise} ~ std_normal()
    let t = k / {steps}
    path[k + 1] = path[k] + drift(v)(t, path[k]) / {steps} + noise(v)(t, path[k]) .* (z / sqrt({steps}))
  }}
  return {{start, value = path[{steps}]}}
}}
"""
_MOVED = """model moved(v: process, start: {kind}) {{
  let path = integrate fun (t, x) = {field} from start over [0.0, 1.0] by {by}
  return {{value = path[1]}}
}}
"""
_PARAMETERS = """objective parameters(v: process) {
  x ~ initial(v)
  return sum(drift(v)(0, x))
}
"""


@dataclass(frozen=True)
class Generator:
    """What draws from the law of a process at time 1: by an integrator, a text such as `heun(dt=0.125)`, where the
    process has no noise, and by so many `steps` of Euler and Maruyama where it has one."""

    flow: Flow | Applied | Template
    by: str = "tsit5()"
    steps: int = 100

    @cached_property
    def state(self) -> State:
        """The state of the process. Raises `ProgramError`."""
        return state_of(self.flow)

    @cached_property
    def expanded(self) -> Expanded:
        """The program that draws."""
        if not self.state.noises:
            text = _ODE.format(by=self.by)
        else:
            scalar = rank(self.state) == 0
            many = self.steps + 1
            path, noise = f"matrix[{many}, size(start)]", "vector[size(start)]"
            if scalar:
                path, noise = f"vector[{many}]", "real"
            text = _SDE.format(steps=self.steps, path=path, noise=noise)
        return expanded(text, {"v": self.flow})

    def simulate(self, key: Any) -> dict[str, Any]:
        """One draw: the state at time 1 under its name, and at time 0 under `start`."""
        found = self.expanded.call("draws", self.expanded.params_from({}), key)
        return {self.state.name: found["value"], "start": found["start"]}

    def sample(self, draws: int = 1000, seed: int = 0) -> Draws:
        """Independent draws, as one chain."""
        import jax
        import numpy as np

        from pushforward.runtime.draws import Draws

        keys = jax.random.split(jax.random.key(seed), draws)
        found = jax.jit(jax.vmap(self.simulate))(keys)
        return Draws(posterior={n: np.asarray(v)[None] for n, v in found.items()})


@dataclass(frozen=True)
class Transport:
    """The map of a process without noise from time 0 to time 1; `back`, from 1 to 0."""

    flow: Flow | Applied | Template
    by: str = "tsit5()"
    back: bool = False
    _made: dict[tuple[int, ...], Expanded] = field(default_factory=dict, compare=False, repr=False)

    def __call__(self, points: Any) -> Any:
        """The images of points [n, ...], f[n, ...]. Raises `ValueError` for a process with noise."""
        import jax
        import jax.numpy as jnp

        without_noise(self.flow)
        points = jnp.asarray(points, float)
        shape = points.shape[1:]
        if shape not in self._made:
            kind = "real" if not shape else f"vector[{shape[0]}]"
            text = _MOVED.format(kind=kind, by=self.by, field="-drift(v)(1 - t, x)" if self.back else "drift(v)(t, x)")
            self._made[shape] = expanded(text, {"v": self.flow, "start": jnp.zeros(shape)})
        made = self._made[shape]

        def one(x: Any) -> Any:
            arrays = {n: x if n == "start" else v for n, v in made.arrays.items()}
            return made.module.draws(made.sizes, arrays, made.params_from({}), jax.random.key(0))["value"]

        return jax.jit(jax.vmap(one))(points)


def without_noise(program: Flow | Applied | Template) -> None:
    """Raises `ValueError` for a process with noise, which is no map and whose density at time 1 is not known."""
    if state_of(program).noises:
        raise ValueError("a process with noise is no map of points, and its density at time 1 is not known")


def state_of(program: Flow | Applied | Template) -> State:
    """The one state of a process. Raises `ProgramError`."""
    from pushforward.dsl.diagnostic import ProgramError

    report = Report()
    found = read(known(files(program)[0]), process_of(program), report)
    if found is None:
        raise ProgramError(*(report.errors or report.not_yet))
    return found.states[0]


def process_of(program: object) -> tree.Program:
    """The text of a process."""
    match program:
        case Flow(program=inner):
            return process_of(inner)
        case Applied(template=template) | (Template() as template):
            return template.node
        case _:
            raise AssertionError(f"{program!r} is no process")


def rank(state: State) -> int:
    if state.type is not None:
        return len(state.type.dims)
    law = state.initial.function if isinstance(state.initial, tree.Call) else state.initial
    return 1 if law == tree.Name("initial") else 0


def expanded(text: str, arguments: Mapping[str, object]) -> Expanded:
    """A program of ours with a process in it."""
    file = parse(Source("generate", text))
    (node,) = file.items
    assert isinstance(node, tree.Program)
    whole = Applied(Template(node, file), arguments)
    every = tuple({id(f): f for f in files(whole)}.values())
    return Expanded(instantiate_result(told(whole), Expanded.finder(every)), {"q": whole}, every, ("draws",))


def expanded_objective(program: Applied | Template) -> BoundObjective:
    """An objective that has the parameters of a process."""
    from pushforward.api.objective import Objective

    file = parse(Source("parameters", _PARAMETERS))
    (node,) = file.items
    assert isinstance(node, tree.Program)
    return Objective(node, file)(v=program)
