"""The typed tree: what is left of a program once names, types, shapes and supports are settled.

Every name is unique within its program, operators and overloads are resolved, sites have addresses into
containers whose shape is known, distribution arguments say whether they are lifted. What the compiler lowers
is exactly this.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal, TypeAlias

from pushforward.dsl.source import NOWHERE, Span
from pushforward.dsl.types import Array, Dim, Network, Type


class Stage(IntEnum):
    """When a value is known. `STATIC` values are integers known before compilation: literals, dimension
    names, scalar `int` arguments, `size(x)` and their arithmetic; loop bounds and shapes are static.
    """

    STATIC = 0
    DATA = 1
    PARAMETER = 2
    RANDOM = 3


@dataclass(frozen=True)
class Node:
    span: Span = field(default=NOWHERE, kw_only=True, compare=False, repr=False)


@dataclass(frozen=True)
class ExprNode(Node):
    type: Type = field(kw_only=True)
    stage: Stage = field(kw_only=True)


# ---------------------------------------------------------------- what calls refer to


@dataclass(frozen=True)
class FormalParameter(Node):
    name: str
    type: Type


@dataclass(frozen=True)
class Signature:
    """A function of the library or the file. `extern` is its target (`jnp.sqrt`), else `body` is in the
    language. `dims` are the dimension names that its types bind. For an elementwise function the types are
    scalar and calls may lift them.
    """

    name: str
    parameters: tuple[FormalParameter, ...]
    result: Type
    dims: tuple[str, ...] = ()
    elementwise: bool = False
    smoothness: Literal["smooth", "kinked", "step"] = "smooth"
    extern: str | None = None
    body: Body | None = None


@dataclass(frozen=True)
class Body:
    """Statements and the value they lead to."""

    statements: tuple[Statement, ...]
    result: Expr


@dataclass(frozen=True)
class MemberFunction:
    """`logpdf(x)`, `cdf(x)`, `mean` ... of a distribution: its own parameter names and a body in which the
    distribution's parameters stand.
    """

    name: str
    parameters: tuple[str, ...]
    body: Body


@dataclass(frozen=True)
class Bind:
    """`bind numpyro.Normal(loc=mu, scale=sigma)`."""

    target: str
    arguments: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class WeakDerivative:
    """`mvd_mu { draws; return {constant, plus, minus} }`: the derivative of a law in a scalar parameter as a
    difference of two laws. d/dmu E[f(x)] = E[constant * (f(plus) - f(minus))] for every bounded f, the expectation
    being over the draws among `statements`; `plus` and `minus` have the type of the support (Pflug 1989; Mohamed,
    Rosca, Figurnov and Mnih 2020, "Monte Carlo gradient estimation in machine learning", section 6).
    """

    parameter: str
    statements: tuple[Statement, ...]
    constant: Expr
    plus: Expr
    minus: Expr


#: How a draw follows the parameters: `draw`, the draw as it is compiled is a differentiable function of them;
#: `implicit`, it must be corrected by the distribution function; `none`, it cannot.
Pathwise: TypeAlias = Literal["draw", "implicit", "none"]


@dataclass(frozen=True)
class DistributionSignature:
    """A distribution of the library. `support` may mention parameters (bounds) and dimensions. `draw` is the
    statements of a `draw` member, `weak` what its `mvd_` members say. The laws that are drawn from in `weak` have no
    `weak` of their own where they would lead back here.
    """

    name: str
    parameters: tuple[FormalParameter, ...]
    support: Array
    dims: tuple[str, ...]
    members: tuple[MemberFunction, ...]
    bind: Bind | None
    draw: Body | None
    weak: tuple[WeakDerivative, ...] = ()
    pathwise: Pathwise = "none"

    @property
    def discrete(self) -> bool:
        return self.support.element != "real"

    def member(self, name: str) -> MemberFunction | None:
        return next((m for m in self.members if m.name == name), None)

    def weak_in(self, parameter: str) -> WeakDerivative | None:
        """The derivative of the law in a parameter, if it is declared."""
        return next((w for w in self.weak if w.parameter == parameter), None)


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Const(ExprNode):
    value: int | float | bool | str


@dataclass(frozen=True)
class Ref(ExprNode):
    """A value by its unique name: argument, let, site, loop index or dimension name."""

    name: str


@dataclass(frozen=True)
class Apply(ExprNode):
    """A call of a library function, a function of the file, or an operator. Operators are signatures without
    extern or body, named add subtract multiply divide power negate (elementwise; scalars lift), matmul
    (vector/matrix products, also the inner product of a row vector and a vector and the outer product),
    transpose, less less_equal greater greater_equal equal not_equal, and or not, modulo. `dims` is the
    binding of the signature's dimension names. For an elementwise signature each argument is a scalar or has
    the shape of the result.
    """

    function: Signature
    arguments: tuple[Expr, ...]
    dims: tuple[tuple[str, Dim], ...] = ()


@dataclass(frozen=True)
class Convert(ExprNode):
    """bool to int or real, int to real: written by the checker where arithmetic needs it."""

    value: Expr


@dataclass(frozen=True)
class SliceSub(Node):
    """`lower:upper` with both ends filled in; static."""

    lower: Expr
    upper: Expr


Sub: TypeAlias = "Expr | SliceSub"


@dataclass(frozen=True)
class Index(ExprNode):
    """`base[subs]`: an integer scalar drops its dimension, a slice keeps it, an integer vector gathers. Fewer
    subscripts than dimensions leave the rest whole. At most one subscript is a vector.
    """

    base: Expr
    subs: tuple[Sub, ...]


@dataclass(frozen=True)
class ArrayLiteral(ExprNode):
    """`[a, b, c]`: items of one type, stacked along a new first dimension."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Comprehension(ExprNode):
    """`[element for index in lower..upper]`; several clauses are nested, the first outermost."""

    index: str
    lower: Expr
    upper: Expr
    element: Expr


@dataclass(frozen=True)
class IfElse(ExprNode):
    condition: Expr
    then: Expr
    orelse: Expr


@dataclass(frozen=True)
class RecordExpr(ExprNode):
    fields: tuple[tuple[str, Expr], ...]


@dataclass(frozen=True)
class FieldOf(ExprNode):
    value: Expr
    name: str


@dataclass(frozen=True)
class Draw(ExprNode):
    """A distribution with its arguments, of type `Law`. `batch` are the dimensions of independent draws
    (before the event's); `lifted[i]` says that argument i has the batch dimensions in front of its
    parameter's own. `dims` binds the signature's names.
    """

    distribution: DistributionSignature
    arguments: tuple[Expr, ...]
    lifted: tuple[bool, ...]
    batch: tuple[Dim, ...]
    dims: tuple[tuple[str, Dim], ...] = ()


@dataclass(frozen=True)
class Mixture(ExprNode):
    """`mixture(w, [d1, d2])` or `mixture(w, d)` with d's arguments lifted over the components: of type `Law`.
    With a list, `components` are scalar-event laws, each `Draw` with the batch of the value; with one law,
    `family` is True and `components` is a single `Draw` whose last batch dimension runs over the components.
    `weights` is `batch + [K]` or `[K]`.
    """

    weights: Expr
    components: tuple[Draw, ...]
    family: bool
    batch: tuple[Dim, ...]


@dataclass(frozen=True)
class Size(ExprNode):
    """An integer known before compilation, as a polynomial: `dim(p)`."""

    dim: Dim


@dataclass(frozen=True)
class Transformed(ExprNode):
    """The value of the constrained type `of` at the entries of a free vector from `offset` on; with `jacobian` the
    log-Jacobian of that transform.
    """

    of: Array
    vector: Expr
    offset: Dim
    jacobian: bool


@dataclass(frozen=True)
class LogDensity(ExprNode):
    """The sum of the log densities of the sites of `body` at given values, and of its factors."""

    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Algorithm(Node):
    """What stands after `by` or `@`: where it lives in Python, and the arguments that were given."""

    name: str
    target: str
    arguments: tuple[tuple[str, int | float | bool | str | Algorithm], ...] = ()


@dataclass(frozen=True)
class Unknown(Node):
    """What a hole solves for. `transformed`: solved for in the free coordinates of its type; else in its own, where a
    constraint of the type is kept by projection. `start` is where to begin, if that was said.
    """

    name: str
    type: Array
    transformed: bool
    start: Expr | None = None


@dataclass(frozen=True)
class Sampling:
    """The batches of a bilevel problem: `names[i]` stands for `sizes[i]` of `wholes[i]` indices. `groups` says for each
    unknown below which batch picks some of its blocks, or -1.
    """

    names: tuple[str, ...]
    wholes: tuple[Dim, ...]
    sizes: tuple[Dim, ...]
    groups: tuple[int, ...]


@dataclass(frozen=True)
class Solve(ExprNode):
    """`argmin x: T { loss } by S @ R` and its kind. What is maximised is negated. `parts` are bodies in which the
    unknowns stand: `objective` (a number; of a root or a fixed point: a record with a field for each unknown), and,
    where
    there are such, `nonsmooth`, `prox` (in which the step `step` stands as well; a field for each unknown), `equality`,
    `inequality` and `residuals` (arrays, one field each). The first `least` unknowns of a saddle minimise. What is
    integrated is the state, its `objective` is the derivative in time, the time being `step`, and the solution is the
    state at each of `times`. Of a derivative (`grad`, `hessian`) the unknown is the argument of the `objective`, and
    where it starts is where the derivative is taken. A bilevel problem has a loss `lower0`, `lower1` ... for each lower
    level, the first `least` unknowns are above, and with `sampling` there is an estimate beside each loss,
    `objective_sampled` and so on, in which the names of the batches stand.
    """

    kind: Literal["argmin", "root", "fixpoint", "saddle", "bilevel", "integrate", "grad", "hessian"]
    unknowns: tuple[Unknown, ...]
    parts: tuple[tuple[str, Body], ...]
    by: Algorithm
    at: Algorithm
    least: int = 0
    quadratic: bool = False
    step: str = ""
    times: Expr | None = None
    sampling: Sampling | None = None


Expr: TypeAlias = (
    Const | Ref | Apply | Convert | Index | ArrayLiteral | Comprehension | IfElse | RecordExpr | FieldOf | Draw
    | Mixture | Size | Transformed | LogDensity | Solve
)  # fmt: skip


@dataclass(frozen=True)
class Strategy(Node):
    """`@ score(baseline=ema(0.9))`: a name, and arguments by name or (`"0"`, `"1"`) by position: numbers, words, or
    strategies of their own. `unsafe` when the word stood before it. `baseline` is one that is an expression of the
    program.
    """

    name: str
    arguments: tuple[tuple[str, int | float | str | Strategy], ...] = ()
    unsafe: bool = False
    baseline: Expr | None = field(default=None, compare=False)


# ---------------------------------------------------------------- statements


@dataclass(frozen=True)
class Let(Node):
    name: str
    value: Expr


@dataclass(frozen=True)
class Container(Node):
    """`let h: vector[T]`: its elements are stored to, each once."""

    name: str
    type: Array


@dataclass(frozen=True)
class Store(Node):
    """`h[t] = e`; `subs` index every written dimension, missing ones are whole."""

    name: str
    subs: tuple[Sub, ...]
    value: Expr


@dataclass(frozen=True)
class Site(Node):
    """`address[subs] ~ law`. The whole variable has the type `TypedProgram.variables[address]`. `value` is
    the type of what is drawn here. `truncated`: the declared type is narrower than the law's support.
    `observes`: the name was already bound to a value (an argument or a `let`), so that this is an observation
    of it whatever the data say.
    """

    address: str
    subs: tuple[Sub, ...]
    law: Draw | Mixture
    value: Array
    truncated: bool = False
    observes: bool = False
    strategy: Strategy | None = None
    declared: Array | None = None  # of a given value: the type by which the law is cut


@dataclass(frozen=True)
class For(Node):
    index: str
    lower: Expr
    upper: Expr
    body: tuple[Statement, ...]
    weight: Expr | None = None  # what log densities inside are multiplied by


@dataclass(frozen=True)
class If(Node):
    condition: Expr
    then: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


@dataclass(frozen=True)
class Factor(Node):
    value: Expr


@dataclass(frozen=True)
class Return(Node):
    """What a program gives back, always a record here (`return x` is `return {x}`)."""

    fields: tuple[tuple[str, Expr], ...]


Statement: TypeAlias = Let | Container | Store | Site | For | If | Factor | Return


# ---------------------------------------------------------------- programs


@dataclass(frozen=True)
class Variable(Node):
    """A random variable of a model: the whole container that its sites fill. `implicit` dimensions come from
    enclosing loops.
    """

    name: str
    type: Array


@dataclass(frozen=True)
class Parameter(Node):
    """`param m: vector[2] = [0, 0]`: what an optimiser may move, with what it is at the start. A network begins with
    random weights.
    """

    name: str
    type: Array | Network
    value: Expr | None = None


@dataclass(frozen=True)
class TypedProgram(Node):
    """A checked program. `dims` are the dimension names in order of appearance; those that are also arguments
    are in `parameters` as scalar ints.
    """

    kind: Literal["model", "objective", "problem", "process"]
    name: str
    parameters: tuple[FormalParameter, ...]
    dims: tuple[str, ...]
    variables: tuple[Variable, ...]
    body: tuple[Statement, ...]
    doc: str = ""
    params: tuple[Parameter, ...] = ()

    def variable(self, name: str) -> Variable:
        return next(v for v in self.variables if v.name == name)


@dataclass(frozen=True)
class TypedFile:
    """All programs of a file. Functions and distributions are reached through the calls that use them."""

    programs: tuple[TypedProgram, ...]

    def program(self, name: str) -> TypedProgram | None:
        return next((p for p in self.programs if p.name == name), None)
