"""From text to tree.

    lexing.py    text to tokens;  characters.py what is said about characters that make none
    brackets.py  every bracket gets its partner
    reading.py   tokens to nodes, by the automaton that tables.py makes of grammar.lark
    build.py     the nodes;  operators.py how tightly operators bind;  keywords.py which words are keywords, and where
    mistakes.py  what is said about a token that does not fit

All mistakes of a text are raised together.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.brackets import DEPTH_LIMIT, match_brackets
from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.errors.brackets import TooDeep
from pushforward.dsl.lexing import join_lines, lex
from pushforward.dsl.reading import Reader
from pushforward.dsl.source import Source
from pushforward.dsl.tables import tables


def parse(source: Source) -> tree.File:
    """The tree of a file. Raises ProgramError with every syntax error, at most one a statement."""
    file, comments = _read(source, "file")
    assert isinstance(file, tree.File)
    lines = {comment.span.line: comment.text for comment in comments if not comment.trailing}
    items = tuple(_documented(item, lines) for item in file.items)
    return tree.File(items, comments, span=file.span)


def parse_expression(source: Source) -> tree.Expr:
    """The tree of one expression. Raises ProgramError."""
    expression: tree.Expr = _read(source, "expression")[0]
    return expression


def parse_type(source: Source) -> tree.TypeExpr:
    """The tree of one type expression. Raises ProgramError."""
    type_expr: tree.TypeExpr = _read(source, "type_alone")[0]
    return type_expr


def _read(source: Source, start: str) -> tuple[Any, tuple[tree.Comment, ...]]:
    tokens, comments, problems = lex(source)
    tokens = join_lines(match_brackets(source, tokens, problems))
    reader = Reader(source, tokens, tables(), start)
    reader.build.problems = problems
    node = reader.read()
    if not problems:
        _check_depth(node)
    if problems:
        raise ProgramError(*_in_order(problems))
    return node, comments


def _in_order(problems: list[Diagnostic]) -> list[Diagnostic]:
    return sorted(problems, key=lambda problem: (problem.primary.span.start, problem.code))


def _check_depth(root: tree.Node) -> None:
    """Everything after the parser may follow a tree by recursion, so no tree is deeper than that allows."""
    level: list[Any] = [root]
    for _ in range(DEPTH_LIMIT):
        parts = [part for node in level for part in vars(node).values() if isinstance(part, tree.Node | tuple)]
        level = [part for part in parts if isinstance(part, tree.Node)]
        level += [node for part in parts if isinstance(part, tuple) for node in part if isinstance(node, tree.Node)]
        if not level:
            return
    at = level[0].span
    raise ProgramError(TooDeep.at(replace(at, end=at.start + 1), DEPTH_LIMIT))


def _documented(item: tree.Item, comments: dict[int, str]) -> tree.Item:
    """With the lines of `##` directly above a declaration that begins its line: where another statement does, they are
    not of the declaration. `comments` has those that stand alone, by line.
    """
    if not isinstance(item, tree.Program | tree.Function | tree.Distribution | tree.Algorithm):
        return item
    if item.span.source.text[: item.span.start].rpartition("\n")[2].strip():
        return item
    lines = []
    line = item.span.line - 1
    while comments.get(line, "").startswith("##"):
        lines.append(comments[line][2:].removeprefix(" "))
        line -= 1
    return replace(item, doc="\n".join(reversed(lines))) if lines else item
