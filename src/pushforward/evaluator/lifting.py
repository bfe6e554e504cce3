"""An expression of numbers as a program: what it reads of the session becomes arguments.

    sum(d.y) + mean(post.mu)      sum(d_y) + mean(post_mu), d_y and post_mu arguments

A name of the session becomes an argument of the same name. A part of a record, a call of a function of scripts and a
run are evaluated and become arguments too. A whole number is written into the expression, so that it may be a size, a
bound or a subscript, and be checked as one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.names import UnknownName
from pushforward.dsl.errors.scripts import NotANumber, OfAnIndex
from pushforward.dsl.infer.names import CONSTANTS, nearest
from pushforward.dsl.infer.taint import names_of
from pushforward.dsl.source import Span
from pushforward.evaluator.values import Compound, Value, kind_of
from pushforward.runtime.unknown import Unforeseen, Unknown

if TYPE_CHECKING:
    from pushforward.evaluator.session import Session


@dataclass
class Lifted:
    """The arguments found so far: by name, the value and where it stands."""

    session: Session
    evaluate: Callable[[tree.Expr], Value]
    arguments: dict[str, tuple[Any, Span]] = field(default_factory=dict)
    known: dict[tree.Expr, tree.Expr] = field(default_factory=dict)

    def expression(self, node: Any, inner: frozenset[str] = frozenset()) -> Any:
        """The expression with arguments for what it reads; `inner` are the indices of open comprehensions."""
        match node:
            case tuple():
                return tuple(self.expression(item, inner) for item in node)
            case tree.Name(id=name):
                return node if name in inner else self._name(node)
            case tree.Field(name=name, value=None):
                return replace(node, value=self.expression(tree.Name(name, span=node.span), inner))
            case tree.Comprehension():
                return self._comprehension(node, inner)
            case tree.Call(function=tree.Name() as function, arguments=arguments) if not self._of_scripts(function):
                return replace(node, arguments=self.expression(arguments, inner))
            case tree.Subscript(value=value, subscripts=subscripts):
                chosen = tuple(self._subscript(s, inner) for s in subscripts)
                return replace(node, value=self.expression(value, inner), subscripts=chosen)
            case tree.Hole(value=tree.Call() as solved):
                return replace(node, value=self.expression(solved, inner))  # its clauses name solvers and rules
            case tree.Hole(value=tree.Attribute(value=whole) as part, method=method):
                hole = self.expression(tree.Hole(whole, method, span=node.span), inner)
                return replace(part, value=hole)
            case tree.Expect() | tree.Solve() | tree.Lambda():
                return node  # these bind names of their own; what they mean is said when they are typed
            case tree.String():
                raise _not_a_number(node.value, node.span)
            case (
                tree.Attribute() | tree.Call(function=tree.Name()) | tree.Run() | tree.Hole(value=tree.Run()) |
                tree.Bridge() | tree.Hole(value=tree.Bridge()) | tree.At() |
                tree.Binary(op="|") | tree.RecordExpr()
            ):  # fmt: skip
                return self._evaluated(node, inner)
            case tree.Node():
                parts = {f.name: getattr(node, f.name) for f in fields(node) if f.name != "span"}
                return replace(node, **{n: self.expression(part, inner) for n, part in parts.items()})
            case _:
                return node

    def _of_scripts(self, function: tree.Name) -> bool:
        from pushforward.evaluator.expressions import is_builtin

        return function.id in self.session.environment.programs or is_builtin(self.session, function.id)

    def _comprehension(self, node: tree.Comprehension, inner: frozenset[str]) -> tree.Comprehension:
        clauses = []
        for clause in node.clauses:
            clauses.append(replace(clause, iterable=self.expression(clause.iterable, inner)))
            inner |= {clause.index}
        return replace(node, element=self.expression(node.element, inner), clauses=tuple(clauses))

    def _subscript(self, node: tree.Expr | tree.Slice, inner: frozenset[str]) -> Any:
        """A list of indices is an argument, so that its entries are known when the subscript is checked."""
        if isinstance(node, tree.ListExpr | tree.Comprehension) and not names_of(node) & inner:
            return self._evaluated(node, inner)
        return self.expression(node, inner)

    def _name(self, node: tree.Name) -> tree.Expr:
        environment = self.session.environment
        value = environment.lookup(node.id)
        if value is not None:
            return self._argument(node, node.id, value)
        if node.id in environment.programs:
            raise _not_a_number(self.evaluate(node), node.span)
        if node.id in CONSTANTS or environment.known.is_function(node.id) or environment.known.is_law(node.id):
            return node  # judged when it is typed
        near = nearest(node.id, (*environment.names(), *CONSTANTS))
        helps = (f"did you mean `{near}`?",) if near else ()
        raise ProgramError(UnknownName.diagnostic(node.span, "nothing binds this name", helps=helps, name=node.id))

    def _evaluated(self, node: tree.Expr, inner: frozenset[str]) -> tree.Expr:
        if node in self.known and isinstance(node, tree.Attribute):
            return replace(self.known[node], span=node.span)
        bound = sorted(names_of(node) & inner)
        if bound:
            name = node.function.span.text if isinstance(node, tree.Call) else node.span.text
            raise ProgramError(OfAnIndex.diagnostic(node.span, f"this reads `{bound[0]}`", name=name, index=bound[0]))
        words = re.sub(r"\W+", "_", node.span.text).strip("_")[:30]
        lifted = self._argument(node, words if words.isidentifier() else f"x_{words}", self.evaluate(node))
        self.known[node] = lifted
        return lifted

    def _argument(self, node: tree.Expr, name: str, value: Value) -> tree.Expr:
        number = value.number() if isinstance(value, Compound) else None if isinstance(value, str | tuple) else value
        if number is None:
            raise _not_a_number(value, node.span)
        if isinstance(number, Unknown) and (number.shape is None or number.kind == "int"):
            raise Unforeseen(number.because)  # a whole number may be a size, a bound or a subscript
        if isinstance(number, int) and not isinstance(number, bool):
            literal = tree.Number(abs(number), str(abs(number)), span=node.span)
            return literal if number >= 0 else tree.Unary("-", literal, span=node.span)
        unique, count = name, 0
        while not isinstance(node, tree.Name) and (unique in self.arguments or self._taken(unique)):
            count += 1
            unique = f"{name}_{count}"
        self.arguments.setdefault(unique, (number, node.span))
        return tree.Name(unique, span=node.span)

    def _taken(self, name: str) -> bool:
        environment = self.session.environment
        return environment.lookup(name) is not None or environment.known.is_function(name)


def _not_a_number(value: Value, span: Span) -> ProgramError:
    kind = kind_of(value)
    helps: tuple[str, ...] = ()
    if isinstance(value, Compound) and value.parts():
        name = next(iter(value.parts()))
        helps = (f"take a part of it: `{span.text}.{name}`",)
    return ProgramError(NotANumber.diagnostic(span, f"this is {kind}", helps=helps, found=kind[0].upper() + kind[1:]))
