"""The tree: a program as it was written, one node a form of the grammar.

Nodes are frozen and carry a span that equality ignores, so that two trees are equal when they mean the same.
Nothing is resolved here: names are strings, types are type expressions, operators are their text.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pushforward.dsl.source import NOWHERE, Span
from pushforward.dsl.types import Array, Dim


@dataclass(frozen=True)
class Node:
    """What every node has: where it stands in the text."""

    span: Span = field(default=NOWHERE, kw_only=True, compare=False, repr=False)


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Number(Node):
    """`3`, `1e-2`, `5_000`. `text` is kept because the formatter does not rewrite numbers."""

    value: int | float
    text: str = field(compare=False, default="")


@dataclass(frozen=True)
class Bool(Node):
    """`true` or `false`."""

    value: bool


@dataclass(frozen=True)
class String(Node):
    """`"forest.png"`; `value` is the text between the quotes, escapes resolved."""

    value: str


@dataclass(frozen=True)
class Name(Node):
    """A name in an expression."""

    id: str


@dataclass(frozen=True)
class Argument(Node):
    """An argument of a call: `e` or `name=e`."""

    name: str | None
    value: Expr


@dataclass(frozen=True)
class Call(Node):
    """`f(a, tol=1e-8)`."""

    function: Expr
    arguments: tuple[Argument, ...]


@dataclass(frozen=True)
class Attribute(Node):
    """`d.sigma`."""

    value: Expr
    name: str


@dataclass(frozen=True)
class Slice(Node):
    """`a:b` between brackets; either end may be missing."""

    lower: Expr | None
    upper: Expr | None


@dataclass(frozen=True)
class Subscript(Node):
    """`x[i, a:b]`."""

    value: Expr
    subscripts: tuple[Expr | Slice, ...]


UnaryOp: TypeAlias = Literal["-", "+", "!", "plugin", "unsafe"]
BinaryOp: TypeAlias = Literal[
    "+", "-", "*", "/", "^", ".*", "./", ".^", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "|", "%"
]


@dataclass(frozen=True)
class Unary(Node):
    """`-x`, `!b`, `plugin log(expect {...})`."""

    op: UnaryOp
    operand: Expr


@dataclass(frozen=True)
class Binary(Node):
    """`a * b`; `p | {y = 5}` is conditioning. `a < b < c` is refused by the parser."""

    op: BinaryOp
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Transpose(Node):
    """`x'`."""

    operand: Expr


@dataclass(frozen=True)
class IfExpr(Node):
    """`if c then a else b`."""

    condition: Expr
    then: Expr
    orelse: Expr


@dataclass(frozen=True)
class Range(Node):
    """`a..b`, half open."""

    lower: Expr
    upper: Expr


@dataclass(frozen=True)
class ListExpr(Node):
    """`[a, b, c]`."""

    items: tuple[Expr, ...]


@dataclass(frozen=True)
class Clause(Node):
    """`for k in 0..K` of a comprehension."""

    index: str
    iterable: Expr


@dataclass(frozen=True)
class Comprehension(Node):
    """`[e for i in 0..N for j in 0..M]` (a list) or `e for i in 0..N` as the only argument of a call."""

    element: Expr
    clauses: tuple[Clause, ...]
    bracketed: bool


@dataclass(frozen=True)
class Field(Node):
    """`name = e`, or `name` alone, of a record."""

    name: str
    value: Expr | None


@dataclass(frozen=True)
class RecordExpr(Node):
    """`{a, b = 2}`."""

    fields: tuple[Field, ...]


@dataclass(frozen=True)
class Lambda(Node):
    """`fun(x: real) = e` or `fun(x: real) { ... }`."""

    parameters: tuple[Parameter, ...]
    body: Expr | Block


# ---------------------------------------------------------------- holes


@dataclass(frozen=True)
class Method(Node):
    """The two clauses of a hole: `by ALGORITHM @ DERIVATIVE`; `@ unsafe gumbel(0.5)` is `Unary("unsafe",
    ...)`.
    """

    algorithm: Expr | None
    derivative: Expr | None


@dataclass(frozen=True)
class Hole(Node):
    """`HOLE by ALGORITHM @ DERIVATIVE` around any expression (also `sample p by nuts(chains=4)`)."""

    value: Expr
    method: Method


@dataclass(frozen=True)
class Expect(Node):
    """`expect { z ~ q; return f(z) }`."""

    body: Block


@dataclass(frozen=True)
class Binder(Node):
    """The unknown of a hole: `w: vector[D]`, `w in l2_ball(1)`, or both."""

    name: str
    type: TypeExpr | None
    domain: Expr | None


SolveKind: TypeAlias = Literal["argmin", "argmax", "root", "fixpoint", "saddle", "bilevel"]


@dataclass(frozen=True)
class Batch(Node):
    """`let rows = batch(N, 32)` in a problem: `name` stands for 32 of the indices 0..N, drawn anew at each step."""

    name: str
    whole: Expr
    size: Expr


@dataclass(frozen=True)
class Level(Node):
    """A lower level that moves along with the upper one: its loss, and the same as it is estimated from batches.
    `batch` names the one that picks some of its blocks; it has so many `unknowns`.
    """

    loss: Block
    estimate: Block
    unknowns: int
    batch: str = ""


@dataclass(frozen=True)
class Solve(Node):
    """`argmin w: vector[D] from w0 { loss } subject to g(w) <= 0`. The body is a block whose last expression
    is its value (a lone expression statement stands for `return`). Nobody writes a `bilevel` one: a problem
    becomes it, whose binders are its parameters, `above` of them, and then what its `levels` minimise.
    """

    kind: SolveKind
    binders: tuple[Binder, ...]
    start: Expr | None
    body: Block
    constraints: tuple[Expr, ...]
    above: int = 0
    levels: tuple[Level, ...] = ()
    batches: tuple[Batch, ...] = ()


@dataclass(frozen=True)
class Integrate(Node):
    """`integrate f from x0 over ts`."""

    field: Expr
    start: Expr
    times: Expr


@dataclass(frozen=True)
class Bridge(Node):
    """`bridge from p0 to p1 under brownian(0.1)`: of all processes between two laws the one nearest to a reference."""

    start: Expr
    end: Expr
    reference: Expr


@dataclass(frozen=True)
class Run(Node):
    """`maximize e`, `minimize e`, `sample p`, `simulate p`, `predict p`, `solve p`, `generate p n` as an expression
    of a script. `count` is how many are generated.
    """

    verb: Literal["maximize", "minimize", "sample", "simulate", "predict", "solve", "generate"]
    operand: Expr
    count: Expr | None = None


@dataclass(frozen=True)
class At(Node):
    """`ou(1, 0, s) at ts`: a process observed at times."""

    process: Expr
    times: Expr


@dataclass(frozen=True)
class LogDensity(Node):
    """The sum of the log densities of the sites of a block, at the values that are `Given`, and of its factors. No
    one writes this: it is what `logp(p, z)` becomes when `p` is known (`dsl.instantiate`).
    """

    body: Block


@dataclass(frozen=True)
class Size(Node):
    """An integer known before compilation, as a polynomial in dimension names; what `dim(p)` becomes."""

    dim: Dim


@dataclass(frozen=True)
class Transformed(Node):
    """The value of type `type` that belongs to the entries of the free vector `vector` from `offset` on, or
    (`jacobian`) the logarithm of the Jacobian determinant of that transform. What `constrain(p, u)` becomes when
    `p` is known.
    """

    type: Array
    vector: Expr
    offset: Dim
    jacobian: bool


Expr: TypeAlias = (
    Number | Bool | String | Name | Call | Attribute | Subscript | Unary | Binary | Transpose | IfExpr | Range
    | ListExpr | Comprehension | RecordExpr | Lambda | Hole | Expect | Solve | Integrate | Bridge | Run | At
    | LogDensity | Size | Transformed
)  # fmt: skip


# ---------------------------------------------------------------- types


@dataclass(frozen=True)
class Bound(Node):
    """`lower=0` or `upper=1 - alpha1` between angle brackets."""

    side: Literal["lower", "upper"]
    value: Expr


@dataclass(frozen=True)
class TypeExpr(Node):
    """`real<lower=0>`, `matrix[N, D]`, `real[...]`, `mlp(in=2, out=2)`, `model`. `any_rank` is the `...`."""

    name: str
    bounds: tuple[Bound, ...] = ()
    dims: tuple[Expr, ...] = ()
    arguments: tuple[Argument, ...] = ()
    any_rank: bool = False


@dataclass(frozen=True)
class Parameter(Node):
    """`sigma: positive[J]`, `p: model`, `steps: int = 10`."""

    name: str
    type: TypeExpr | None
    default: Expr | None = None


# ---------------------------------------------------------------- statements


@dataclass(frozen=True)
class Block(Node):
    """Statements between braces."""

    statements: tuple[Statement, ...]


@dataclass(frozen=True)
class Let(Node):
    """`let x = e`, `let x: real = e`, `let h: vector[T]` (a container whose elements are assigned)."""

    name: str
    type: TypeExpr | None
    value: Expr | None


@dataclass(frozen=True)
class Declare(Node):
    """`y: vector[T]`: a container whose elements have sites of their own."""

    name: str
    type: TypeExpr


@dataclass(frozen=True)
class Site(Node):
    """`theta: vector[J] ~ normal(mu, tau) @ reparam`, `y[t] ~ ...`, `xs ~ ou(1, 0, s) at ts by
    euler(dt=0.01)`. `distribution` may be an `At`, a program or a conditioned program.
    """

    target: Name | Subscript
    type: TypeExpr | None
    distribution: Expr
    method: Method | None


@dataclass(frozen=True)
class Assign(Node):
    """`h[t] = e`."""

    target: Name | Subscript
    value: Expr


@dataclass(frozen=True)
class For(Node):
    """`for t in 1..T { ... }`, `for n in batch(N, 64) { ... }`. `weight` is what log densities inside are multiplied
    by; nobody writes it: a loop over a minibatch becomes one with N / 64.
    """

    index: str
    iterable: Expr
    body: Block
    weight: Expr | None = None


@dataclass(frozen=True)
class If(Node):
    """`if c { ... } else { ... }`; `else if` nests."""

    condition: Expr
    then: Block
    orelse: Block | None


@dataclass(frozen=True)
class Factor(Node):
    """`factor e`."""

    value: Expr


@dataclass(frozen=True)
class Param(Node):
    """`param m: vector[2] = [0, 0]`."""

    name: str
    type: TypeExpr
    value: Expr | None


@dataclass(frozen=True)
class Return(Node):
    """`return e`."""

    value: Expr


@dataclass(frozen=True)
class Optimise(Node):
    """`minimize e by ...` as the statement of a problem."""

    sense: Literal["minimize", "maximize"]
    value: Expr
    method: Method | None


@dataclass(frozen=True)
class SubjectTo(Node):
    """`subject to g(w) <= 0, h(w) == 0`."""

    constraints: tuple[Expr, ...]


@dataclass(frozen=True)
class DifferentialTerm(Node):
    """`theta * (mu - x) dt` or `- sigma dW`: sign, coefficient (None stands for 1) and the name after `d`. `L * dW` is
    a `product`: that of a matrix and a vector of noises."""

    sign: Literal["+", "-"]
    coefficient: Expr | None
    differential: str
    product: bool = False


@dataclass(frozen=True)
class Differential(Node):
    """`dx = theta * (mu - x) dt + sigma dW`; `state` is the name after `d`."""

    state: str
    terms: tuple[DifferentialTerm, ...]


@dataclass(frozen=True)
class Print(Node):
    """`print e, f`."""

    values: tuple[Expr, ...]


@dataclass(frozen=True)
class ExprStatement(Node):
    """An expression by itself: `plot(post, "forest.png")`, or the value of a hole's block."""

    value: Expr


@dataclass(frozen=True)
class Given(Node):
    """`x` has this value where its density is asked for: what a variable becomes in a `LogDensity`."""

    name: str
    type: TypeExpr | None
    value: Expr


Statement: TypeAlias = (
    Let | Declare | Given | Site | Assign | For | If | Factor | Param | Return | Optimise | SubjectTo | Differential
    | Print | ExprStatement
)  # fmt: skip


# ---------------------------------------------------------------- declarations


@dataclass(frozen=True)
class Program(Node):
    """`model eight_schools(sigma: positive[J]) { ... }`; `doc` holds the lines after `##`."""

    kind: Literal["model", "objective", "problem", "process"]
    name: str
    parameters: tuple[Parameter, ...]
    body: Block
    doc: str = ""


@dataclass(frozen=True)
class Extern(Node):
    """`extern jnp.linalg.cholesky` or `extern "package.module:function"`: the target as written."""

    target: str


@dataclass(frozen=True)
class Function(Node):
    """`elementwise kinked fun abs(x: real) -> nonneg = extern jnp.abs`."""

    name: str
    modifiers: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    result: TypeExpr | None
    body: Expr | Block | Extern
    doc: str = ""


@dataclass(frozen=True)
class Algorithm(Node):
    """`solver newton(tol: positive = 1e-8) for argmin, root = extern a.b.Newton`: what may stand after `by` or `@`.

    `uses` are the holes it is for, `takes` what it handles beyond them, `needs` what it cannot do without.
    """

    kind: Literal["solver", "rule", "linear_solver"]
    name: str
    parameters: tuple[Parameter, ...]
    uses: tuple[str, ...]
    takes: tuple[str, ...]
    needs: tuple[str, ...]
    body: Extern
    doc: str = ""


@dataclass(frozen=True)
class Member(Node):
    """`logpdf(x) = e`, `mean = e`, `draw { ... }`, `bind numpyro.Normal(loc=mu)` of a distribution."""

    name: str
    parameters: tuple[str, ...]
    body: Expr | Block


@dataclass(frozen=True)
class Distribution(Node):
    """`distribution normal(mu: real, sigma: positive) on real { members }`."""

    name: str
    parameters: tuple[Parameter, ...]
    support: TypeExpr
    members: tuple[Member, ...]
    doc: str = ""


Item: TypeAlias = Program | Function | Distribution | Algorithm | Statement


@dataclass(frozen=True)
class Comment(Node):
    """A `#` comment (with its `#`). `trailing` when code stands before it on its line."""

    text: str
    trailing: bool


@dataclass(frozen=True)
class File(Node):
    """A whole file. Comments are kept beside the items, in order, for the formatter; they take no part in
    equality.
    """

    items: tuple[Item, ...]
    comments: tuple[Comment, ...] = field(default=(), compare=False)
