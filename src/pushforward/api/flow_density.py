"""The density of a process without noise at time 1, by the change of variables along its paths:

    log p1(x1) = log p0(x0) - integral of div v(t, x(t)) over t,    dx/dt = v

The paths are followed back from the points that are asked for, with the trace of the Jacobian of the field exactly
(Chen, Rubanova, Bettencourt and Duvenaud 2018, "Neural ordinary differential equations", section 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pushforward.api.expanded import Expanded
from pushforward.api.flow import expanded, rank, state_of, without_noise
from pushforward.api.programs import Applied, Flow, Template
from pushforward.dsl import tree
from pushforward.dsl.instantiate.sites import is_start

_FIELD = """model field(v: process, t: real, x: {kind}) {{
  return {{value = drift(v)(t, x)}}
}}
"""
_BASE = """model base(v: process, x: {kind}) {{
  return {{value = {density}}}
}}
"""


@dataclass(frozen=True)
class FlowDensity:
    """log p1 as a function of points [n, D], or [n] where the state is a number. Paths have the tolerance `rtol`."""

    flow: Flow | Applied | Template
    rtol: float = 1e-6

    @cached_property
    def _scalar(self) -> bool:
        return rank(state_of(self.flow)) == 0

    def _program(self, text: str, size: int, **values: Any) -> Expanded:
        kind = "real" if self._scalar else f"vector[{size}]"
        return expanded(text.format(kind=kind, density=self._base()), {"v": self.flow, **values})

    def _base(self) -> str:
        """The density of the start, of a program in its coordinates, of a law at the value."""
        state = state_of(self.flow)
        law = state.initial
        if is_start(law) or (isinstance(law, tree.Call) and law.function == tree.Name("initial")):
            return "logp(initial(v))(x)"
        return f"logp(initial(v), {{{state.name} = x}})"

    def __call__(self, points: Any) -> Any:
        """log p1 at points, f[n]. Raises `ValueError` for a process with noise."""
        import jax
        import jax.numpy as jnp

        from pushforward.runtime.integrators.integrate import integrate
        from pushforward.runtime.integrators.rules.discrete import Discrete
        from pushforward.runtime.integrators.tsit5 import Tsit5

        without_noise(self.flow)
        points = jnp.asarray(points, float)
        size = 1 if points.ndim == 1 else points.shape[1]
        zero = jnp.zeros(points.shape[1:])
        field = _called(self._program(_FIELD, size, t=jnp.zeros(()), x=zero))
        base = _called(self._program(_BASE, size, x=zero))
        by, times = Tsit5(rtol=self.rtol, atol=self.rtol), jnp.array([0.0, 1.0])

        def backwards(s: Any, now: Any, args: Any) -> Any:
            def speed(x: Any) -> Any:
                return -field({"t": 1 - s, "x": x})

            x, _ = now
            jacobian = jax.jacfwd(speed)(x)
            return speed(x), jnp.trace(jacobian) if jacobian.ndim else jacobian

        def one(x: Any) -> Any:
            (path, gained), _ = integrate(backwards, (x, jnp.zeros(())), times, (), by, Discrete())
            return base({"x": path[-1]}) + gained[-1]

        return jax.jit(jax.vmap(one))(points)


def _called(made: Expanded) -> Any:
    """What a program returns, as a function of values of its arguments."""
    import jax

    params, key = made.params_from({}), jax.random.key(0)

    def call(values: dict[str, Any]) -> Any:
        arrays = {n: values.get(n, v) for n, v in made.arrays.items()}
        return made.module.draws(made.sizes, arrays, params, key)["value"]

    return call
