"""Scripts: the statements at the top level of a file. Their names are resolved in order before anything runs.

What a value is shows only when the script runs, so types are not judged here. What the functions and verbs of scripts
are is known to the evaluator, which hands its words down; without them nothing that is called is judged.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import assert_never

from pushforward.dsl import tree
from pushforward.dsl.errors.kinds import LostValue
from pushforward.dsl.errors.names import FunctionAsValue, LawAsValue, NotAFunction, UnknownFunction, UnknownName
from pushforward.dsl.errors.scripts import NoPlace
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.names import CONSTANTS, nearest
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import names_of


@dataclass(frozen=True)
class Vocabulary:
    """The words of scripts. `effects` are the functions that are called for what they do, and may stand alone."""

    functions: frozenset[str]
    effects: frozenset[str]
    verbs: frozenset[str]


def script(
    known: Declarations,
    nodes: tuple[tree.Statement, ...],
    report: Report,
    words: Vocabulary | None = None,
    scope: frozenset[str] = frozenset(),
    *,
    interactive: bool = False,
) -> None:
    """Report what is wrong with the names of a script. `scope` has the names from before; `interactive`: an expression
    may stand alone.
    """
    _Judge(known, report, words, interactive).block(nodes, set(scope))


@dataclass(frozen=True)
class _Judge:
    known: Declarations
    report: Report
    words: Vocabulary | None
    interactive: bool

    def block(self, nodes: tuple[tree.Statement, ...], scope: set[str]) -> None:
        for node in nodes:
            self.statement(node, scope)

    def statement(self, node: tree.Statement, scope: set[str]) -> None:
        match node:
            case tree.Let(name=name, type=written, value=value):
                if value is None:
                    self._no_place(node, "a container", "write its value: `let h = [f(t) for t in 0..T]`")
                else:
                    self.expression(value, scope)
                if written is not None:
                    self._type(written, scope)
                scope.add(name)
            case tree.Print(values=values):
                for value in values:
                    self.expression(value, scope)
            case tree.ExprStatement(value=value):
                self.expression(value, scope)
                self._alone(value)
            case tree.Optimise(sense=sense, value=value):
                self.expression(tree.Run(sense, value, span=node.span), scope)
                if not self.interactive:
                    self._lost(node, f"keep the result: `let fit = {node.span.text}`")
            case tree.For(index=index, iterable=iterable, body=body):
                self.expression(iterable, scope)
                self.block(body.statements, scope | {index})
            case tree.If(condition=condition, then=then, orelse=orelse):
                self.expression(condition, scope)
                self.block(then.statements, set(scope))
                if orelse is not None:
                    self.block(orelse.statements, set(scope))
            case tree.Site() | tree.Declare() | tree.Factor() | tree.Param():
                self._no_place(node, "a random variable", "write it in a `model`, and `sample` that")
            case tree.Return():
                self._no_place(node, "`return`", f"write `print {node.value.span.text}`")
            case tree.Assign():
                self._no_place(node, "an assignment", f"write `let {node.target.span.text} = {node.value.span.text}`")
            case tree.SubjectTo() | tree.Differential() | tree.Given():
                self._no_place(node, "this", "it belongs into a `problem` or a `process`")
            case _:
                assert_never(node)

    def expression(self, node: object, scope: set[str]) -> None:
        match node:
            case tuple():
                for item in node:
                    self.expression(item, scope)
            case tree.Name():
                self._name(node, scope)
            case tree.Field(name=name, value=None):
                self._name(tree.Name(name, span=node.span), scope)
            case tree.Call(function=tree.Name() as function, arguments=arguments):
                self._callee(function, scope)
                self.expression(arguments, scope)
            case tree.Comprehension(element=element, clauses=clauses):
                inner = set(scope)
                for clause in clauses:
                    self.expression(clause.iterable, inner)
                    inner.add(clause.index)
                self.expression(element, inner)
            case tree.Run(verb=verb, operand=operand):
                if self.words is not None and verb not in self.words.verbs:
                    self.report.later("this script", f"`{verb}`", node.span, f"`{verb}` in scripts is coming")
                self.expression(operand, scope)
            case tree.Method(algorithm=algorithm, derivative=derivative):
                for called in (algorithm, derivative):
                    if isinstance(called, tree.Call):  # `step=auto`: found by the algorithm
                        self.expression(tuple(a for a in called.arguments if a.value != tree.Name("auto")), scope)
            case tree.Lambda() | tree.Expect() | tree.Solve() | tree.TypeExpr():
                pass  # these bind names of their own, and are judged when they are typed
            case tree.Node():
                for part in fields(node):
                    if part.name != "span":
                        self.expression(getattr(node, part.name), scope)
            case _:
                pass

    def _name(self, node: tree.Name, scope: set[str]) -> None:
        name = node.id
        if name in scope or name in CONSTANTS or self.known.program(name) is not None:
            return
        if self.known.is_law(name):
            self.report.error(LawAsValue, node.span, "a distribution is not a value", name=name)
        elif self.known.is_function(name) or (self.words is not None and name in self.words.functions):
            call = f"call it: `{name}(...)`"
            self.report.error(FunctionAsValue, node.span, "a function is not a value", helps=(call,), name=name)
        else:
            programs = (i for i in self.known.programs())
            near = nearest(name, (*sorted(scope), *programs, *CONSTANTS))
            helps = (f"did you mean `{near}`?",) if near else ()
            self.report.error(UnknownName, node.span, "nothing binds this name", helps=helps, name=name)

    def _callee(self, node: tree.Name, scope: set[str]) -> None:
        name = node.id
        known = self.known.program(name) is not None or self.known.is_function(name)
        if known or self.words is None or name in self.words.functions:
            return
        if self.known.is_law(name):
            self.report.error(LawAsValue, node.span, "a distribution is not a value", name=name)
        elif name in scope:
            element = f"write `{name}[...]` for its elements"
            self.report.error(NotAFunction, node.span, "this is a value", helps=(element,), name=name)
        else:
            near = nearest(name, (*sorted(self.words.functions), *self.known.programs(), *self.known.names()))
            helps = (f"did you mean `{near}`?",) if near else ()
            self.report.error(UnknownFunction, node.span, "no function has this name", helps=helps, name=name)

    def _type(self, written: tree.TypeExpr, scope: set[str]) -> None:
        for name in sorted(names_of(written) - scope):
            near = nearest(name, sorted(scope))
            helps = (f"did you mean `{near}`?",) if near else ()
            self.report.error(UnknownName, written.span, "a size of a script is a value", helps=helps, name=name)

    def _alone(self, value: tree.Expr) -> None:
        if self.interactive:
            return
        called = value.function.id if isinstance(value, tree.Call) and isinstance(value.function, tree.Name) else None
        if called is not None and (self.words is None or called in self.words.effects):
            return
        self._lost(value, f"write `print {value.span.text}`")

    def _lost(self, node: tree.Node, help_: str) -> None:
        self.report.error(LostValue, node.span, "its value goes nowhere", helps=(help_,))

    def _no_place(self, node: tree.Node, what: str, help_: str) -> None:
        self.report.error(NoPlace, node.span, "not inside a program", helps=(help_,), what=what)
