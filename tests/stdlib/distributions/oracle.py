"""The record of what a distribution must agree with, and the two ways most of them are made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Params: TypeAlias = Mapping[str, Any]
Formula: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class Case:
    """Arguments of the distribution, and points where it is looked at (each of the oracle's event shape)."""

    params: Params
    points: tuple[Any, ...]


@dataclass(frozen=True)
class Oracle:
    """A distribution as somebody else computes it.

    `logpdf(x, **params)` is the log-density (log-probability if `discrete`) of one point; `cdf` and `ccdf`
    are P(X <= x) and P(X > x), None where nobody has them; `sample_mean(**params)` and
    `sample_variance(**params)` are the moments of a draw, of its shape, None where draws or moments do not
    exist. `tolerance` bounds the absolute plus relative error of log-densities and probabilities.
    """

    cases: tuple[Case, ...]
    logpdf: Formula
    cdf: Formula | None = None
    ccdf: Formula | None = None
    sample_mean: Formula | None = None
    sample_variance: Formula | None = None
    event_shape: tuple[int, ...] = ()
    discrete: bool = False
    tolerance: float = 1e-10


def cases_of(points: Sequence[Any], *params: Params) -> tuple[Case, ...]:
    """The same points under each of the arguments."""
    return tuple(Case(p, tuple(points)) for p in params)


def scipy_oracle(
    law: Callable[..., Any], cases: tuple[Case, ...], *, discrete: bool = False, tolerance: float = 1e-10
) -> Oracle:
    """The oracle of a univariate law of SciPy; `law(**params)` is the frozen distribution."""

    def logpdf(x: Any, **p: Any) -> Any:
        return law(**p).logpmf(x) if discrete else law(**p).logpdf(x)

    return Oracle(
        cases,
        logpdf,
        cdf=lambda x, **p: law(**p).cdf(x),
        ccdf=lambda x, **p: law(**p).sf(x),
        sample_mean=lambda **p: law(**p).mean(),
        sample_variance=lambda **p: law(**p).var(),
        discrete=discrete,
        tolerance=tolerance,
    )
