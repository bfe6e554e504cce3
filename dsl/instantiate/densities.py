"""`logp(p, z)`: the body of a program with values in place of draws."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label, ProgramError
from pushforward.dsl.errors.processes import NoLawAtTime
from pushforward.dsl.errors.programs import ChoiceNotInProgram, NotTheseArguments, ValueMoves
from pushforward.dsl.infer.taint import head, nodes_of
from pushforward.dsl.instantiate import programs, sites
from pushforward.dsl.instantiate.names import variables_of
from pushforward.dsl.instantiate.values import Instance, Marginal, Normalized, Programs, Record
from pushforward.dsl.source import Span

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


def log_density(ex: Expander, node: tree.Call) -> tree.Expr:
    """The expression that `logp(p, z)` stands for. Raises PF408."""
    match node.arguments:
        case (tree.Argument(value=first), tree.Argument(value=second)) if ex.is_program(first):
            held, record = programs.program(ex, first), ex.record(second)
            if record is not None:
                return density_of(ex, held, record, node)
        case _:
            pass
    helps = ("write `logp(p, z)` with a program and a record: `z ~ q`, or `{x = ...}`",)
    raise ProgramError(NotTheseArguments.diagnostic(node.span, "here", helps=helps, what="`logp`"))


def free_density(ex: Expander, function: tree.Call, node: tree.Call) -> tree.Expr:
    """What `logp(p)(u)` stands for: the log density of the free coordinates u of the unknowns of p, which is that of
    the unknowns and the log-Jacobian of their transforms. Raises PF408."""
    match function.arguments, node.arguments:
        case (tree.Argument(value=first),), (tree.Argument(value=second),) if ex.is_program(first):
            held = programs.program(ex, first)
            if isinstance(held, Instance):
                return at_coordinates(ex, held, ex.expression(second), node)
        case _:
            pass
    helps = ("write `logp(p)(u)` with a program and a vector of `dim(p)` numbers",)
    raise ProgramError(NotTheseArguments.diagnostic(node.span, "here", helps=helps, what="`logp`"))


def at_coordinates(ex: Expander, held: Instance, vector: tree.Expr, node: tree.Node) -> tree.Expr:
    """The log density of a program at free coordinates."""
    if held.shapes is not None or held.unknown is not None:
        held = known_density(ex, held, node)
    if not isinstance(vector, tree.Name):
        flat = ex.writing.names.fresh("u", ex.label)
        ex.out.append(tree.Let(flat, None, vector, span=vector.span))
        vector = tree.Name(flat, span=vector.span)
    values: dict[str, tree.Expr | Record] = {}
    terms: list[tree.Statement] = []
    for text, value in programs.coordinates(ex, held, vector, node):
        values[text] = value
        terms.append(tree.Factor(replace(value, jacobian=True), span=node.span))
    block = scores(ex, held, Record(None, values, values), node)
    return tree.LogDensity(tree.Block((*block, *terms), span=node.span), span=node.span)


def density_of(ex: Expander, held: Programs, record: Record, node: tree.Node) -> tree.Expr:
    """The log density of a program at a record; where that is estimated, the draws it needs are written first."""
    if isinstance(held, Marginal):
        from pushforward.dsl.instantiate.estimated import marginal_density

        return marginal_density(ex, held, record, node)
    if isinstance(held, Normalized):
        from pushforward.dsl.instantiate.normalized import normalized_density

        return normalized_density(ex, held, record, node)
    own = isinstance(record.program, Instance) and record.program.key == held.key
    if held.shapes is not None or held.unknown is not None:
        own, held = False, known_density(ex, held, node)
    if own:
        check_moves_along(held, record, node)
    values = Record(record.program, record.choices if own else record.fields, {})
    return tree.LogDensity(tree.Block(scores(ex, held, values, node), span=node.span), span=node.span)


def known_density(ex: Expander, held: Instance, node: tree.Node) -> Instance:
    """The law of a process at a time, if it has a density, with what that needs. Raises PF629."""
    from pushforward.dsl.instantiate.moments import with_probes

    if held.unknown is not None:
        raise ProgramError(
            NoLawAtTime.diagnostic(
                node.span, "the density at a time is asked for here", notes=(f"it is not known: {held.unknown}",),
                helps=("draw from it, or take the density of a path: `logp` of a model with `xs ~ p at ts`",),
            )
        )  # fmt: skip
    return with_probes(ex, held, node)


def check_moves_along(held: Instance, record: Record, node: tree.Node) -> None:
    """That a flow's density is asked for with the parameters that made the value. Raises PF410."""
    vector = sites.moving(held)
    assert isinstance(record.program, Instance)
    if vector is None or (not record.stopped and sites.params_of(record.program) == sites.params_of(held)):
        return
    label = Label(vector.span, "the value depends on parameters, too")
    where = "the parameters of this density are not those of the draw"
    raise ProgramError(ValueMoves.diagnostic(node.span, where, secondary=(label,), name=held.node.name))


def scores(ex: Expander, held: Instance, values: Record, node: tree.Node) -> tuple[tree.Statement, ...]:
    """The statements of a program in which every site is a density, and minus the log-Jacobian if it ends in
    `constrain`. Raises PF403 and PF404."""
    known = Record(values.program, {**values.fields, **held.observed}, {})
    variables = variables_of(held.node.body)
    for text in values.fields:
        if text not in variables:
            place, label, also = _places(values, text, node, f"{held.node.name} has no such variable")
            raise ProgramError(
                ChoiceNotInProgram.diagnostic(
                    place, label, secondary=also, notes=(f"{held.node.name} has {', '.join(variables)}",),
                    name=text, program=held.node.name,
                )
            )  # fmt: skip
        if text in held.observed:
            place, label, also = _places(values, text, node, f"{text} is given already")
            raise ProgramError(
                ChoiceNotInProgram.diagnostic(
                    place,
                    label,
                    secondary=also,
                    name=text,
                    program=f"{held.node.name} | ...",
                )
            )
    opened = sites.opened(ex, held, held.node.name, known)
    inside = replace(opened, out=[], declared=frozenset(), solved=dict(ex.solved))
    sites.give_elements(inside, held.node.body)
    inside.statements(held.node.body.statements)
    jacobians = sites.pushed(inside, held.node, jacobian=True) or {}
    for term in jacobians.values():
        assert not isinstance(term, Record)
        inside.out.append(tree.Factor(tree.Unary("-", term, span=node.span), span=node.span))
    return tuple(inside.out)


def _places(values: Record, text: str, node: tree.Node, wanted: str) -> tuple[Span, str, tuple[Label, ...]]:
    """Where a choice is drawn that a density cannot take, and where that is; the density alone if it is not known."""
    choices = nodes_of(values.program.node.body) if isinstance(values.program, Instance) else ()
    found = next((s for s in choices if isinstance(s, tree.Site) and head(s.target) == text), None)
    if found is None:
        return node.span, f"the record has {text}; {wanted}", ()
    return found.target.span, "drawn here", (Label(node.span, wanted),)


def nested(ex: Expander, held: Programs, text: str, node: tree.Site) -> None:
    """The density of a program that another one draws from: its statements among those of the other."""
    assert ex.values is not None
    value = ex.values.fields.get(text)
    if not isinstance(value, Record) or not isinstance(held, Instance):
        sites.value_of(ex, text, node.target)
        raise AssertionError("the value of a program is a record")
    turns = sites.turns_of(ex, node)
    record = value.at(turns) if turns else value
    ex.out.extend(scores(ex, held, Record(held, record.choices or record.fields, {}), node))
