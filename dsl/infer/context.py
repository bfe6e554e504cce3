"""Where inference stands: what names mean here, which loops are open, what has been learned of the program.

A `Context` is the one mutable thing of this package; it lives while one program or one declaration is read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.names import AlreadyDefined
from pushforward.dsl.infer.report import Report
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Const, DistributionSignature, Expr, Parameter, Signature, Stage
from pushforward.dsl.types import Array, Dim, Type, Unknown

Kind: TypeAlias = Literal["argument", "let", "container", "variable", "index", "dimension", "alias", "given"]


@dataclass(frozen=True)
class Loop:
    """An open loop: its index (unique name and as written) and its bounds, as expressions and as dimensions."""

    index: str
    written: str
    lower: Expr
    upper: Expr
    low: Dim
    high: Dim
    span: Span


@dataclass(frozen=True)
class Binding:
    """What a name means. `value` is what a `let` was bound to or what an alias stands for; `size` is the
    value of a static integer; `loops` are the loops around the site of an implicit container."""

    name: str
    unique: str
    kind: Kind
    type: Type
    stage: Stage
    span: Span
    value: Expr | None = None
    size: Dim | None = None
    loops: tuple[Loop, ...] = ()


@dataclass(frozen=True)
class FunctionEntry:
    """A function that can be called: its signature, the defaults of its parameters, and the integer parameters
    that must be known before compilation. `size` is its value where that is a polynomial in sizes: `rows(A)`."""

    signature: Signature
    defaults: tuple[Expr | None, ...]
    static: frozenset[str]
    size: Dim | None = None


@dataclass(frozen=True)
class LawEntry:
    """A distribution that can be drawn from: its signature and the support as it was written."""

    signature: DistributionSignature
    support: tree.TypeExpr
    defaults: tuple[Expr | None, ...]


class Known(Protocol):
    """The declarations that a program can refer to: those of its file, then those of the library."""

    def trees(self, name: str) -> tuple[tree.Function, ...]: ...
    def typed_anew(
        self, name: str, nodes: tuple[tree.Function, ...], report: Report
    ) -> tuple[FunctionEntry, ...]: ...
    def functions(self, name: str, report: Report, span: Span) -> tuple[FunctionEntry, ...]: ...
    def law(self, name: str, report: Report, span: Span) -> LawEntry | None: ...
    def program(self, name: str) -> tree.Program | None: ...
    def algorithm(self, name: str) -> tree.Algorithm | None: ...
    def algorithms(self) -> tuple[tree.Algorithm, ...]: ...
    def is_function(self, name: str) -> bool: ...
    def is_law(self, name: str) -> bool: ...
    def names(self) -> tuple[str, ...]: ...


@dataclass
class Sited:
    """A random variable while its sites are being read. `free` says that it was declared without a constraint, so that
    the laws on its parts decide; `whole` are the sites on all of it, `parts` those on parts."""

    name: str
    type: Array
    span: Span
    free: bool
    constraint_from: Span | None = None
    whole: list[Span] = field(default_factory=list)
    parts: list[tuple[object, Span]] = field(default_factory=list)


@dataclass
class Context:
    """`scopes` from the outermost; `taken` are the unique names in use, `reserved` those kept for sites."""

    known: Known
    report: Report
    program: str
    kind: Literal["program", "function", "distribution"] = "program"
    quiet: bool = False  # inside the library: no care warnings
    scopes: list[dict[str, Binding]] = field(default_factory=lambda: [{}])
    taken: set[str] = field(default_factory=set)
    reserved: frozenset[str] = frozenset()
    random_containers: frozenset[str] = frozenset()
    loops: list[Loop] = field(default_factory=list)
    conditions: list[Expr] = field(default_factory=list)
    sited: dict[str, Sited] = field(default_factory=dict)
    dims: list[str] = field(default_factory=list)
    binds_dims: bool = False  # whether an unknown name in a dimension is a new dimension here
    origins: dict[str, tuple[Span, str]] = field(default_factory=dict)
    lets: dict[str, Binding] = field(default_factory=dict)  # by unique name, also of closed scopes
    used: set[str] = field(default_factory=set)  # unique names that were read
    needs_static: set[str] = field(default_factory=set)  # integer parameters met where a static value is needed
    params: list[Parameter] = field(default_factory=list)
    scoring: bool = False  # inside `logp { ... }`: every site is at a value that is given
    incomplete: bool = False  # something here has no meaning yet

    def lookup(self, name: str) -> Binding | None:
        """The binding of a name, innermost first."""
        return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)

    def visible(self) -> tuple[str, ...]:
        """Every name in scope."""
        return tuple(name for scope in self.scopes for name in scope)

    def fresh(self, name: str) -> str:
        """A unique name that looks like `name`."""
        unique, count = name, 0
        while unique in self.taken or (unique in self.reserved and len(self.scopes) > 2):
            count += 1
            unique = f"{name}_{count}"
        self.taken.add(unique)
        return unique

    def define(self, binding: Binding, outermost: bool = False) -> None:
        """Bind a name; binding a visible name again is an error that shows both places."""
        earlier = self.lookup(binding.name)
        if earlier is not None:
            self.report.error(
                AlreadyDefined, binding.span, "defined again here",
                secondary=(Label(earlier.span, f"`{binding.name}` is defined here"),),
                helps=("choose another name",), name=binding.name,
            )  # fmt: skip
        self.scopes[0 if outermost else -1][binding.name] = binding
        self.lets[binding.unique] = binding

    @contextmanager
    def scope(self) -> Iterator[None]:
        """A block: what it binds is forgotten at its end."""
        self.scopes.append({})
        try:
            yield
        finally:
            self.scopes.pop()

    @contextmanager
    def loop(self, loop: Loop) -> Iterator[None]:
        """The body of a loop."""
        self.loops.append(loop)
        try:
            yield
        finally:
            self.loops.pop()

    @contextmanager
    def under(self, condition: Expr) -> Iterator[None]:
        """A branch that is only reached when a condition allows."""
        self.conditions.append(condition)
        try:
            yield
        finally:
            self.conditions.pop()

    def later(self, construct: str, span: Span, coming: str) -> Expr:
        """A construct without meaning yet: the program stays untyped."""
        self.incomplete = True
        self.report.later(f"`{self.program}`", construct, span, coming)
        return poison(span)


def poison(span: Span) -> Expr:
    """What stands for an expression that was already reported."""
    return Const(0, type=Unknown(), stage=Stage.DATA, span=span)


def is_poison(*expressions: Expr) -> bool:
    """Whether one of the expressions was already reported."""
    return any(isinstance(e.type, Unknown) for e in expressions)


def settle(type_: Type, stage: Stage) -> Stage:
    """Only scalar integers and truth values can be static; anything else that is known is data."""
    static = isinstance(type_, Array) and type_.rank == 0 and type_.element != "real"
    return stage if static else max(stage, Stage.DATA)


def joined(*expressions: Expr) -> Stage:
    """The stage of a value made from these."""
    return max((e.stage for e in expressions), default=Stage.STATIC)
