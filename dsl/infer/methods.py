"""By what a hole is solved, and how the derivative passes: what was said, if it fits, or what fits best."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pushforward.dsl import tree
from pushforward.dsl.errors.solvers import KinkedLoss, WrongAlgorithm
from pushforward.dsl.infer.algorithms import algorithm
from pushforward.dsl.infer.context import Context
from pushforward.dsl.infer.walk import expressions_of, names_in, walk
from pushforward.dsl.typed import (
    Algorithm,
    Apply,
    Body,
    Expr,
    For,
    If,
    Let,
    LogDensity,
    Solve,
    Statement,
    Store,
    Unknown,
)  # fmt: skip
from pushforward.dsl.types import Dim

#: The solver that is taken where none is named: by what the problem is.
_DEFAULTS = {"root": "newton", "fixpoint": "anderson", "saddle": "extragradient"}


@dataclass(frozen=True)
class Chosen:
    """A solver, and what its declaration says that it can do."""

    by: Algorithm
    takes: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """What is known of a loss: that it is quadratic with affine constraints, and what is squared in it."""

    quadratic: bool = False
    squared: tuple[tree.Expr, ...] | None = None


def solver_of(
    ctx: Context, node: tree.Solve, method: tree.Method | None, kind: str, prox: bool, shape: Shape,
    unknowns: tuple[Unknown, ...],
) -> Chosen | None:
    """The solver that was named, if it is for this, or the one that fits."""
    written = method.algorithm if method is not None else None
    if written is None:
        written = tree.Name(_default(node, kind, prox, shape), span=node.span)
    found = algorithm(ctx, written, "solver")
    if found is None:
        return None
    by, declared = found
    wrong = ""
    if kind not in declared.uses:
        wrong = f"does not solve for `{node.kind}`"
    elif node.constraints and not {"equality", "inequality"} & set(declared.takes):
        wrong = "takes no constraints"
    elif prox and "prox" not in declared.takes:
        wrong = "takes no sets" if any(b.domain is not None for b in node.binders) else "takes no nonsmooth terms"
    elif "quadratic" in declared.needs and not shape.quadratic:
        wrong = "needs a quadratic loss and affine constraints"
    elif "one_unknown" in declared.needs and not one_number(unknowns):
        wrong = "solves for one number"
    if not wrong:
        return Chosen(by, declared.takes, declared.needs)
    wants = {"equality", "inequality"} if node.constraints else ({"prox"} if prox else set())
    fit = [
        a.name for a in ctx.known.algorithms()
        if a.kind == "solver" and kind in a.uses and (not wants or wants & set(a.takes)) and not a.needs
    ]  # fmt: skip
    helps = (f"solvers that fit: {', '.join(sorted(fit))}",) if fit else ()
    ctx.report.error(WrongAlgorithm, written.span, "named here", helps=helps, name=by.name, wrong=wrong)
    return None


def one_number(unknowns: tuple[Unknown, ...]) -> bool:
    """Whether one number is solved for."""
    return len(unknowns) == 1 and all(d == Dim.const(1) for d in unknowns[0].type.dims)


def _default(node: tree.Solve, kind: str, prox: bool, shape: Shape) -> str:
    if kind != "argmin":
        return _DEFAULTS[kind]
    if node.constraints:
        return "qp" if shape.quadratic and not prox else "augmented_lagrangian"
    if prox:
        return "proximal_gradient"
    types = [b.type for b in node.binders if b.type is not None]
    free = all(t.name in ("real", "vector", "matrix") and not t.bounds for t in types)
    return "newton" if shape.quadratic and free else "lbfgs"


def rule_of(ctx: Context, node: tree.Solve, method: tree.Method | None) -> Algorithm | None:
    """The rule that was named, if it is for this, or `implicit`."""
    written = method.derivative if method is not None and method.derivative is not None else tree.Name("implicit")
    found = algorithm(ctx, written, "rule")
    if found is None:
        return None
    rule, declared = found
    kind = "argmin" if node.kind == "argmax" else node.kind
    wrong = ""
    if declared.uses and kind not in declared.uses:
        wrong = "is for `integrate`" if "integrate" in declared.uses else f"does not differentiate `{node.kind}`"
    elif declared.uses and node.constraints and not {"equality", "inequality"} & set(declared.takes):
        wrong = "does not see what constraints do"
    if not wrong:
        return rule
    fit = sorted(
        a.name for a in ctx.known.algorithms()
        if a.kind == "rule" and (not a.uses or (kind in a.uses and (a.takes or not node.constraints)))
    )  # fmt: skip
    helps = (f"rules that fit: {', '.join(fit)}",)
    ctx.report.error(WrongAlgorithm, written.span, "named here", helps=helps, name=rule.name, wrong=wrong)
    return None


def symmetric(ctx: Context, rule: Algorithm, plain: bool) -> bool:
    """Whether the linear solver of a rule may see the systems that it gets: those of a `plain` problem, a smooth loss
    without constraints, are symmetric. Reported if not."""
    for value in (value for _, value in rule.arguments if isinstance(value, Algorithm)):
        declared = ctx.known.algorithm(value.name)
        if plain or declared is None or "symmetric" not in declared.needs:
            continue
        fit = sorted(a.name for a in ctx.known.algorithms() if a.kind == "linear_solver" and "symmetric" not in a.needs)
        ctx.report.error(
            WrongAlgorithm, value.span, "named here", helps=(f"linear solvers that fit: {', '.join(fit)}",),
            name=value.name, wrong="needs a symmetric system: that of a smooth loss without constraints or sets",
        )  # fmt: skip
        return False
    return True


#: Rules that need no smoothness: they differentiate the steps, or nothing.
_ANY_LOSS = frozenset(("unroll", "truncated", "stop"))


def kinked(ctx: Context, body: Body, unknowns: tuple[Unknown, ...], rule: Algorithm) -> bool:
    """Whether the loss bends where an unknown goes through it, and that matters; reported."""
    if rule.name in _ANY_LOSS:
        return False
    moving = {u.name for u in unknowns}
    densities = [d for e in expressions_of(body) for d in walk(e) if isinstance(d, LogDensity)]
    for name, value in (made for block in (body.statements, *(d.body for d in densities)) for made in _made(block)):
        if names_in(value) & moving:
            moving.add(name)
    for whole in expressions_of(body):
        inner = _inside_holes(whole)
        for e in walk(whole):
            if id(e) in inner:
                continue
            if isinstance(e, Apply) and e.function.smoothness != "smooth" and names_in(e) & moving:
                ctx.report.error(
                    KinkedLoss, e.span, "this is not smooth in what is solved for",
                    notes=(f"the derivative is by `{rule.name}`, which takes the loss to be smooth",),
                    helps=("add a term with a proximal operator, such as `l1(w)`, and solve `by proximal_gradient()`",
                           "or smooth it: `sqrt(1e-6 + x^2)` for `abs(x)`"),
                    name=e.function.name,
                )  # fmt: skip
                return True
    return False


def _made(block: Iterable[Statement]) -> Iterator[tuple[str, Expr]]:
    """The names that statements give values, and the values."""
    for stmt in block:
        match stmt:
            case Let(name=name, value=value) | Store(name=name, value=value):
                yield name, value
            case For(body=inner):
                yield from _made(inner)
            case If(then=then, orelse=orelse):
                yield from _made((*then, *orelse))
            case _:
                pass


def _inside_holes(whole: Expr) -> set[int]:
    """What stands in the bodies of holes inside of an expression: each of these has been judged with its own rule."""
    bodies = (body for e in walk(whole) if isinstance(e, Solve) for _, body in e.parts)
    return {id(e) for body in bodies for piece in expressions_of(body) for e in walk(piece)}


#: What a solver may need, and in which words it is missing.
_NEEDS = {
    "squares": ("residuals", "needs a sum of squares", "write the loss as a sum of `sum(e.^2)` and `dot(e, e)`"),
    "prox": ("prox", "needs a set or a nonsmooth term", "write `w: vector[D] in l2_ball(1)`, or add `l1(w)`"),
    "mirror": ("mirror", "needs a set with mirror steps", "write `w: simplex[D]`"),
    "transport": (
        "transport", "needs the dual of an entropic transport problem",
        "write `argmax f: vector[M] { transport_dual(f, C, a, b, eps) }`, or call `transport(C, a, b, eps)`",
    ),
    "vertices": ("vertices", "needs a set with vertices", "write `w: vector[D] in l1_ball(1)`"),
}


def needs_met(ctx: Context, node: tree.Solve, chosen: Chosen, parts: dict[str, Body]) -> bool:
    """Whether what the solver cannot do without is there; reported if not."""
    for need in chosen.needs:
        if need in _NEEDS and node.kind in ("argmin", "argmax") and _NEEDS[need][0] not in parts:
            _, wrong, help_ = _NEEDS[need]
            span = chosen.by.span
            ctx.report.error(WrongAlgorithm, span, "named here", helps=(help_,), name=chosen.by.name, wrong=wrong)
            return False
    return True
