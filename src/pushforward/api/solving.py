"""What came of a problem, or of the holes of any program."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import statements
from pushforward.compiler.lower.program import lower
from pushforward.compiler.transforms.reports import PREFIX
from pushforward.compiler.transforms.second_derivatives import PREFIX as MATRIX
from pushforward.dsl.infer.walk import names_in, walk
from pushforward.dsl.typed import Draw, Expr, Let, Site, Solve, TypedProgram
from pushforward.dsl.types import Array
from pushforward.runtime.solvers.solution import Status

if TYPE_CHECKING:
    from pushforward.api.model import Bound
    from pushforward.api.objective import BoundObjective


#: What a covariance, a precision or a factor of one has to be.
_MATRICES = frozenset(("cov_matrix", "cholesky_cov"))
#: Residuals above this are told though the tolerance that was asked for is met.
LOOSE = 1e-3


@dataclass(frozen=True)
class Report:
    """How one hole was solved: `where` is its name and line; arrays have an entry for each iteration of the loops
    around
    it.
    """

    where: str
    status: np.ndarray[Any, Any]
    residual: np.ndarray[Any, Any]
    iterations: np.ndarray[Any, Any]

    @property
    def converged(self) -> bool:
        """Whether every one converged."""
        return bool(np.all(self.status == Status.CONVERGED))

    @property
    def loose(self) -> bool:
        """Whether the tolerance was met and leaves a residual that shows: derivatives are off in proportion."""
        return self.converged and bool(np.any(self.residual > LOOSE))

    @property
    def sentence(self) -> str:
        """What happened, in words."""
        worst = int(np.argmax(np.where(np.isfinite(self.residual), self.residual, np.inf)))
        status = Status(int(self.status.ravel()[worst]))
        count = int(np.sum(self.status != Status.CONVERGED))
        if self.loose:
            asked = "the tolerance is met and loose: a derivative through this solve is off in proportion; lower `tol`"
            return f"{self.where}: {asked} (residual {float(np.max(self.residual)):.3g})"
        several = f"{count} of {self.status.size} solves: " if self.status.size > 1 else ""
        return f"{self.where}: {several}{status.sentence} (residual {float(self.residual.ravel()[worst]):.3g})"


@dataclass(frozen=True)
class Solved:
    """`values` are what the program gives back, by name; `reports` one for each hole, outermost first."""

    program: str
    values: Mapping[str, Any] = field(repr=False)
    reports: tuple[Report, ...]

    @staticmethod
    def of(program: str, found: Mapping[str, Any]) -> Solved:
        """From what an emitted `solve` gives."""
        values = {k: v for k, v in found.items() if not k.startswith(PREFIX)}
        reports = tuple(_report(k.removeprefix(PREFIX), v) for k, v in found.items() if k.startswith(PREFIX))
        return Solved(program, values, reports)

    @property
    def converged(self) -> bool:
        """Whether every hole was solved."""
        return all(r.converged for r in self.reports)

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence for each hole that was not solved, or only loosely: a derivative taken there is of a point that is
        no solution."""
        return tuple(r.sentence for r in self.reports if r.loose or not r.converged)

    def __getattr__(self, name: str) -> Any:
        values: Mapping[str, Any] = object.__getattribute__(self, "values")
        if name in values:
            return values[name]
        raise AttributeError(f"{self.program} gives {', '.join(values)}, not {name}")


#: How many draws are looked at to see whether the holes of a model were solved there.
LOOKED_AT = 200


def at_draws(bound: Bound, values: Mapping[str, Any]) -> tuple[Report, ...]:
    """How the holes of a model were solved at draws [chains, draws, ...] of its variables: at some of them, spread
    evenly. Nothing if it has none.
    """
    from pushforward.api.compiled import SAMPLING

    programs = bound.compiled.unit(SAMPLING).programs.values()
    if not any(has_holes((*p.prepare, *p.body)) for p in programs):
        return ()
    import jax

    function = bound.compiled.function("solve")
    names = [n for n in bound.model.variables if n not in bound.observations]
    flat = {n: np.asarray(values[n]).reshape(-1, *np.shape(values[n])[2:]) for n in names}
    count = next(iter(flat.values())).shape[0]
    places = np.unique(np.linspace(0, count - 1, min(count, LOOKED_AT)).astype(int))
    found = jax.jit(jax.vmap(lambda v: function(bound.sizes, bound.arrays, v)))({n: v[places] for n, v in flat.items()})
    return Solved.of(bound.model.name, found).reports


def has_holes(body: tuple[ir.Stmt, ...]) -> bool:
    """Whether a hole is solved somewhere in statements of the core."""
    lets = (s for s in statements(body) if isinstance(s, ir.Let))
    return any(isinstance(s.expr, ir.Call) and s.expr.op.hole is not None for s in lets)


def in_objective(
    bound: BoundObjective, params: Mapping[str, Any], seed: int
) -> tuple[tuple[Report, ...], tuple[str, ...]]:
    """How the holes of an objective were solved at parameters of it, for one draw; and, where second derivatives lead
    to the covariance or precision of a law, sentences on those that are not finite, or not definite."""
    lowered = lower(bound.program)
    if not has_holes(lowered.body):
        return (), ()
    import jax

    asked = replace(bound.expanded, what=("holes",))
    found = jax.jit(lambda p, key: asked.call("holes", p, key))({**asked.fixed, **params}, jax.random.key(seed))
    matrices = {k.removeprefix(MATRIX): np.asarray(v) for k, v in found.items() if k.startswith(MATRIX)}
    told = (_indefinite(where, matrix) for where, matrix in matrices.items()) if gives_a_matrix(bound.program) else ()
    return Solved.of(bound.objective.name, found).reports, tuple(s for s in told if s is not None)


def gives_a_matrix(program: TypedProgram) -> bool:
    """Whether second derivatives lead to a covariance or a precision of a law."""
    lets = [s for s in program.body if isinstance(s, Let)]
    reached: set[str] = set()

    def leads(e: Expr) -> bool:
        return bool(names_in(e) & reached) or any(isinstance(x, Solve) and x.kind == "hessian" for x in walk(e))

    for let in lets:
        if leads(let.value):
            reached.add(let.name)
    laws = (s.law for s in program.body if isinstance(s, Site) and isinstance(s.law, Draw))
    pairs = (pair for law in laws for pair in zip(law.distribution.parameters, law.arguments, strict=True))
    return any(p.type.constraint.kind in _MATRICES and leads(a) for p, a in pairs if isinstance(p.type, Array))


def _indefinite(where: str, matrix: np.ndarray[Any, Any]) -> str | None:
    """What is wrong with second derivatives whose negative should be a precision."""
    label, _, line = where.partition("@")
    place = f"{label} in line {line}"
    if not np.isfinite(matrix).all():
        return f"{place}: {int(np.sum(~np.isfinite(matrix)))} of {matrix.size} second derivatives are not finite"
    values = np.linalg.eigvalsh(np.atleast_2d(matrix))
    rounding = matrix.shape[-1] if matrix.ndim else 1
    least = rounding * np.finfo(matrix.dtype).eps * np.max(np.abs(values), initial=0.0)
    if np.all(values < -least) or np.all(values > least):
        return None
    return (
        f"{place}: the second derivatives are not definite "
        f"(eigenvalues from {np.min(values):.3g} to {np.max(values):.3g}): "
        "this is no strict maximum or minimum, and no normal law has these for its precision"
    )


def _report(where: str, found: Any) -> Report:
    array = np.asarray(found)
    label, _, line = where.partition("@")
    status, iterations = array[..., 0].astype(int), array[..., 2].astype(int)
    return Report(f"{label} in line {line}", status, array[..., 1], iterations)
