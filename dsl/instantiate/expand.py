"""Statements and expressions of an objective, or of a program in it, in the names of the program being written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.gradients import NotLinear
from pushforward.dsl.errors.programs import BatchSizes, NotTheseArguments, RecordAsValue
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.templates import PROGRAM_TYPES
from pushforward.dsl.instantiate import derivatives, programs, solves
from pushforward.dsl.instantiate.names import Names, map_children, merged, placed
from pushforward.dsl.instantiate.values import Instance, Marginal, Meaning, Normalized, Record
from pushforward.dsl.source import Span
from pushforward.dsl.typed import TypedProgram
from pushforward.dsl.unparse import unparse_expr


@dataclass
class Writing:
    """What the whole of the program being written shares."""

    names: Names
    find: Callable[[str], tree.Program | None]  # the programs of the file and of the library, by name
    typed: Callable[[str], TypedProgram | None]  # those of them that are checked by themselves
    params: list[tree.Param] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)  # of parameters: `program.parameter`
    places: dict[str, str] = field(default_factory=dict)  # of parameters: the argument that they came in
    batches: dict[tuple[tree.Expr, tree.Expr], tree.Site] = field(default_factory=dict)  # by sizes
    starts: dict[int, Instance] = field(default_factory=dict)  # laws of the starts of processes, by their keys
    known: Declarations | None = None  # the declarations of the file and of the library
    plain: bool = False  # whether it is a model or a problem, in which no estimate is drawn
    whole: bool = False  # whether loops over batches go over everything, as where a program is only drawn from


@dataclass(frozen=True)
class Turn:
    """A loop around: its index and its bounds, in the names of the program being written."""

    index: str
    lower: tree.Expr
    upper: tree.Expr


@dataclass
class Expander:
    """One block being written. `scope` says what names of the text mean; `loops` are the flat indices of the loops
    around, outermost first; `own` those of them that belong to the program whose body this is. `values`, in a density,
    are what is known of its variables; without them variables are drawn.
    """

    writing: Writing
    scope: dict[str, Meaning]
    out: list[tree.Statement]
    label: str = ""
    loops: tuple[Turn, ...] = ()
    own: tuple[Turn, ...] = ()
    outermost: list[tree.Statement] | None = None  # where declarations go that may not stand in a loop
    values: Record | None = None
    linear: frozenset[int] = frozenset()  # calls of objectives that stand where an expectation may
    variables: frozenset[str] = frozenset()  # of the program whose body this is
    declared: frozenset[str] = frozenset()  # names that are given values around this block
    strategy: tree.Expr | None = None  # of choices that have none of their own: what an `expect` is computed by
    kept: dict[str, Meaning] | None = None  # where records go that are drawn in a loop and read after it
    solved: dict[solves.Identity, tree.Name] = field(default_factory=dict)  # what is written already, in this block
    place: str = ""  # the argument whose text this is
    fixed: str = ""  # where the parameters come from that are met in this block, if they do not move
    method: tree.Method | None = None  # the strategy of every choice of a program that is drawn with one: `z ~ q @ s`

    # ------------------------------------------------------------ statements

    def statement(self, node: tree.Statement) -> None:
        """Write one statement."""
        match node:
            case tree.Let(name=bound, value=value) if value is not None and (held := self.held(value)) is not None:
                self.scope[bound] = held
            case tree.Let(name=bound):
                solved = solves.identity(self, node)
                if solved is not None and solved in self.solved:
                    self.scope[bound] = self.solved[solved]
                    return
                value = None if node.value is None else self.expression(node.value)
                flat = self.writing.names.fresh(bound, self.label)
                self.out.append(replace(node, name=flat, type=self.type(node.type), value=value))
                self.scope[bound] = named = tree.Name(flat, span=node.span)
                if solved is not None:
                    self.solved[solved] = named
            case tree.Declare():
                from pushforward.dsl.instantiate.sites import declare

                declare(self, node)
            case tree.Site():
                from pushforward.dsl.instantiate.sites import site

                site(self, node)
            case tree.For():
                self.for_loop(node)
            case tree.If(condition=condition, then=then, orelse=orelse):
                test = self.expression(condition)
                no = None if orelse is None else self.block(orelse)
                self.out.append(replace(node, condition=test, then=self.block(then), orelse=no))
            case tree.Param() | tree.Return():
                pass  # parameters stand first, and what is given back is the caller's
            case tree.Factor() if self.values is None and self.label:
                pass  # a factor of a program that is drawn from belongs to its density
            case _:
                self.out.append(map_children(node, self.part))

    def statements(self, nodes: tuple[tree.Statement, ...]) -> None:
        """Write statements one after another."""
        for node in nodes:
            self.statement(node)

    def block(self, block: tree.Block) -> tree.Block:
        """A nested block, in which names of its own can be bound."""
        with self.nested() as inner:
            inner.statements(block.statements)
        return replace(block, statements=tuple(inner.out))

    def for_loop(self, node: tree.For) -> None:
        """`for k in a..b { ... }`."""
        match node.iterable:
            case tree.Call(function=tree.Name(id="batch"), arguments=(whole, part)) if "batch" not in self.scope:
                if not self.writing.whole:
                    self.batch_loop(node, self.expression(whole.value), self.expression(part.value))
                    return
                zero = tree.Number(0, "0", span=node.iterable.span)
                iterable: tree.Expr = tree.Range(zero, self.expression(whole.value), span=node.iterable.span)
            case _:
                iterable = self.expression(node.iterable)
        index = self.writing.names.fresh(node.index, self.label)
        with self.nested(turn(index, iterable)) as inner:
            inner.scope[node.index] = tree.Name(index, span=node.span)
            inner.statements(node.body.statements)
        body = replace(node.body, statements=tuple(inner.out))
        self.out.append(replace(node, index=index, iterable=iterable, body=body))

    def batch_loop(self, node: tree.For, whole: tree.Expr, part: tree.Expr) -> None:
        """`for n in batch(N, B) { ... }`: over B indices drawn uniformly from 0..N, once for all programs that loop
        over batches of these sizes, so that a model and its guide see the same ones. Densities inside count N / B
        times.
        """
        span = node.iterable.span
        batch = self.batch(whole, part, span)
        position = self.writing.names.fresh("i")
        turn_ = Turn(position, tree.Number(0, "0", span=span), part)
        drawn = tree.Subscript(batch.target, (tree.Name(position, span=span),), span=span)
        with self.nested(turn_) as inner:
            inner.scope[node.index] = drawn
            inner.statements(node.body.statements)
        body = replace(node.body, statements=tuple(inner.out))
        ratio = tree.Binary("/", whole, part, span=span)
        over = tree.Range(turn_.lower, part, span=span)
        self.out.append(replace(node, index=position, iterable=over, body=body, weight=ratio))

    def batch(self, whole: tree.Expr, part: tree.Expr, span: Span) -> tree.Site:
        """The indices of `batch(whole, part)`: one draw for all loops over batches of these sizes. Raises
        ProgramError."""
        batch = self.writing.batches.get((whole, part))
        for other, size in self.writing.batches:
            if batch is None and other == whole:
                raise ProgramError(
                    BatchSizes.diagnostic(span, "another size here", whole=unparse_expr(whole), one=unparse_expr(size),
                                          other=unparse_expr(part))
                )  # fmt: skip
        if batch is None:
            name = tree.Name(self.writing.names.fresh("batch"), span=span)
            zero, one = (tree.Number(n, str(n), span=span) for n in (0, 1))
            last = tree.Binary("-", whole, one, span=span)
            law = tree.Call(
                tree.Name("discrete_uniform", span=span),
                (tree.Argument(None, zero, span=span), tree.Argument(None, last, span=span)),
                span=span,
            )
            method = tree.Method(None, tree.Name("stop", span=span), span=span)
            type_ = tree.TypeExpr("int", dims=(part,), span=span)
            batch = tree.Site(name, type_, law, method, span=span)
            self.writing.batches[whole, part] = batch
        return batch

    @contextmanager
    def nested(self, loop: Turn | None = None) -> Iterator[Expander]:
        """An expander of a block inside this one, in a loop if there is one."""
        given = frozenset(s.name for s in self.out if isinstance(s, tree.Given))
        inner = replace(self, scope=dict(self.scope), out=[], declared=self.declared | given)
        inner.solved = dict(self.solved)
        if loop is not None:
            inner.loops, inner.own = (*self.loops, loop), (*self.own, loop)
            inner.kept = self.scope if self.kept is None else self.kept
            if self.outermost is None:
                inner.outermost = self.out
        yield inner

    # ------------------------------------------------------------ expressions

    def part(self, node: tree.Node) -> tree.Node:
        """An expression, a type, or what holds them."""
        return self.expression(node) if isinstance(node, EXPRESSIONS) else map_children(node, self.part)

    def expression(self, node: tree.Expr) -> tree.Expr:
        """An expression in the names of the program being written; draws that it needs are written before it."""
        match node:
            case tree.Name(id=text):
                meaning = self.scope.get(text)
                if isinstance(meaning, Record) and meaning.value is not None:
                    return meaning.value
                if isinstance(meaning, Record | Instance | Marginal | Normalized):
                    what = "a record" if isinstance(meaning, Record) else "a program"
                    helps = ["only `logp(p, z)` and `dim(p)` take programs, and only `logp` records"]
                    if isinstance(meaning, Record) and meaning.fields:
                        helps.insert(0, f"its choices are values: `{text}.{next(iter(meaning.fields))}`")
                    raise ProgramError(
                        RecordAsValue.diagnostic(node.span, f"this is {what}", helps=tuple(helps), name=text, what=what)
                    )
                return node if meaning is None else placed(meaning, node)
            case tree.Attribute(value=value, name=text) if (record := self.record(value)) is not None:
                return self.field(record, text, node)
            case tree.Call(function=tree.Name(id="logp")):
                from pushforward.dsl.instantiate.densities import log_density

                return log_density(self, node)
            case tree.Call(function=tree.Name(id="log_ratio")) if "log_ratio" not in self.scope:
                from pushforward.dsl.instantiate.ratios import log_ratio

                return log_ratio(self, node)
            case tree.Call(function=tree.Call(function=tree.Name(id="logp")) as function):
                from pushforward.dsl.instantiate.densities import free_density

                return free_density(self, function, node)
            case tree.Call(function=tree.Call(function=tree.Name(id="grad" | "hessian")) as function):
                return derivatives.derivative(self, function, node)
            case tree.Call(function=tree.Call(function=tree.Name(id="drift" | "noise" as text)) as function) if (
                text not in self.scope
            ):
                from pushforward.dsl.instantiate.fields import coefficient

                return coefficient(self, function, node)
            case tree.Call(function=tree.Name(id="dim"), arguments=(argument,)) if self.is_program(argument.value):
                return programs.dimension(programs.program(self, argument.value), node)
            case tree.Call(function=tree.Name(id=text)) if self.is_objective(text):
                return self.objective(node)
            case tree.Call(function=tree.Name(id=text) as function):
                changed = map_children(node, self.part) if text in self.scope else self.arguments(node)
                return changed if text in self.scope else replace(changed, function=function)
            case tree.Subscript():
                if (found := self.record(node)) is not None:
                    if found.value is not None:
                        return self.element(node, found.value)
                    raise ProgramError(
                        RecordAsValue.diagnostic(node.span, "this is a record", name=node.span.text, what="a record")
                    )
                return merged(map_children(node, self.part))
            case tree.Comprehension():
                return self.comprehension(node)
            case tree.RecordExpr(fields=fields):
                written = (replace(f, value=f.value or tree.Name(f.name, span=f.span)) for f in fields)
                return map_children(replace(node, fields=tuple(written)), self.part)
            case tree.Expect() | tree.Hole(value=tree.Expect()):
                from pushforward.dsl.instantiate.expectations import expectation

                return expectation(self, node)
            case tree.Unary(op="plugin", operand=operand):
                calls = (n for n in nodes_of(operand) if isinstance(n, tree.Call | tree.Hole | tree.Expect))
                return replace(self, linear=frozenset(map(id, calls))).expression(operand)
            case tree.Solve() | tree.Integrate():
                return solves.solve(self, node) if isinstance(node, tree.Solve) else solves.integrate(self, node)
            case tree.Hole(value=(tree.Solve() | tree.Integrate()) as value):
                return replace(node, value=self.expression(value))
            case tree.Lambda():
                return node
            case _:
                return map_children(node, self.part)

    def element(self, node: tree.Subscript, value: tree.Expr) -> tree.Expr:
        """`z[k]` of a draw that stands for a value: that of turn k, or, of a draw outside of loops, its element k."""
        whole = self.record(node.value)
        if whole is None or whole.loops or whole.value is None:
            return value
        return merged(map_children(replace(node, value=whole.value), lambda n: n if n is whole.value else self.part(n)))

    def arguments(self, node: tree.Call) -> tree.Call:
        """A call of a function of the language: only its arguments change."""
        return replace(node, arguments=tuple(map_children(a, self.part) for a in node.arguments))

    def field(self, record: Record, text: str, node: tree.Attribute) -> tree.Expr:
        """`z.x`."""
        value = record.fields.get(text)
        if value is None and text in record.returned:
            return record.returned[text]()
        if value is None or isinstance(value, Record):
            known = ", ".join(record.fields)
            raise ProgramError(
                NotTheseArguments.diagnostic(
                    node.span, f"no choice has the name {text}", notes=(f"the choices are {known}",),
                    what=f"`{node.span.text}`",
                )
            )  # fmt: skip
        return value

    def comprehension(self, node: tree.Comprehension) -> tree.Expr:
        """`[e for k in 0..K]`; if `e` needs draws it becomes a loop that fills a container."""
        if not node.clauses:
            return self.expression(node.element)
        first, *rest = node.clauses
        iterable = self.expression(first.iterable)
        index = self.writing.names.fresh(first.index, self.label)
        with self.nested(turn(index, iterable)) as inner:
            inner.scope[first.index] = tree.Name(index, span=first.span)
            element = inner.comprehension(replace(node, clauses=tuple(rest)))
        clause = replace(first, index=index, iterable=iterable)
        if not inner.out:
            if rest:
                assert isinstance(element, tree.Comprehension)
                return replace(element, clauses=(clause, *element.clauses))
            return replace(node, element=element, clauses=(clause,))
        if rest or not isinstance(iterable, tree.Range):
            raise ProgramError(
                NotTheseArguments.diagnostic(
                    node.span, "an estimated density stands in here", what="a list over several indices"
                )
            )
        return self.filled(node, index, iterable, inner.out, element)

    def filled(
        self, node: tree.Comprehension, index: str, over: tree.Range, body: list[tree.Statement], element: tree.Expr
    ) -> tree.Expr:
        """A container that a loop fills with the elements of a list."""
        span = node.span
        container = self.writing.names.fresh("terms", self.label)
        length = tree.Binary("-", over.upper, over.lower, span=span)
        self.out.append(tree.Let(container, tree.TypeExpr("vector", dims=(length,), span=span), None, span=span))
        place = tree.Binary("-", tree.Name(index, span=span), over.lower, span=span)
        target = tree.Subscript(tree.Name(container, span=span), (place,), span=span)
        statements = (*body, tree.Assign(target, element, span=span))
        self.out.append(tree.For(index, over, tree.Block(statements, span=span), span=span))
        return tree.Name(container, span=span)

    def type(self, written: tree.TypeExpr | None) -> tree.TypeExpr | None:
        """A type in the names of the program being written."""
        return None if written is None else map_children(written, self.part)

    # ------------------------------------------------------------ programs and records

    def held(self, node: tree.Expr) -> Meaning | None:
        """What a `let` keeps without writing anything: a record or a program."""
        record = self.record(node)
        if record is not None:
            return record
        return programs.program(self, node) if self.is_program(node) else None

    def is_program(self, node: tree.Expr) -> bool:
        """Whether an expression stands for a program."""
        match node:
            case tree.Name(id=text):
                meaning = self.scope.get(text)
                if meaning is not None:
                    return isinstance(meaning, Instance | Marginal | Normalized)
                found = self.writing.find(text)
                return found is not None and found.kind in ("model", "process")
            case tree.Call(function=tree.Name(id="marginal" | "normalize" | "convex_update" | "at" as text)):
                return text not in self.scope
            case tree.Call(function=tree.Name(id="stop" | "initial"), arguments=(argument,)):
                return self.is_program(argument.value)
            case tree.Call(function=tree.Name(id=text), arguments=(argument, *_)) if self.takes_program(text):
                # `laplace` is a guide of a program, and a law: `laplace(p)`, `laplace(0, 1)`
                return self.is_program(argument.value)
            case tree.Call(function=function):
                return self.is_program(function)
            case tree.Binary(op="|", left=left):
                return self.is_program(left)
            case tree.Hole(value=value):
                return self.is_program(value)
            case _:
                return False

    def takes_program(self, text: str) -> bool:
        """Whether a name is that of a model whose first argument is a program."""
        found = self.writing.find(text) if text not in self.scope else None
        first = found.parameters[0].type if found is not None and found.parameters else None
        return (
            found is not None and found.kind in PROGRAM_TYPES and first is not None and first.name in PROGRAM_TYPES
        )

    def is_objective(self, text: str) -> bool:
        """Whether a name that is called is an objective."""
        if text in self.scope:
            return False
        found = self.writing.find(text)
        return found is not None and found.kind == "objective"

    def record(self, node: tree.Expr) -> Record | None:
        """The record that an expression stands for, if it does."""
        match node:
            case tree.Name(id=text):
                meaning = self.scope.get(text)
                return meaning if isinstance(meaning, Record) else None
            case tree.Attribute(value=value, name=text):
                outer = self.record(value)
                inner = outer.fields.get(text) if outer is not None else None
                return inner if isinstance(inner, Record) else None
            case tree.Subscript(value=value, subscripts=subscripts):
                held = self.record(value)
                if held is None:
                    return None
                if held.loops and held.loops == tuple(t.index for t in self.loops)[: len(held.loops)]:
                    return held  # inside the loops in which it is drawn: this turn's
                plain = tuple(s for s in subscripts if not isinstance(s, tree.Slice))
                return held.at(tuple(self.expression(s) for s in plain))
            case tree.Call(function=tree.Name(id="stop"), arguments=(argument,)):
                held = self.record(argument.value)
                return None if held is None else held.stop(programs.stop)
            case tree.Call(function=tree.Name(id="constrain"), arguments=(program, vector)):
                return programs.constrained_record(self, program.value, vector.value, node)
            case tree.RecordExpr(fields=fields) if fields:
                values = {f.name: self.field_value(f) for f in fields}
                return Record(None, values, values)
            case _:
                return None

    def field_value(self, node: tree.Field) -> tree.Expr | Record:
        """The value of a field of a record that is written out."""
        value = node.value if node.value is not None else tree.Name(node.name, span=node.span)
        return self.record(value) or self.expression(value)

    def objective(self, node: tree.Call) -> tree.Expr:
        """A call of an objective where expectations are linear: its body, and what it returns."""
        assert isinstance(node.function, tree.Name)
        if id(node) not in self.linear:
            raise ProgramError(
                NotLinear.diagnostic(
                    node.span, "an expectation, in what is not linear in it",
                    helps=("write `plugin` before it to have the biased plug-in estimate",), name=node.function.id,
                )
            )  # fmt: skip
        inner, value = self.called(node)
        return inner.expression(value)

    def called(self, node: tree.Call) -> tuple[Expander, tree.Expr]:
        """Write the body of an objective that is called; what it returns, and the expander that knows the names in
        it."""
        assert isinstance(node.function, tree.Name)
        found = self.writing.find(node.function.id)
        assert found is not None
        instance = programs.applied(self, Instance(found, found.name), node)
        return replace(self, scope=dict(instance.meaning), own=(), kept=None).body(found.body)

    def body(self, body: tree.Block) -> tuple[Expander, tree.Expr]:
        """Write the body of an objective; what it returns, and the expander that knows the names in it."""
        from pushforward.dsl.instantiate.sites import open_own

        open_own(self, body)
        self.statements(body.statements)
        last = body.statements[-1] if body.statements else None
        if not isinstance(last, tree.Return):
            raise ProgramError(
                NotTheseArguments.diagnostic(body.span, "nothing is returned", what="an objective without `return`")
            )
        return replace(self, linear=frozenset(id(n) for n in spine(last.value))), last.value

    def returned(self, body: tree.Block) -> tree.Expr:
        """Write the body of the objective that is asked for; what it returns."""
        from pushforward.dsl.instantiate.sums import value

        inner, last = self.body(body)
        return value(inner, last)


def turn(index: str, iterable: tree.Expr) -> Turn:
    """The loop `index in iterable`."""
    if isinstance(iterable, tree.Range):
        return Turn(index, iterable.lower, iterable.upper)
    return Turn(index, tree.Number(0, "0", span=iterable.span), iterable)


EXPRESSIONS = tree.Expr.__args__


def spine(node: tree.Expr) -> Iterator[tree.Expr]:
    """The expectations in which an expression is linear: through sums, differences and products with something else."""
    match node:
        case tree.Call(
            function=tree.Name(id="sum" | "mean"), arguments=(tree.Argument(value=tree.Comprehension() as of),)
        ):
            yield from spine(of.element)
        case tree.Call() | tree.Expect() | tree.Hole(value=tree.Expect()):
            yield node
        case tree.Unary(op="-" | "+", operand=operand):
            yield from spine(operand)
        case tree.Binary(op="+" | "-", left=left, right=right):
            yield from spine(left)
            yield from spine(right)
        case tree.Binary(op="*" | ".*", left=left, right=right):
            yield from spine(left)  # independent expectations: the product of their estimates is unbiased
            yield from spine(right)
        case tree.Binary(op="/" | "./", left=left):
            yield from spine(left)
        case _:
            pass
