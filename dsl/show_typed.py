"""The typed tree as text, for people and golden files: one statement a line, with types and stages.

    model eight_schools(sigma: real<lower=0.0, open>[J])
      dims J
      var mu: real
      site mu ~ normal(0.0, 5.0)                                  : real @ data

A stage stands after `@`. `lifted` arguments are marked with `^`, conversions are written `real(x)`.
"""

from __future__ import annotations

from collections.abc import Iterator

from pushforward.dsl.typed import (
    Algorithm,
    Apply,
    ArrayLiteral,
    Body,
    Comprehension,
    Const,
    Container,
    Convert,
    Draw,
    Expr,
    Factor,
    FieldOf,
    For,
    If,
    IfElse,
    Index,
    Let,
    LogDensity,
    Mixture,
    RecordExpr,
    Ref,
    Return,
    Site,
    Size,
    SliceSub,
    Solve,
    Statement,
    Store,
    Sub,
    Transformed,
    TypedFile,
    TypedProgram,
)  # fmt: skip
from pushforward.dsl.types import Array, Law, Type

_INFIX = {
    "add": "+",
    "subtract": "-",
    "multiply": ".*",
    "divide": "./",
    "power": ".^",
    "matmul": "*",
    "modulo": "%",
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
    "and": "&&",
    "or": "||",
}


def show_typed(file: TypedFile) -> str:
    """Every program of a file."""
    return "\n".join(show_program(p) for p in file.programs)


def show_program(program: TypedProgram) -> str:
    """One program."""
    parameters = ", ".join(f"{p.name}: {show_type(p.type)}" for p in program.parameters)
    lines = [f"{program.kind} {program.name}({parameters})"]
    if program.dims:
        lines.append(f"  dims {', '.join(program.dims)}")
    lines.extend(f"  param {p.name}: {show_type(p.type)}" for p in program.params)
    lines.extend(f"  var {v.name}: {show_type(v.type)}" for v in program.variables)
    lines.extend(_statements(program.body, "  "))
    return "\n".join(lines) + "\n"


def show_type(type_: Type) -> str:
    """A type with everything that is known of it."""
    if isinstance(type_, Law):
        return f"law on {show_type(type_.value)}"
    if not isinstance(type_, Array):
        return str(type_)
    c = type_.constraint
    shape = f"[{', '.join(map(str, type_.dims))}]" if type_.dims else ""
    match c.kind:
        case "none":
            return f"{type_.element}{shape}"
        case "interval":
            ends = [f"{n}={_bound(b)}" for n, b in (("lower", c.lower), ("upper", c.upper)) if b is not None]
            return f"{type_.element}<{', '.join(ends + ['open'] * c.open)}>{shape}"
        case "index":
            return f"index{'1' if c.base else ''}<{c.size}>{shape}"
        case kind:
            return f"{kind}{shape}"


def _bound(bound: Expr | float) -> str:
    return f"{bound}" if isinstance(bound, int | float) else show_expr(bound)


def _statements(statements: tuple[Statement, ...], indent: str) -> Iterator[str]:
    for statement in statements:
        yield from _statement(statement, indent)


def _statement(statement: Statement, indent: str) -> Iterator[str]:
    match statement:
        case Let(name=name, value=value):
            yield f"{indent}let {name} = {show_expr(value)}  {_about(value)}"
        case Container(name=name, type=type_):
            yield f"{indent}container {name}: {show_type(type_)}"
        case Store(name=name, subs=subs, value=value):
            yield f"{indent}{name}{_subs(subs)} = {show_expr(value)}  {_about(value)}"
        case Site(address=address, subs=subs, law=law, value=type_, truncated=truncated, observes=observes):
            marks = " truncated" * truncated
            verb = "observe" if observes else "site"
            drawn = f"{show_type(type_)}{marks} @ {_stage(law)}"
            yield f"{indent}{verb} {address}{_subs(subs)} ~ {show_expr(law)}  : {drawn}"
        case For(index=index, lower=lower, upper=upper, body=body):
            yield f"{indent}for {index} in {show_expr(lower)}..{show_expr(upper)}"
            yield from _statements(body, indent + "  ")
        case If(condition=condition, then=then, orelse=orelse):
            yield f"{indent}if {show_expr(condition)}  {_about(condition)}"
            yield from _statements(then, indent + "  ")
            if orelse:
                yield f"{indent}else"
                yield from _statements(orelse, indent + "  ")
        case Factor(value=value):
            yield f"{indent}factor {show_expr(value)}  {_about(value)}"
        case Return(fields=fields):
            yield f"{indent}return"
            for name, value in fields:
                yield f"{indent}  {name} = {show_expr(value)}  {_about(value)}"


def _about(expr: Expr) -> str:
    return f": {show_type(expr.type)} @ {_stage(expr)}"


def _stage(expr: Expr) -> str:
    return expr.stage.name.lower()


def _subs(subs: tuple[Sub, ...]) -> str:
    shown = [f"{show_expr(s.lower)}:{show_expr(s.upper)}" if isinstance(s, SliceSub) else show_expr(s) for s in subs]
    return f"[{', '.join(shown)}]" if subs else ""


def show_expr(expr: Expr) -> str:
    """An expression; operators that the checker resolved are written as elementwise or as linear algebra."""
    match expr:
        case Const(value=value):
            return str(value).lower() if isinstance(value, bool) else str(value)
        case Ref(name=name):
            return name
        case Apply(function=f, arguments=(a, b)) if f.name in _INFIX and f.extern is None and f.body is None:
            both = isinstance(a.type, Array) and isinstance(b.type, Array) and not a.type.rank and not b.type.rank
            op = _INFIX[f.name].lstrip(".") if both else _INFIX[f.name]
            return f"({show_expr(a)} {op} {show_expr(b)})"
        case Apply(function=f, arguments=arguments, dims=dims):
            bound = "{" + ", ".join(f"{n}={d}" for n, d in dims) + "}" if dims else ""
            return f"{f.name}{bound}({', '.join(map(show_expr, arguments))})"
        case Convert(value=value, type=type_):
            return f"{type_.element if isinstance(type_, Array) else type_}({show_expr(value)})"
        case Index(base=base, subs=subs):
            return show_expr(base) + _subs(subs)
        case ArrayLiteral(items=items):
            return f"[{', '.join(map(show_expr, items))}]"
        case Comprehension(index=index, lower=lower, upper=upper, element=element):
            return f"[{show_expr(element)} for {index} in {show_expr(lower)}..{show_expr(upper)}]"
        case IfElse(condition=condition, then=then, orelse=orelse):
            return f"(if {show_expr(condition)} then {show_expr(then)} else {show_expr(orelse)})"
        case RecordExpr(fields=fields):
            return "{" + ", ".join(f"{n} = {show_expr(v)}" for n, v in fields) + "}"
        case FieldOf(value=value, name=name):
            return f"{show_expr(value)}.{name}"
        case Draw(distribution=d, arguments=arguments, lifted=lifted, batch=batch):
            shown = [show_expr(a) + "^" * up for a, up in zip(arguments, lifted, strict=True)]
            times = f" x [{', '.join(map(str, batch))}]" if batch else ""
            return f"{d.name}({', '.join(shown)}){times}"
        case Size(dim=dim):
            return str(dim)
        case Transformed(of=of, vector=vector, offset=offset, jacobian=jacobian):
            return f"{'log_jacobian' if jacobian else 'constrain'}({show_type(of)}, {show_expr(vector)}, {offset})"
        case Solve():
            return _solve(expr)
        case LogDensity(body=body):
            return "logp {" + "; ".join(_statements(body, "")) + "}"
        case Mixture(weights=weights, components=components, family=family, batch=batch):
            parts = ", ".join(map(show_expr, components))
            times = f" x [{', '.join(map(str, batch))}]" if batch else ""
            return f"mixture({show_expr(weights)}, {parts if family else '[' + parts + ']'}){times}"


def _solve(hole: Solve) -> str:
    """A hole on one line: what it solves for, its bodies, its solver and its rule."""
    unknowns = ", ".join(
        f"{u.name}: {show_type(u.type)}{' transformed' * u.transformed}"
        f"{f' from {show_expr(u.start)}' if u.start is not None else ''}"
        for u in hole.unknowns
    )
    bodies = " ".join(f"{name} {{ {_body(body)} }}" for name, body in hole.parts)
    over = f" over {show_expr(hole.times)}" if hole.times is not None else ""
    if hole.kind in ("grad", "hessian"):
        return f"{hole.kind} {unknowns} {bodies}"
    return f"{hole.kind} {unknowns}{over} {bodies} by {_algorithm(hole.by)} @ {_algorithm(hole.at)}"


def _body(body: Body) -> str:
    lines = [line.strip() for s in body.statements for line in _statement(s, "")]
    return "; ".join([*lines, show_expr(body.result)])


def _algorithm(algorithm: Algorithm) -> str:
    given = ", ".join(
        f"{name}={_algorithm(value) if isinstance(value, Algorithm) else value}" for name, value in algorithm.arguments
    )
    return f"{algorithm.name}({given})"
