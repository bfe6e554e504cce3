"""A site on a process, `xs ~ ou(1, 0, s) at ts by euler_maruyama(steps=4)`, as statements of the model around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.errors.names import ArgumentCount, ArgumentName
from pushforward.dsl.errors.processes import NoDensity, NoExactLaw, PathSite, SchemeArgument, UnknownScheme
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.instantiate.names import Names, map_children, name, number, substitute
from pushforward.dsl.processes.linear import why_not_exact
from pushforward.dsl.processes.reading import TIME, Process, State, read
from pushforward.dsl.processes.schemes import Step, draws_next, is_scheme, noises


def observes_paths(known: Declarations, node: tree.Program) -> bool:
    """Whether a program has sites on processes."""
    return any(isinstance(n, tree.Site) and _process_of(known, n.distribution) is not None for n in nodes_of(node.body))


def _process_of(known: Declarations, law: tree.Expr) -> tree.Program | None:
    """The process that a law names, observed at times or not."""
    inner = law.process if isinstance(law, tree.At) else law
    head = inner.function if isinstance(inner, tree.Call) else inner
    found = known.program(head.id) if isinstance(head, tree.Name) else None
    return found if found is not None and found.kind == "process" else None


def with_paths(known: Declarations, node: tree.Program, report: Report) -> tree.Program | None:
    """The program with its sites on processes written out; None after a report."""
    taken = {n.id for n in nodes_of(node.body) if isinstance(n, tree.Name)} | {p.name for p in node.parameters}
    names = Names(taken | {s.name for s in nodes_of(node.body) if isinstance(s, tree.Let | tree.Declare)})
    before = len(report.errors) + len(report.not_yet)
    parts: dict[tuple[str, str], str] = {}
    body = _block(known, node.body, names, report, parts)
    if len(report.errors) + len(report.not_yet) > before:
        return None
    return replace(node, body=_with_parts(body, parts))


def _with_parts(node: tree.Block, parts: dict[tuple[str, str], str]) -> tree.Block:
    """The body with `zs.x` as the path of the state x of zs."""

    def change(n: Any) -> Any:
        match n:
            case tree.Attribute(value=tree.Name(id=whole), name=text) if (whole, text) in parts:
                return name(parts[whole, text], n)
            case tree.Node():
                return map_children(n, change)
            case _:
                return n

    return map_children(node, change) if parts else node


def _block(
    known: Declarations, block: tree.Block, names: Names, report: Report, parts: dict[tuple[str, str], str]
) -> tree.Block:
    out: list[tree.Statement] = []
    for stmt in block.statements:
        if not isinstance(stmt, tree.Site) or (process := _process_of(known, stmt.distribution)) is None:
            out.append(stmt)
            for inner in (n for n in nodes_of(stmt) if isinstance(n, tree.Site)):
                if _process_of(known, inner.distribution) is not None:
                    report.error(PathSite, inner.span, "this stands in a loop or a branch")
            continue
        whole = read(process, report)
        if whole is not None:
            out.extend(site(known, stmt, whole, names, report))
            if len(whole.states) > 1 and isinstance(stmt.target, tree.Name):
                parts |= {(stmt.target.id, s.name): f"{stmt.target.id}_{s.name}" for s in whole.states}
    return replace(block, statements=tuple(out))


@dataclass(frozen=True)
class Asked:
    """A path that is asked for: of what, when, with which names of the process in those of the model, and how."""

    site: tree.Site
    path: str
    process: Process
    times: tree.Expr
    inside: dict[str, tree.Expr]
    names: Names

    @property
    def length(self) -> tree.Expr:
        """How many times there are."""
        return call("size", self.times, at=self.site)

    def variable(self, state: State) -> str:
        """The name of the path of a state."""
        return self.path if len(self.process.states) == 1 else f"{self.path}_{state.name}"

    def container(self, state: State, *front: tree.Expr) -> tree.TypeExpr:
        """The type of as many values of a state."""
        dims = () if state.type is None else tuple(substitute(d, self.inside) for d in state.type.dims)
        return tree.TypeExpr("real", dims=(*front, *dims), span=self.site.span)

    def initial(self, state: State) -> tree.Expr:
        """The law of a state at the first time."""
        first = tree.Subscript(self.times, (number(0, self.site),), span=self.site.span)
        meaning = {**self.inside, TIME: self.inside.get(TIME, first)}
        law = state.initial
        if isinstance(law, tree.Call):
            return replace(law, arguments=tuple(replace(a, value=substitute(a.value, meaning)) for a in law.arguments))
        return substitute(law, meaning)


def site(
    known: Declarations, node: tree.Site, process: Process, names: Names, report: Report
) -> Iterator[tree.Statement]:
    """What a site on a process means."""
    if not isinstance(node.distribution, tree.At) or not isinstance(node.target, tree.Name):
        label = "`at` is missing" if isinstance(node.target, tree.Name) else "a path is drawn whole"
        report.error(PathSite, node.span, label, helps=("write `xs ~ p(...) at ts`",))
        return
    times = node.distribution.times
    if not isinstance(times, tree.Name):
        flat = names.fresh(f"{node.target.id}_times")
        yield tree.Let(flat, None, times, span=times.span)
        times = name(flat, times)
    bound = _arguments(node.distribution.process, process, names, report)
    if bound is None:
        return
    lets, inside = bound
    yield from lets
    asked = Asked(node, node.target.id, process, times, inside, names)
    if not process.noisy:
        yield from _flow(asked, report)
        return
    found = _scheme(known, asked, report)
    if found is not None:
        yield from _drawn(asked, *found)


def _arguments(
    written: tree.Expr, process: Process, names: Names, report: Report
) -> tuple[list[tree.Let], dict[str, tree.Expr]] | None:
    """The arguments of a process as values of the model; what its names mean there. None after a report."""
    node = process.node
    given = written.arguments if isinstance(written, tree.Call) else ()
    meaning: dict[str, tree.Expr] = {}
    lets: list[tree.Let] = []
    formals = {p.name: p for p in node.parameters}
    for position, argument in enumerate(given):
        text = argument.name or (node.parameters[position].name if position < len(node.parameters) else None)
        if text is None or text not in formals or text in meaning:
            if argument.name is not None:
                report.error(ArgumentName, argument.span, "no parameter has this name", callee=node.name, name=text,
                             notes=(f"its parameters are {', '.join(formals)}",))  # fmt: skip
            else:
                report.error(ArgumentCount, argument.span, "one too many", callee=node.name,
                             wanted=f"{len(formals)} arguments", count=len(given))  # fmt: skip
            return None
        value = argument.value
        if not isinstance(value, tree.Name | tree.Number):
            flat = names.fresh(f"{node.name}_{text}")
            lets.append(tree.Let(flat, None, value, span=value.span))
            value = name(flat, value)
        meaning[text] = value
    for text, formal in formals.items():
        if text not in meaning and formal.default is not None:
            meaning[text] = formal.default
    missing = [p for p in formals if p not in meaning]
    if missing:
        report.error(ArgumentCount, written.span, f"missing: {', '.join(missing)}", callee=node.name,
                     wanted=f"{len(formals)} arguments", count=len(given))  # fmt: skip
        return None
    meaning |= _dimensions(process, meaning)
    for let in process.lets:
        assert let.value is not None
        flat = names.fresh(f"{node.name}_{let.name}")
        lets.append(tree.Let(flat, None, substitute(let.value, meaning), span=let.span))
        meaning[let.name] = name(flat, let)
    return lets, meaning


def _dimensions(process: Process, meaning: dict[str, tree.Expr]) -> dict[str, tree.Expr]:
    """The sizes that the types of the arguments name, as sizes of what was given."""
    found: dict[str, tree.Expr] = {}
    for parameter in process.node.parameters:
        dims = parameter.type.dims if parameter.type is not None else ()
        for position, dim in enumerate(dims[:2]):
            if isinstance(dim, tree.Name) and dim.id not in meaning and dim.id not in found:
                function = "size" if len(dims) == 1 else ("rows", "cols")[position]
                found[dim.id] = call(function, meaning[parameter.name], at=dim)
    return found


# ---------------------------------------------------------------- how


def _scheme(known: Declarations, asked: Asked, report: Report) -> tuple[tree.Program, int] | None:
    """The scheme that a path is made by, and its number of steps between two times; None after a report."""
    written = asked.site.method.algorithm if asked.site.method is not None else None
    reason = why_not_exact(asked.process)
    text = "exact"
    if written is not None:
        head = written.function if isinstance(written, tree.Call) else written
        text = head.id if isinstance(head, tree.Name) else written.span.text
    if text == "exact" and reason is not None:
        report.error(
            NoExactLaw, (asked.site if written is None else written).span, reason,
            helps=("write `by euler_maruyama(steps=10)`: ten steps between two times",), name=asked.process.node.name,
        )  # fmt: skip
        return None
    scheme = known.program(text)
    if scheme is None or not is_scheme(scheme):
        near = nearest(text, sorted(known.schemes()))
        helps = (f"did you mean `{near}`?",) if near else (f"schemes are {', '.join(sorted(known.schemes()))}",)
        report.error(UnknownScheme, (written or asked.site).span, "named here", helps=helps, name=text)
        return None
    still = [s for s in asked.process.states if s.noise is None]
    if still and draws_next(scheme):
        report.error(
            NoDensity, still[0].equation.span, f"`{still[0].name}` has no noise",
            helps=("make the path by `euler_maruyama_noncentered`",), name=asked.process.node.name,
        )  # fmt: skip
        return None
    steps = _steps(written, text, report)
    return None if steps is None else (scheme, steps)


def _steps(written: tree.Expr | None, text: str, report: Report) -> int | None:
    steps = 1
    for argument in written.arguments if isinstance(written, tree.Call) else ():
        match argument:
            case tree.Argument(name=None | "steps", value=tree.Number(value=int(n))) if n >= 1:
                steps = n
            case _:
                report.error(
                    SchemeArgument, argument.span, "not a number of steps", name=text,
                    helps=(f"write `{text}(steps=10)`: ten steps between two times",),
                )  # fmt: skip
                return None
    return steps


# ---------------------------------------------------------------- paths


def _flow(asked: Asked, report: Report) -> Iterator[tree.Statement]:
    """Without noise: the solution of a differential equation from a random start."""
    span = asked.site.span
    if len(asked.process.states) > 1:
        report.later(
            f"`{asked.process.node.name}`", "an equation of several states without noise", span,
            "write one state, a vector",
        )  # fmt: skip
        return
    (state,) = asked.process.states
    start = asked.names.fresh(f"{asked.path}_start")
    yield tree.Site(tree.Name(start, span=span), state.type, asked.initial(state), None, span=span)
    time, value = asked.names.fresh("time"), asked.names.fresh(state.name)
    meaning = {**asked.inside, state.name: tree.Name(value), TIME: asked.inside.get(TIME, tree.Name(time))}
    drift = substitute(state.drift, meaning)
    formals = (tree.Parameter(time, None), tree.Parameter(value, None))
    field = tree.Lambda(formals, tree.Block((tree.Return(drift, span=drift.span),), span=span), span=span)
    whole: tree.Expr = tree.Integrate(field, tree.Name(start, span=span), asked.times, span=span)
    if asked.site.method is not None:
        whole = tree.Hole(whole, asked.site.method, span=span)
    yield tree.Let(asked.path, None, whole, span=span)


def _drawn(asked: Asked, scheme: tree.Program, steps: int) -> Iterator[tree.Statement]:
    """With noise: the first value, and a loop of steps."""
    node, centred = asked.site, draws_next(scheme)
    one, zero = number(1, node), number(0, node)
    turns = tree.Binary("-", asked.length, one, span=node.span)
    for state in asked.process.states:
        path, type_ = asked.variable(state), asked.container(state, asked.length)
        whole = node.type if node.type is not None and len(asked.process.states) == 1 else type_
        first = tree.Subscript(name(path, node), (zero,), span=node.target.span)
        if centred:
            yield tree.Declare(path, whole, span=node.span)
            yield tree.Site(first, None, asked.initial(state), None, span=node.span)
        else:
            start = asked.names.fresh(f"{path}_start")
            yield tree.Site(name(start, node), asked.container(state), asked.initial(state), None, span=node.span)
            yield tree.Let(path, whole, None, span=node.span)
            yield tree.Assign(first, name(start, node), span=node.span)
            if state.noise is not None:
                inner = (turns,) if steps == 1 else (turns, number(steps, node))
                for noise in noises(scheme):
                    yield tree.Declare(f"{path}_{noise}", asked.container(state, *inner), span=node.span)
        if steps > 1:
            fine = asked.container(state, turns, number(steps - 1, node))
            yield tree.Declare(f"{path}_between", fine, span=node.span) if centred else tree.Let(
                f"{path}_between", fine, None, span=node.span
            )
    i = asked.names.fresh("i")
    body = _single(asked, scheme, i) if steps == 1 else _several(asked, scheme, i, steps)
    over = tree.Range(one, asked.length, span=node.span)
    yield tree.For(i, over, tree.Block(tuple(body), span=node.span), span=node.span)


def _single(asked: Asked, scheme: tree.Program, i: str) -> Iterator[tree.Statement]:
    """One step from each time to the next."""
    node = asked.site
    here, last = tree.Name(i, span=node.span), tree.Binary("-", tree.Name(i), number(1, node), span=node.span)
    width = asked.names.fresh("h")
    yield tree.Let(width, None, _difference(asked, here, last), span=node.span)
    yield from _step(asked, scheme, (last,), lambda p: (p, (last,)), lambda p: (p, (here,)), _time(asked, last), width)


def _several(asked: Asked, scheme: tree.Program, i: str, steps: int) -> Iterator[tree.Statement]:
    """Some steps from each time to the next: the first, those between, and the last."""
    node, names = asked.site, asked.names
    here, last = tree.Name(i, span=node.span), tree.Binary("-", tree.Name(i), number(1, node), span=node.span)
    width, start = names.fresh("h"), _time(asked, last)
    many = number(steps, node)
    yield tree.Let(width, None, tree.Binary("/", _difference(asked, here, last), many), span=node.span)
    zero, end = number(0, node), number(steps - 2, node)
    yield from _step(
        asked, scheme, (last, zero), lambda p: (p, (last,)), lambda p: (f"{p}_between", (last, zero)), start, width
    )
    if steps > 2:
        j = names.fresh("j")
        at, before = tree.Name(j, span=node.span), tree.Binary("-", tree.Name(j), number(1, node), span=node.span)
        inner = _step(
            asked, scheme, (last, at), lambda p: (f"{p}_between", (last, before)),
            lambda p: (f"{p}_between", (last, at)), _later(start, at, width), width,
        )  # fmt: skip
        over = tree.Range(number(1, node), number(steps - 1, node), span=node.span)
        yield tree.For(j, over, tree.Block(tuple(inner), span=node.span), span=node.span)
    final = number(steps - 1, node)
    yield from _step(
        asked, scheme, (last, final), lambda p: (f"{p}_between", (last, end)), lambda p: (p, (here,)),
        _later(start, final, width), width,
    )  # fmt: skip


def _step(asked, scheme, place, before, after, time, width):  # type: ignore[no-untyped-def]
    """The statements of one step; `before` and `after` give container and subscripts of the path of a state."""
    node = asked.site

    def element(found: tuple[str, tuple[tree.Expr, ...]]) -> tree.Subscript:
        return tree.Subscript(name(found[0], node), found[1], span=node.target.span)

    out: list[tree.Statement] = []
    values: dict[str, tree.Expr] = {}
    for state in asked.process.states:
        flat = asked.names.fresh(state.name)
        out.append(tree.Let(flat, None, element(before(asked.variable(state))), span=node.span))
        values[state.name] = name(flat, node)
    step = Step(
        asked.process, scheme, asked.names, asked.inside, values, time, name(width, node),
        lambda s, noise: element((f"{asked.variable(s)}_{noise}", place)),
        lambda s: element(after(asked.variable(s))), node,
    )  # fmt: skip
    return (*out, *step.write())


def _time(asked: Asked, at: tree.Expr) -> tree.Expr:
    return tree.Subscript(asked.times, (at,), span=asked.site.span)


def _difference(asked: Asked, here: tree.Expr, last: tree.Expr) -> tree.Expr:
    return tree.Binary("-", _time(asked, here), _time(asked, last), span=asked.site.span)


def _later(start: tree.Expr, steps: tree.Expr, width: str) -> tree.Expr:
    return tree.Binary("+", start, tree.Binary("*", steps, tree.Name(width, span=start.span)), span=start.span)


def call(function: str, value: tree.Expr, *, at: tree.Node) -> tree.Expr:
    """`f(x)`."""
    return tree.Call(name(function, at), (tree.Argument(None, value, span=at.span),), span=at.span)
