"""How tightly the binary operators bind, and the tree of a flat list of operands and operators.

|                           conditioning; loosest
at
||
&&
< <= > >= == !=             do not chain
..                          does not chain
+ -
* / % .* ./                 tighter than all of these: unary - + !, then ^ and .^
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pushforward.dsl.tree import At, Binary, Expr, Range

LEVELS: tuple[tuple[str, ...], ...] = (
    ("|",),
    ("at",),
    ("||",),
    ("&&",),
    ("<", "<=", ">", ">=", "==", "!="),
    ("..",),
    ("+", "-"),
    ("*", "/", "%", ".*", "./"),
)
BINDING = {operator: level for level, operators in enumerate(LEVELS) for operator in operators}
NO_CHAIN = frozenset(("..", *LEVELS[4]))


def group(operands: Sequence[Expr], operators: Sequence[str], chained: Callable[[Expr, str, Expr], None]) -> Expr:
    """The tree of `operands[0] operators[0] operands[1] ...`; operators of one level associate to the left.

    `chained(left, operator, right)` is told of `a < b < c`, and of `a..b..c`.
    """
    values: list[Expr] = [operands[0]]
    waiting: list[str] = []
    just_compared: tuple[Expr, int] | None = None  # the last result of an operator that does not chain, and its level

    def reduce() -> None:
        nonlocal just_compared
        operator, right, left = waiting.pop(), values.pop(), values.pop()
        if just_compared and just_compared[0] is left and just_compared[1] == BINDING[operator]:
            chained(left, operator, right)
        values.append(combine(operator, left, right))
        if operator in NO_CHAIN:
            just_compared = (values[-1], BINDING[operator])

    for operator, operand in zip(operators, operands[1:], strict=True):
        while waiting and BINDING[waiting[-1]] >= BINDING[operator]:
            reduce()
        waiting.append(operator)
        values.append(operand)
    while waiting:
        reduce()
    return values[0]


def combine(operator: str, left: Expr, right: Expr) -> Expr:
    """The node of one binary operator."""
    span = left.span.to(right.span)
    match operator:
        case "at":
            return At(left, right, span=span)
        case "..":
            return Range(left, right, span=span)
        case _:
            return Binary(operator, left, right, span=span)  # type: ignore[arg-type]
