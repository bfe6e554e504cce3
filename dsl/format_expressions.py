"""How expressions, types and holes are written: spaces, parentheses, and where a long one may break.

Parentheses are written where the tree needs them and nowhere else. A form that would swallow what follows it (`if`,
`fun`, `sample`, `integrate`, `bridge`) is parenthesised as an operand, also where the last operand could do without.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from pushforward.dsl import tree as t
from pushforward.dsl.layout import SOFT, Doc, Group, Line, Nest, join, layout
from pushforward.dsl.operators import BINDING, NO_CHAIN

_PLUS, _TIMES = BINDING["+"], BINDING["*"]
_UNARY, _POWER, _POSTFIX = _TIMES + 1, _TIMES + 2, _TIMES + 3
_OPERATION = -1  # everything but an expression with clauses of its own
_EXPR = -2


class Expressions:
    """Writes expressions; `block` writes the braces of those that have them."""

    def __init__(self, block: Callable[[t.Block], Doc]) -> None:
        self.block = block

    # ------------------------------------------------------------ expressions

    def expr(self, e: t.Expr) -> Doc:
        """Where any expression may stand."""
        return self.at(e, _EXPR)

    def operation(self, e: t.Expr) -> Doc:
        """Where clauses (`by`, `@`) would belong to what is around."""
        return self.at(e, _OPERATION)

    def before_clauses(self, e: t.Expr) -> Doc:
        """Before clauses that must not be taken by a hole inside."""
        return ("(", self.expr(e), ")") if ends_in_hole(e) else self.operation(e)

    def at(self, e: t.Expr, level: int) -> Doc:
        """In a place that takes what binds at `level` or tighter."""
        return self._bare(e) if _level(e) >= level else Group(("(", Nest(1, self.expr(e)), ")"))

    def _bare(self, e: t.Expr) -> Doc:
        match e:
            case t.Number(value, text):
                return text or repr(value)
            case t.Bool(value):
                return "true" if value else "false"
            case t.String(value):
                return quoted(value)
            case t.Name(name):
                return name
            case t.Call(function, arguments):
                return (self.at(function, _POSTFIX), self.arguments(arguments))
            case t.Attribute(value, name):
                inner = self.at(value, _POSTFIX)
                return ("(", inner, ").", name) if isinstance(value, t.Number) else (inner, ".", name)
            case t.Subscript(value, subscripts):
                return (self.at(value, _POSTFIX), bracketed("[", [self._subscript(s) for s in subscripts], "]"))
            case t.Transpose(operand):
                return (self.at(operand, _POSTFIX), "'")
            case t.Unary(op, operand):
                return (op, " " if op in ("plugin", "unsafe") else "", self.at(operand, _UNARY))
            case t.Binary("^" | ".^" as op, left, right):
                return (self.at(left, _POSTFIX), op, self._exponent(right))
            case t.Binary():
                return Group(Nest(2, self._chain(e)))
            case t.Range(lower, upper):
                return (self._tight(lower, _PLUS), "..", self._tight(upper, _PLUS))
            case t.At(process, times):
                level = BINDING["at"]
                return (self.at(process, level), " at ", self.at(times, level + 1))
            case t.ListExpr(items):
                return bracketed("[", [self.expr(item) for item in items], "]")
            case t.Comprehension(bracketed=has_brackets):
                inner = self._comprehension(e)
                return Group(("[", Nest(2, (SOFT, inner)), SOFT, "]")) if has_brackets else inner
            case t.RecordExpr(fields):
                return bracketed("{", [self._field(field) for field in fields], "}")
            case t.IfExpr():
                return Group(Nest(2, self._choice(e)))
            case t.Lambda(parameters, body):
                return ("fun", self.parameters(parameters), self.body(body))
            case t.LogDensity(body):
                return ("logp ", self.block(body))
            case t.Size(dim):
                return str(dim)
            case t.Transformed(type_, vector, offset, jacobian):
                what = "log_jacobian" if jacobian else "constrain"
                return (f"{what}({type_}, ", self.expr(vector), f", {offset})")
            case _:
                return self._hole(e)

    def _hole(self, e: t.Expr, clauses: bool = False) -> Doc:
        """A hole; with `clauses`, what it ends with must not take the clauses that follow it."""

        def last(operand: t.Expr) -> Doc:
            return ("(", self.expr(operand), ")") if clauses and takes_clauses(operand) else self.operation(operand)

        match e:
            case t.Hole(t.Expect() | t.Solve() | t.Integrate() | t.Bridge() | t.Run() as value, method):
                return Group((self._hole(value, clauses=True), self.method(method)))
            case t.Hole(value, method):
                return Group((self.before_clauses(value), self.method(method)))
            case t.Expect(body):
                return ("expect ", self.block(body))
            case t.Run(verb, operand, None):
                return (verb, " ", self._after_word(operand, last(operand)))
            case t.Run(verb, operand, count) if count is not None:
                return (verb, " ", self._after_word(operand, self.operation(operand)), " ", self.expr(count))
            case t.Integrate(field, start, times):
                return (
                    "integrate ",
                    self._after_word(field, self.operation(field)),
                    " from ",
                    self.operation(start),
                    " over ",
                    last(times),
                )
            case t.Bridge(start, end, reference):
                ends: tuple[Doc, ...] = (" from ", self.operation(start), " to ", self.operation(end))
                return ("bridge", *ends, " under ", last(reference))
            case t.Solve(kind, binders, start, body, constraints):
                unknowns = join(", ", [self._binder(binder) for binder in binders])
                begin: Doc = (" from ", self.operation(start)) if start else ""
                head = (kind, " ", *unknowns, begin, " ", self.block(body))
                return (*head, Nest(2, (Line(), self.subject_to(constraints, last)))) if constraints else head
            case _:
                raise AssertionError(f"no way to write {type(e).__name__}")

    def _after_word(self, e: t.Expr, written: Doc) -> Doc:
        """After a keyword that is one only before another word or a parenthesis."""
        first = layout(written, 10**9)[:1]
        return written if first.isalpha() or first in ("_", "(") else ("(", self.expr(e), ")")

    def subject_to(self, constraints: tuple[t.Expr, ...], write: Callable[[t.Expr], Doc] | None = None) -> Doc:
        """`subject to g(w) <= 0, h(w) == 0`."""
        written = [(write or self.operation)(constraint) for constraint in constraints]
        return ("subject to ", Group(Nest(4, join((",", Line()), written))))

    def method(self, method: t.Method | None) -> Doc:
        """The clauses of a hole, with the space before them."""
        if method is None:
            return ""
        by: list[Doc] = [("by ", self.expr(method.algorithm))] if method.algorithm else []
        at: list[Doc] = [("@ ", self.expr(method.derivative))] if method.derivative else []
        return Nest(2, (Line(), Group(join(Line(), by + at))))

    def coefficient(self, e: t.Expr) -> Doc:
        """What stands before a differential."""
        return self.at(e, _TIMES)

    def _choice(self, e: t.IfExpr) -> Doc:
        """`if c then a else if d then b else e`; a line for each branch."""
        first = Group(("if ", self.expr(e.condition), Nest(2, (Line(), "then ", self.expr(e.then)))))
        rest = self._choice(e.orelse) if isinstance(e.orelse, t.IfExpr) else self.operation(e.orelse)
        return (first, Line(), "else ", rest)

    def _chain(self, e: t.Binary) -> Doc:
        """Operators of one level in a row; the line may break after each of them."""
        level = BINDING[e.op]
        dotted = e.op.startswith(".")  # `(a * b) .* c` is written with parentheses that only people need
        parts: list[Doc] = []
        node: t.Expr = e
        while isinstance(node, t.Binary) and BINDING.get(node.op) == level and dotted <= node.op.startswith("."):
            parts += [self.at(node.right, level + 1), Line(), f" {node.op}"]
            node = node.left
            if e.op in NO_CHAIN:
                break
        mixed = isinstance(node, t.Binary) and BINDING.get(node.op) == level
        parts.append(self.at(node, level + mixed))
        return tuple(reversed(parts))

    def _exponent(self, e: t.Expr) -> Doc:
        match e:
            case t.Unary("-" | "+" as op, operand):
                return (op, self._exponent(operand))
            case _:
                return self.at(e, _POWER)

    def _tight(self, e: t.Expr, level: int) -> Doc:
        """`t-1`, as in `y[t-1]` and `0..T-1`."""
        match e:
            case t.Binary("+" | "-" as op, t.Name() | t.Number() as left, t.Name() | t.Number() as right):
                return (self._bare(left), op, self._bare(right))
            case _:
                return self.at(e, level)

    def _subscript(self, s: t.Expr | t.Slice) -> Doc:
        match s:
            case t.Slice(lower, upper):
                ends = [self._tight(end, _OPERATION) if end else "" for end in (lower, upper)]
                return (ends[0], ":", ends[1])
            case _:
                return self._tight(s, _EXPR)

    def _comprehension(self, e: t.Comprehension) -> Doc:
        clauses = [(Line(), "for ", c.index, " in ", self.operation(c.iterable)) for c in e.clauses]
        return (self.expr(e.element), *clauses)

    def _field(self, field: t.Field) -> Doc:
        return (field.name, " = ", self.expr(field.value)) if field.value else field.name

    # ------------------------------------------------------------ arguments, parameters, types

    def arguments(self, arguments: tuple[t.Argument, ...]) -> Doc:
        """The parentheses of a call."""
        match arguments:
            case (t.Argument(None, t.Comprehension(bracketed=False) as only),):
                return Group(("(", Nest(2, (SOFT, self._comprehension(only))), SOFT, ")"))
            case _:
                return bracketed("(", [self._argument(argument) for argument in arguments], ")")

    def _argument(self, argument: t.Argument) -> Doc:
        return (argument.name, "=", self.expr(argument.value)) if argument.name else self.expr(argument.value)

    def parameters(self, parameters: tuple[t.Parameter, ...]) -> Doc:
        """The parentheses of a declaration."""
        return bracketed("(", [self._parameter(parameter) for parameter in parameters], ")")

    def _parameter(self, p: t.Parameter) -> Doc:
        return (p.name, self.of_type(p.type), " = " if p.default else "", self.expr(p.default) if p.default else "")

    def body(self, body: t.Expr | t.Block | t.Extern) -> Doc:
        """What follows the head of a function."""
        match body:
            case t.Block():
                return (" ", self.block(body))
            case t.Extern(target):
                plain = all(part.isidentifier() for part in target.split("."))
                return Group((" =", Nest(2, (Line(), "extern ", target if plain else quoted(target)))))
            case t.IfExpr():
                return Group((" =", Nest(2, (Line(), Group(self._choice(body))))))
            case t.Binary(op) if op in BINDING:
                return Group((" =", Nest(2, (Line(), Group(self._chain(body))))))
            case _:
                return Group((" =", Nest(2, (Line(), self.expr(body)))))

    def of_type(self, type_: t.TypeExpr | None) -> Doc:
        """`: T`, or nothing."""
        return (": ", self.type_expr(type_)) if type_ else ""

    def type_expr(self, type_: t.TypeExpr) -> Doc:
        """A type expression."""
        sides = [(bound.side, "=", self.at(bound.value, _PLUS)) for bound in type_.bounds]
        bounds: Doc = ("<", *join(", ", sides), ">") if sides else ""
        dims: Doc = ("[", *join(", ", [self.expr(dim) for dim in type_.dims]), "]") if type_.dims else ""
        return (type_.name, bounds, "[...]" if type_.any_rank else dims, self._type_arguments(type_))

    def _type_arguments(self, type_: t.TypeExpr) -> Doc:
        return self.arguments(type_.arguments) if type_.arguments else ""

    def _binder(self, binder: t.Binder) -> Doc:
        domain: Doc = (" in ", self.operation(binder.domain)) if binder.domain else ""
        return (binder.name, self.of_type(binder.type), domain)


def bracketed(opening: str, items: list[Doc], closing: str) -> Doc:
    """`(a, b)`; or all items on the next line; or each item on a line of its own."""
    if not items:
        return opening + closing
    return Group((opening, Nest(2, (SOFT, Group(join((",", Line()), items)))), SOFT, closing))


def quoted(text: str) -> str:
    """A string as it is written in a program."""
    escaped = re.sub(r'[\\"]', lambda m: "\\" + m.group(), text)
    return '"' + escaped.replace("\n", "\\n").replace("\t", "\\t") + '"'


def _level(e: t.Expr) -> int:
    """How tightly the outermost form of an expression binds; see operators.py."""
    match e:
        case t.Hole(t.Expect()) | t.Expect() | t.Hole(t.Solve(constraints=())) | t.Solve(constraints=()):
            return _UNARY
        case t.Hole(t.Solve() | t.Integrate() | t.Bridge() | t.Run()):
            return _OPERATION
        case t.Solve() | t.Integrate() | t.Bridge() | t.Run():
            return _OPERATION
        case t.IfExpr() | t.Lambda():
            return _OPERATION
        case t.Hole():
            return _EXPR
        case t.Binary("^" | ".^"):
            return _POWER
        case t.Binary(op):
            return BINDING[op]
        case t.At():
            return BINDING["at"]
        case t.Range():
            return BINDING[".."]
        case t.Unary():
            return _UNARY
        case _:
            return _POSTFIX


def last_operand(e: t.Expr) -> t.Expr:
    """The form that the text of an expression ends with, if it ends with one that clauses could follow."""
    while True:
        match e:
            case t.Binary(_, _, right) | t.At(_, right) | t.Range(_, right):
                e = right
            case t.Unary(_, operand) | t.IfExpr(_, _, operand):
                e = operand
            case _:
                return e


def takes_clauses(e: t.Expr) -> bool:
    """Whether clauses written after this would become those of a hole inside."""
    return isinstance(last_operand(e), t.Expect | t.Solve | t.Integrate | t.Bridge | t.Run | t.Lambda)


def ends_in_hole(e: t.Expr) -> bool:
    """Whether clauses cannot be written after this without parentheses."""
    return takes_clauses(e) or isinstance(last_operand(e), t.Hole)
