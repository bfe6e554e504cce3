"""Where the targets of operations live.

`jnp.sqrt` and the like are attributes of modules that every emitted file imports. `rt.special.owens_t`,
`bijectors.simplex.simplex_constrain` and `networks.mlp.mlp` are functions of the runtime, imported by name.
`numpyro.Normal` and `tfp.Triangular` are classes of distribution libraries, which only functions that draw import.
"""

from __future__ import annotations

from dataclasses import dataclass

#: Modules under the names by which library declarations refer to them.
MODULES = {
    "jax": "import jax",
    "jnp": "import jax.numpy as jnp",
    "jsp": "import jax.scipy as jsp",
    "lax": "from jax import lax",
}

ROOMS = {
    "rt": "pushforward.runtime.functions",
    "bijectors": "pushforward.runtime.bijectors",
    "networks": "pushforward.runtime.networks",
}

#: Distribution libraries, which functions that draw import when they are called.
LAWS_MODULE = "pushforward.runtime.laws"
LAWS = {"numpyro": "numpyro.distributions", "tfp": "tensorflow_probability.substrates.jax.distributions"}


@dataclass(frozen=True)
class Import:
    """A function of the runtime, by module and name."""

    module: str
    name: str


def network(kind: str) -> str:
    """The target of the function that makes a network of a kind."""
    return f"networks.{kind}.{kind}"


def resolve(target: str) -> tuple[str, Import | None]:
    """The Python expression for a target, and what must be imported for it."""
    root, _, rest = target.partition(".")
    if root in ROOMS:
        file, _, name = rest.partition(".")
        return name, Import(f"{ROOMS[root]}.{file}", name)
    return target, None
