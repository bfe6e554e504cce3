"""Sites: drawing from laws and programs, and, in a density, the values of variables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label, ProgramError
from pushforward.dsl.errors.programs import DrawsConditioned, NotTheseArguments, NoValueOfChoice
from pushforward.dsl.infer.taint import head, nodes_of
from pushforward.dsl.instantiate import programs
from pushforward.dsl.instantiate.names import START, map_children, merged, name, substitute, variables_of
from pushforward.dsl.instantiate.values import Instance, Marginal, Meaning, Normalized, Programs, Record
from pushforward.dsl.source import Span

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander, Turn


def declare(ex: Expander, node: tree.Declare) -> None:
    """`y: vector[T]`, the variable whose elements have sites of their own."""
    if ex.values is not None:
        flat = ex.writing.names.fresh(node.name, ex.label)
        ex.out.append(tree.Given(flat, ex.type(node.type), value_of(ex, node.name, node), span=node.span))
        ex.scope[node.name] = name(flat, node)
        return
    meaning, type_ = ex.scope.get(node.name), ex.type(node.type)
    assert type_ is not None
    if isinstance(meaning, tree.Subscript):  # in loops: declared before them, with their dimensions in front
        assert ex.outermost is not None
        lengths = tuple(length(turn, node) for turn in ex.loops)
        type_ = replace(type_, dims=(*lengths, *type_.dims))
        ex.outermost.append(replace(node, name=head(meaning), type=type_))
        return
    if not isinstance(meaning, tree.Name):
        meaning = ex.scope[node.name] = name(ex.writing.names.fresh(node.name, ex.label), node)
    ex.out.append(replace(node, name=meaning.id, type=type_))


def length(turn: Turn, node: tree.Node) -> tree.Expr:
    """How many turns a loop takes."""
    zero = isinstance(turn.lower, tree.Number) and turn.lower.value == 0
    return turn.upper if zero else tree.Binary("-", turn.upper, turn.lower, span=node.span)


def which(turn: Turn, node: tree.Node) -> tree.Expr:
    """Which turn of a loop this is, counted from 0."""
    written = name(turn.index, node)
    zero = isinstance(turn.lower, tree.Number) and turn.lower.value == 0
    return written if zero else tree.Binary("-", written, turn.lower, span=node.span)


def site(ex: Expander, node: tree.Site) -> None:
    """`x ~ law`, `z ~ q`, `z[k] ~ q`."""
    if is_start(node.distribution):
        from pushforward.dsl.instantiate.starts import start

        start(ex, node)
    elif ex.is_program(node.distribution):
        drawn_program(ex, node)
    elif ex.values is None:
        drawn(ex, node)
    else:
        scored(ex, node)


def is_start(law: tree.Expr) -> bool:
    """Whether a law is that of the start of a process which begins as a program draws."""
    return isinstance(law, tree.Call) and law.function == tree.Name(START)


def drawn(ex: Expander, node: tree.Site) -> None:
    """A draw from a law."""
    text = head(node.target)
    if text not in ex.scope:
        ex.scope[text] = tree.Name(ex.writing.names.fresh(text, ex.label), span=node.target.span)
    target = ex.part(node.target)
    assert isinstance(target, tree.Name | tree.Subscript)
    method = ex.method if ex.method is not None else method_of(ex, node)
    if method is None and ex.strategy is not None:
        method = tree.Method(None, ex.strategy, span=ex.strategy.span)
    law = law_of(ex, node.distribution)
    ex.out.append(replace(node, target=target, type=ex.type(node.type), distribution=law, method=method))


def method_of(ex: Expander, node: tree.Site) -> tree.Method | None:
    """What stands after `@`, in the names of the program being written."""
    return None if node.method is None else map_children(node.method, lambda n: strategy(ex, n))


def strategy(ex: Expander, node: tree.Node) -> tree.Node:
    """A strategy: its name is not a name of the program, its arguments are expressions."""
    match node:
        case tree.Call():
            return ex.arguments(node)
        case tree.Unary():
            return map_children(node, lambda n: strategy(ex, n))
        case _:
            return node


def law_of(ex: Expander, node: tree.Expr) -> tree.Expr:
    """A law: what is called is a distribution, whatever variables have its name."""
    match node:
        case tree.Call(function=tree.Name(id="mixture")):
            arguments = (replace(a, value=law_of(ex, a.value)) for a in node.arguments[1:])
            first = map_children(node.arguments[0], ex.part)
            return replace(node, arguments=(first, *arguments))
        case tree.ListExpr(items=items):
            return replace(node, items=tuple(law_of(ex, i) for i in items))
        case tree.Call(function=tree.Name()):
            return ex.arguments(node)
        case _:
            return ex.expression(node)


def scored(ex: Expander, node: tree.Site) -> None:
    """The density of a law at the value of a variable."""
    text, span = head(node.target), node.span
    law = law_of(ex, node.distribution)
    meaning = ex.scope.get(text)
    if isinstance(meaning, tree.Name) and meaning.id in given_names(ex):
        target = ex.part(node.target)
    else:
        value = value_of(ex, text, node.target) if not is_value(ex, text) else ex.expression(name(text, node.target))
        turns = () if is_value(ex, text) or isinstance(node.target, tree.Subscript) else turns_of(ex, node)
        here = merged(tree.Subscript(value, turns, span=node.target.span)) if turns else value
        flat = ex.writing.names.fresh(text, ex.label)
        ex.out.append(tree.Given(flat, ex.type(node.type), here, span=node.target.span))
        if turns or not isinstance(node.target, tree.Subscript):
            ex.scope[text] = name(flat, node.target)
        local = replace(ex, scope={**ex.scope, text: name(flat, node.target)})
        target = local.part(node.target)
    assert isinstance(target, tree.Name | tree.Subscript)
    ex.out.append(replace(node, target=target, type=None, distribution=law, method=None, span=span))


def given_names(ex: Expander) -> frozenset[str]:
    """The names that are given values in the block being written."""
    return frozenset(s.name for s in ex.out if isinstance(s, tree.Given)) | ex.declared


def is_value(ex: Expander, text: str) -> bool:
    """Whether a name is an argument or a `let`, so that a site on it observes it."""
    return text in ex.scope and text not in ex.variables


def turns_of(ex: Expander, node: tree.Node) -> tuple[tree.Expr, ...]:
    """Which turn of each loop of its own program this is."""
    return tuple(which(turn, node) for turn in ex.own)


def give_elements(ex: Expander, body: tree.Block) -> None:
    """In a density, variables whose elements have sites and that nothing declares get their values first."""
    declared = {n.name for n in nodes_of(body) if isinstance(n, tree.Declare)}
    for node in nodes_of(body):
        if not isinstance(node, tree.Site) or not isinstance(node.target, tree.Subscript):
            continue
        text = head(node.target)
        if text in declared or text not in ex.variables:
            continue
        declared.add(text)
        flat = ex.writing.names.fresh(text, ex.label)
        ex.out.append(tree.Given(flat, None, value_of(ex, text, node.target), span=node.target.span))
        ex.scope[text] = name(flat, node.target)


def value_of(ex: Expander, text: str, node: tree.Node) -> tree.Expr:
    """The value of a variable in the density being written. Raises PF403."""
    assert ex.values is not None
    value = ex.values.fields.get(text)
    if value is None or isinstance(value, Record):
        known = ", ".join(ex.values.fields)
        drawn = ex.values.program
        place, label = node.span, "no value is given for this"
        secondary: tuple[Label, ...] = ()
        if isinstance(drawn, Instance) and drawn.node.span.end:
            secondary = (Label(node.span, label),)
            place, label = heading(drawn.node), f"this does not draw {text}"
        raise ProgramError(
            NoValueOfChoice.diagnostic(
                place, label, secondary=secondary, notes=(f"the record has {known or 'no choices'}",),
                helps=("draw it in the guide, or give it: `p | {" + text + " = ...}`",), name=text,
                program=ex.label, record="the record",
            )
        )  # fmt: skip
    return value


def heading(node: tree.Program) -> Span:
    """The first line of a program, up to its brace."""
    text = node.span.text.partition("{")[0].rstrip()
    return Span(node.span.source, node.span.start, node.span.start + len(text))


# ---------------------------------------------------------------- programs


def drawn_program(ex: Expander, node: tree.Site) -> None:
    """`z ~ q`: the choices of `q` are drawn, and `z` is the record of them. `z ~ q @ s` gives all of them the strategy
    s.
    """
    node = algorithm_inside(node)
    held, text = programs.program(ex, node.distribution), head(node.target)
    if ex.values is not None:
        from pushforward.dsl.instantiate.densities import nested

        nested(ex, held, text, node)
        return
    if isinstance(node.target, tree.Subscript):
        shown = tuple(ex.expression(s) for s in node.target.subscripts if not isinstance(s, tree.Slice))
        if shown != tuple(tree.Name(turn.index) for turn in ex.own):
            raise ProgramError(
                NotTheseArguments.diagnostic(
                    node.target.span, "its subscripts are not the indices of the loops around it",
                    helps=("write `for k in 0..K { z[k] ~ q }`",), what="a draw from a program",
                )
            )  # fmt: skip
    record = draw(replace(ex, method=ex.method or method_of(ex, node)), held, text, node)
    ex.scope[text] = record
    if ex.loops and ex.kept is not None:
        ex.kept[text] = record.within(tuple(turn.index for turn in ex.own))


def algorithm_inside(node: tree.Site) -> tree.Site:
    """`z ~ marginal(...) by sir(...) @ s`: the algorithm belongs to the program, the strategy to the draw."""
    method = node.method
    if method is None or method.algorithm is None:
        return node
    inner = tree.Hole(node.distribution, replace(method, derivative=None), span=node.distribution.span)
    outer = None if method.derivative is None else replace(method, algorithm=None)
    return replace(node, distribution=inner, method=outer)


def draw(ex: Expander, held: Programs, label: str, node: tree.Node) -> Record:
    """Write the draws of a program; the record of its choices."""
    if isinstance(held, Marginal):
        inner = draw(ex, held.program, label, node)
        fields = {n: inner.fields[n] for n in held.keep if n in inner.fields}
        return Record(held, fields, {"": inner}, inner.names, inner.loops)
    if isinstance(held, Normalized):
        from pushforward.dsl.instantiate.normalized import draw_normalized

        return draw_normalized(ex, held, label, node)
    if held.drawn is not None and held.drawn is not held:
        from pushforward.dsl.instantiate.moments import draw as draw_at_time

        return draw_at_time(ex, held, label, node)
    variables = variables_of(held.node.body)
    given = (*held.observed, *(p.name for p in held.node.parameters if p.name in variables))
    if given:
        raise ProgramError(
            DrawsConditioned.diagnostic(
                node.span, "drawn from here", notes=(f"{', '.join(given)} is given",), program=held.node.name
            )
        )
    inside = opened(ex, held, label)
    before = len(inside.out)
    inside.statements(held.node.body.statements)
    choices: dict[str, tree.Expr | Record] = {}
    for text in variables:
        meaning = inside.scope.get(text)
        if meaning is not None and not isinstance(meaning, Instance | Marginal | Normalized):
            choices[text] = meaning
    # a variable whose elements have sites has the loops' indices in front already
    names = frozenset(v.id for v in choices.values() if isinstance(v, tree.Name))
    fields = pushed(inside, held.node) or choices
    returned = {} if ex.loops else _returned(inside, held.node)
    result = result_of(inside, held.node, inside.out[before:])
    turns = tuple(turn.index for turn in ex.loops)
    return Record(held, fields, choices, names, turns, returned=returned, result=result)


def _returned(inside: Expander, node: tree.Program) -> dict[str, Callable[[], tree.Expr]]:
    """What a program gives back by name."""

    def made(f: tree.Field) -> Callable[[], tree.Expr]:
        return lambda: inside.expression(f.value if f.value is not None else name(f.name, f))

    match node.body.statements[-1:]:
        case (tree.Return(value=tree.RecordExpr(fields=fields)),):
            return {f.name: made(f) for f in fields}
        case _:
            return {}


def result_of(inside: Expander, node: tree.Program, written: list[tree.Statement]) -> tree.Expr | None:
    """What a program returns that returns one value, in terms of its choices: `model rows(x: matrix[N, D]) { i ~ ...;
    return x[i] }`. Where it is drawn in a loop the `let`s of a turn cannot be seen after it, and are put in."""
    match node.body.statements[-1:]:
        case (tree.Return(value=value),) if not isinstance(value, tree.RecordExpr) and constrained(node) is None:
            found = inside.expression(value)
        case _:
            return None
    if inside.loops:
        for stmt in reversed(written):
            if isinstance(stmt, tree.Let) and stmt.value is not None:
                found = substitute(found, {stmt.name: stmt.value})
    return found


def opened(ex: Expander, held: Instance, label: str, values: Record | None = None) -> Expander:
    """An expander for the body of a program: what its arguments mean, and names for its variables."""
    scope: dict[str, Meaning] = dict(held.meaning)
    variables = frozenset(variables_of(held.node.body)) - frozenset(p.name for p in held.node.parameters)
    if values is None:
        for text in sorted(variables):
            if not _draws_program(ex, held, text):
                scope[text] = _variable(ex, held.node.body, text, label)
    else:
        scope |= {t: v for t in variables if (v := values.fields.get(t)) is not None}
    return replace(
        ex, scope=scope, label=label, values=values, own=(), variables=variables, kept=None, linear=frozenset(),
        fixed=held.fixed or ex.fixed, place=held.place or ex.place,
    )  # fmt: skip


def open_own(ex: Expander, body: tree.Block) -> None:
    """One name for each variable that an objective itself draws, wherever its sites stand: two branches, or a loop, may
    hold sites of one variable, and what follows reads it."""
    drawn = {head(n.target) for n in nodes_of(body) if isinstance(n, tree.Site) and not ex.is_program(n.distribution)}
    for text in variables_of(body):
        if text in drawn and text not in ex.scope:
            ex.scope[text] = _variable(ex, body, text, ex.label)


def _variable(ex: Expander, body: tree.Block, text: str, label: str) -> tree.Expr:
    """A variable of a program that is drawn: in loops, one whose elements have sites has their indices in front."""
    flat = tree.Name(ex.writing.names.fresh(text, label), span=body.span)
    by_element = any(
        (isinstance(n, tree.Declare) and n.name == text)
        or (isinstance(n, tree.Site) and isinstance(n.target, tree.Subscript) and head(n.target) == text)
        for n in nodes_of(body)
    )
    turns = tuple(which(turn, body) for turn in ex.loops)
    return tree.Subscript(flat, turns, span=body.span) if turns and by_element else flat


def _draws_program(ex: Expander, held: Instance, text: str) -> bool:
    inner = replace(ex, scope=dict(held.meaning))
    return any(
        isinstance(n, tree.Site) and head(n.target) == text and inner.is_program(n.distribution)
        for n in nodes_of(held.node.body)
    )


def constrained(node: tree.Program) -> tuple[tree.Expr, tree.Expr] | None:
    """`p` and `u` of a program that ends in `return constrain(p, u)`."""
    match node.body.statements[-1:]:
        case (
            tree.Return(
                value=tree.Call(
                    function=tree.Name(id="constrain"), arguments=(tree.Argument(value=p), tree.Argument(value=u))
                )
            ),
        ):
            return p, u
        case _:
            return None


def params_of(held: Instance) -> dict[str, Meaning | None]:
    """What the parameters of a program are in the program being written."""
    return {n.name: held.meaning.get(n.name) for n in nodes_of(held.node.body) if isinstance(n, tree.Param)}


def moving(held: Instance) -> tree.Expr | None:
    """The vector that a program gives back, if it depends on parameters even where the choices are known: that of a
    flow, whose density at a value is not its density at the choices that gave the value, once the parameters differ.
    """
    found = constrained(held.node)
    if found is None:
        return None
    made: dict[str, set[str]] = {}
    for node in nodes_of(held.node.body):
        match node:
            case tree.Let(name=text, value=value) if value is not None:
                made.setdefault(text, set()).update(names_read(value))
            case tree.Assign(target=target, value=value):
                made.setdefault(head(target), set()).update(names_read(value))
            case _:
                pass
    reached, todo = set[str](), names_read(found[1])
    while todo:
        reached |= todo
        todo = set[str]().union(*(made.get(text, set()) for text in todo)) - reached
    return found[1] if reached & params_of(held).keys() else None


def names_read(node: tree.Expr) -> set[str]:
    """The names in an expression."""
    return {n.id for n in nodes_of(node) if isinstance(n, tree.Name)}


def pushed(ex: Expander, node: tree.Program, *, jacobian: bool = False) -> dict[str, tree.Expr | Record] | None:
    """What a program that ends in `return constrain(p, u)` gives back: p's unobserved variables as functions of the
    vector `u`; with `jacobian` their log-Jacobians."""
    found = constrained(node)
    if found is None:
        return None
    instance = programs.program(ex, found[0])
    vector = ex.expression(found[1])
    assert isinstance(instance, Instance)
    each = programs.coordinates(ex, instance, vector, found[0])
    return {text: replace(value, jacobian=jacobian) for text, value in each}
