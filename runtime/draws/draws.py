"""The record of a run: arrays by name, in the groups that ArviZ knows, and how they came about."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from pushforward.runtime.draws.summary import Summary

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Variables: TypeAlias = Mapping[str, Array]

SAMPLED_GROUPS: Final = ("posterior", "sample_stats", "posterior_predictive", "prior", "prior_predictive")
DATA_GROUPS: Final = ("observed_data", "constant_data")
GROUPS: Final = (*SAMPLED_GROUPS, *DATA_GROUPS)


@dataclass(frozen=True, eq=False)
class Draws:
    """Draws of a run and the data they were conditioned on.

    Variables of the groups `posterior`, `sample_stats`, `posterior_predictive`, `prior` and
    `prior_predictive` have shape [chains, draws, *shape], those of `observed_data` and `constant_data` their
    own shape. `dims` names the axes of a variable behind chain and draw, in every group; `coords` labels the
    entries along a dimension. `attrs` holds what else there is to know (program, version, seed, settings),
    as JSON could hold it.

    Raises `ValueError` when chains and draws differ within a group or `dims` does not fit a shape.
    """

    posterior: Variables = field(default_factory=dict)
    sample_stats: Variables = field(default_factory=dict)
    observed_data: Variables = field(default_factory=dict)
    constant_data: Variables = field(default_factory=dict)
    dims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coords: Mapping[str, Array] = field(default_factory=dict)
    attrs: Mapping[str, Any] = field(default_factory=dict)
    posterior_predictive: Variables = field(default_factory=dict)
    prior: Variables = field(default_factory=dict)
    prior_predictive: Variables = field(default_factory=dict)

    def __post_init__(self) -> None:
        for group in GROUPS:
            arrays = {name: np.asarray(value) for name, value in self.group(group).items()}
            _validate(group, arrays, self.dims)
            object.__setattr__(self, group, arrays)
        object.__setattr__(self, "coords", {name: np.asarray(value) for name, value in self.coords.items()})

    def group(self, name: str) -> Variables:
        """The variables of one of `GROUPS`."""
        variables: Variables = getattr(self, name)
        return variables

    @property
    def sampled(self) -> Variables:
        """The variables of the first group that has any: the posterior, else predictions, else the prior."""
        order = ("posterior", "posterior_predictive", "prior", "prior_predictive", "sample_stats")
        return next((self.group(name) for name in order if self.group(name)), {})

    @property
    def chains(self) -> int:
        """The number of chains."""
        return next((array.shape[0] for array in self.sampled.values()), 0)

    @property
    def draws(self) -> int:
        """The number of draws of each chain."""
        return next((array.shape[1] for array in self.sampled.values()), 0)

    def __getitem__(self, name: str) -> Array:
        """The draws of one variable, [chains, draws, *shape]. Raises `KeyError` with the names there are."""
        for group in SAMPLED_GROUPS:
            if name in self.group(group):
                return self.group(group)[name]
        raise KeyError(f"no draws of {name!r}; there are {', '.join(self.sampled) or 'none'}")

    def summary(self, variables: Iterable[str] | None = None) -> Summary:
        """Mean, sd, quantiles, effective sample sizes and R-hat of each element (of the variables named)."""
        from pushforward.runtime.draws.summary import summarise_variables

        chosen = self.sampled if variables is None else {name: self[name] for name in variables}
        return summarise_variables(chosen)

    def to_arviz(self) -> Any:
        """The same as `arviz.InferenceData`. Importing ArviZ takes seconds, so it happens here."""
        from pushforward.runtime.draws.inference_data import to_inference_data

        return to_inference_data(self)

    def write_netcdf(self, path: str | os.PathLike[str]) -> None:
        """Write a file that `arviz.from_netcdf` and `read_netcdf` read; see `netcdf.write_netcdf`."""
        from pushforward.runtime.draws.netcdf import write_netcdf

        write_netcdf(self, path)


def _validate(group: str, arrays: Variables, dims: Mapping[str, tuple[str, ...]]) -> None:
    leading = 2 if group in SAMPLED_GROUPS else 0
    counts: dict[tuple[int, ...], str] = {}
    for name, array in arrays.items():
        if array.ndim < leading:
            raise ValueError(f"{group}[{name!r}] has shape {array.shape}; it starts with chains and draws")
        counts.setdefault(array.shape[:leading], name)
        if len(counts) > 1:
            told = ", ".join(f"{other!r} has {shape}" for shape, other in counts.items())
            raise ValueError(f"chains and draws differ in {group}: {told}")
        if name in dims and len(dims[name]) != array.ndim - leading:
            raise ValueError(f"{group}[{name!r}] has shape {array.shape}, which dims {dims[name]} do not name")
