"""What every distribution says of its derivatives, compiled, and the gradients of expectations it must agree with.

For a law on the line, E[f(x)] changes with a parameter by minus the integral of f' dF/dtheta, also where the support moves; for
counts it is a sum. The distribution function is the oracle's, its derivative a central difference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.polynomial.legendre import leggauss
from scipy import stats

from pushforward.api.compiled import execute
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of
from pushforward.compiler.emit.module import emit
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.lower.program import lower
from pushforward.compiler.pipeline import PLAN, Request
from pushforward.compiler.transforms.draws import draw
from pushforward.compiler.transforms.pathwise import implicit, pathwise_draw
from pushforward.compiler.transforms.weak import weak_derivative
from pushforward.dsl.infer import typed_library
from pushforward.dsl.infer.report import Report
from pushforward.dsl.source import NOWHERE
from pushforward.dsl.typed import DistributionSignature
from pushforward.dsl.types import Array
from pushforward.stdlib.catalogue import catalogue
from tests.contracts.laws import declaration, library
from tests.stdlib.distributions.oracle import Params
from tests.stdlib.distributions.oracles import ORACLES

#: A step in a parameter, in units of its size.
STEP = 1e-3
#: Error of the exact gradients, which are differences, over one plus their size.
ROUNDING = 2e-5
_NODES, _WEIGHTS = leggauss(40)
_TAIL = np.array([1e-10, 1e-8, 1e-6, 1e-5, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.2, 0.35])
_LEVELS = np.concatenate([_TAIL, [0.5], 1 - _TAIL[::-1]])


def signature(name: str) -> DistributionSignature:
    """The typed distribution of the library."""
    entry = typed_library(catalogue()).law(name, Report(), NOWHERE)
    assert entry is not None
    return entry.signature


# ---------------------------------------------------------------- members, compiled


@cache
def weak_draws(name: str, parameter: str) -> Callable[..., Any]:
    """(sizes, data, key) -> {constant, plus, minus}: one draw of the weak derivative in a parameter."""

    def write(law: ir.Law, value: Array, out: Builder) -> Mapping[str, ir.Atom]:
        atoms = weak_derivative(law, parameter, (), value, out, NOWHERE)
        return dict(zip(("constant", "plus", "minus"), atoms, strict=True))

    return _compiled(name, write)


@cache
def pathwise_draws(name: str) -> Callable[..., Any]:
    """(sizes, data, key) -> {x}: one draw, differentiable in the data."""
    return _compiled(name, lambda law, value, out: {"x": pathwise_draw(law, (), value, out, NOWHERE)})


@cache
def plain_draws(name: str) -> Callable[..., Any]:
    """(sizes, data, key) -> {x}: one draw as it is simulated, whatever its derivative."""
    return _compiled(name, lambda law, value, out: {"x": draw(law, (), value, None, out, NOWHERE)})


@cache
def implicit_draws(name: str) -> Callable[..., Any]:
    """(sizes, data, key) -> {x}: one draw with the derivative that the distribution function implies."""

    def write(law: ir.Law, value: Array, out: Builder) -> Mapping[str, ir.Atom]:
        return {"x": implicit(law, (), draw(law, (), value, None, out, NOWHERE), out, NOWHERE)}

    return _compiled(name, write)


def _compiled(name: str, write: Callable[[ir.Law, Array, Builder], Mapping[str, ir.Atom]]) -> Callable[..., Any]:
    """A function that gives what `write` writes in place of the site of `x ~ law(...)`."""
    program = lower(library().models[f"{name}_law"].program)
    (site,) = (s for s in program.body if isinstance(s, ir.Site))
    assert isinstance(site.law, ir.Law) and not site.law.batch
    out = Builder(Fresh(names_of(program)))
    fields = tuple(write(site.law, site.value, out).items())
    before = tuple(s for s in program.body if not isinstance(s, ir.Site | ir.Declare))
    body = (*before, *out.statements, ir.Return(fields))
    core = ir.Program(program.name, program.statics, program.inputs, (), body)
    for step in PLAN:
        core = step.run(core, Request(frozenset()))
    module = execute(emit(program.name, "", "laws.pf", {"simulate": core}, {}), program.name)
    function: Callable[..., Any] = module.simulate
    return function


# ---------------------------------------------------------------- test functions


@dataclass(frozen=True)
class Place:
    """Where a law lies and how wide it is: test functions are of (x - centre) / width. The centre is off the middle, where
    derivatives in a scale would vanish."""

    centre: float
    width: float


def bounded(x: Any) -> Any:
    """[..., functions]: smooth bounded functions whose slopes fall as 1 / x^2 or faster."""
    y = jnp.clip(x, -1e15, 1e15)
    return jnp.stack([jnp.tanh(y), y / (1 + y**2), jnp.sin(y) * jnp.exp(-(y**2) / 8)], axis=-1)


def moments(x: Any) -> Any:
    """[..., functions]: x, its square and its sine."""
    return jnp.stack([x, x**2, jnp.sin(x)], axis=-1)


def jump(x: Any) -> Any:
    """[..., functions]: what no pathwise gradient can see."""
    return jnp.stack([1.0 * (x > 0), 1.0 * (x > 0.7)], axis=-1)


# ---------------------------------------------------------------- exact gradients


def quantiles(cdf: Callable[[Any], Any], levels: Any) -> Any:
    """The quantiles of levels, by bisection of sinh(t), which reaches far tails."""
    low, high = np.full(len(levels), -70.0), np.full(len(levels), 70.0)
    for _ in range(64):
        middle = 0.5 * (low + high)
        with np.errstate(all="ignore"):
            below = cdf(np.sinh(middle)) < levels
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.sinh(0.5 * (low + high))


def place(name: str, params: Params) -> Place:
    """A law's lower quintile but one and the distance of its quartiles; of counts, about the same."""
    oracle = ORACLES[name]
    if oracle.discrete:
        counts, mass = _mass(name, params)
        mean = float((counts * mass).sum())
        width = float(np.sqrt(((counts - mean) ** 2 * mass).sum())) or 1.0
        return Place(mean - 0.3 * width, width)
    assert oracle.cdf is not None
    cdf = oracle.cdf
    low, middle, high = quantiles(lambda x: cdf(x, **params), np.array([0.25, 0.4, 0.75]))
    return Place(float(middle), float(high - low))


def slope(function: Callable[[Params], Any], params: Params, parameter: str) -> Any:
    """The derivative of a function of the parameters, by central differences of fourth order."""
    value = float(params[parameter])
    h = STEP * (abs(value) or 1.0)
    at = [function({**params, parameter: value + k * h}) for k in (-2, -1, 1, 2)]
    return (8 * (at[2] - at[1]) - (at[3] - at[0])) / (12 * h)


def movable(name: str, params: Params, parameter: str) -> bool:
    """Whether a parameter can move both ways in the domain of its type."""
    kind = next(p.type.name for p in declaration(name).parameters if p.name == parameter and p.type)
    value = params[parameter]
    return not ((value == 0 and kind in ("unit", "positive", "nonneg")) or (value == 1 and kind == "unit"))


def exact(name: str, params: Params, parameter: str, where: Place, functions: Callable[[Any], Any]) -> Any:
    """[functions]: the gradient of the expectations of functions of (x - centre) / width. Not finite where the
    parameter cannot move both ways."""
    oracle = ORACLES[name]

    def scaled(x: Any) -> Any:
        return functions((x - where.centre) / where.width)

    if oracle.discrete:
        counts, _ = _mass(name, params)
        values = np.asarray(scaled(counts))
        return slope(lambda p: _probabilities(name, p, counts) @ values, params, parameter)
    assert oracle.cdf is not None
    cdf = oracle.cdf
    x, weights = _quadrature(lambda v: cdf(v, **params))
    values = np.asarray(jax.vmap(jax.jacfwd(scaled))(x))
    moving = slope(lambda p: np.asarray(cdf(x, **p)), params, parameter)
    return -(weights * moving) @ values


def exact_jumps(name: str, params: Params, parameter: str, where: Place) -> Any:
    """The gradients of the expectations of `jump`."""
    if ORACLES[name].discrete:
        return exact(name, params, parameter, where, jump)
    cdf = ORACLES[name].cdf
    assert cdf is not None
    edges = where.centre + where.width * np.array([0.0, 0.7])
    return -slope(lambda p: np.asarray(cdf(edges, **p)), params, parameter)


def p_values(found: Any, wanted: Any) -> Any:
    """[functions]: the probability of draws [draws, functions] like these if `wanted` is their mean."""
    error = np.sqrt(found.var(axis=0) / len(found) + (ROUNDING * (1 + np.abs(wanted))) ** 2)
    return 2 * stats.norm.sf(np.abs(found.mean(axis=0) - wanted) / error)


def light(name: str, params: Params, where: Place) -> bool:
    """Whether a law's tails are so light that a mean of squares is nearly normal: the kurtosis of the square is small."""
    cdf = ORACLES[name].cdf
    assert cdf is not None
    x, weights = _quadrature(lambda v: cdf(v, **params))
    y = (x - where.centre) / where.width
    tail = np.where(y > 0, 1 - cdf(x, **params), -cdf(x, **params)) * weights / where.width
    fourth, eighth = ((power * y ** (power - 1) * tail).sum() for power in (4, 8))
    return bool(eighth < 100 * fourth**2)


def _quadrature(cdf: Callable[[Any], Any]) -> tuple[Any, Any]:
    """Nodes and weights of an integral over the line, in panels between quantiles."""
    ends = np.unique(quantiles(cdf, _LEVELS))
    # A support that moves has its edge inside a thin panel.
    ends = np.concatenate([[ends[0] - 1e-3 * (ends[-1] - ends[0])], ends, [ends[-1] + 1e-3 * (ends[-1] - ends[0])]])
    half, middle = 0.5 * np.diff(ends), 0.5 * (ends[1:] + ends[:-1])
    return (middle[:, None] + half[:, None] * _NODES).ravel(), (half[:, None] * _WEIGHTS).ravel()


def _mass(name: str, params: Params) -> tuple[Any, Any]:
    """The counts that matter and their probabilities."""
    cdf = ORACLES[name].cdf
    assert cdf is not None
    top = 1
    while float(cdf(top, **params)) < 1 - 1e-13:
        top *= 2
    counts = np.arange(top + 1)
    return counts, _probabilities(name, params, counts)


def _probabilities(name: str, params: Params, counts: Any) -> Any:
    logpmf = ORACLES[name].logpdf
    try:
        return np.exp(logpmf(counts, **params))
    except ValueError:  # a formula for one count
        return np.exp(np.array([float(logpmf(int(k), **params)) for k in counts]))
