"""ArviZ's schema as plain records: the variables of a group, their dimensions, the coordinates.

Both the netCDF file and `InferenceData` are made from these records, so they agree. An axis with a name of
its own keeps it (`J`, with a coordinate that counts from 0 where none is given). An axis without one, or with
arithmetic for a name (`K - 1`), is called `theta_dim_0`, as ArviZ would. A repeated axis (`matrix[K, K]`)
becomes `K, K_bis`, since no variable may have one dimension twice. Where the file needs another name for a
variable or a dimension, the attribute `name_in_program` has the one that the program uses.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from pushforward.runtime.draws.draws import GROUPS, SAMPLED_GROUPS, Array, Draws

SAMPLE_DIMS: Final = ("chain", "draw")
DIMS_ATTR: Final = "pushforward_dims"
JSON_ATTR: Final = "pushforward_json"
NAME_ATTR: Final = "name_in_program"


@dataclass(frozen=True, slots=True)
class Variable:
    """An array with one dimension name for each of its axes."""

    name: str
    dims: tuple[str, ...]
    value: Array
    attrs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Group:
    """One group of the schema: sizes and coordinates of its dimensions, its variables, its attributes."""

    name: str
    sizes: Mapping[str, int]
    coords: tuple[Variable, ...]
    variables: tuple[Variable, ...]
    attrs: Mapping[str, str]


def groups(draws: Draws) -> tuple[Group, ...]:
    """The groups that have variables, in ArviZ's order of names."""
    taken = frozenset(name for group in GROUPS for name in draws.group(group)) | set(SAMPLE_DIMS)
    return tuple(_group(draws, name, taken) for name in GROUPS if draws.group(name))


def _group(draws: Draws, group: str, taken: frozenset[str]) -> Group:
    leading = SAMPLE_DIMS if group in SAMPLED_GROUPS else ()
    sizes: dict[str, int] = {}
    origins: dict[str, str] = {}
    variables: list[Variable] = []
    used: set[str] = set(draws.group(group))
    for name, value in draws.group(group).items():
        shape = value.shape[len(leading) :]
        declared = draws.dims.get(name, ("",) * len(shape))
        axes = _axis_names(name, declared, shape, sizes, taken)
        origins.update(zip(axes, declared, strict=True))
        dims = (*leading, *axes)
        sizes.update(zip(dims, value.shape, strict=True))
        stored = _stored_name(name, used)
        used.add(stored)
        variables.append(Variable(stored, dims, value, _origin(stored, name)))
    coords = tuple(_coordinate(name, size, origins.get(name, name), draws.coords) for name, size in sizes.items())
    named = {name: draws.dims[name] for name in draws.group(group) if name in draws.dims}
    return Group(group, sizes, coords, tuple(variables), _text_attrs(draws.attrs, named))


def _coordinate(name: str, size: int, origin: str, labels: Mapping[str, Array]) -> Variable:
    """The labels that the program's name of the dimension has, where they fit; otherwise the positions."""
    if origin in labels and labels[origin].shape == (size,):
        return Variable(name, (name,), labels[origin], _origin(name, origin))
    return Variable(name, (name,), np.arange(size, dtype=np.int64))


def _origin(stored: str, name: str) -> dict[str, str]:
    return {} if stored == name else {NAME_ATTR: name}


def _axis_names(
    variable: str,
    declared: tuple[str, ...],
    shape: tuple[int, ...],
    sizes: Mapping[str, int],
    taken: frozenset[str],
) -> tuple[str, ...]:
    """A name for every axis: declared names where they can be used, each at most once."""
    names: list[str] = []

    def free(name: str, size: int) -> bool:
        return name not in names and name not in taken and sizes.get(name, size) == size

    for axis, size in enumerate(shape):
        own = declared[axis]
        tries = (own, f"{own}_bis" if own in names else f"{own}_dim") if own.isidentifier() else ()
        numbered = f"{variable.replace('/', '_')}_dim_{axis}"
        name = next((name for name in tries if free(name, size)), numbered)
        while not free(name, size):
            name += "_"
        names.append(name)
    return tuple(names)


def _stored_name(name: str, used: set[str]) -> str:
    """The name itself, unless a coordinate has it already or HDF5 would read it as a path."""
    if name not in SAMPLE_DIMS and "/" not in name and name != ".":
        return name
    stored = name.replace("/", "_").replace(".", "_") + "_"
    while stored in used:
        stored += "_"
    return stored


def _text_attrs(attrs: Mapping[str, Any], dims: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Attributes as text: strings as they are, everything else as JSON, with a list of those."""
    encoded = sorted(key for key, value in attrs.items() if not _is_plain(value))
    text = {key: json.dumps(value, default=_as_json) if key in encoded else value for key, value in attrs.items()}
    return {
        "inference_library": "pushforward",
        **text,
        JSON_ATTR: json.dumps(encoded),
        DIMS_ATTR: json.dumps(dims),
    }


def _is_plain(value: object) -> bool:
    """Whether HDF5 can hold the value as a string: it ends strings at NUL, and wants UTF-8."""
    return isinstance(value, str) and "\0" not in value and not any("\ud800" <= c <= "\udfff" for c in value)


def _as_json(value: object) -> object:
    """NumPy values as numbers and lists; for the rest its text, since no attribute is worth losing a run."""
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else str(value)


def draws_from(found: tuple[Group, ...]) -> Draws:
    """The draws that `groups` took apart.

    Files of others have no record of dims: the dimensions of their variables are taken. Labels that only
    count from 0 are not labels. Raises `ValueError` when the groups do not fit together.
    """
    content: dict[str, dict[str, Array]] = {}
    dims: dict[str, tuple[str, ...]] = {}
    coords: dict[str, Array] = {}
    attrs: dict[str, Any] = {}
    for group in found:
        if group.name not in GROUPS:
            continue
        leading = 2 if group.name in SAMPLED_GROUPS else 0
        ours = DIMS_ATTR in group.attrs
        recorded = json.loads(group.attrs[DIMS_ATTR]) if ours else {}
        variables: dict[str, Array] = {}
        for variable in group.variables:
            name = variable.attrs.get(NAME_ATTR, variable.name)
            variables[name] = variable.value
            if name in recorded or not ours:
                dims[name] = tuple(recorded.get(name, variable.dims[leading:]))
        content[group.name] = variables
        coords.update({c.attrs.get(NAME_ATTR, c.name): c.value for c in group.coords if not _is_count(c.value)})
        attrs.update(_parsed_attrs(group.attrs))
    return Draws(**content, dims=dims, coords=coords, attrs=attrs)


def _is_count(labels: Array) -> bool:
    """Whether a coordinate says no more than its position, as the ones written for want of labels."""
    return labels.dtype.kind == "i" and np.array_equal(labels, np.arange(len(labels)))


def _parsed_attrs(attrs: Mapping[str, str]) -> dict[str, Any]:
    encoded = set(json.loads(attrs.get(JSON_ATTR, "[]")))
    own = {DIMS_ATTR, JSON_ATTR} | ({"inference_library"} if attrs.get("inference_library") == "pushforward" else set())
    return {key: json.loads(text) if key in encoded else text for key, text in attrs.items() if key not in own}
