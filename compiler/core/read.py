"""read: programs of the core from the text that `show` writes, so that a pass can be tested from text.

`read(show(p), library) == p`. A hand-written text may leave out the table of operations when the library
knows them. Mistakes are ValueErrors that begin with line and column: the text is for tests and for
developers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from pushforward.compiler.core import ir
from pushforward.compiler.core.read_parts import Parts
from pushforward.compiler.core.tokens import Cursor
from pushforward.dsl.typed import DistributionSignature
from pushforward.dsl.types import Dim


class Library(Protocol):
    """What names of distributions and operations mean. Both raise KeyError for a name that is not known."""

    def distribution(self, name: str) -> DistributionSignature: ...

    def op(self, name: str) -> ir.Op: ...


def read(text: str, library: Library) -> ir.Program:
    """The program that a text describes. Raises ValueError."""
    reader = _Reader(text, library)
    return reader.program()


def read_body(text: str, library: Library) -> tuple[ir.Stmt, ...]:
    """The statements that a text describes, as `show_body` writes them; a table of operations may follow.
    Raises ValueError.
    """
    reader = _Reader(text, library)
    body = reader.statements()
    reader.end()
    return body


class _Reader(Parts):
    """Statements and programs."""

    def __init__(self, text: str, library: Library) -> None:
        cursor = Cursor(text)
        super().__init__(cursor, library.distribution, library.op, _table(text))

    # ------------------------------------------------------------ programs

    def program(self) -> ir.Program:
        c = self.c
        doc = self._doc()
        c.expect("program")
        name = c.name()
        c.expect("(")
        statics, more = c.list_until(c.name, ";", ")")
        inputs = c.list_of(self._input, ")") if more == ";" else ()
        c.expect("{")
        c.line_end()
        variables: list[ir.Variable] = []
        params: list[ir.Variable] = []
        while c.sees("param") and c.named(1):
            c.next()
            params.append(ir.Variable(c.name(), self._typed()))
            c.line_end()
        while c.sees("variable") and c.named(1):
            c.next()
            variables.append(ir.Variable(c.name(), self._typed(), c.take("observed")))
            c.line_end()
        choices: list[ir.Choice] = []
        while c.sees("choice") and c.named(1):
            c.next()
            choices.append(self._choice())
            c.line_end()
        free = None
        if c.sees("free_size") and not self._is_named_statement():
            c.next()
            free = self.dim()
            c.line_end()
        prepare = self._block() if c.take("prepare", "{") else ()
        if prepare:
            c.line_end()
        body = self.statements()
        c.expect("}")
        self.end()
        return ir.Program(
            name, statics, inputs, tuple(variables), body, doc, free, prepare, tuple(params), tuple(choices)
        )

    def _choice(self) -> ir.Choice:
        c, name = self.c, self.c.name()
        c.expect("by")
        strategy = c.name()
        surrogate = c.name() if c.take("surrogate") else ""
        baseline = self.atom() if c.take("baseline") else None
        choice = ir.Choice(name, strategy, surrogate, baseline)
        if c.take("averages"):
            cost = c.name()
            c.expect("by")
            choice = replace(choice, cost=cost, decay=self._decay())
        choice = replace(choice, learned=c.name()) if c.take("learns") else choice
        if c.take("weight"):
            weight = c.name()
            c.expect("along")
            axis = c.name()
            c.expect("over")
            choice = replace(choice, weight=weight, axis=axis, count=self.dim())
        draws: list[tuple[str, tuple[Dim, ...] | None]] = []
        while c.take("draw"):
            drawn = c.name()
            draws.append((drawn, c.list_of(self.dim, "]") if c.take("[") else None))
        return replace(choice, draws=tuple(draws))

    def _decay(self) -> float:
        atom = self.atom()
        assert isinstance(atom, ir.Lit)
        return float(atom.value)

    def end(self) -> None:
        """The table of operations, which was read beforehand, and nothing more."""
        c = self.c
        c.skip_lines()
        while c.sees("op"):
            while c.peek().kind not in ("newline", "end"):
                c.next()
            c.skip_lines()
        if c.peek().kind != "end":
            raise c.error("the end")

    def _doc(self) -> str:
        lines: list[str] = []
        while self.c.peek().kind == "doc":
            lines.append(self.c.next().text.removeprefix("## "))
            self.c.line_end()
        return "\n".join(lines)

    def _input(self) -> ir.Input:
        name, type_ = self.c.name(), self._typed()
        role = self.c.name()
        if role not in ("data", "given", "latent", "free", "prepared", "param", "state"):
            raise self.c.error("a role before this")
        return ir.Input(name, type_, role, self.c.name() if role in ("param", "state") else "")  # type: ignore[arg-type]

    # ------------------------------------------------------------ statements

    def statements(self) -> tuple[ir.Stmt, ...]:
        """Statements up to a closing brace, the table of operations, or the end."""
        found: list[ir.Stmt] = []
        self.c.skip_lines()
        while not (self.c.sees("}") or self.c.peek().kind == "end" or self._at_table() or self._at_emit()):
            found.append(self.statement())
            self.c.line_end()
        return tuple(found)

    def _block(self) -> tuple[ir.Stmt, ...]:
        """Statements after an opening brace, and the closing one."""
        self.c.line_end()
        body = self.statements()
        self.c.expect("}")
        return body

    def _at_table(self) -> bool:
        return self.c.sees("op") and self.c.named(1) and self.c.peek(2).text == "="

    def _at_emit(self) -> bool:
        return self.c.sees("emit") and self.c.named(1)

    def _is_named_statement(self) -> bool:
        """Does a statement begin here with a name of the program (`x: real`, `x[0] = a`), whatever the name
        is?
        """
        return self.c.named() and self.c.peek(1).kind == "mark" and self.c.peek(1).text in (":", "[")

    def statement(self) -> ir.Stmt:
        if self._is_named_statement():
            return self._named()
        c = self.c
        keyword = c.peek()
        if keyword.kind != "word":
            raise c.error("a statement")
        c.next()
        match keyword.text:
            case "declare":
                name, type_ = c.name(), self._typed()
                limits = self._limit("lower"), self._limit("upper")
                return ir.Declare(name, type_, *limits, "param" if c.take("param") else "variable")
            case "total":
                name = c.name()
                c.expect("{")
                return ir.Total(name, self._block())
            case "site":
                return self._site()
            case "score":
                return self._score()
            case "factor":
                value = self.atom()
                c.expect("from")
                return ir.Factor(value, c.name(), c.name() if c.take("into") else "")
            case "for" | "map":
                return self._for("plain" if keyword.text == "for" else "map")
            case "scan":
                return self._scan() if c.peek(1).text == "over" else self._for("scan")
            case "if":
                return self._if()
            case "split":
                name = c.name()
                c.expect("from")
                return ir.Split(name, c.name(), self.dim() if c.take("count") else None)
            case "return":
                c.expect("{")
                return ir.Return(c.list_of(self._field, "}"))
        raise ValueError(f"{keyword.line}:{keyword.column}: no statement begins with `{keyword.text}`")

    def _named(self) -> ir.Stmt:
        c, name = self.c, self.c.name()
        if c.sees("["):
            subs = self.subs()
            c.expect("=")
            return ir.Store(name, subs, self.atom())
        type_ = self._typed()
        if c.take("="):
            return ir.Let(name, type_, self.expr())
        return ir.Container(name, type_, ir.Var(c.name()) if c.take("from") else None)

    def _site(self) -> ir.Site:
        c, address = self.c, self.c.name()
        subs = self.subs() if c.sees("[") else ()
        value = self._typed()
        c.expect("~")
        law = self.law()
        flags = c.take("truncated"), c.take("observes")
        strategy = self._strategy() if c.take("by") else None
        return ir.Site(address, subs, law, value, *flags, strategy, self.atom() if c.take("less") else None)

    def _score(self) -> ir.Score:
        c, law = self.c, self.law()
        c.expect("at")
        value, type_ = self.atom(), self._typed()
        if c.take("from"):
            address = c.name()
        elif isinstance(value, ir.Var):
            address = value.name
        else:
            raise c.error("`from`")
        cut = ir.Truncation(c.name(), self._limit("lower"), self._limit("upper")) if c.take("truncated") else None
        return ir.Score(law, value, type_, address, cut, self.atom() if c.take("times") else None)

    def _for(self, kind: str) -> ir.For:
        c, index = self.c, self.c.name()
        c.expect("in")
        lower, upper = self._range()
        c.expect("{")
        return ir.For(index, lower, upper, self._block(), kind)  # type: ignore[arg-type]

    def _range(self) -> tuple[Dim, Dim]:
        lower = self.dim()
        self.c.expect("..")
        return lower, self.dim()

    def _if(self) -> ir.If:
        condition = self.atom()
        self.c.expect("{")
        then = self._block()
        orelse = self._block() if self.c.take("else", "{") else ()
        return ir.If(condition, then, orelse)

    def _scan(self) -> ir.Scan:
        c, name = self.c, self.c.name()
        c.expect("over")
        length = self.dim()
        c.expect("{")
        c.line_end()
        slots, feeds, emits = [], [], []
        while c.sees("carry") and c.named(1):
            c.next()
            slots.append(self._slot())
            c.line_end()
        while c.sees("feed") and c.named(1):
            c.next()
            feeds.append(ir.Feed(*self._equation()))
            c.line_end()
        body = self.statements()
        while c.sees("emit") and c.named(1):
            c.next()
            emits.append(ir.Emit(*self._equation()))
            c.line_end()
        c.expect("}")
        return ir.Scan(name, length, tuple(slots), tuple(feeds), body, tuple(emits))

    def _slot(self) -> ir.Slot:
        c = self.c
        name, type_, initial = self._equation()
        c.expect("then")
        return ir.Slot(name, type_, initial, self.atom(), c.name() if c.take("final") else None)


def _table(text: str) -> dict[str, ir.Op]:
    """The operations listed after a program."""
    found: dict[str, ir.Op] = {}
    for line in text.split("\n"):
        if line.startswith("op "):
            c = Cursor(line)
            c.next()
            name = c.name()
            c.expect("=")
            target = c.name()
            while c.take("."):
                target += f".{c.name()}"
            found[name] = ir.Op(name, target, c.take("elementwise"))
    return found
