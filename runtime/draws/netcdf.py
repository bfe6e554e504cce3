"""Draws as a netCDF file in ArviZ's schema, by h5netcdf alone: ArviZ and xarray take seconds to import."""

from __future__ import annotations

import importlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from pushforward.runtime.data.problem import DataError, Problem
from pushforward.runtime.draws.atomic import replacing
from pushforward.runtime.draws.draws import Array, Draws
from pushforward.runtime.draws.schema import SAMPLE_DIMS, Group, Variable, draws_from, groups


def write_netcdf(draws: Draws, path: str | os.PathLike[str]) -> None:
    """Write draws; an existing file is replaced at once or not at all.

    One netCDF group for each group of `Draws` that has variables, with the dimensions of `schema.groups`.
    Truth values are stored as xarray does: bytes with the attribute `dtype = "bool"`. Raises `OSError`.
    """
    h5netcdf = _h5netcdf()
    with replacing(path) as temporary, h5netcdf.File(temporary, "w") as file:
        for group in groups(draws):
            _write_group(file.create_group(group.name), group)


def _h5netcdf() -> Any:
    """The library, imported at the first use: it and HDF5 take a tenth of a second, and carry no types."""
    return importlib.import_module("h5netcdf")


def _write_group(target: Any, group: Group) -> None:
    target.attrs.update(group.attrs)
    for name, size in group.sizes.items():
        target.dimensions[name] = size
    for variable in (*group.coords, *group.variables):
        _write_variable(target, variable)


def _write_variable(target: Any, variable: Variable) -> None:
    value, attrs = variable.value, dict(variable.attrs)
    if value.dtype.kind == "b":
        value, attrs["dtype"] = value.astype(np.int8), "bool"
    if value.dtype == np.float16:
        value = value.astype(np.float32)
    if value.dtype.kind in "USOMm":
        text = importlib.import_module("h5py").string_dtype()
        stored = target.create_variable(variable.name, variable.dims, dtype=text)
        if value.size:
            stored[...] = value.astype(np.str_).astype(object)
    else:
        stored = target.create_variable(variable.name, variable.dims, dtype=value.dtype, data=value)
    stored.attrs.update(attrs)


def read_netcdf(path: str | os.PathLike[str]) -> Draws:
    """Read draws that `write_netcdf`, or ArviZ, wrote. Groups that `Draws` does not know are left out.

    Raises `DataError` (PF808) when the file is missing or is no netCDF file.
    """
    h5netcdf = _h5netcdf()
    path = Path(path)
    try:
        with h5netcdf.File(path, "r") as file:
            found = tuple(_read_group(name, group) for name, group in file.groups.items())
    except OSError as refusal:
        reason = "no such file" if not path.exists() else f"something else ({refusal})"
        raise _unreadable(path, reason) from refusal
    try:
        return draws_from(found)
    except ValueError as refusal:
        raise _unreadable(path, f"other variables ({refusal})") from refusal


def _unreadable(path: Path, found: str) -> DataError:
    expected = "draws in a netCDF file as ArviZ writes it"
    return DataError((Problem(code="PF808", key=path.name, expected=expected, found=found),))


def _read_group(name: str, group: Any) -> Group:
    variables = {key: _read_variable(key, stored) for key, stored in group.variables.items()}
    sizes = {key: int(dimension.size) for key, dimension in group.dimensions.items()}
    return Group(
        name=name,
        sizes=sizes,
        coords=tuple(v for key, v in variables.items() if key in sizes and key not in SAMPLE_DIMS),
        variables=tuple(variable for key, variable in variables.items() if key not in sizes),
        attrs=_text_attrs(group.attrs),
    )


def _read_variable(name: str, stored: Any) -> Variable:
    value: Array = np.asarray(stored[...])
    attrs = _text_attrs(stored.attrs)
    if attrs.pop("dtype", "") == "bool":
        value = value.astype(np.bool_)
    if value.dtype.kind in "OS":
        text = [item.decode() if isinstance(item, bytes) else str(item) for item in value.ravel()]
        value = np.array(text, dtype=np.str_).reshape(value.shape)
    return Variable(name, tuple(stored.dimensions), value, attrs)


def _text_attrs(attrs: Mapping[str, Any]) -> dict[str, str]:
    return {key: value.decode() if isinstance(value, bytes) else str(value) for key, value in attrs.items()}
