"""Reading the parts of statements: sizes, atoms, types, laws, expressions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from math import inf, nan
from typing import Any, TypeVar

from pushforward.compiler.core import ir
from pushforward.compiler.core.tokens import Cursor
from pushforward.dsl import typed
from pushforward.dsl.types import EVENT_RANK, REAL, Array, Constraint, Dim, Setting

T = TypeVar("T")

#: Words that begin an expression when neither `(` nor `[` nor the end of the line follows.
_FORMS = (
    "where",
    "concat",
    "draw",
    "points",
    "sample",
    "log_prob",
    "free",
    "zeros",
    "weights",
    "iota",
    "expand",
    "permute",
    "broadcast",
    "update",
)


class Parts:
    """A cursor with the meaning of names. `table` has the operations listed in the text, `op` the others."""

    def __init__(
        self,
        cursor: Cursor,
        distribution: Callable[[str], typed.DistributionSignature],
        op: Callable[[str], ir.Op],
        table: Mapping[str, ir.Op],
    ) -> None:
        self.c = cursor
        self._distribution, self._op, self._table = distribution, op, table

    # ------------------------------------------------------------ sizes and atoms

    def dim(self) -> Dim:
        """A polynomial."""
        total = self._term()
        while self.c.sees("+") or self.c.sees("-"):
            negative = self.c.next().text == "-"
            term = self._term()
            total = total - term if negative else total + term
        return total

    def _term(self) -> Dim:
        if self.c.take("-"):
            return -self._term()
        product = self._factor()
        while self.c.take("*"):
            product = product * self._factor()
        if self.c.take("//"):
            product = product * Dim.const(Fraction(1, self.c.integer()))
        return product

    def _factor(self) -> Dim:
        if self.c.peek().kind == "int":
            return Dim.const(self.c.integer())
        if self.c.take("("):
            inner = self.dim()
            self.c.expect(")")
            return inner
        return Dim.name(self.c.name())

    def dims(self) -> tuple[Dim, ...]:
        """`[N, K]`."""
        self.c.expect("[")
        return self.c.list_of(self.dim, "]")

    def atom(self) -> ir.Atom:
        """A name, a number, or `#` and a size."""
        if self.c.take("#"):
            return ir.Size(self._factor())
        if self.c.take("true"):
            return ir.Lit(True)
        if self.c.take("false"):
            return ir.Lit(False)
        if self.c.named():
            return ir.Var(self.c.name())
        return ir.Lit(self.number())

    def number(self) -> int | float:
        """A number with its sign."""
        negative = self.c.take("-")
        token = self.c.peek()
        if token.kind not in ("int", "float"):
            raise self.c.error("a number")
        self.c.next()
        special = {".inf": inf, ".nan": nan}
        value = int(token.text) if token.kind == "int" else special.get(token.text)
        value = float(token.text) if value is None else value
        return -value if negative else value

    def subs(self) -> tuple[ir.Sub, ...]:
        """`[t - 1, 0:K, pick z]`."""
        self.c.expect("[")
        return self.c.list_of(self._sub, "]")

    def _sub(self) -> ir.Sub:
        after = self.c.peek(1)  # `pick` may also be a name: `x[pick]`, `x[pick - 1]`, `x[pick:n]`
        negative = after.text == "-" and self.c.peek(2).kind == "float"
        if self.c.sees("pick") and (after.kind != "mark" or after.text == "#" or negative):
            self.c.next()
            return ir.Pick(self.atom())
        lower = self.dim()
        return ir.Range(lower, self.dim()) if self.c.take(":") else ir.At(lower)

    # ------------------------------------------------------------ types

    def _typed(self) -> Array:
        """`: real`."""
        self.c.expect(":")
        return self.type()

    def type(self) -> Array:
        """`vector<lower=0.0>[N]`."""
        head = self.c.name()
        options = dict(self.c.list_of(self._option, ">")) if self.c.take("<") else {}
        dims = self.dims() if self.c.sees("[") else ()
        element = {"vector": "real", "matrix": "real"}.get(head, head)
        kind = "none"
        if head in EVENT_RANK:
            kind, element = head, next((e for e in ("int", "bool") if e in options), "real")
        elif "index" in options:
            kind = "index"
        elif "interval" in options or (("lower" in options or "upper" in options) and "none" not in options):
            kind = "interval"
        if element not in ("real", "int", "bool", "network"):
            raise self.c.error(f"a type instead of `{head}` before this")
        known = {k: options[k] for k in ("lower", "upper", "size", "base", "open") if k in options}
        return Array(element, dims, replace(Constraint(kind), **known))  # type: ignore[arg-type]

    def _option(self) -> tuple[str, Any]:
        name = self.c.name()
        if not self.c.take("="):
            return name, True
        match name:
            case "size":
                return name, self.dim()
            case _ if self.c.peek().kind == "string":  # an expression of the user's, as text
                return name, typed.Ref(self.c.name(), type=REAL, stage=typed.Stage.PARAMETER)
            case _:
                return name, self.number()

    def _limit(self, word: str) -> ir.Atom | None:
        return self.atom() if self.c.take(word) else None

    def _equation(self) -> tuple[str, Array, ir.Atom]:
        """`name: type = atom`."""
        name, type_ = self.c.name(), self._typed()
        self.c.expect("=")
        return name, type_, self.atom()

    def _field(self) -> tuple[str, ir.Atom]:
        name = self.c.name()
        return name, self.atom() if self.c.take("=") else ir.Var(name)

    # ------------------------------------------------------------ laws

    def law(self) -> ir.AnyLaw:
        """`normal(each mu, tau) over [J]`, `mixture w (normal(a, b), normal(c, d))`."""
        if self.c.sees("mixture") and not (self.c.peek(1).kind == "mark" and self.c.peek(1).text == "("):
            return self._mixture()
        return self._law()

    def _law(self) -> ir.Law:
        place = self.c.error("a distribution")
        name = self.c.name()
        try:
            signature = self._distribution(name)
        except KeyError:
            raise place from None
        self.c.expect("(")
        arguments = self.c.list_of(self._argument, ")")
        batch = self._over()
        binding: tuple[tuple[str, Dim], ...] = ()
        if self.c.take("with"):
            self.c.expect("{")
            binding = self.c.list_of(self._binding, "}")
        atoms, lifted = tuple(a for _, a in arguments), tuple(each for each, _ in arguments)
        return ir.Law(signature, atoms, lifted, batch, binding)

    def _argument(self) -> tuple[bool, ir.Atom]:
        after = self.c.peek(1)
        each = self.c.sees("each") and not (after.kind == "mark" and after.text in ",)")
        if each:
            self.c.next()
        return each, self.atom()

    def _binding(self) -> tuple[str, Dim]:
        name = self.c.name()
        self.c.expect("=")
        return name, self.dim()

    def _over(self) -> tuple[Dim, ...]:
        return self.dims() if self.c.take("over") else ()

    def _mixture(self) -> ir.MixtureLaw:
        self.c.next()
        after = self.c.peek(1)
        family = self.c.sees("family") and not (after.kind == "mark" and after.text == "(")
        if family:
            self.c.next()
        weights = self.atom()
        self.c.expect("(")
        components = self.c.list_of(self._law, ")")
        return ir.MixtureLaw(weights, components, family, self._over())

    # ------------------------------------------------------------ expressions

    def expr(self) -> ir.Expr:
        """The right side of a `let`."""
        c, after = self.c, self.c.peek(1)
        if c.take("["):
            items = c.list_of(self.atom, "]")
            return ir.Stack(items, c.integer() if c.take("at") else 0)
        ends = after.kind in ("newline", "end") or after.text in ("(", "[", "@")
        if c.peek().kind == "word" and c.peek().text in _FORMS and not ends:
            return self._form(c.next().text)
        if c.named() and after.kind == "mark" and after.text in ("(", "@"):
            return self._call()
        if c.named() and after.kind == "mark" and after.text == "[":
            return ir.Index(ir.Var(c.name()), self.subs())
        return ir.Copy(self.atom())

    def _form(self, word: str) -> ir.Expr:
        c = self.c
        match word:
            case "where":
                return ir.Select(self.atom(), self._after("then", self.atom), self._after("else", self.atom))
            case "concat":
                axis = self._after("at", c.integer)
                c.expect("[")
                return ir.Concat(c.list_of(self.atom, "]"), axis)
            case "draw":
                return ir.Draw(self.law())
            case "points":
                along, place = c.name(), self.dims() if c.sees("[") else ()
                count = self._after("over", self.dim)
                if c.take("from"):
                    return ir.Points(along, count, (), self.dim(), place)
                c.expect("of")
                c.expect("[")
                return ir.Points(along, count, c.list_of(self.atom, "]"), place=place)
            case "sample":
                target, arguments = self._bound()
                return ir.Sample(target, arguments, self._over(), c.name() if c.take("key") else None)
            case "log_prob":
                target, arguments = self._bound()
                value = self._after("at", self.atom)
                return ir.BoundLogProb(target, arguments, value, self._mapped() if c.take("mapped") else ())
            case "free":
                vector = ir.Var(c.name())
                (offset,) = self.dims()
                return ir.Free(vector, offset, self.dims() if c.take("as") else ())
            case "zeros":
                element = c.name()
                return ir.Zeros(self.dims(), element)
            case "weights":
                kind = c.name()
                c.expect("(")
                return ir.Weights(kind, c.list_of(self._network_setting, ")"), self._after("at", c.integer))
            case "iota":
                return ir.Iota(self._after("from", self.dim), self._after("to", self.dim))
            case "expand":
                atom = self.atom()
                c.expect("[")
                return ir.Expand(atom, c.list_of(self._axis, "]"))
            case "permute":
                atom = self.atom()
                c.expect("[")
                return ir.Permute(atom, c.list_of(c.integer, "]"))
            case "broadcast":
                return ir.Broadcast(self.atom(), self.dims())
            case _:
                base = ir.Var(c.name())
                return ir.Update(base, self.subs(), self._after("with", self.atom))

    def _strategy(self) -> typed.Strategy:
        """`score(baseline=ema(0=0.9))`."""
        c = self.c
        unsafe = c.sees("unsafe") and c.named(1) and c.take("unsafe")
        name = c.name()
        given = c.list_of(self._setting, ")") if c.take("(") else ()
        return typed.Strategy(name, given, unsafe)

    def _setting(self) -> tuple[str, int | float | str | typed.Strategy]:
        c = self.c
        key = str(c.integer()) if c.peek().kind == "int" else c.name()
        c.expect("=")
        if c.peek().kind == "string":
            return key, c.name()
        if c.named():
            return key, self._strategy()
        atom = self.atom()
        assert isinstance(atom, ir.Lit)
        return key, atom.value

    def _network_setting(self) -> tuple[str, Setting]:
        name = self.c.name()
        self.c.expect("=")
        if self.c.peek().kind == "string":
            return name, self.c.name()
        return name, self.dims() if self.c.sees("[") else self.dim()

    def _after(self, word: str, part: Callable[[], T]) -> T:
        self.c.expect(word)
        return part()

    def _axis(self) -> bool:
        if self.c.take(":"):
            return True
        self.c.expect("new")
        return False

    def _call(self) -> ir.Call:
        c = self.c
        op = self._operation()
        c.expect("(")
        arguments, closing = c.list_until(self.atom, ";", ")")
        axis: tuple[int, ...] | None = None
        mapped: tuple[tuple[bool, ...], ...] = ()
        if closing == ";":
            if c.take("axis", "=", "["):
                axis = c.list_of(c.integer, "]")
                c.take(",")
            if c.take("mapped", "="):
                mapped = self._mapped()
            c.expect(")")
        return ir.Call(op, arguments, axis, mapped)

    def _operation(self) -> ir.Op:
        """An operation that is listed, that the library knows, or that is written with its target."""
        place, name = self.c.error("an operation"), self.c.name()
        if not self.c.take("@"):
            try:
                return self._table[name] if name in self._table else self._op(name)
            except KeyError:
                raise place from None
        target = self._target()
        return ir.Op(name, target, self.c.take("."))

    def _target(self) -> str:
        parts = [self.c.name()]
        while self.c.sees(".") and self.c.named(1):
            self.c.next()
            parts.append(self.c.name())
        return ".".join(parts)

    def _bound(self) -> tuple[str, tuple[tuple[str, ir.Atom], ...]]:
        target = self._target()
        self.c.expect("(")
        return target, self.c.list_of(self._keyword, ")")

    def _keyword(self) -> tuple[str, ir.Atom]:
        name = self.c.name()
        return name, self._after("=", self.atom)

    def _mapped(self) -> tuple[tuple[bool, ...], ...]:
        axes: list[tuple[bool, ...]] = []
        while self.c.take("["):
            carries: list[bool] = []
            while not self.c.take("]"):
                if not (self.c.sees("+") or self.c.sees("-")):
                    raise self.c.error("`+` or `-`")
                carries.append(self.c.next().text == "+")
            axes.append(tuple(carries))
        return tuple(axes)
