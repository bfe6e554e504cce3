"""Programs that are named inside of a model or a problem, `grad(logp(banana() | {y = 3}))(x)`: from a tree to a tree.

    model m() {                                  model m() {
      let q = banana() | {y = 3}                   x ~ normal(0, 1)
      x ~ normal(0, 1)                    ->       let s = logp { given banana_x = x; banana_x ~ ...; ... }
      let s = logp(q, {x = x})                   }
    }

Only what needs a program changes, and what it needs is written before the statement that it stands in. All names of the
model stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.names import Recursion
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.templates import is_template
from pushforward.dsl.instantiate import solves
from pushforward.dsl.instantiate.expand import Expander, Writing
from pushforward.dsl.instantiate.names import START, Names, bound_names, map_children
from pushforward.dsl.instantiate.values import Meaning, Record
from pushforward.dsl.typed import TypedProgram

#: The functions that take programs.
OF_PROGRAMS = ("logp", "constrain", "dim", "at", "log_ratio", START)


def names_programs(node: tree.Program) -> bool:
    """Whether something in a program may stand for another one."""
    return any(_of_program(n) for n in nodes_of(node.body))


def _of_program(node: tree.Node) -> bool:
    return isinstance(node, tree.Call) and isinstance(node.function, tree.Name) and node.function.id in OF_PROGRAMS


def with_programs(known: Declarations, node: tree.Program) -> tree.Program:
    """The program with the programs in it written out. Raises `ProgramError`."""
    inner = tuple(nodes_of(node))
    bound = {p.name for n in inner if isinstance(n, tree.Lambda) for p in n.parameters}
    bound |= {b.name for n in inner if isinstance(n, tree.Solve) for b in n.binders}
    bound |= {p.name for p in node.parameters} | bound_names(node.body).keys()
    for parameter in node.parameters:
        dims = parameter.type.dims if parameter.type is not None else ()
        bound |= {n.id for d in dims for n in nodes_of(d) if isinstance(n, tree.Name)}
    read = {n.id for n in inner if isinstance(n, tree.Name)}
    writing = Writing(Names(bound | read), Finder(known), typer(known, node.name), known=known, plain=True)
    scope: dict[str, Meaning] = {text: tree.Name(text) for text in bound}
    body = _Inside(writing, scope).block(node.body)
    return replace(node, body=replace(body, statements=(*writing.params, *body.statements)))


@dataclass(frozen=True)
class Finder:
    """The programs of a file and of the library by name, with their paths written out."""

    known: Declarations

    def __call__(self, text: str) -> tree.Program | None:
        from pushforward.dsl.processes import written_out

        found = self.known.program(text)
        return None if found is None else written_out(self.known, found)


def typer(known: Declarations, name: str = "") -> Callable[[str], TypedProgram | None]:
    """Those of them that mean something by themselves, typed. `name` is that of the program that asks."""

    @cache
    def typed(text: str) -> TypedProgram | None:
        from pushforward.dsl.infer.programs import program

        node = known.program(text)
        if node is None or node.kind == "process" or is_template(node, known.programs()):
            return None
        report = Report()
        if text == name or text in known.opened:
            report.error(Recursion, node.span, "its density is asked for inside of itself", name=text)
            raise ProgramError(*report.errors)
        known.opened.append(text)
        try:
            found = program(known, node, report, care=False)
        finally:
            known.opened.remove(text)
        if report.errors or report.not_yet:
            raise ProgramError(*(report.errors or report.not_yet))
        return found

    return typed


@dataclass
class _Inside:
    """A block of a plain program: what its names mean, and the statements written so far."""

    writing: Writing
    scope: dict[str, Meaning]
    out: list[tree.Statement] = field(default_factory=list)

    @property
    def expander(self) -> Expander:
        return Expander(self.writing, self.scope, self.out)

    def block(self, block: tree.Block) -> tree.Block:
        """A block with names of its own."""
        inner = _Inside(self.writing, dict(self.scope))
        for statement in block.statements:
            inner.statement(statement)
        return replace(block, statements=tuple(inner.out))

    def statement(self, node: tree.Statement) -> None:
        match node:
            case tree.Let(name=text, value=value) if value is not None and (held := self.held(value)) is not None:
                self.scope[text] = held
            case tree.Site(distribution=law, type=type_) if self.is_at_time(law):
                begins = tree.Call(tree.Name(START), (tree.Argument(None, law, span=law.span),), span=law.span)
                if type_ is not None:
                    assert isinstance(node.target, tree.Name)
                    self.out.append(self.change(tree.Declare(node.target.id, type_, span=node.span)))
                self.expander.statement(replace(node, distribution=begins, type=None))
            case tree.Site(distribution=tree.Call(function=tree.Name(id=head))) if head == START:
                self.expander.statement(node)
            case _:
                self.out.append(self.change(node))

    def held(self, value: tree.Expr) -> Meaning | None:
        """The program that a `let` keeps, or the values of one."""
        ex = self.expander
        if ex.is_program(value) or self.is_record(value):
            return ex.held(value)
        return None

    def is_at_time(self, law: tree.Expr) -> bool:
        """Whether a law is that of a process at a time."""
        ex = self.expander
        return ex.is_program(law) and (held := ex.held(law)) is not None and getattr(held, "shapes", None) is not None

    def is_record(self, node: tree.Expr) -> bool:
        """Whether an expression has the values of a program's variables: `constrain(q, u)`, and names for it."""
        match node:
            case tree.Name(id=text):
                return isinstance(self.scope.get(text), Record)
            case tree.Call(function=tree.Name(id="constrain")):
                return True
            case _:
                return False

    def change(self, node: Any) -> Any:
        """A node with the programs in it written out."""
        match node:
            case (
                tree.Call(function=tree.Name(id="logp" | "log_ratio"))
                | tree.Call(function=tree.Call(function=tree.Name(id="logp")))
            ):
                return self.expander.expression(node)
            case tree.Call(function=tree.Name(id="dim"), arguments=(given,)) if self.expander.is_program(given.value):
                return self.expander.expression(node)
            case tree.Call(function=tree.Call(function=tree.Name(id="grad" | "hessian"))) if self.mentions(node):
                return self.expander.expression(node)
            case tree.Attribute(value=value) if self.is_record(value):
                return self.expander.expression(node)
            case tree.Name(id=text) if not isinstance(self.scope.get(text, node), tree.Name):
                return self.expander.expression(node)  # which says that a program is no value
            case tree.Integrate() | tree.Comprehension() if self.mentions(node):
                return self.expander.expression(node)
            case tree.Lambda(body=body) if not isinstance(body, tree.Block) and self.mentions(node):
                return replace(node, body=self.block(solves.alone(body)))
            case tree.Block():
                return self.block(node)
            case tree.Call(function=tree.Name() as function):
                return replace(map_children(node, self.change), function=function)
            case tree.Node():
                return map_children(node, self.change)
            case _:
                return node

    def mentions(self, node: tree.Node) -> bool:
        """Whether a program is asked for something in a piece of the tree."""
        held = (n for n in nodes_of(node) if isinstance(n, tree.Name))
        return any(map(_of_program, nodes_of(node))) or any(
            not isinstance(self.scope.get(n.id, n), tree.Name) for n in held
        )
