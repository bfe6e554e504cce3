"""Sizes of dimensions: arithmetic over their names, and the names solved from the shapes of the data.

An axis that is declared `K - 1` and has 3 entries is the equation K - 1 = 3. Bare names are read off
first; then every equation with one unknown is solved, until nothing changes; then all are verified.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Final, TypeAlias

from pushforward.runtime.data.problem import Problem, place


@dataclass(frozen=True, slots=True)
class Size:
    """A size given by a number."""

    value: int


@dataclass(frozen=True, slots=True)
class Name:
    """A size given by the name of a dimension."""

    name: str


@dataclass(frozen=True, slots=True)
class Operation:
    """Two sizes combined by one of `+ - * / //`."""

    symbol: str
    left: Expression
    right: Expression


Expression: TypeAlias = Size | Name | Operation

_OPERATIONS: Final[Mapping[str, Callable[[Fraction, Fraction], Fraction]]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": lambda a, b: Fraction(a // b),
}
_TOKEN: Final = re.compile(r"\s*(?:([0-9]+)|([^\W0-9]\w*)|(//|[-+*/()]))")
# A nonlinear equation (K * K = 9) is solved by trial up to this size.
_LARGEST_TRIAL: Final = 100_000


@lru_cache(maxsize=1024)
def parse(text: str) -> Expression:
    """Read `N`, `3`, `K - 1`, `N * (K + 1) // 2`. Raises `ValueError` for anything else."""
    tokens: list[str] = []
    position, text = 0, text.rstrip()
    while position < len(text):
        if not (match := _TOKEN.match(text, position)):
            raise ValueError(f"{text!r} is no size: {text[position:]!r} cannot be read")
        tokens.append(match[0].strip())
        position = match.end()
    expression, rest = _sum(tokens)
    if rest:
        raise ValueError(f"{text!r} is no size: {rest[0]!r} is left over")
    return expression


def _sum(tokens: list[str]) -> tuple[Expression, list[str]]:
    if tokens[:1] == ["-"]:
        term, rest = _product(tokens[1:])
        left: Expression = Operation("-", Size(0), term)
    else:
        left, rest = _product(tokens)
    while rest and rest[0] in ("+", "-"):
        right, after = _product(rest[1:])
        left, rest = Operation(rest[0], left, right), after
    return left, rest


def _product(tokens: list[str]) -> tuple[Expression, list[str]]:
    left, rest = _atom(tokens)
    while rest and rest[0] in ("*", "/", "//"):
        right, after = _atom(rest[1:])
        left, rest = Operation(rest[0], left, right), after
    return left, rest


def _atom(tokens: list[str]) -> tuple[Expression, list[str]]:
    match tokens:
        case ["(", *inside]:
            expression, rest = _sum(inside)
            if rest[:1] != [")"]:
                raise ValueError("a size lacks a closing parenthesis")
            return expression, rest[1:]
        case [word, *rest] if word[0].isdecimal():
            return Size(int(word)), rest
        case [word, *rest] if word[0].isalpha() or word[0] == "_":
            return Name(word), rest
        case _:
            raise ValueError(f"a size lacks a number or a name before {' '.join(tokens) or 'its end'!r}")


def names(expression: Expression) -> frozenset[str]:
    """The dimension names that an expression mentions."""
    match expression:
        case Size():
            return frozenset()
        case Name(name):
            return frozenset({name})
        case Operation(_, left, right):
            return names(left) | names(right)


def evaluate(expression: Expression, sizes: Mapping[str, int]) -> Fraction:
    """The value of an expression, exactly. Raises `KeyError` for an unknown name, `ZeroDivisionError`."""
    match expression:
        case Size(value):
            return Fraction(value)
        case Name(name):
            return Fraction(sizes[name])
        case Operation(symbol, left, right):
            return _OPERATIONS[symbol](evaluate(left, sizes), evaluate(right, sizes))


def whole(expression: Expression, sizes: Mapping[str, int]) -> int | None:
    """The value of an expression as a size, or None where it is negative, broken or not known."""
    try:
        value = evaluate(expression, sizes)
    except (KeyError, ZeroDivisionError):
        return None
    return int(value) if value.denominator == 1 and value >= 0 else None


@dataclass(frozen=True, slots=True)
class Equation:
    """`axis` of the value of `key` has `size` entries, and the program declares it as `text`."""

    key: str
    axis: int
    text: str
    size: int
    declared: str = ""

    @property
    def where(self) -> str:
        return f"axis {self.axis} of `{self.key}`"


@dataclass(frozen=True, slots=True)
class Solution:
    """The sizes found, and for each the words that say where it came from."""

    sizes: Mapping[str, int]
    origins: Mapping[str, str]
    problems: tuple[Problem, ...]


def solve(equations: Iterable[Equation], given: Mapping[str, int]) -> Solution:
    """Find the size of every name that the equations determine, from the sizes that the data gives by name.

    Problems: PF807 where two sources disagree, PF803 where a size is written as a number and differs.
    """
    equations = sorted(equations, key=lambda equation: not isinstance(parse(equation.text), Name))
    sizes = dict(given)
    origins = {name: f"from the key `{name}`" for name in given}
    progress = True
    while progress:
        progress = False
        for equation in equations:
            expression = parse(equation.text)
            unknown = names(expression) - sizes.keys()
            if len(unknown) != 1:
                continue
            (name,) = unknown
            if (size := _root(expression, name, sizes, equation.size)) is not None:
                sizes[name], origins[name], progress = size, f"from {equation.where}", True
    problems = tuple(p for equation in equations if (p := _verify(equation, sizes, origins)) is not None)
    return Solution(sizes, origins, problems)


def _root(expression: Expression, name: str, sizes: Mapping[str, int], size: int) -> int | None:
    """The one size of `name` for which the expression equals `size`; None without one, or with several."""

    def at(x: int) -> Fraction | None:
        try:
            return evaluate(expression, {**sizes, name: x})
        except ZeroDivisionError:
            return None

    zero, one, two = at(0), at(1), at(2)
    if zero is not None and one is not None and two is not None and one - zero == two - one != 0:
        x = (size - zero) / (one - zero)
        if x.denominator == 1 and x >= 0 and at(int(x)) == size:
            return int(x)
    found = [x for x in range(min(size, _LARGEST_TRIAL) + 65) if at(x) == size]
    return found[0] if len(found) == 1 else None


def _verify(equation: Equation, sizes: Mapping[str, int], origins: Mapping[str, str]) -> Problem | None:
    expression = parse(equation.text)
    mentioned = sorted(names(expression))
    if not all(name in sizes for name in mentioned):
        return _without_root(equation, expression, mentioned, sizes)
    expected = whole(expression, sizes)
    if expected == equation.size:
        return None
    found = f"{equation.size} along axis {equation.axis}"
    if not mentioned:
        return Problem(
            code="PF803",
            key=equation.key,
            expected=f"{equation.text} entries along axis {equation.axis}",
            found=found,
            place=place(equation.key, ()),
            declared=equation.declared,
        )
    known = ", ".join(f"{name} = {sizes[name]} {origins[name]}" for name in mentioned)
    shown = equation.text if isinstance(expression, Name) else f"{equation.text} = {_shown(expression, sizes)}"
    return Problem(
        code="PF807",
        key=equation.key,
        expected=f"{shown} entries along axis {equation.axis}, where {known}",
        found=found,
        place=place(equation.key, ()),
        declared=equation.declared,
    )


def _without_root(
    equation: Equation, expression: Expression, mentioned: list[str], sizes: Mapping[str, int]
) -> Problem | None:
    """A problem where the one unknown of an equation has no size at all that would do (2 * N = 7)."""
    unknown = [name for name in mentioned if name not in sizes]
    tried = range(min(equation.size, _LARGEST_TRIAL) + 65)
    if len(unknown) != 1 or any(whole(expression, {**sizes, unknown[0]: x}) == equation.size for x in tried):
        return None
    return Problem(
        code="PF807",
        key=equation.key,
        expected=f"{equation.text} entries along axis {equation.axis}",
        found=f"{equation.size}, which no whole number {unknown[0]} gives",
        declared=equation.declared,
    )


def _shown(expression: Expression, sizes: Mapping[str, int]) -> str:
    try:
        return str(evaluate(expression, sizes))
    except ZeroDivisionError:
        return "a division by 0"
