"""The posteriors: a program with its data, the density by hand and NumPyro's potential, in the same
coordinates.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pushforward.api.model import Bound

ROOT = Path(__file__).resolve().parent.parent
POSTERIORS = ROOT / "examples" / "posteriors"

#: VAEs that are trained: images and batch.
VAES = tuple(f"{images}-{batch}" for images in ("digits", "synthetic") for batch in (64, 256, 1024))
LOO = 4  # draws of `loo`
#: Laws and strategies whose noise is compared, and how many times an estimate evaluates what follows the choices.
VARIANCES: Mapping[str, int] = {
    "normal/score": 1, "normal/reparam": 1, f"normal/loo({LOO})": LOO, "normal/mvd": 5, "normal/forward(1)": 1,
    "normal/quadrature(8)": 8, "normal/qmc(8)": 8,
    "gamma/score": 1, "gamma/reparam": 1, f"gamma/loo({LOO})": LOO, "gamma/forward(1)": 1,
    "poisson/score": 1, f"poisson/loo({LOO})": LOO, "poisson/mvd": 3,
    "coins/score": 1, "coins/enum": 8, f"coins/loo({LOO})": LOO**3, "coins/mvd": 27,
    "coins/unsafe gumbel(0.5)": 1, "coins/unsafe straight_through": 1,
}  # fmt: skip
#: Problems that are solved: those with a program and the other libraries' ways.
HOLES = tuple(sorted(p.stem for p in (Path(__file__).parent / "holes").glob("*.pf") if p.with_suffix(".py").exists()))
#: Processes whose paths are drawn.
PATHS = ("growth", "well", "swing")
SAMPLING = ("log_density_unconstrained", "constrain", "generated")

Density = Callable[[Any, Any], Any]


def names() -> list[str]:
    """The posteriors that have a program, data, a density by hand and a NumPyro model."""
    here = Path(__file__).parent
    return sorted(
        folder.name
        for folder in POSTERIORS.iterdir()
        if (folder / "model.pf").exists()
        and (here / "by_hand" / f"{folder.name}.py").exists()
        and (here / "numpyro_models" / f"{folder.name}.py").exists()
    )


@dataclass(frozen=True)
class Case:
    """One posterior. Densities are functions of `q: f64[dim]` and of a pytree of arrays."""

    name: str

    @property
    def program(self) -> Path:
        """The `.pf` file."""
        return POSTERIORS / self.name / "model.pf"

    @property
    def data_file(self) -> Path:
        """The data, as JSON."""
        return POSTERIORS / self.name / "data.json"

    @cached_property
    def data(self) -> Mapping[str, Any]:
        """The data as they stand in the file."""
        content: Mapping[str, Any] = json.loads(self.data_file.read_text())
        return content

    @cached_property
    def bound(self) -> Bound:
        """Our program with its data."""
        import pushforward

        return pushforward.load(self.program).only().with_data(self.data)

    @property
    def dim(self) -> int:
        """How many unconstrained coordinates there are."""
        return self.bound.dimension

    def emitted(self) -> tuple[Density, Any]:
        """The emitted density, and what it prepared from the data."""
        bound = self.bound
        unit = bound.compiled.unit(SAMPLING)
        density, prepare = unit.module.log_density_unconstrained, unit.module.prepare
        prepared = {n: np.asarray(v) for n, v in prepare(bound.sizes, bound.arrays).items()}
        return (lambda q, data: density(bound.sizes, data, q)), prepared

    def by_hand(self) -> tuple[Density, Any]:
        """The hand-written density, and what it prepared from the data."""
        module = import_module(f"benchmarks.by_hand.{self.name}")
        return module.log_density, module.prepare(self.data)

    @property
    def numpyro_module(self) -> ModuleType:
        """The file with the NumPyro model."""
        return import_module(f"benchmarks.numpyro_models.{self.name}")

    def numpyro(self) -> tuple[Density, Any]:
        """Minus NumPyro's potential energy, and the arrays its model takes (integers stay static)."""
        import jax
        from numpyro.infer.util import initialize_model, potential_energy

        module = self.numpyro_module
        arguments = module.arguments(self.data)
        static = {n: v for n, v in arguments.items() if isinstance(v, int)}
        arrays = {n: v for n, v in arguments.items() if n not in static}
        free = initialize_model(jax.random.PRNGKey(0), module.model, model_kwargs=arguments).param_info.z
        split = _splitter({n: tuple(free[n].shape) for n in self.latent})

        def density(q: Any, data: Any) -> Any:
            return -potential_energy(module.model, (), {**data, **static}, split(q))

        return density, arrays

    @property
    def latent(self) -> tuple[str, ...]:
        """The unobserved variables in the order of the unconstrained vector."""
        found: tuple[str, ...] = self.bound.compiled.unit(SAMPLING).module.LATENT
        return found

    def points(self, count: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Random unconstrained points f64[count, dim], uniform on (-1, 1)."""
        return np.random.default_rng(seed).uniform(-1.0, 1.0, (count, self.dim))


def _splitter(shapes: Mapping[str, tuple[int, ...]]) -> Callable[[Any], dict[str, Any]]:
    """A function that cuts a vector into arrays of these shapes, in order."""

    def split(q: Any) -> dict[str, Any]:
        parts, start = {}, 0
        for name, shape in shapes.items():
            size = int(np.prod(shape))
            parts[name] = q[start : start + size].reshape(shape)
            start += size
        return parts

    return split
