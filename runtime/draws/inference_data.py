"""Draws as ArviZ's `InferenceData`."""

from __future__ import annotations

from typing import Any

from pushforward.runtime.draws.draws import Draws
from pushforward.runtime.draws.schema import Group, groups


def to_inference_data(draws: Draws) -> Any:
    """The groups of the schema as xarray datasets, equal to those that ArviZ reads from `write_netcdf`."""
    import arviz

    return arviz.InferenceData(**{group.name: _dataset(group) for group in groups(draws)})


def _dataset(group: Group) -> Any:
    import xarray

    variables = {v.name: (v.dims, v.value, dict(v.attrs)) for v in group.variables}
    coords = {c.name: (c.dims, c.value, dict(c.attrs)) for c in group.coords}
    return xarray.Dataset(variables, coords=coords, attrs=dict(group.attrs))
