"""The one way to lay a program out.

100 columns, two spaces a level, one statement a line; at most one empty line, and only where the author had some.
Statements that the author joined with `;`, and braces that the author closed on their line, stay so while they fit.
Comments keep their places. A statement with a comment in the middle of it is left as it was written, but for its
indentation. Formatting twice changes nothing, and what is formatted means what it meant.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pushforward.dsl import tree as t
from pushforward.dsl.format_expressions import Expressions, last_operand
from pushforward.dsl.layout import HARD, Doc, Fresh, Group, Hard, Line, Nest, join, layout
from pushforward.dsl.parse import parse
from pushforward.dsl.source import NOWHERE, Source

WIDTH = 100


def format_source(source: Source) -> str:
    """The text of a program in the one layout. Raises ProgramError where the program cannot be read."""
    return format_file(parse(source))


def format_file(file: t.File) -> str:
    """The text of a tree. Trees without places (NOWHERE) are written without comments and one statement a line."""
    lines = layout(Statements(file.comments).whole(file), WIDTH)
    return lines.strip("\n") + "\n" if lines.strip() else ""


@dataclass(frozen=True)
class _Unit:
    """Some lines: statements or a comment, from one line of the text to another (0 when they stand nowhere)."""

    doc: Doc
    first: int
    last: int


class Statements:
    def __init__(self, comments: Sequence[t.Comment]) -> None:
        self.comments = comments
        self.starts = [comment.span.start for comment in comments]
        self.inline = False  # inside a statement that is tried on one line
        self.indent = 0
        self.expressions = Expressions(self.block)

    def whole(self, file: t.File) -> Doc:
        end = len(file.span.source.text) if file.span.source is not NOWHERE.source else 0
        if not file.items and self.comments:
            end = max(end, self.comments[-1].span.end)
        return self._lines(self._units(file.items, 0, end + 1))

    # ------------------------------------------------------------ lists of statements

    def block(self, block: t.Block | t.Distribution) -> Doc:
        """Braces and what is between them, on lines of their own or, inside a statement on one line, on that."""
        parts = block.members if isinstance(block, t.Distribution) else block.statements
        end = block.span.end
        begin = self._brace(block)
        if not parts and not self._comments(begin, end):
            return "{}"
        if self.inline:
            return ("{ ", *join("; ", [self._item(part, None) for part in parts]), " }")
        opening, rest = self._on_this_line(begin, end)
        self.indent += 2
        units = self._units(parts, rest, end)
        self.indent -= 2
        return ("{", opening, Fresh((Nest(2, (HARD, self._lines(units))), HARD)), "}")

    def _brace(self, block: t.Block | t.Distribution) -> int:
        """Where the braces open."""
        if isinstance(block, t.Block) or block.span is NOWHERE:
            return block.span.start
        return block.span.source.text.index("{", block.support.span.end)

    def _on_this_line(self, begin: int, end: int) -> tuple[Doc, int]:
        """The comment after an opening brace, and where what follows it begins."""
        found = self._comments(begin, end)
        if found and found[0].trailing:
            between = found[0].span.source.text[begin + 1 : found[0].span.start]
            if "\n" not in between and not between.strip():
                return ("  ", found[0].text), found[0].span.end
        return "", begin

    def _units(self, parts: Sequence[t.Item | t.Member], begin: int, end: int) -> list[_Unit]:
        """The statements, joined where the author joined them, and the comments between and after them."""
        units: list[_Unit] = []
        number = 0
        while number < len(parts):
            run = self._run(parts, number)
            for part in run:
                units += self._own_lines(begin, part.span.start)
                begin = max(begin, part.span.end)
            after = parts[number + len(run)] if number + len(run) < len(parts) else None
            units += self._joined(run, after)
            number += len(run)
            trailing, begin = self._after(begin, parts[number].span.start if number < len(parts) else end)
            if trailing:
                units[-1] = _Unit((units[-1].doc, trailing), units[-1].first, units[-1].last)
        return units + self._own_lines(begin, end)

    def _run(self, parts: Sequence[t.Item | t.Member], number: int) -> list[t.Item | t.Member]:
        """The statements that stand on one line from this one on."""
        run = [parts[number]]
        if not _places(run[0]):
            return run
        for part in parts[number + 1 :]:
            if _first(part) != _last(run[-1]) or _first(run[-1]) != _last(run[-1]):
                break
            if _first(part) != _last(part) or isinstance(part, t.SubjectTo):
                break
            run.append(part)
        return run

    def _joined(self, run: list[t.Item | t.Member], after: t.Item | t.Member | None) -> Iterator[_Unit]:
        """One line, if they fit on one."""
        following = [*run[1:], after]
        if len(run) > 1:
            line = "; ".join(self._one_line(part, next_) or "" for part, next_ in zip(run, following, strict=True))
            if len(line) <= WIDTH - self.indent and all(map(self._one_line, run, following)):
                yield _Unit(line, _first(run[0]), _last(run[-1]))
                return
        for part, next_ in zip(run, following, strict=True):
            first, last = (_first(part), _last(part)) if _places(part) else (0, 0)
            yield _Unit(self._statement(part, next_), first, last)

    def _lines(self, units: list[_Unit]) -> Doc:
        """Units on lines, with an empty line where the author had some."""
        docs: list[Doc] = []
        for i, unit in enumerate(units):
            if i:
                docs.append(Hard(blank=unit.first > units[i - 1].last + 1))
            docs.append(unit.doc)
        return tuple(docs)

    # ------------------------------------------------------------ comments

    def _comments(self, begin: int, end: int) -> Sequence[t.Comment]:
        return self.comments[bisect_left(self.starts, begin) : bisect_left(self.starts, end)]

    def _own_lines(self, begin: int, end: int) -> list[_Unit]:
        return [_Unit(c.text, c.span.line, c.span.line) for c in self._comments(begin, end)]

    def _after(self, begin: int, end: int) -> tuple[Doc, int]:
        """The comment at the end of the line on which a statement ends, and where what follows it begins."""
        found = self._comments(begin, end)
        if found and found[0].trailing and found[0].span.line == found[0].span.source.position(begin)[0]:
            return ("  ", found[0].text), found[0].span.end
        return "", begin

    def _interrupted(self, part: t.Item | t.Member) -> bool:
        """Whether a comment stands in the middle of a statement, outside of its braces."""
        comments = self._comments(part.span.start, part.span.end)
        if not comments:
            return False
        blocks = list(_blocks(part))
        spans = [(self._brace(block), block.span.end) for block in blocks]
        return any(not any(a < c.span.start < b for a, b in spans) for c in comments)

    def _verbatim(self, part: t.Item | t.Member) -> Doc:
        """A statement as it was written; its lines keep their places relative to its first."""
        column = part.span.column - 1
        first, *rest = part.span.text.split("\n")
        docs: list[Doc] = [first.rstrip()]
        for line in rest:
            text = line.expandtabs(4).strip()
            indent = max(0, len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip()) - column)
            docs.append(Nest(indent, (HARD, text)) if text else HARD)
        return tuple(docs)

    # ------------------------------------------------------------ one statement

    def _statement(self, part: t.Item | t.Member, following: t.Item | t.Member | None) -> Doc:
        if _places(part):
            if self._interrupted(part):
                return self._verbatim(part)
            if _first(part) == _last(part):
                line = self._one_line(part, following)
                if line is not None and len(line) <= WIDTH - self.indent:
                    return line
        return (*_doc(part), Group(self._item(part, following)))

    def _one_line(self, part: t.Item | t.Member, following: t.Item | t.Member | None) -> str | None:
        """A statement on one line, however long, or None if the author had it on several."""
        outer, self.inline = self.inline, True
        line = layout(Group(self._item(part, following)), 10**9)
        self.inline = outer
        return line if "\n" not in line else None

    def _item(self, part: t.Item | t.Member, following: t.Item | t.Member | None) -> Doc:
        e = self.expressions
        value = self._guarded if isinstance(following, t.SubjectTo) else e.expr
        match part:
            case t.Program(kind, name, parameters, body):
                return (kind, " ", name, e.parameters(parameters), " ", self.block(body))
            case t.Function(name, modifiers, parameters, result, body):
                words = "".join(f"{modifier} " for modifier in modifiers)
                arrow: Doc = (" -> ", e.type_expr(result)) if result else ""
                return (words, "fun ", name, e.parameters(parameters), arrow, e.body(body))
            case t.Algorithm(kind, name, parameters, uses, takes, needs, target):
                clauses = (("for", uses), ("takes", takes), ("needs", needs))
                words = "".join(f" {word} {', '.join(names)}" for word, names in clauses if names)
                return (kind, " ", name, e.parameters(parameters), words, e.body(target))
            case t.Distribution(name, parameters, support):
                head = ("distribution ", name, e.parameters(parameters), " on ", e.type_expr(support), " ")
                return (*head, self.block(part))
            case t.Member("bind", (), body) if not isinstance(body, t.Block) and _is_strategy(body):
                return ("bind ", e.expr(body))
            case t.Member(name, names, body):
                return (name, f"({', '.join(names)})" if names else "", e.body(body))
            case t.Let(name, type_, bound):
                return ("let ", name, e.of_type(type_), (" = ", value(bound)) if bound else "")
            case t.Declare(name, type_):
                return (name, e.of_type(type_))
            case t.Given(name, type_, known):
                return ("given ", name, e.of_type(type_), " = ", value(known))
            case t.Site(target, type_, distribution, method):
                dist = e.before_clauses(distribution) if method else self._distribution(distribution, following)
                return (e.expr(target), e.of_type(type_), " ~ ", dist, e.method(method))
            case t.Assign(target, new):
                return (e.expr(target), " = ", value(new))
            case t.For(index, iterable, body, weight):
                counted: Doc = (" counted ", e.expr(weight), " times ") if weight else " "
                return ("for ", index, " in ", e.expr(iterable), counted, self.block(body))
            case t.If():
                return self._if(part)
            case t.Factor(weight):
                return ("factor ", value(weight))
            case t.Param(name, type_, start):
                return ("param ", name, e.of_type(type_), (" = ", value(start)) if start else "")
            case t.Return(result_value):
                return ("return ", value(result_value))
            case t.Optimise(sense, objective, method):
                return self._optimise(sense, objective, method, following)
            case t.SubjectTo(constraints):
                return e.subject_to(constraints)
            case t.Differential():
                return self._differential(part)
            case t.Print(values):
                return ("print ", Nest(2, join((",", Line()), [value(v) for v in values])))
            case t.ExprStatement(alone):
                return value(alone)

    def _guarded(self, e: t.Expr) -> Doc:
        """Before a line that begins with `subject to`, which an `argmin` at the end would take."""
        last = last_operand(e)
        open_ = isinstance(last, t.Solve | t.Run | t.Integrate | t.Bridge | t.Lambda)
        return ("(", self.expressions.expr(e), ")") if open_ else self.expressions.expr(e)

    def _distribution(self, e: t.Expr, following: t.Item | t.Member | None) -> Doc:
        open_ = isinstance(last_operand(e), t.Solve | t.Run | t.Integrate | t.Bridge)
        guard = isinstance(following, t.SubjectTo) and open_
        return ("(", self.expressions.expr(e), ")") if guard else self.expressions.operation(e)

    def _optimise(self, sense: str, value: t.Expr, method: t.Method | None, following: t.Item | t.Member | None) -> Doc:
        e = self.expressions
        if method is None and isinstance(following, t.SubjectTo) and isinstance(last_operand(value), t.Solve):
            return (sense, " (", e.expr(value), ")")
        return (e._hole(t.Run(sense, value), clauses=method is not None), e.method(method))  # type: ignore[arg-type]

    def _if(self, part: t.If) -> Doc:
        head = ("if ", self.expressions.expr(part.condition), " ", self.block(part.then))
        match part.orelse:
            case None:
                return head
            case t.Block((t.If() as nested,), span=span) if span.start == nested.span.start:
                return (*head, " else ", self._if(nested))
            case orelse:
                return (*head, " else ", self.block(orelse))

    def _differential(self, part: t.Differential) -> Doc:
        docs: list[Doc] = ["d", part.state, " = "]
        for i, term in enumerate(part.terms):
            if i:
                docs += [f" {term.sign}", Line()]
            elif term.sign == "-":
                docs.append("-")
            if term.coefficient:
                docs += [self.expressions.coefficient(term.coefficient), " * " if term.product else " "]
            docs += ["d", term.differential]
        return Nest(2, tuple(docs))


def _doc(part: t.Item | t.Member) -> tuple[Doc, ...]:
    """The documentation of a declaration that stands in no text (in a text it is among the comments)."""
    if _places(part) or not isinstance(part, t.Program | t.Function | t.Distribution | t.Algorithm) or not part.doc:
        return ()
    return tuple(doc for line in part.doc.split("\n") for doc in (f"## {line}".rstrip(), HARD))


def _is_strategy(e: t.Expr) -> bool:
    """Whether an expression may follow `bind`: names, attributes and calls."""
    match e:
        case t.Name():
            return True
        case t.Attribute(value) | t.Call(value):
            return _is_strategy(value)
        case _:
            return False


def _places(node: t.Node) -> bool:
    return node.span.source is not NOWHERE.source


def _first(node: t.Node) -> int:
    return node.span.line


def _last(node: t.Node) -> int:
    return node.span.source.position(max(node.span.start, node.span.end - 1))[0]


def _blocks(node: t.Node) -> Iterator[t.Block | t.Distribution]:
    """The outermost braces of statements inside a node."""
    if isinstance(node, t.Block | t.Distribution):
        yield node
        return
    for value in vars(node).values():
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, t.Node):
                yield from _blocks(part)
