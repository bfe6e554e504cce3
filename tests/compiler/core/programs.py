"""Small programs of structured core, well formed and with finite values, for Hypothesis.

A program is a few *patterns* one after another, each of which fills a container or adds factors, and may
read what earlier ones have made. All that is stored is bounded (it went through `tanh` or `sin`, or an
affine recursion with small coefficients), so that no value overflows. A failing example shrinks to the
pattern and the reads that matter.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from hypothesis import strategies as st

from pushforward.compiler.core import ir
from pushforward.compiler.core.show import show
from pushforward.compiler.lower import operations as ops
from pushforward.dsl.types import REAL, Array, Dim, Element

S = TypeVar("S")

ZERO, ONE = Dim(()), Dim.const(1)
T, K = Dim.name("T"), Dim.name("K")
TANH, SIN, EXP = (ir.Op(n, f"jnp.{n}", elementwise=True) for n in ("tanh", "sin", "exp"))
LESS, SUM = ops.OPERATORS["less"], ops.SUM

INPUTS = (
    ir.Input("y", Array("real", (T,)), "data"),
    ir.Input("x", Array("real", (T, K)), "data"),
    ir.Input("w", Array("real", (K,)), "data"),
    ir.Input("g", Array("int", (T,)), "data"),
    ir.Input("mu", REAL, "latent"),
    ir.Input("b", Array("real", (K,)), "latent"),
)


@dataclass(frozen=True, repr=False)
class Example:
    """A program with values for its inputs and static integers."""

    program: ir.Program
    values: dict[str, np.ndarray[Any, np.dtype[Any]]]
    statics: dict[str, int]

    def __repr__(self) -> str:
        return f"{show(self.program)}{self.statics} {self.values}"


@dataclass
class Gen:
    """A program being made: `draw` is Hypothesis's; the names that can be read, by the dimensions that they
    have.
    """

    draw: st.DrawFn
    body: list[ir.Stmt] = field(default_factory=list)
    count: int = 0
    scalars: list[str] = field(default_factory=lambda: ["mu"])
    along_t: list[str] = field(default_factory=lambda: ["y"])
    along_k: list[str] = field(default_factory=lambda: ["w", "b"])
    along_tk: list[str] = field(default_factory=lambda: ["x"])
    results: list[str] = field(default_factory=list)

    # ------------------------------------------------------------ choices and statements

    def choose(self, *options: S) -> S:
        return self.draw(st.sampled_from(options))

    def flip(self) -> bool:
        return self.draw(st.booleans())

    def name(self, stem: str) -> str:
        self.count += 1
        return f"{stem}_{self.count}"

    def let(self, expr: ir.Expr, element: Element = "real", dims: tuple[Dim, ...] = (), stem: str = "t") -> ir.Var:
        name = self.name(stem)
        self.body.append(ir.Let(name, Array(element, dims), expr))
        return ir.Var(name)

    def call(self, op: ir.Op, *atoms: ir.Atom, element: Element = "real") -> ir.Var:
        return self.let(ir.Call(op, atoms), element)

    def container(self, *dims: Dim, stem: str = "c") -> str:
        name = self.name(stem)
        self.body.append(ir.Container(name, Array("real", dims)))
        return name

    def at(self, name: str, *dims: Dim) -> ir.Var:
        return self.let(ir.Index(ir.Var(name), tuple(map(ir.At, dims))))

    def store(self, name: str, value: ir.Atom, *dims: Dim) -> None:
        self.body.append(ir.Store(name, tuple(map(ir.At, dims)), value))

    def factor(self, value: ir.Atom) -> None:
        self.body.append(ir.Factor(value, self.choose("y", "x", "the transform of b")))

    @contextmanager
    def loop(self, stem: str, lower: Dim, upper: Dim) -> Iterator[Dim]:
        index, outer = self.name(stem), self.body
        self.body = []
        yield Dim.name(index)
        outer.append(ir.For(index, lower, upper, tuple(self.body)))
        self.body = outer

    # ------------------------------------------------------------ values

    def operand(self, t: Dim | None, k: Dim | None, lag: int) -> ir.Atom:
        """A scalar to compute with, in loops over t and k; elements up to `lag` before t exist."""
        options: list[Callable[[], ir.Atom]] = [
            lambda: ir.Var(self.choose(*self.scalars)),
            lambda: ir.Lit(self.choose(0.5, -1.5, 2.0)),
            lambda: self.at(self.choose(*self.along_k), ZERO),
        ]
        if t is not None:
            options += [
                lambda: self.at(self.choose(*self.along_t), self.moment(t, lag)),
                lambda: self.picked(t, lag),
                lambda: self.call(ops.MULTIPLY, ir.Size(t), ir.Lit(0.1)),
            ]
        if k is not None:
            options.append(lambda: self.at(self.choose(*self.along_k), k))
        if t is not None and k is not None:
            options.append(lambda: self.at(self.choose(*self.along_tk), self.moment(t, lag), k))
        return self.choose(*options)()

    def moment(self, t: Dim, lag: int) -> Dim:
        """t, an earlier one, or one counted from the end."""
        back = self.choose(*range(lag + 1))
        return self.choose(t - Dim.const(back), T - ONE - t)

    def picked(self, t: Dim, lag: int) -> ir.Var:
        """An element chosen by the index array g."""
        chosen = self.let(ir.Index(ir.Var("g"), (ir.At(self.moment(t, lag)),)), "int")
        if self.flip():
            return self.let(ir.Index(ir.Var(self.choose(*self.along_k)), (ir.Pick(chosen),)))
        return self.let(ir.Index(ir.Var(self.choose(*self.along_tk)), (ir.At(t), ir.Pick(chosen))))

    def value(self, t: Dim | None = None, k: Dim | None = None, lag: int = 0, *given: ir.Atom) -> ir.Var:
        """A bounded scalar computed from `given` and a few operands."""
        current: ir.Atom = self.operand(t, k, lag)
        for _ in range(self.choose(0, 1, 2)):
            current = self.step(current, self.operand(t, k, lag))
        for atom in given:
            current = self.step(current, atom)
        return self.call(self.choose(TANH, SIN), current)

    def step(self, a: ir.Atom, b: ir.Atom) -> ir.Var:
        match self.choose("add", "subtract", "multiply", "exp", "negate", "select"):
            case "exp":
                return self.call(ops.ADD, self.call(EXP, self.call(TANH, a)), b)
            case "negate":
                return self.call(ops.MULTIPLY, self.call(ops.NEGATE, a), b)
            case "select":
                return self.let(ir.Select(self.call(LESS, a, b, element="bool"), a, b))
            case operator:
                return self.call(ops.OPERATORS[operator], a, b)

    def maybe_factor(self, value: ir.Atom) -> None:
        if self.flip():
            self.factor(value)


# ---------------------------------------------------------------- patterns


def independent(g: Gen) -> None:
    """Iterations that do not see one another; perhaps several containers in one loop, the second read from
    the first.
    """
    names = [g.container(T) for _ in range(g.choose(1, 2))]
    with g.loop("t", ZERO, T) as t:
        for i, name in enumerate(names):
            before = (g.at(names[i - 1], t),) if i and g.flip() else ()
            v = g.value(t, None, 0, *before)
            g.store(name, v, t)
            g.maybe_factor(v)
    g.along_t += names


def shifted(g: Gen) -> None:
    """The first iteration peeled; the others read data one step before."""
    name = g.container(T)
    g.store(name, g.value(), ZERO)
    with g.loop("t", ONE, T) as t:
        v = g.value(t, None, 1)
        g.store(name, v, t)
        g.maybe_factor(v)
    g.along_t.append(name)


def recursion(g: Gen) -> None:
    """h[t] from h[t-1], perhaps h[t-2]; affine or not."""
    order, affine = g.choose(1, 2), g.flip()
    name = g.container(T, stem="h")
    for i in range(order):
        g.store(name, g.value(), Dim.const(i))
    with g.loop("t", Dim.const(order), T) as t:
        rows = [g.at(name, t - Dim.const(lag)) for lag in range(1, order + 1)]
        if affine:
            v = g.value(t, None, order)
            for row in rows:
                v = g.call(ops.ADD, v, g.call(ops.MULTIPLY, ir.Lit(0.3), row))
        else:
            v = g.value(t, None, order, *rows)
        g.store(name, v, t)
        g.maybe_factor(v)
    g.along_t.append(name)


def backward(g: Gen) -> None:
    """A recursion from the end: h[T-1-t] from h[T-t]."""
    name = g.container(T, stem="h")
    g.store(name, g.value(), T - ONE)
    with g.loop("t", ONE, T) as t:
        g.store(name, g.value(t, None, 1, g.at(name, T - t)), T - ONE - t)
    g.along_t.append(name)


def coupled(g: Gen) -> None:
    """Two containers that feed each other: a[t] from both at t-1, d[t] from a[t] and d[t-1]."""
    a, d = g.container(T, stem="a"), g.container(T, stem="d")
    g.store(a, g.value(), ZERO)
    g.store(d, g.value(), ZERO)
    with g.loop("t", ONE, T) as t:
        g.store(a, g.value(t, None, 1, g.at(a, t - ONE), g.at(d, t - ONE)), t)
        g.store(d, g.value(t, None, 1, g.at(a, t), g.at(d, t - ONE)), t)
    g.along_t += [a, d]


def nested(g: Gen) -> None:
    """A matrix filled by two loops, in either order."""
    name = g.container(T, K, stem="m")
    t_outside = g.flip()
    with g.loop("i", ZERO, T if t_outside else K) as i, g.loop("j", ZERO, K if t_outside else T) as j:
        t, k = (i, j) if t_outside else (j, i)
        v = g.value(t, k)
        g.store(name, v, t, k)
        g.maybe_factor(v)
    g.along_tk.append(name)


def nested_recursion(g: Gen) -> None:
    """A recursion along t for every k, in either order of the loops; or along both."""
    name = g.container(T, K, stem="m")
    with g.loop("k", ZERO, K) as k:
        g.store(name, g.value(None, k), ZERO, k)
    both = g.flip()
    if both:
        with g.loop("t", ONE, T) as t:
            g.store(name, g.value(t, None, 1, g.at(name, t - ONE, ZERO)), t, ZERO)
    t_outside, first = g.flip(), ONE if both else ZERO
    bounds = ((ONE, T), (first, K)) if t_outside else ((first, K), (ONE, T))
    with g.loop("i", *bounds[0]) as i, g.loop("j", *bounds[1]) as j:
        t, k = (i, j) if t_outside else (j, i)
        rows = [g.at(name, t - ONE, k), *([g.at(name, t, k - ONE)] if both else [])]
        v = g.value(t, k, 1, *rows)
        g.store(name, v, t, k)
        g.maybe_factor(v)
    g.along_tk.append(name)


def reduction(g: Gen) -> None:
    """Sums of a vector, of the rows of a matrix, of the columns."""
    match g.choose("vector", "rows", "columns", "window"):
        case "vector":
            g.scalars.append(_squashed_sum(g, ir.Var(g.choose(*g.along_t, *g.along_k))).name)
        case "rows":
            name = g.container(T)
            with g.loop("t", ZERO, T) as t:
                row = g.let(ir.Index(ir.Var(g.choose(*g.along_tk)), (ir.At(t),)), "real", (K,))
                g.store(name, _squashed_sum(g, row), t)
            g.along_t.append(name)
        case "columns":
            name = g.container(K)
            with g.loop("k", ZERO, K) as k:
                column = ir.Index(ir.Var(g.choose(*g.along_tk)), (ir.Range(ZERO, T), ir.At(k)))
                g.store(name, _squashed_sum(g, g.let(column, "real", (T,))), k)
            g.along_k.append(name)
        case "window":
            slices = ((ONE, T), (ZERO, T - ONE))
            a, b = (g.let(ir.Index(ir.Var(g.choose(*g.along_t)), (ir.Range(*s),)), "real", (T - ONE,)) for s in slices)
            product = g.let(ir.Call(ops.MULTIPLY, (a, b)), "real", (T - ONE,))
            g.scalars.append(_squashed_sum(g, product).name)


def _squashed_sum(g: Gen, vector: ir.Var) -> ir.Var:
    return g.call(TANH, g.call(SUM, vector))


def local_container(g: Gen) -> None:
    """A container that belongs to one iteration, as the terms of a mixture do."""
    with g.loop("t", ZERO, T) as t:
        name = g.container(K, stem="terms")
        with g.loop("k", ZERO, K) as k:
            g.store(name, g.value(t, k), k)
        g.factor(g.call(SUM, ir.Var(name)))


def gathered(g: Gen) -> None:
    """A whole vector indexed by the index array."""
    taken = ir.Index(ir.Var(g.choose(*g.along_k)), (ir.Pick(ir.Var("g")),))
    g.along_t.append(g.let(taken, "real", (T,), "v").name)


def factors(g: Gen) -> None:
    """Factors, at the top and in a loop."""
    g.factor(g.value())
    with g.loop("t", ONE, T) as t:
        g.factor(g.value(t, None, 1))


def conditional(g: Gen) -> None:
    """Stores and factors under a condition (not among the default patterns: `predicate` must run first)."""
    name = g.container(T)
    with g.loop("t", ZERO, T) as t:
        condition = g.call(LESS, g.value(t), ir.Lit(0.0), element="bool")
        outer, g.body = g.body, []
        v = g.value(t)
        g.maybe_factor(v)
        g.store(name, v, t)
        then, g.body = tuple(g.body), []
        g.store(name, g.value(t), t)
        orelse, g.body = tuple(g.body), outer
        g.body.append(ir.If(condition, then, orelse))
    g.along_t.append(name)


Pattern = Callable[[Gen], None]
PATTERNS: tuple[Pattern, ...] = (
    independent, shifted, recursion, backward, coupled, nested, nested_recursion, reduction, local_container,
    gathered, factors,
)  # fmt: skip


@st.composite
def examples(draw: st.DrawFn, patterns: tuple[Pattern, ...] = PATTERNS, max_patterns: int = 4) -> Example:
    """A program made of some of `patterns`, with values; it returns all that it has made at its top level."""
    g = Gen(draw)
    for pattern in draw(st.lists(st.sampled_from(patterns), min_size=1, max_size=max_patterns)):
        pattern(g)
    if draw(st.booleans()):
        g.scalars.append(g.value().name)
    made = [n for n in (*g.scalars, *g.along_t, *g.along_k, *g.along_tk) if n not in {i.name for i in INPUTS}]
    g.body.append(ir.Return(tuple((n, ir.Var(n)) for n in made)))
    program = ir.Program("example", ("T", "K"), INPUTS, (), tuple(g.body))
    return with_values(program, draw(st.integers(3, 6)), draw(st.integers(1, 4)), draw(st.integers(0, 2**32 - 1)))


def with_values(program: ir.Program, t: int, k: int, seed: int) -> Example:
    """Inputs in [-1, 1] for sizes T = t and K = k."""
    rng = np.random.default_rng(seed)
    shapes = {"y": (t,), "x": (t, k), "w": (k,), "mu": (), "b": (k,)}
    values = {name: np.asarray(rng.uniform(-1, 1, shape)) for name, shape in shapes.items()}
    return Example(program, {**values, "g": rng.integers(0, k, t)}, {"T": t, "K": k})
