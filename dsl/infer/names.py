"""Reading names: what a name stands for where it is read, and names that are near to a mistyped one."""

from __future__ import annotations

import math
from collections.abc import Iterable
from difflib import get_close_matches

from pushforward.dsl.errors.names import FunctionAsValue, LawAsValue, ProgramAsValue, UnknownName
from pushforward.dsl.infer.context import Binding, Context, Loop, poison
from pushforward.dsl.infer.operations import OPERATIONS
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Apply, Const, Expr, Index, Ref, Stage
from pushforward.dsl.types import INT, REAL, Array, Constraint

CONSTANTS = {"pi": math.pi, "inf": math.inf}


def nearest(name: str, candidates: Iterable[str], cutoff: float = 0.7) -> str | None:
    """The candidate that a mistyped name most likely meant; `cutoff` says how near it must be, 1 being the same."""
    close = get_close_matches(name, list(candidates), n=1, cutoff=cutoff)
    return close[0] if close else None


def read(ctx: Context, name: str, span: Span) -> Expr:
    """The value of a name."""
    binding = ctx.lookup(name)
    if binding is not None:
        ctx.used.add(binding.unique)
        return value_of(ctx, binding, span)
    if name in CONSTANTS:
        return Const(CONSTANTS[name], type=REAL, stage=Stage.DATA, span=span)
    undefined(ctx, name, span)
    return poison(span)


def undefined(ctx: Context, name: str, span: Span) -> None:
    """Report a name that stands for no value."""
    if ctx.known.is_law(name):
        ctx.report.error(
            LawAsValue, span, "a distribution is not a value", helps=(f"draw from it: `x ~ {name}(...)`",), name=name
        )
    elif ctx.known.is_function(name):
        ctx.report.error(
            FunctionAsValue, span, "a function is not a value", helps=(f"call it: `{name}(...)`",), name=name
        )
    elif ctx.known.program(name) is not None:
        ctx.report.error(ProgramAsValue, span, "a program is not a value here", name=name)
    else:
        near = nearest(name, (*ctx.visible(), *CONSTANTS))
        helps = (f"did you mean `{near}`?",) if near else ()
        ctx.report.error(UnknownName, span, "nothing binds this name", helps=helps, name=name)


def value_of(ctx: Context, binding: Binding, span: Span) -> Expr:
    """What reading a bound name gives at this place."""
    match binding.kind:
        case "alias":
            assert binding.value is not None
            return binding.value
        case "variable":
            whole = Ref(binding.unique, type=ctx.sited[binding.unique].type, stage=Stage.RANDOM, span=span)
            return within_loops(ctx, whole, binding.loops, span)
        case "container":
            random = binding.name in ctx.random_containers
            return Ref(binding.unique, type=binding.type, stage=Stage.RANDOM if random else Stage.DATA, span=span)
        case _:
            return Ref(binding.unique, type=binding.type, stage=binding.stage, span=span)


def within_loops(ctx: Context, whole: Expr, loops: tuple[Loop, ...], span: Span) -> Expr:
    """The part of an implicit container that belongs to the present turn of the loops still open."""
    open_loops = []
    for mine, now in zip(loops, ctx.loops, strict=False):
        if mine is not now:
            break
        open_loops.append(mine)
    if not open_loops:
        return whole
    subs = tuple(turn(loop, span) for loop in open_loops)
    array = whole.type
    assert isinstance(array, Array)
    constraint = array.constraint
    bounds = [constraint.lower, constraint.upper]
    if constraint.kind == "interval" and any(not isinstance(b, int | float | None) for b in bounds):
        lower, upper = (b if isinstance(b, int | float | None) else _bound_part(b, subs) for b in bounds)
        constraint = Constraint("interval", lower, upper, open=constraint.open)
    type_ = Array(array.element, array.dims[len(subs) :], constraint)
    return Index(whole, subs, type=type_, stage=Stage.RANDOM, span=span)


def _bound_part(bound: Expr, subs: tuple[Expr, ...]) -> Expr:
    array = bound.type
    if not isinstance(array, Array) or not array.rank:
        return bound
    return Index(bound, subs, type=Array(array.element, array.dims[len(subs) :]), stage=bound.stage, span=bound.span)


def turn(loop: Loop, span: Span) -> Expr:
    """Which turn of a loop it is, counted from 0."""
    index = Ref(loop.index, type=INT, stage=Stage.DATA, span=span)
    if loop.low.value == 0:
        return index
    return Apply(OPERATIONS["subtract"], (index, loop.lower), type=INT, stage=Stage.DATA, span=span)
