"""What noises do in a step: a sum of matrices and vectors, and the normal law of it.

The law of one state with a matrix of noises is multivariate normal. States that share noises have one law together,
entry by entry: each is normal given those before it, by the Cholesky factor of their covariance, which is written out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.processes.reading import Noise, State

if TYPE_CHECKING:
    from pushforward.dsl.processes.schemes import Step


@dataclass
class Shaken:
    """The noises of a state at a time and a place of a step."""

    step: Step
    state: State
    time: tree.Expr
    where: tree.Expr
    known: dict[str, dict[str, tree.Expr]]
    program: str

    def sum(self, draws: tree.Expr) -> tree.Expr:
        """The noises times `draws`, an expression that has for each its own."""
        if not self.state.noises:
            return tree.Number(0, "0", span=self.step.at.span)
        terms = []
        for noise in self.state.noises:
            value = self.step.value_with(draws, self.state, self.known, self.program, noise.name)
            terms.append(self._binary("*" if noise.product else ".*", self.coefficient(noise), value))
        return reduce(lambda a, b: self._binary("+", a, b), terms)

    def law(self, mean: tree.Expr, variance: tree.Expr) -> tree.Expr:
        """The normal law of the mean and the noises, given what the states before have become."""
        root = self._call("sqrt", variance)
        if self.step.process.shares(self.state):
            return self._shared(mean, root)
        if self.state.noise is not None:
            return self._call("normal", mean, self._binary(".*", self._call("abs", self.coefficient()), root))
        return self._call("multi_normal_cholesky", mean, self._binary("*", root, self._factor()))

    def coefficient(self, noise: Noise | None = None) -> tree.Expr:
        """The coefficient of a noise, of the only one if none is named."""
        found = (noise or self.state.noises[0]).coefficient
        return self.step.there(found, self.time, self.where, self.known, self.program)

    def _factor(self) -> tree.Expr:
        """The Cholesky factor of the covariance."""
        if len(self.state.noises) == 1 and _is_factor(self.step.process.node, self.state.noises[0].coefficient):
            return self.coefficient()
        terms = []
        for noise in self.state.noises:
            value = self.coefficient(noise)
            if not isinstance(value, tree.Name):
                value = self.step.let(f"{self.state.name}_{noise.name}", value)
            if noise.product:
                terms.append(self._binary("*", value, tree.Transpose(value, span=value.span)))
            else:
                square = self._binary(".*", value, value)
                ones = self._call("ones", self._call("size", self.step.before[self.state.name]))
                terms.append(self._call("diag_matrix", self._binary(".*", square, ones)))
        whole = reduce(lambda a, b: self._binary("+", a, b), terms)
        return self.step.let(f"{self.state.name}_root", self._call("cholesky", whole))

    # ------------------------------------------------------------ noises of several states

    def _shared(self, mean: tree.Expr, root: tree.Expr) -> tree.Expr:
        step, own = self.step, self.state.name
        before = [s for s in step.process.states if s.name in step.means]
        linked = [s for s in before if _linked(step.process.states, s, self.state)]
        step.means[own] = step.let(f"{own}_mean", mean)
        place = step.means[own]
        rows: list[tree.Expr] = []
        for other in linked:
            value = self._covariance(self.state, other)
            for i, entry in enumerate(rows):
                value = self._binary("-", value, self._binary(".*", entry, step.rows[other.name, linked[i].name]))
            entry = step.let(f"{own}_{other.name}", self._binary("./", value, step.rows[other.name, other.name]))
            step.rows[own, other.name] = entry
            rows.append(entry)
            place = self._binary("+", place, self._binary(".*", entry, self._surprise(other)))
        left: tree.Expr = self._covariance(self.state, self.state)
        for entry in rows:
            left = self._binary("-", left, self._binary(".*", entry, entry))
        step.rows[own, own] = scale = step.let(f"{own}_scale", self._call("sqrt", left))
        step.linked[own] = tuple(s.name for s in linked)
        return self._call("normal", place, self._binary(".*", scale, root))

    def _surprise(self, other: State) -> tree.Expr:
        """How much of its own noise the next value of a state has had, in a unit of time: its row of the factor times
        what this says of it is what it differs from its mean."""
        step = self.step
        if other.name not in step.surprises:
            rest = self._binary("-", step.after(other), step.means[other.name])
            for name in step.linked[other.name]:
                rest = self._binary("-", rest, self._binary(".*", step.rows[other.name, name], step.surprises[name]))
            found = self._binary("./", rest, step.rows[other.name, other.name])
            step.surprises[other.name] = step.let(f"{other.name}_surprise", found)
        return step.surprises[other.name]

    def _covariance(self, one: State, other: State) -> tree.Expr:
        """The sum of the products of the coefficients of common noises."""
        terms: list[tree.Expr] = []
        for noise in one.noises:
            for second in other.noises:
                if second.name == noise.name:
                    terms.append(self._binary(".*", self.coefficient(noise), self.coefficient(second)))
        return reduce(lambda a, b: self._binary("+", a, b), terms) if terms else tree.Number(0, "0")

    def _binary(self, op: tree.BinaryOp, left: tree.Expr, right: tree.Expr) -> tree.Expr:
        return tree.Binary(op, left, right, span=self.step.at.span)

    def _call(self, function: str, *values: tree.Expr) -> tree.Expr:
        span = self.step.at.span
        given = tuple(tree.Argument(None, v, span=span) for v in values)
        return tree.Call(tree.Name(function, span=span), given, span=span)


def _linked(states: tuple[State, ...], one: State, other: State) -> bool:
    """Whether two states have noises in common, directly or by way of others."""
    reached, todo = {one.name}, [one]
    while todo:
        names = {n.name for n in todo.pop().noises}
        more = [s for s in states if s.name not in reached and names & {n.name for n in s.noises}]
        reached |= {s.name for s in more}
        todo += more
    return other.name in reached


def singular(states: tuple[State, ...]) -> State | None:
    """The last of some states that have fewer noises together than they are: the law of their steps has no density."""
    for state in states:
        group = [s for s in states if _linked(states, s, state)]
        if len({n.name for s in group for n in s.noises}) < len(group):
            return group[-1]
    return None


def _is_factor(node: tree.Program, e: tree.Expr) -> bool:
    """Whether a matrix is a Cholesky factor for certain."""
    match e:
        case tree.Name(id=text):
            formal = next((p.type for p in node.parameters if p.name == text), None)
            return formal is not None and formal.name in ("cholesky_cov", "cholesky_corr") and len(formal.dims) == 1
        case tree.Call(function=tree.Name(id="cholesky")):
            return True
        case _:
            return False
