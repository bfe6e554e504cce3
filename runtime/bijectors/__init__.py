"""Bijectors: from unconstrained vectors to constrained events, one transform a file.

The file `simplex.py` offers `simplex_constrain`, `simplex_log_jacobian`, `simplex_unconstrain`,
`simplex_free_size` and the record `BIJECTOR`. All but the record is written for ONE event and without
any import from this package, so that the text of a file can be inlined in a standalone program; batches
are made with `jax.vmap`. Elementwise bijectors (`event_rank == 0`) take arrays of any shape. Bounds are
scalars or arrays of the shape of z. Conventions shared by all files:

- `NAME_log_jacobian` returns a scalar, summed over everything in z.
- On the boundary of its constraint `NAME_unconstrain` returns the limit, an infinity; beyond it, NaN.

`bijectors()` finds the records by scanning this folder; adding a file adds a bijector.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType

from pushforward.runtime.bijectors.bijector import Bijector

__all__ = ["Bijector", "bijectors"]


@cache
def bijectors() -> MappingProxyType[str, Bijector]:
    """All bijectors of this folder, by name, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__) if module.name != "bijector")
    found = {name: import_module(f"{__name__}.{name}").BIJECTOR for name in names}
    for name, record in found.items():
        assert record.name == name, f"{name}.py holds the bijector {record.name!r}"
    return MappingProxyType(found)
