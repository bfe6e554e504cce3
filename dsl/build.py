"""From productions to nodes: one method for each rule of `grammar.lark`, named like it.

The reader sets `start` and `end` before it calls a method; the parts are what the rule keeps: nodes, tokens of
names and numbers, None for an absent option.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pushforward.dsl import tree as t
from pushforward.dsl.diagnostic import Diagnostic
from pushforward.dsl.errors.statements import ChainedComparison, NotATarget, NotAValue, UnknownBound
from pushforward.dsl.errors.syntax import ClauseOrder, OutsideProgram, StanDeclaration
from pushforward.dsl.lexing import Token
from pushforward.dsl.operators import group
from pushforward.dsl.source import Source, Span

_ESCAPES = {"n": "\n", "t": "\t"}


class Build:
    """Builds the nodes of one text. `problems` collects what the grammar lets through and the language does not."""

    def __init__(self, source: Source) -> None:
        self.source, self.start, self.end = source, 0, 0
        self.problems: list[Diagnostic] = []
        self.method_ends: set[int] = set()

    @property
    def span(self) -> Span:
        """Where the rule stands that is being built."""
        return Span(self.source, self.start, self.end)

    # ------------------------------------------------------------ the whole

    def file(self, *items: Any) -> t.File:
        file = t.File(_flat(items), span=self.span)
        for item in () if self.problems else file.items:
            if isinstance(item, t.Return | t.Factor | t.Param):
                self.problems.append(OutsideProgram.at(item.span, type(item).__name__.lower()))
        return file

    def expression(self, value: t.Expr) -> t.Expr:
        return value

    def type_alone(self, value: t.TypeExpr) -> t.TypeExpr:
        return value

    # ------------------------------------------------------------ declarations

    def program(self, kind: Any, name: Token, parameters: tuple[t.Parameter, ...], body: t.Block) -> t.Program:
        return t.Program(kind, name.text, parameters, body, span=self.span)

    def program_kind(self, kind: Token) -> str:
        return kind.text

    def function(self, modifiers: Any, name: Token, parameters: Any, result: Any, body: Any) -> t.Function:
        return t.Function(name.text, modifiers or (), parameters, result, body, span=self.span)

    def modifiers(self, *words: Token) -> tuple[str, ...]:
        return tuple(word.text for word in words)

    def extern(self, target: Any) -> t.Extern:
        return t.Extern(target if isinstance(target, str) else _text(target), span=self.span)

    def dotted(self, *names: Token) -> str:
        return ".".join(name.text for name in names)

    def parameters(self, *parameters: t.Parameter) -> tuple[t.Parameter, ...]:
        return parameters

    def parameter(self, name: Token, type_: t.TypeExpr | None, default: t.Expr | None) -> t.Parameter:
        return t.Parameter(name.text, type_, default, span=self.span)

    def distribution(self, name: Token, parameters: Any, support: t.TypeExpr, *members: Any) -> t.Distribution:
        return t.Distribution(name.text, parameters, support, _flat(members), span=self.span)

    def member(self, name: Token, parameters: tuple[str, ...] | None, body: Any) -> t.Member:
        return t.Member(name.text, parameters or (), body, span=self.span)

    def member_parameters(self, *names: Token) -> tuple[str, ...]:
        return tuple(name.text for name in names)

    def bind(self, call: t.Expr) -> t.Member:
        return t.Member("bind", (), call, span=self.span)

    def algorithm(self, kind: Any, name: Token, parameters: Any, uses: Any, takes: Any, needs: Any, body: Any) -> Any:
        words = (uses or (), takes or (), needs or ())
        return t.Algorithm(kind, name.text, parameters, *words, body, span=self.span)

    def algorithm_kind(self, kind: Token) -> str:
        return kind.text

    def names(self, *names: Token) -> tuple[str, ...]:
        return tuple(name.text for name in names)

    # ------------------------------------------------------------ statements

    def block(self, *statements: Any) -> t.Block:
        return t.Block(_flat(statements), span=self.span)

    def error(self, _token: Token) -> tuple[()]:
        return ()

    def let(self, name: Token, type_: t.TypeExpr | None, value: t.Expr | None) -> t.Let:
        return t.Let(name.text, type_, value, span=self.span)

    def declare(self, name: Token, type_: t.TypeExpr) -> t.Declare:
        return t.Declare(name.text, type_, span=self.span)

    def site(self, target: t.Expr, distribution: t.Expr, method: t.Method | None) -> t.Site:
        self._second_method(distribution, method)
        return t.Site(self._target(target, "~"), None, distribution, method, span=self.span)

    def typed_site(self, name: Token, type_: t.TypeExpr, distribution: t.Expr, method: t.Method | None) -> t.Site:
        self._second_method(distribution, method)
        return t.Site(self.name(name), type_, distribution, method, span=self.span)

    def assign(self, target: t.Expr, value: t.Expr) -> t.Assign:
        self._stan_declaration(target, value)
        return t.Assign(self._target(target, "="), value, span=self.span)

    def for_loop(self, index: Token, iterable: t.Expr, body: t.Block) -> t.For:
        return t.For(index.text, iterable, body, span=self.span)

    def branch(self, condition: t.Expr, then: t.Block, orelse: Any) -> t.If:
        if isinstance(orelse, t.If):
            orelse = t.Block((orelse,), span=orelse.span)
        return t.If(condition, then, orelse, span=self.span)

    def factor(self, value: t.Expr) -> t.Factor:
        return t.Factor(value, span=self.span)

    def param(self, name: Token, type_: t.TypeExpr, value: t.Expr | None) -> t.Param:
        return t.Param(name.text, type_, value, span=self.span)

    def returns(self, value: t.Expr) -> t.Return:
        return t.Return(value, span=self.span)

    def subject_to(self, *constraints: t.Expr) -> t.SubjectTo:
        return t.SubjectTo(constraints, span=self.span)

    def prints(self, *values: t.Expr) -> t.Print:
        return t.Print(values, span=self.span)

    def expression_statement(self, value: t.Expr, subject_to: t.SubjectTo | None) -> Any:
        """`minimize e by m` is a statement of its own; `subject to` after it on its line makes another."""
        statement: t.Statement
        match value:
            case t.Run("minimize" | "maximize" as sense, operand):
                statement = t.Optimise(sense, operand, None, span=value.span)
            case t.Hole(t.Run("minimize" | "maximize" as sense, operand), method):
                statement = t.Optimise(sense, operand, method, span=value.span)
            case _:
                statement = t.ExprStatement(value, span=value.span)
                if subject_to:
                    self.problems.append(NotAValue.subject_to(subject_to.span))
        self._arrow(value)
        return (statement, subject_to) if subject_to else statement

    def differential(self, state: Token, *terms: t.DifferentialTerm) -> t.Differential:
        return t.Differential(state.text[1:], terms, span=self.span)

    def first_term(self, coefficient: t.Expr | None, differential: Token) -> t.DifferentialTerm:
        return t.DifferentialTerm("+", coefficient, differential.text[1:], span=self.span)

    def signed_term(self, sign: Any, *rest: Any) -> t.DifferentialTerm:
        coefficient = rest[0] if len(rest) == 2 else None
        return t.DifferentialTerm(sign, coefficient, rest[-1].text[1:], span=self.span)

    def product(self, *parts: Any) -> t.DifferentialTerm:
        return self.signed_product("+", *parts)

    def signed_product(self, sign: Any, *parts: Any) -> t.DifferentialTerm:
        coefficient = self.operation(*parts[:-1])
        return t.DifferentialTerm(sign, coefficient, parts[-1].text[1:], True, span=self.span)

    def sign(self, sign: Token) -> str:
        return sign.text

    # ------------------------------------------------------------ expressions

    def hole(self, value: t.Expr, method: t.Method) -> t.Hole:
        self._second_method(value, method)
        return t.Hole(value, method, span=self.span)

    def operation(self, first: t.Expr, *rest: Any) -> t.Expr:
        if not rest:
            return first
        return group((first, *rest[1::2]), [operator.text for operator in rest[0::2]], self._chained)

    def operator(self, sign: Token) -> Token:
        return sign

    times = plus_or_times = raised = raised_sign = unary_operator = operator

    def prefixed(self, operator: Token, operand: t.Expr) -> t.Unary:
        return t.Unary(operator.text, operand, span=self.span)  # type: ignore[arg-type]

    def raise_to(self, base: t.Expr, operator: Token, exponent: t.Expr) -> t.Binary:
        return t.Binary(operator.text, base, exponent, span=self.span)  # type: ignore[arg-type]

    def call(self, function: t.Expr, arguments: tuple[t.Argument, ...]) -> t.Call:
        return t.Call(function, arguments, span=self.span)

    def arguments(self, *arguments: t.Argument) -> tuple[t.Argument, ...]:
        return arguments

    def comprehension_argument(self, element: t.Expr, *clauses: t.Clause) -> tuple[t.Argument, ...]:
        span = element.span.to(clauses[-1].span)
        return (t.Argument(None, t.Comprehension(element, clauses, False, span=span), span=span),)

    def named_argument(self, name: Token, value: t.Expr) -> t.Argument:
        return t.Argument(name.text, value, span=self.span)

    def plain_argument(self, value: t.Expr) -> t.Argument:
        return t.Argument(None, value, span=self.span)

    def subscripted(self, value: t.Expr, *subscripts: t.Expr | t.Slice) -> t.Subscript:
        return t.Subscript(value, subscripts, span=self.span)

    def sliced(self, lower: t.Expr | None, upper: t.Expr | None) -> t.Slice:
        return t.Slice(lower, upper, span=self.span)

    def attribute(self, value: t.Expr, name: Token) -> t.Attribute:
        return t.Attribute(value, name.text, span=self.span)

    def transpose(self, operand: t.Expr) -> t.Transpose:
        return t.Transpose(operand, span=self.span)

    def number(self, token: Token) -> t.Number:
        digits = token.text.replace("_", "")
        value = int(digits) if digits.isdecimal() else float(digits)
        return t.Number(value, token.text, span=self.span)

    def string(self, token: Token) -> t.String:
        return t.String(_text(token), span=self.span)

    def true(self) -> t.Bool:
        return t.Bool(True, span=self.span)

    def false(self) -> t.Bool:
        return t.Bool(False, span=self.span)

    def name(self, token: Token) -> t.Name:
        return t.Name(token.text, span=self.span if self.end == token.end else self._of(token))

    def parenthesised(self, value: t.Expr) -> t.Expr:
        return replace(value, span=self.span)

    def listing(self, *items: t.Expr) -> t.ListExpr:
        return t.ListExpr(items, span=self.span)

    def comprehension(self, element: t.Expr, *clauses: t.Clause) -> t.Comprehension:
        return t.Comprehension(element, clauses, True, span=self.span)

    def clause(self, index: Token, iterable: t.Expr) -> t.Clause:
        return t.Clause(index.text, iterable, span=self.span)

    def record(self, *fields: t.Field) -> t.RecordExpr:
        return t.RecordExpr(fields, span=self.span)

    def field(self, name: Token, value: t.Expr | None) -> t.Field:
        return t.Field(name.text, value, span=self.span)

    def conditional(self, condition: t.Expr, then: t.Expr, orelse: t.Expr) -> t.IfExpr:
        return t.IfExpr(condition, then, orelse, span=self.span)

    def anonymous(self, parameters: tuple[t.Parameter, ...], body: Any) -> t.Lambda:
        return t.Lambda(parameters, body, span=self.span)

    # ------------------------------------------------------------ holes

    def method(self, algorithm: t.Expr, derivative: t.Expr | None) -> t.Method:
        self.method_ends.add(self.end)
        return t.Method(algorithm, derivative, span=self.span)

    def derivative_only(self, derivative: t.Expr) -> t.Method:
        self.method_ends.add(self.end)
        return t.Method(None, derivative, span=self.span)

    def unsafe(self, strategy: t.Expr) -> t.Unary:
        return t.Unary("unsafe", strategy, span=self.span)

    def expect(self, body: t.Block, method: t.Method | None) -> t.Expr:
        return self._with_method(t.Expect(body, span=self._before(method)), method)

    def solve(self, kind: Any, binders: Any, start: Any, body: Any, subject_to: Any, method: Any) -> t.Expr:
        constraints = subject_to.constraints if subject_to else ()
        return self._with_method(t.Solve(kind, binders, start, body, constraints, span=self._before(method)), method)

    def solve_kind(self, kind: Token) -> str:
        return kind.text

    verb = solve_kind

    def binders(self, *binders: t.Binder) -> tuple[t.Binder, ...]:
        return binders

    def binder(self, name: Token, type_: t.TypeExpr | None, domain: t.Expr | None) -> t.Binder:
        return t.Binder(name.text, type_, domain, span=self.span)

    def integrate(self, field: t.Expr, start: t.Expr, times: t.Expr, method: t.Method | None) -> t.Expr:
        return self._with_method(t.Integrate(field, start, times, span=self._before(method)), method)

    def run(self, verb: Any, operand: t.Expr, method: t.Method | None) -> t.Expr:
        return self._with_method(t.Run(verb, operand, span=self._before(method)), method)

    def generate(self, operand: t.Expr, count: t.Expr | None, method: t.Method | None) -> t.Expr:
        return self._with_method(t.Run("generate", operand, count, span=self._before(method)), method)

    # ------------------------------------------------------------ types

    def type_expr(self, name: Token, bounds: Any, dims: Any, arguments: Any) -> t.TypeExpr:
        any_rank = dims == "..."
        return t.TypeExpr(
            name.text, bounds or (), () if any_rank else dims or (), arguments or (), any_rank, span=self.span
        )

    def bounds(self, *bounds: t.Bound) -> tuple[t.Bound, ...]:
        return bounds

    def bound(self, side: Token, value: t.Expr) -> t.Bound:
        if side.text not in ("lower", "upper"):
            self.problems.append(UnknownBound.at(self._of(side), side.text))
        return t.Bound(side.text, value, span=self.span)  # type: ignore[arg-type]

    def dims(self, *dims: t.Expr) -> tuple[t.Expr, ...]:
        return dims

    def any_rank(self) -> str:
        return "..."

    # ------------------------------------------------------------ parts

    def _of(self, token: Token) -> Span:
        return Span(self.source, token.start, token.end)

    def _before(self, method: t.Method | None) -> Span:
        """The span of a hole without its clauses."""
        if method is None:
            return self.span
        end = len(self.source.text[: method.span.start].rstrip())
        return Span(self.source, self.start, end)

    def _second_method(self, value: t.Expr, method: t.Method | None) -> None:
        """`HOLE @ D by A`: the hole is complete with `@ D`, so that `by A` would belong to nothing in particular."""
        if method and value.span.end in self.method_ends:
            clause = "by" if method.algorithm else "@"
            self.problems.append(ClauseOrder.at(method.span, clause))

    def _with_method(self, value: t.Expr, method: t.Method | None) -> t.Expr:
        return t.Hole(value, method, span=self.span) if method else value

    def _target(self, target: t.Expr, sign: str) -> t.Name | t.Subscript:
        match target:
            case t.Name() | t.Subscript(t.Name()):
                return target
            case _:
                if not any(self.start <= problem.primary.span.start <= self.end for problem in self.problems):
                    self.problems.append(NotATarget.at(target.span, sign))
                return t.Name("_", span=target.span)

    def _stan_declaration(self, target: t.Expr, value: t.Expr) -> None:
        """`real<lower=0> x` reads as `real < lower = (0 > x)`."""
        match target, value:
            case t.Binary("<", t.Name(), t.Name("lower" | "upper")), t.Binary(">", _, t.Name(declared)):
                type_text = self.source.text[self.start : value.span.end].rpartition(">")[0]
                if "\n" not in type_text:
                    self.problems.append(StanDeclaration.at(self.span, f"{declared}: {type_text}>"))

    def _chained(self, left: t.Expr, operator: str, right: t.Expr) -> None:
        self.problems.append(ChainedComparison.at(left, operator, right))

    def _arrow(self, value: t.Expr) -> None:
        """`x <- e` reads as `x < -e`: as a statement it is always the arrow of R and of old Stan."""
        match value:
            case t.Binary("<", left, t.Unary("-", right)):
                between = self.source.text[left.span.end : right.span.start]
                if between.strip() == "<-":
                    at = left.span.end + between.index("<-")
                    self.problems.append(NotAValue.arrow(Span(self.source, at, at + 2), left.span.text))


def _flat(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    """Some statements make two nodes, one that could not be read none."""
    if any(isinstance(part, tuple) for part in parts):
        return tuple(node for part in parts for node in (part if isinstance(part, tuple) else (part,)))
    return parts


def _text(token: Token) -> str:
    """What a string says."""
    inner, text, i = token.text[1:-1], "", 0
    if "\\" not in inner:
        return inner
    pieces = []
    while i < len(inner):
        if inner[i] == "\\":
            i += 1
            pieces.append(_ESCAPES.get(inner[i], inner[i]))
        else:
            pieces.append(inner[i])
        i += 1
    return text.join(pieces)
