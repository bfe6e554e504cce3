"""`integrate f from x0 over ts by S @ R`: the states at the times of the solution of dx/dt = f(t, x).

f is `fun (t, x) = e`, or the name of a function of time and state, or its call with what follows these: `lotka(theta)`
stands for `fun (t, x) = lotka(t, x, theta)`. The first of the times is that of the start.
"""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.solvers import SolveBody, WrongAlgorithm
from pushforward.dsl.infer.algorithms import algorithm
from pushforward.dsl.infer.context import Binding, Context, is_poison, joined, poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.statements import statements
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.typed import Algorithm, Body, Expr, RecordExpr, Solve, Stage, Unknown
from pushforward.dsl.types import REAL, Array, Record


def integrate(ctx: Context, node: tree.Integrate, method: tree.Method | None) -> Expr:
    """The typed form: an array with the times in front; poison after a report."""
    start, times = expression(ctx, node.start), expression(ctx, node.times)
    by = _algorithm(ctx, None if method is None else method.algorithm, "solver", "tsit5", node)
    at = _algorithm(ctx, None if method is None else method.derivative, "rule", "discrete", node)
    if is_poison(start, times) or by is None or at is None or not _undone(ctx, by, at):
        return poison(node.span)
    if not isinstance(start.type, Array) or start.type.element == "bool":
        return _misfit(ctx, start, f"the start is {start.type}")
    if not isinstance(times.type, Array) or times.type.rank != 1:
        return _misfit(ctx, times, f"the times are {times.type}, not a vector")
    state = Array("real", start.type.dims)
    time, value, body = _field(node.field, ctx)
    with ctx.scope():
        t, x = ctx.fresh(time), ctx.fresh(value)
        ctx.define(Binding(time, t, "argument", REAL, Stage.RANDOM, node.field.span))
        ctx.define(Binding(value, x, "argument", state, Stage.RANDOM, node.field.span))
        ctx.used |= {t, x}
        *before, last = body.statements
        first = statements(ctx, tuple(before))
        derivative = expression(ctx, last.value) if isinstance(last, tree.Return | tree.ExprStatement) else None
    if derivative is None or is_poison(derivative):
        return poison(node.span)
    if not isinstance(derivative.type, Array) or derivative.type.dims != state.dims:
        return _misfit(ctx, derivative, f"the derivative is {derivative.type}, the state {state}")
    rate = converted(derivative, "real")
    fields = RecordExpr((("x", rate),), type=Record((("x", rate.type),)), stage=rate.stage, span=rate.span)
    unknown = Unknown(x, state, False, converted(start, "real"), span=node.start.span)
    return Solve(
        "integrate", (unknown,), (("objective", Body(first, fields)),), by, at, step=t, times=converted(times, "real"),
        type=Array("real", (times.type.dims[0], *state.dims)), stage=max(joined(start, times), _stage(ctx, node.field)),
        span=node.span,
    )  # fmt: skip


def _stage(ctx: Context, field: tree.Expr) -> Stage:
    """The stage of what the derivative reads from around it."""
    bindings = (ctx.lookup(n.id) for n in nodes_of(field) if isinstance(n, tree.Name))
    return max((b.stage for b in bindings if b is not None), default=Stage.DATA)


def _field(field: tree.Expr, ctx: Context) -> tuple[str, str, tree.Block]:
    """The names of time and state, and the statements that end in the derivative."""
    match field:
        case tree.Lambda(parameters=(time, state), body=tree.Block() as block):
            return time.name, state.name, block
        case tree.Lambda(parameters=(time, state), body=body):
            assert not isinstance(body, tree.Block)
            return time.name, state.name, _alone(body)
        case tree.Call(function=function, arguments=rest):
            pass
        case _:
            function, rest = field, ()
    time_name, state_name = ctx.fresh("t"), ctx.fresh("x")
    given = tuple(tree.Argument(None, tree.Name(n, span=field.span), span=field.span) for n in (time_name, state_name))
    return time_name, state_name, _alone(tree.Call(function, (*given, *rest), span=field.span))


def _alone(value: tree.Expr) -> tree.Block:
    return tree.Block((tree.Return(value, span=value.span),), span=value.span)


def _algorithm(
    ctx: Context, written: tree.Expr | None, kind: str, default: str, node: tree.Integrate
) -> Algorithm | None:
    found = algorithm(ctx, written if written is not None else tree.Name(default, span=node.span), kind)
    if found is None:
        return None
    if "integrate" not in found[1].uses:
        fit = sorted(a.name for a in ctx.known.algorithms() if a.kind == kind and "integrate" in a.uses)
        ctx.report.error(
            WrongAlgorithm, found[0].span, "named here", helps=(f"those that do: {', '.join(fit)}",),
            name=found[0].name, wrong="does not integrate",
        )  # fmt: skip
        return None
    return found[0]


def _undone(ctx: Context, by: Algorithm, at: Algorithm) -> bool:
    """Whether the rule finds in the integrator what it needs: steps that can be undone. Reported if not."""
    rule, integrator = ctx.known.algorithm(at.name), ctx.known.algorithm(by.name)
    if rule is None or integrator is None or set(rule.needs) <= set(integrator.takes):
        return True
    fit = sorted(a.name for a in ctx.known.algorithms() if "integrate" in a.uses and set(rule.needs) <= set(a.takes))
    shown = ", ".join(n for n in fit if n != at.name)
    ctx.report.error(
        WrongAlgorithm, at.span, "named here", helps=(f"integrators that fit: {shown}",),
        name=at.name, wrong=f"undoes steps, and those of `{by.name}` cannot be undone",
    )  # fmt: skip
    return False


def _misfit(ctx: Context, at: Expr, label: str) -> Expr:
    ctx.report.error(SolveBody, at.span, label, kind="`integrate`")
    return poison(at.span)
