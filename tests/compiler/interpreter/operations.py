"""Operations of the core by numpy and scipy; where these have none, by the runtime, outside of any
compilation.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import scipy.special

from pushforward.compiler.core import ir

Value = Any  # np.ndarray or numpy scalar; annotated so because numpy's own types do not follow shapes

_MODULES = {
    "rt": "pushforward.runtime.functions",
    "bijectors": "pushforward.runtime.bijectors",
    "jax": "jax",
    "jnp": "jax.numpy",
    "jsp": "jax.scipy",
    "lax": "jax.lax",
    "numpyro": "numpyro.distributions",
    "tfp": "tensorflow_probability.substrates.jax.distributions",
}
_NUMPY = {"jnp": np, "jax.scipy.special": scipy.special, "jsp.special": scipy.special}


@cache
def function(target: str) -> Callable[..., Any]:
    """The function or class that a target names."""
    for prefix, module in _NUMPY.items():
        name = target.removeprefix(f"{prefix}.")
        if name != target and (found := _attribute(module, name)) is not None:
            return found  # type: ignore[no-any-return]
    return _runtime(target)


def _attribute(module: object, path: str) -> Any:
    for part in path.split("."):
        module = getattr(module, part, None)
    return module


def _runtime(target: str) -> Callable[..., Any]:
    import jax

    jax.config.update("jax_enable_x64", True)  # type: ignore[no-untyped-call]
    root, _, path = target.partition(".")
    file, _, name = path.partition(".")
    if root in ("rt", "bijectors"):
        return getattr(importlib.import_module(f"{_MODULES[root]}.{file}"), name)  # type: ignore[no-any-return]
    found = _attribute(importlib.import_module(_MODULES[root]), path)
    if found is None:
        raise LookupError(f"no function {target}")
    return found  # type: ignore[no-any-return]


def apply(call: ir.Call, arguments: tuple[Value, ...]) -> Value:
    """The value of a call; mapped axes are loops, outermost first."""
    return _apply(call, call.mapped, arguments)


def _apply(call: ir.Call, mapped: tuple[tuple[bool, ...], ...], arguments: tuple[Value, ...]) -> Value:
    if not mapped:
        options = {} if call.axis is None else {"axis": call.axis}
        with np.errstate(all="ignore"):
            return np.asarray(function(call.op.target)(*map(np.asarray, arguments), **options))
    carries, rest = mapped[0], mapped[1:]
    lengths = {len(a) for a, here in zip(arguments, carries, strict=True) if here}
    if len(lengths) != 1:
        raise ValueError(f"{call.op.name} is mapped over axes of lengths {sorted(lengths)}")
    rows = []
    for i in range(lengths.pop()):
        row = tuple(a[i] if here else a for a, here in zip(arguments, carries, strict=True))
        rows.append(_apply(call, rest, row))
    return np.stack(rows)


def log_prob(target: str, arguments: dict[str, Value], value: Value) -> Value:
    """The log density of a library object."""
    return np.asarray(_runtime(target)(**arguments).log_prob(value))
