"""The law of a process with noise at one time: the normal one of a linear process, or the draws of a scheme."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.processes import NoLawAtTime
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate.names import Names, name, number, substitute
from pushforward.dsl.processes.asked import Asked, all_names, call
from pushforward.dsl.processes.exact import Start, System, system
from pushforward.dsl.processes.exact import marginal as of_system
from pushforward.dsl.processes.linear import is_diagonal, why_not_linear
from pushforward.dsl.processes.paths import with_paths
from pushforward.dsl.processes.reading import TIME, Process, State


def marginal(known: Declarations, process: Process, when: str) -> tree.Program | None:
    """The model of the states of a linear process at the time `when`, an argument; None if it is not known."""
    if why_not_linear(process) is not None:
        return None
    starts = tuple(_start(process, s) for s in process.states)
    begin = tuple(s for s in starts if s is not None)
    if len(begin) < len(starts):
        return None
    site = tree.Site(tree.Name(process.states[0].name), None, tree.Name(""), None, span=process.node.span)
    asked = Asked(site, process.states[0].name, process, tree.Name(when), {}, Names({*all_names(process.node), when}))
    alone = is_diagonal(process) and not begin[0].whole
    laws = _diagonal(asked, begin[0], when) if alone else _together(asked, begin, when)
    return _model(process, when, (*process.lets, *laws))


def sampled(known: Declarations, process: Process, when: str, method: tree.Method | None) -> tree.Program:
    """The model that draws a path to the time `when` and gives back its end. Raises `ProgramError`."""
    span = process.node.span
    if method is None and why_not_linear(process) is not None:
        raise ProgramError(
            NoLawAtTime.diagnostic(span, "the law of this process is not known at a time",
                                   helps=("say how it is drawn: `at(p, t) by euler_maruyama(steps=20)`",))
        )  # fmt: skip
    given = tuple(tree.Argument(p.name, tree.Name(p.name, span=p.span), span=p.span) for p in process.node.parameters)
    times = tree.ListExpr((tree.Number(0.0, "0.0"), tree.Name(when)), span=span)
    whole = tree.At(tree.Call(tree.Name(process.node.name, span=span), given, span=span), times, span=span)
    path = tree.Name("path_to_time", span=span)
    site = tree.Site(path, None, whole, method, span=span)
    fields = []
    for state in process.states:
        of = path if len(process.states) == 1 else tree.Attribute(path, state.name, span=span)
        fields.append(tree.Field(state.name, tree.Subscript(of, (number(1, process.node),), span=span), span=span))
    end = tree.Return(tree.RecordExpr(tuple(fields), span=span), span=span)
    report = Report()
    found = with_paths(known, _model(process, when, (site, end)), report)
    if found is None:
        raise ProgramError(*(report.errors or report.not_yet))
    return found


def _model(process: Process, when: str, body: tuple[tree.Statement, ...]) -> tree.Program:
    time = tree.Parameter(when, tree.TypeExpr("real"), span=process.node.span)
    block = tree.Block(body, span=process.node.body.span)
    return replace(process.node, kind="model", parameters=(*process.node.parameters, time), body=block)


def _start(process: Process, state: State) -> Start | None:
    """The normal law in which a state begins, if it is one."""
    law, at = state.initial, process.node
    if not isinstance(law, tree.Call) or not isinstance(law.function, tree.Name):
        return None
    zero: dict[str, tree.Expr] = {} if any(p.name == TIME for p in at.parameters) else {TIME: number(0, at)}
    given = {
        a.name or ("mu", "second")[i] if i < 2 else "": substitute(a.value, zero) for i, a in enumerate(law.arguments)
    }
    mean = given.get("mu", number(0, at))

    def second(*names: str) -> tree.Expr:
        return next((given[n] for n in (*names, "second") if n in given), number(1, at))

    match law.function.id:
        case "std_normal":
            return Start(number(0, at), number(1, at))
        case "normal":
            s = second("sigma")
            return Start(mean, tree.Binary(".*", s, s, span=at.span))
        case "multi_normal":
            return Start(mean, second("Sigma"), True)
        case "multi_normal_cholesky":
            L = second("L")
            return Start(mean, tree.Binary("*", L, tree.Transpose(L, span=at.span), span=at.span), True)
        case "delta":
            return Start(given.get("v", mean), number(0, at))
        case _:
            return None


def _together(asked: Asked, begin: tuple[Start, ...], when: str) -> Iterator[tree.Statement]:
    at = asked.site
    for state in asked.process.states if len(begin) > 1 or begin else ():
        yield tree.Declare(state.name, asked.container(state), span=at.span)
    for made in system(asked):
        if isinstance(made, System):
            yield from of_system(asked, made, begin, name(when, at))
        else:
            yield made


def _diagonal(asked: Asked, begin: Start, when: str) -> Iterator[tree.Statement]:
    """Entry by entry: with the slope b, exp(b t) of the deviation at the start is left."""
    (state,) = asked.process.states
    at, names = asked.site, asked.names
    h = name(when, at)
    assert state.noise is not None

    def let(text: str, value: tree.Expr) -> Iterator[tree.Let]:
        yield tree.Let(flats[text], None, value, span=at.span)

    flats = {text: names.fresh(f"{state.name}_{text}") for text in ("slope", "begin", "mean", "variance")}
    b, m = name(flats["slope"], at), name(flats["begin"], at)
    one, zero = (substitute(state.drift, {state.name: number(v, at)}) for v in (1, 0))
    yield from let("slope", _binary(at, "-", one, zero))
    yield from let("begin", begin.mean)
    over = _binary(at, "*", h, call("exprel", _binary(at, "*", b, h), at=at))
    there = _binary(at, ".*", substitute(state.drift, {state.name: m}), over)
    yield from let("mean", _binary(at, "+", m, there))
    left = call("exp", _binary(at, "*", _binary(at, "*", number(2, at), b), h), at=at)
    twice = _binary(at, "*", _binary(at, "*", number(2, at), b), h)
    square = _binary(at, ".*", state.noise, state.noise)
    added = _binary(at, ".*", square, _binary(at, "*", h, call("exprel", twice, at=at)))
    yield from let("variance", _binary(at, "+", _binary(at, ".*", left, begin.variance), added))
    law = tree.Call(
        tree.Name("normal", span=at.span),
        (tree.Argument(None, name(flats["mean"], at)),
         tree.Argument(None, call("sqrt", name(flats["variance"], at), at=at))), span=at.span,
    )  # fmt: skip
    type_ = asked.container(state) if state.type is not None and state.type.dims else None
    yield tree.Site(name(state.name, at), type_, law, None, span=at.span)


def _binary(at: tree.Node, op: tree.BinaryOp, left: tree.Expr, right: tree.Expr) -> tree.Expr:
    return tree.Binary(op, left, right, span=at.span)
