"""A tree as text, one statement a line: for programs that nobody wrote, whose nodes come from many places.

`format` lays out a text that exists, with its comments and blank lines; this looks at the tree alone.
"""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.format import Statements
from pushforward.dsl.layout import HARD, Doc, Nest, layout


def unparse(item: tree.Item) -> str:
    """The text of a statement or declaration."""
    return layout(_Plain(())._item(item, None), WIDTH) + "\n"


WIDTH = 100


class _Plain(Statements):
    """Statements without a source text."""

    def block(self, block: tree.Block | tree.Distribution) -> Doc:
        """Braces around statements, each on a line of its own."""
        if not isinstance(block, tree.Block) or not block.statements:
            return "{}"
        lines: list[Doc] = []
        for statement in block.statements:
            lines += [HARD, self._item(statement, None)]
        return ("{", Nest(2, tuple(lines)), HARD, "}")


def unparse_expr(expr: tree.Expr) -> str:
    """The text of an expression."""
    return layout(_Plain(()).expressions.expr(expr), WIDTH)
