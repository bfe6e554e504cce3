"""check: is this a program of the core, and of the dialect that it should be in?

Run between passes. Passes may rely on what is checked here: every name is bound before it is used, and
bound once (containers are stored to many times); a loop's names end with the loop; ranks and dimensions
agree; sizes follow from static names and loop indices; no statement belongs to the other dialect.

After loops have been distributed, a name bound in one of the loops over an index may be read in a later one
over the same index, where it stands for the value of that iteration.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from pushforward.compiler.core import ir
from pushforward.compiler.core.shapes import Mismatch, dims_of_expr, region
from pushforward.compiler.core.show import show_stmt
from pushforward.compiler.core.walk import dims
from pushforward.dsl.types import INT, REAL, Array, Dim

Dialect = Literal["structured", "array"]

_OF_ARRAYS = (ir.Scan, ir.Split, ir.Expand, ir.Permute, ir.Broadcast, ir.Update, ir.Concat)
_OF_STRUCTURE = (ir.Container, ir.Declare, ir.Store, ir.Site, ir.Score, ir.For, ir.If, ir.Draw, ir.Total, ir.Points)


class Violation(Exception):
    """A program is not what the core promises; `statement` is the one in which this was noticed, if it was in
    one.
    """

    def __init__(self, reason: str, statement: ir.Stmt | None = None) -> None:
        where = f" in `{show_stmt(statement).splitlines()[0].rstrip(' {')}`" if statement is not None else ""
        super().__init__(reason + where)
        self.reason = reason
        self.statement = statement


def check(program: ir.Program, dialect: Dialect) -> None:
    """Raises `Violation` if the program breaks a rule of the dialect.

    After `hoist`, `prepare` reads the inputs of role `data`, and the body all others.
    """
    if program.prepare:
        last = program.prepare[-1]
        returned = {name for name, _ in last.fields} if isinstance(last, ir.Return) else set()
        if not {i.name for i in program.inputs if i.role == "prepared"} <= returned:
            raise Violation("`prepare` does not return what the program expects of it")
        early = _Checker(replace(program, inputs=tuple(i for i in program.inputs if i.role == "data")), dialect)
        early.interface()
        early.block(program.prepare, top=True)
        program = replace(program, inputs=tuple(i for i in program.inputs if i.role != "data"))
    checker = _Checker(program, dialect)
    checker.interface()
    checker.block(program.body, top=True)


@dataclass(frozen=True)
class _Binding:
    """A name: its type (None: a random key), what bound it, and the indices of the loops around that."""

    type: Array | None
    kind: Literal["value", "container", "variable", "key"]
    path: tuple[str, ...]


@dataclass
class _Checker:
    program: ir.Program
    dialect: Dialect
    scope: dict[str, _Binding] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)  # every name bound so far, in scope or not
    path: tuple[str, ...] = ()  # indices of the loops around, outermost first
    stmt: ir.Stmt | None = None

    # ------------------------------------------------------------ names

    def fail(self, reason: str) -> Violation:
        return Violation(reason, self.stmt)

    def bind(
        self, name: str, type_: Array | None, kind: Literal["value", "container", "variable", "key"] = "value"
    ) -> None:
        """A new name. Raises if it was bound anywhere before."""
        if name in self.ever or name in self.path:
            raise self.fail(f"`{name}` is bound a second time")
        if type_ is not None:
            self.sizes(type_.dims)
        self.ever.add(name)
        self.scope[name] = _Binding(type_, kind, self.path)

    def look(self, name: str) -> _Binding:
        """What a name stands for here."""
        binding = self.scope.get(name)
        if binding is None or self.path[: len(binding.path)] != binding.path:
            outside = "is not in scope" if name in self.ever else "is not bound before it is used"
            raise self.fail(f"`{name}` {outside}")
        return binding

    def type_of(self, atom: ir.Atom) -> Array:
        """The type of an atom whose names are in scope."""
        match atom:
            case ir.Size(dim):
                self.sizes((dim,))
                return INT
            case ir.Lit(value):
                return REAL if isinstance(value, float) else INT
            case ir.Var(name):
                type_ = self.look(name).type
                if type_ is None:
                    raise self.fail(f"the random key `{name}` is used as a value")
                return type_
            case _:
                assert_never(atom)

    def sizes(self, found: Iterable[Dim]) -> None:
        """Sizes mention static names and, in structured core, the indices of the loops around."""
        for name in sorted({n for d in found for n in d.names}):
            if name not in self.program.statics and name not in self.path:
                raise self.fail(f"the size `{name}` is not static")

    # ------------------------------------------------------------ programs and blocks

    def interface(self) -> None:
        """Static names, inputs, variables."""
        for name in self.program.statics:
            self.bind(name, INT)
        for given in self.program.inputs:
            self.bind(given.name, given.type)
        names = [v.name for v in self.program.variables]
        if len(names) != len(set(names)):
            raise self.fail("two variables have one name")
        if self.program.free_size is not None:
            self.sizes((self.program.free_size,))
        for variable in self.program.variables:
            self.sizes(variable.type.dims)

    def block(self, body: tuple[ir.Stmt, ...], top: bool = False) -> None:
        """Statements one after another."""
        for stmt in body:
            outer, self.stmt = self.stmt, stmt
            if isinstance(stmt, ir.Return | ir.Declare) and not top:
                raise self.fail("this stands only at the top level of a program")
            self.belongs(stmt)
            self.statement(stmt)
            self.stmt = outer

    def belongs(self, node: ir.Node) -> None:
        """Is this statement or expression in the dialect?"""
        foreign = _OF_ARRAYS if self.dialect == "structured" else _OF_STRUCTURE
        if isinstance(node, foreign):
            raise self.fail(f"{type(node).__name__} does not belong to {self.dialect} core")

    @contextmanager
    def local(self, index: str | None = None, keep: bool = False) -> Iterator[None]:
        """Names bound inside end here, unless they are kept for later loops over the same index."""
        before, path = dict(self.scope), self.path
        self.path = path if index is None else (*path, index)
        yield
        self.path = path
        if not keep:
            self.scope = before

    def statement(self, stmt: ir.Stmt) -> None:
        """One statement."""
        match stmt:
            case ir.Let(name, type_, expr):
                self.expression(expr, type_)
                self.bind(name, type_)
            case ir.Container(name, type_, start):
                if start is not None:
                    self.agree(self.type_of(start), type_, "the start")
                self.bind(name, type_, "container")
            case ir.Declare(name, type_, lower, upper, role):
                self.bounds((lower, upper), type_)
                known = self.program.params if role == "param" else self.program.variables
                if name not in {v.name for v in known}:
                    raise self.fail(f"`{name}` is not a variable of the program")
                self.bind(name, type_, "variable")
            case ir.Store(name, subs, value):
                self.store(name, subs, self.type_of(value))
            case ir.Site(address, subs, law, value):
                self.look(address)
                self.rank(len(self.region(ir.Var(address), subs)), value.rank, "the place")
                self.law(law, value)
            case ir.Score(law, value, type_, _, truncation, scale):
                if scale is not None:
                    self.type_of(scale)
                self.rank(self.type_of(value).rank, type_.rank, "the value")
                self.law(law, type_)
                if truncation is not None:
                    self.bounds((truncation.lower, truncation.upper), type_)
            case ir.Factor(value):
                self.type_of(value)
            case ir.Total(name, body):
                with self.local():
                    self.block(body)
                self.bind(name, REAL)
            case ir.For(index, lower, upper, body, kind):
                self.sizes((lower, upper))
                if index in self.ever or index in self.path:
                    raise self.fail(f"the index `{index}` is bound already")
                with self.local(index, keep=kind != "plain"):
                    self.block(body)
            case ir.If(condition, then, orelse):
                self.rank(self.type_of(condition).rank, 0, "the condition")
                for branch in (then, orelse):
                    with self.local():
                        self.block(branch)
            case ir.Scan():
                self.scan(stmt)
            case ir.Split(name, key, count):
                if key != "key" and self.look(key).kind != "key":
                    raise self.fail(f"`{key}` is not a random key")
                self.sizes(() if count is None else (count,))
                self.bind(name, None, "key")
            case ir.Return(fields):
                for _, atom in fields:
                    self.type_of(atom)
            case _:
                assert_never(stmt)

    # ------------------------------------------------------------ parts of statements

    def rank(self, found: int, expected: int, what: str) -> None:
        if found != expected:
            raise self.fail(f"{what} has rank {found}, not {expected}")

    def agree(self, found: Array, expected: Array, what: str) -> None:
        """One rank; in array core also one shape."""
        self.rank(found.rank, expected.rank, what)
        if self.dialect == "array" and found.dims != expected.dims:
            raise self.fail(f"{what} has the type {found}, not {expected}")

    def bounds(self, found: tuple[ir.Atom | None, ...], type_: Array) -> None:
        for bound in found:
            if bound is not None and self.type_of(bound).rank not in (0, type_.rank):
                raise self.fail("a bound is neither scalar nor of the shape of what it bounds")

    def region(self, base: ir.Var, subs: tuple[ir.Sub, ...]) -> tuple[Dim, ...]:
        self.sizes(dims(subs))
        try:
            return region(self.type_of(base).dims, subs, self.type_of, strict=self.dialect == "array")
        except Mismatch as e:
            raise self.fail(str(e)) from e

    def store(self, name: str, subs: tuple[ir.Sub, ...], value: Array) -> None:
        if self.look(name).kind != "container":
            raise self.fail(f"`{name}` is not a container")
        kept = self.region(ir.Var(name), subs)
        if value.rank not in (0, len(kept)):
            raise self.fail(f"a value of rank {value.rank} is stored to a region of rank {len(kept)}")

    def law(self, law: ir.AnyLaw, value: Array | None) -> None:
        """Arguments have the ranks of their parameters, and the batch dimensions in front where they are
        lifted.
        """
        self.sizes(law.batch)
        if isinstance(law, ir.MixtureLaw):
            if self.type_of(law.weights).rank not in (1, 1 + len(law.batch)):
                raise self.fail("the weights of a mixture are neither a vector nor one for each draw")
            for component in law.components:
                self.law(component, None)
            return
        signature = law.signature
        if not len(law.arguments) == len(law.lifted) == len(signature.parameters):
            raise self.fail(f"`{signature.name}` takes {len(signature.parameters)} arguments")
        for parameter, atom, lifted in zip(signature.parameters, law.arguments, law.lifted, strict=True):
            own = parameter.type.rank if isinstance(parameter.type, Array) else 0
            rank = own + (len(law.batch) if lifted else 0)
            self.rank(self.type_of(atom).rank, rank, f"the argument `{parameter.name}` of `{signature.name}`")
        if value is not None:
            self.rank(value.rank, len(law.batch) + signature.support.rank, f"the value of `{signature.name}`")

    def expression(self, expr: ir.Expr, type_: Array) -> None:
        """An expression, and whether its shape is the one that is written."""
        self.belongs(expr)
        self.sizes(dims(expr))
        match expr:
            case ir.Draw(law):
                self.law(law, type_)
            case ir.Sample(key=key):
                if (key is not None) != (self.dialect == "array") or (key is not None and self.look(key).kind != "key"):
                    raise self.fail("a sample takes a random key in array core, and only there")
        try:
            found = dims_of_expr(expr, self.type_of, strict=self.dialect == "array")
        except Mismatch as e:
            raise self.fail(str(e)) from e
        if found is None:
            return
        exact = self.dialect == "array" or isinstance(expr, ir.Index)
        if (found != type_.dims) if exact else (len(found) != type_.rank):
            raise self.fail(f"the expression has the shape ({', '.join(map(str, found))}), not that of {type_}")

    def scan(self, scan: ir.Scan) -> None:
        """Feeds and slots are bound in the step, emitted arrays and final values outside."""
        self.sizes((scan.length,))
        for slot in scan.slots:
            self.agree(self.type_of(slot.initial), slot.type, f"the start of `{slot.name}`")
        sources = [self._source(feed, scan.length) for feed in scan.feeds]
        with self.local():
            for slot in scan.slots:
                self.bind(slot.name, slot.type)
            for feed, is_key in zip(scan.feeds, sources, strict=True):
                self.bind(feed.name, None if is_key else feed.type, "key" if is_key else "value")
            self.block(scan.body)
            for slot in scan.slots:
                self.agree(self.type_of(slot.updated), slot.type, f"what `{slot.name}` becomes")
            for emit in scan.emits:
                self.agree(self.type_of(emit.value), emit.type, f"what is emitted as `{emit.name}`")
        for emit in scan.emits:
            self.bind(emit.name, Array(emit.type.element, (scan.length, *emit.type.dims)))
        for slot in scan.slots:
            if slot.final is not None:
                self.bind(slot.final, slot.type)

    def _source(self, feed: ir.Feed, length: Dim) -> bool:
        """Does a feed walk over random keys? If not, its source has the length of the scan in front."""
        if isinstance(feed.source, ir.Var) and self.look(feed.source.name).kind == "key":
            return True
        expected = Array(feed.type.element, (length, *feed.type.dims))
        self.agree(self.type_of(feed.source), expected, f"the source of `{feed.name}`")
        return False
