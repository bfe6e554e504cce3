"""What stands after `by` and `@`: names of solvers and rules, with their arguments checked against the declaration."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.solvers import AlgorithmArgument, UnknownAlgorithm
from pushforward.dsl.infer.context import Context
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.typed import Algorithm

_WORDS = {"solver": "solver", "rule": "rule", "linear_solver": "linear solver"}


def algorithm(ctx: Context, node: tree.Expr, kind: str) -> tuple[Algorithm, tree.Algorithm] | None:
    """`newton`, `newton(tol=1e-6)`, `implicit(cg())`: typed, and the declaration; None after a report."""
    match node:
        case tree.Name(id=name):
            given: tuple[tree.Argument, ...] = ()
        case tree.Call(function=tree.Name(id=name), arguments=given):
            pass
        case _:
            ctx.report.error(UnknownAlgorithm, node.span, "this is none", kind=_WORDS[kind], name=node.span.text)
            return None
    declared = ctx.known.algorithm(name)
    if declared is None or declared.kind != kind:
        names = [a.name for a in ctx.known.algorithms() if a.kind == kind]
        near = nearest(name, names)
        helps = (f"did you mean `{near}`?",) if near else (f"there are {', '.join(sorted(names))}",)
        notes = (f"`{name}` is a {_WORDS[declared.kind]}",) if declared is not None else ()
        ctx.report.error(
            UnknownAlgorithm, node.span, "nothing has this name", helps=helps, notes=notes, kind=_WORDS[kind], name=name
        )
        return None
    arguments: list[tuple[str, int | float | bool | str | Algorithm]] = []
    for place, argument in enumerate(given):
        parameter = _parameter(declared, argument, place)
        value = None if parameter is None else _value(ctx, parameter, argument.value)
        if value is None and parameter is not None and _is_algorithm(parameter, argument.value):
            return None  # reported where it stands
        if parameter is None or value is None:
            _misfit(ctx, declared, parameter, argument)
            return None
        arguments.append((parameter.name, value))
    return Algorithm(name, declared.body.target, tuple(arguments), span=node.span), declared


def _parameter(declared: tree.Algorithm, argument: tree.Argument, place: int) -> tree.Parameter | None:
    if argument.name is None:
        return declared.parameters[place] if place < len(declared.parameters) else None
    return next((p for p in declared.parameters if p.name == argument.name), None)


def _is_algorithm(parameter: tree.Parameter, value: tree.Expr) -> bool:
    """Whether an algorithm is wanted, and one is named."""
    wanted = parameter.type.name if parameter.type is not None else ""
    return wanted in _WORDS and isinstance(value, tree.Name | tree.Call)


def _value(ctx: Context, parameter: tree.Parameter, node: tree.Expr) -> int | float | bool | str | Algorithm | None:
    wanted = parameter.type.name if parameter.type is not None else "real"
    match node:
        case tree.Name() | tree.Call() if wanted in _WORDS:
            found = algorithm(ctx, node, wanted)
            return None if found is None else found[0]
        case tree.Number(value=int(value)) if wanted == "int":
            return value
        case tree.Number(value=value) if wanted in ("real", "positive", "nonneg", "unit"):
            return float(value)
        case tree.Unary(op="-", operand=tree.Number(value=value)) if wanted == "real":
            return -float(value)
        case tree.Bool(value=value) if wanted == "bool":
            return value
        case tree.String(value=value) if wanted == "string":
            return value
        case tree.Name(id=value) if wanted == "string":
            return value
        case tree.String(value=value) | tree.Name(id=value) if wanted == "one_of" and value in words(parameter):
            return value
        case _:
            return None


def words(parameter: tree.Parameter) -> tuple[str, ...]:
    """The words that `one_of("lu", "qr")` allows; none for any other type."""
    if parameter.type is None or parameter.type.name != "one_of":
        return ()
    return tuple(a.value.value for a in parameter.type.arguments if isinstance(a.value, tree.String))


def _misfit(
    ctx: Context, declared: tree.Algorithm, parameter: tree.Parameter | None, argument: tree.Argument
) -> None:
    names = [p.name for p in declared.parameters]
    near = nearest(argument.name, names) if argument.name is not None and parameter is None else None
    type_ = parameter.type.name if parameter is not None and parameter.type is not None else ""
    article = "an" if type_[:1] in ("a", "e", "i", "o", "u") else "a"
    label = f"`{parameter.name}` is {article} {type_}" if parameter is not None else "it has no such argument"
    if parameter is not None and (allowed := words(parameter)):
        label = f"`{parameter.name}` is one of {', '.join(allowed)}"
        match argument.value:
            case tree.String(value=text) | tree.Name(id=text):
                near = nearest(text, allowed)
            case _:
                pass
    ctx.report.error(
        AlgorithmArgument, argument.span, label, notes=(f"it is `{form(declared)}`",),
        helps=(f"did you mean `{near}`?",) if near else (), name=declared.name,
    )  # fmt: skip


def form(declared: tree.Algorithm) -> str:
    """`newton(tol: positive = 1e-8, steps: int = 100)`."""
    from pushforward.dsl.unparse import unparse_expr

    def one(p: tree.Parameter) -> str:
        type_ = "" if p.type is None else f": one_of({', '.join(words(p))})" if words(p) else f": {p.type.name}"
        return f"{p.name}{type_}" + (f" = {unparse_expr(p.default)}" if p.default is not None else "")

    return f"{declared.name}({', '.join(map(one, declared.parameters))})"
