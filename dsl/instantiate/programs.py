"""Programs as arguments: `p`, `cone()`, `r(z.x)`, `p | {y = 5}`, `marginal(q, keep=[x]) by sir(K, proposal=r)`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.names import ArgumentCount, ArgumentName
from pushforward.dsl.errors.programs import NotAProgram, NotTheseArguments
from pushforward.dsl.free import free_size, total_free_size
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.templates import PROGRAM_TYPES
from pushforward.dsl.instantiate.names import is_square, map_children, name, variables_of
from pushforward.dsl.instantiate.values import Instance, Marginal, Meaning, Normalized, Programs, Record
from pushforward.dsl.typed import ExprNode
from pushforward.dsl.types import Array, Dim

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander


def program(ex: Expander, node: tree.Expr) -> Programs:
    """The program that an expression stands for. Raises PF402."""
    match node:
        case tree.Name(id=text):
            meaning = ex.scope.get(text)
            if isinstance(meaning, Instance | Marginal | Normalized):
                return meaning
            found = ex.writing.find(text) if meaning is None else None
            if found is not None and found.kind in PROGRAM_TYPES:
                return Instance(found, text, typed=ex.writing.typed(text))
        case tree.Call(function=tree.Name(id="stop"), arguments=(argument,)):
            return stopped(program(ex, argument.value))
        case tree.Call(function=tree.Name(id="initial"), arguments=(argument,)) if ex.is_program(argument.value):
            from pushforward.dsl.instantiate.fields import initial

            return initial(ex, program(ex, argument.value), node)
        case tree.Call(function=tree.Name(id="at")) | tree.Hole(value=tree.Call(function=tree.Name(id="at"))):
            from pushforward.dsl.instantiate.moments import at_time

            method = node.method if isinstance(node, tree.Hole) else None
            call = node.value if isinstance(node, tree.Hole) else node
            assert isinstance(call, tree.Call)
            return at_time(ex, call, method)
        case tree.Call(function=tree.Name(id="convex_update"), arguments=(argument,)):
            held = program(ex, argument.value)
            if isinstance(held, Instance):
                from pushforward.dsl.instantiate.convex_update import convex_update

                return convex_update(ex, held, node)
        case tree.Call(function=function) if ex.is_program(function):
            base = program(ex, function)
            if isinstance(base, Instance):
                return applied(ex, base, node)
        case tree.Binary(op="|", left=left, right=tree.RecordExpr(fields=fields)):
            base = program(ex, left)
            if isinstance(base, Instance):
                values = {f.name: ex.expression(f.value or name(f.name, f)) for f in fields}
                return base.given(values)
        case tree.Hole(value=tree.Call(function=tree.Name(id="marginal")) as call, method=method):
            return marginal(ex, call, method)
        case tree.Hole(value=tree.Call(function=tree.Name(id="normalize")) as call, method=method):
            return normalized(ex, call, method)
        case _:
            pass
    raise ProgramError(NotAProgram.diagnostic(node.span, "this is no program", what="an argument of type `model`"))


def stopped(held: Programs) -> Programs:
    """`stop(q)`: the program with parameters through which no derivative passes."""
    if isinstance(held, Marginal | Normalized):
        inner, proposal = stopped(held.program), stopped(held.proposal)
        assert isinstance(inner, Instance) and isinstance(proposal, Instance)
        return replace(held, program=inner, proposal=proposal)
    params = {n.name for n in nodes_of(held.node.body) if isinstance(n, tree.Param)}
    meaning = {n: stop(m) if n in params and isinstance(m, tree.Name) else m for n, m in held.meaning.items()}
    return replace(held, meaning=meaning)


def stop(value: tree.Expr) -> tree.Expr:
    """`stop(x)`."""
    return tree.Call(name("stop", value), (tree.Argument(None, value, span=value.span),), span=value.span)


def applied(ex: Expander, base: Instance, call: tree.Call) -> Instance:
    """A program with arguments: values are bound to names, programs are kept as they are."""
    missing = list(base.missing)
    meaning: dict[str, Meaning] = dict(base.meaning)
    label = base.label or base.node.name
    for position, argument in enumerate(call.arguments):
        wanted = (
            next((p for p in missing if p.name == argument.name), None)
            if argument.name is not None
            else (base.missing[position] if position < len(base.missing) else None)
        )
        if wanted is None or wanted.name in meaning:
            raise _no_such(base, call, argument)
        meaning[wanted.name] = _argument(ex, wanted, argument.value, label)
    whole = replace(base, meaning=meaning, key=Instance(base.node, label).key)
    lacking = [p for p in whole.missing if p.default is None]
    if lacking:
        raise ProgramError(
            ArgumentCount.diagnostic(
                call.span, f"missing: {', '.join(p.name for p in lacking)}", callee=base.node.name,
                wanted=f"{len(base.node.parameters)} arguments", count=len(base.node.parameters) - len(lacking),
            )
        )  # fmt: skip
    for parameter in whole.missing:
        assert parameter.default is not None
        meaning[parameter.name] = parameter.default
    meaning = dimensions(base.node, meaning)
    if base.typed is not None:
        meaning |= _named_sizes(ex, base, meaning)
    return with_params(ex, replace(whole, meaning=meaning))


def _named_sizes(ex: Expander, base: Instance, meaning: dict[str, Meaning]) -> Iterator[tuple[str, Meaning]]:
    """Names for the sizes of a program that are those of its arguments, so that types can be written with them."""
    assert base.typed is not None
    for text in base.typed.dims:
        size = meaning.get(text)
        if isinstance(size, tree.Call):
            flat = ex.writing.names.fresh(text, base.label or base.node.name)
            ex.out.append(tree.Let(flat, None, size, span=size.span))
            yield text, name(flat, size)


def _argument(ex: Expander, wanted: tree.Parameter, value: tree.Expr, label: str) -> Meaning:
    if wanted.type is not None and wanted.type.name in PROGRAM_TYPES:
        return program(ex, value)
    written = ex.expression(value)
    if isinstance(written, tree.Name | tree.Number | tree.Bool):
        return written
    flat = ex.writing.names.fresh(wanted.name, label)
    ex.out.append(tree.Let(flat, None, written, span=value.span))
    return name(flat, value)


def _no_such(base: Instance, call: tree.Call, argument: tree.Argument) -> ProgramError:
    names = ", ".join(p.name for p in base.node.parameters)
    if argument.name is not None:
        return ProgramError(
            ArgumentName.diagnostic(
                argument.span, "no parameter has this name", notes=(f"its parameters are {names}",),
                callee=base.node.name, name=argument.name,
            )
        )  # fmt: skip
    return ProgramError(
        ArgumentCount.diagnostic(
            call.span, f"{len(call.arguments)} arguments", notes=(f"it is `{base.node.name}({names})`",),
            callee=base.node.name, wanted=f"{len(base.node.parameters)} arguments", count=len(call.arguments),
        )
    )  # fmt: skip


def dimensions(node: tree.Program, meaning: dict[str, Meaning]) -> dict[str, Meaning]:
    """The meaning of the dimension names that the types of arguments bind: sizes of what was given."""
    found = dict(meaning)
    for parameter in node.parameters:
        value = meaning.get(parameter.name)
        if parameter.type is None or not isinstance(value, tree.Name):
            continue
        dims = parameter.type.dims
        for position, dim in enumerate(dims):
            if isinstance(dim, tree.Name) and dim.id not in found:
                function = "size" if len(dims) == 1 and not is_square(parameter.type) else ("rows", "cols")[position]
                found[dim.id] = tree.Call(name(function, value), (tree.Argument(None, value, span=value.span),))
    return found


def with_params(ex: Expander, instance: Instance) -> Instance:
    """The program whose `param`s are parameters of the program being written, once for all its uses. A program that
    does nothing but return another one, `model g(p: model) { return mean_field(p) }`, is that one."""
    found: dict[str, Meaning] = dict(instance.meaning)
    source = instance.fixed or ex.fixed
    inner = replace(ex, scope=found, label=instance.label, values=None, fixed=source)
    inner.place = instance.place or ex.place
    match instance.node.body.statements:
        case (tree.Return(value=returned),) if inner.is_program(returned):
            other = program(inner, returned)
            assert isinstance(other, Instance)
            return other
    for node in nodes_of(instance.node.body):
        if isinstance(node, tree.Param) and node.name not in found:
            flat = ex.writing.names.fresh(node.name, instance.label)
            value = None if node.value is None else inner.expression(node.value)
            written = map_children(node.type, inner.part)
            ex.writing.params.append(replace(node, name=flat, type=written, value=value))
            origin = f"{instance.node.name}.{node.name}"
            ex.writing.origins[flat] = f"{source}/{origin}" if source else origin
            ex.writing.places[flat] = inner.place
            found[node.name] = tree.Name(flat, span=node.span)
    return replace(instance, meaning=found)


def latents(instance: Instance) -> tuple[tuple[str, Array], ...]:
    """The unobserved variables of a checked program with their types, in the names of the program being written."""
    if instance.shapes is not None:
        return tuple((text, type_) for text, type_ in instance.shapes if text not in instance.observed)
    if instance.typed is None:
        raise ProgramError(
            NotTheseArguments.diagnostic(
                instance.node.span, "a program that itself takes programs or has parameters",
                what="`dim` or `constrain`",
            )
        )  # fmt: skip
    found = []
    for variable in instance.typed.variables:
        if variable.name not in instance.observed:
            found.append((variable.name, translated(variable.type, instance)))
    return tuple(found)


def coordinates(
    ex: Expander, instance: Instance, vector: tree.Expr, node: tree.Node
) -> Iterator[tuple[str, tree.Transformed]]:
    """The unobserved variables of a program at free coordinates. One that bounds another, as in `beta: real<upper=1 -
    alpha>`, is written before it under a name of its own, which the bound then has."""
    from pushforward.dsl.infer.walk import names_in, renamed

    found, offset = latents(instance), Dim(())
    bounding = {n for _, t in found for b in (t.constraint.lower, t.constraint.upper) if isinstance(b, ExprNode)
                for n in names_in(b)}  # fmt: skip
    names: dict[str, str] = {}
    for text, type_ in found:
        for old, new in names.items():
            bounds = (type_.constraint.lower, type_.constraint.upper)
            low, high = (renamed(b, old, new) if isinstance(b, ExprNode) else b for b in bounds)
            type_ = replace(type_, constraint=replace(type_.constraint, lower=low, upper=high))
        value = tree.Transformed(type_, vector, offset, False, span=node.span)
        if text in bounding and ex.loops:
            what = f"drawing in a loop from a guide of a program where {text} bounds another variable"
            raise ProgramError(NotTheseArguments.diagnostic(node.span, "here", what=what))
        if text in bounding:
            names[text] = ex.writing.names.fresh(text, ex.label)
            ex.out.append(tree.Let(names[text], None, value, span=node.span))
        yield text, value
        offset = offset + free_size(type_)


def constrained_record(ex: Expander, written: tree.Expr, vector: tree.Expr, node: tree.Expr) -> Record:
    """What `constrain(p, u)` is as a value: the unobserved variables of a program at free coordinates."""
    held = program(ex, written)
    if not isinstance(held, Instance):
        raise ProgramError(NotTheseArguments.diagnostic(node.span, "here", what="`constrain` of an estimated density"))
    at = ex.expression(vector)
    if not isinstance(at, tree.Name):
        flat = ex.writing.names.fresh("u", ex.label)
        ex.out.append(tree.Let(flat, None, at, span=vector.span))
        at = name(flat, vector)
    values: dict[str, tree.Expr | Record] = dict(coordinates(ex, held, at, node))
    return Record(None, values, values)


def translated(type_: Array, instance: Instance) -> Array:
    """A type of the checked program with its dimension names, and names in its bounds, in those of the new one."""
    from pushforward.dsl.infer.walk import names_in, renamed

    def look(text: str) -> Dim | None:
        meaning = instance.meaning.get(text)
        match meaning:
            case tree.Name(id=flat):
                return Dim.name(flat)
            case tree.Number(value=int(value)):
                return Dim.const(value)
            case _:
                return None

    constraint = type_.constraint
    for side in ("lower", "upper"):
        bound = getattr(constraint, side)
        if bound is None or isinstance(bound, int | float):
            continue
        for text in names_in(bound):
            meaning = instance.meaning.get(text)
            if isinstance(meaning, tree.Name):
                bound = renamed(bound, text, meaning.id)
        constraint = replace(constraint, **{side: bound})
    return Array(type_.element, tuple(d.substitute(look) for d in type_.dims), constraint)


def dimension(held: Programs, node: tree.Call) -> tree.Expr:
    """`dim(p)`: how many free coordinates the unobserved variables of a program have."""
    instance = held if isinstance(held, Instance) else held.program
    return tree.Size(total_free_size(t for _, t in latents(instance)), span=node.span)


def marginal(ex: Expander, call: tree.Call, method: tree.Method) -> Marginal:
    """`marginal(q, keep=[x, y]) by sir(K, proposal=r)`, or `keep=p` for the unknowns of a program `p`."""
    arguments = {a.name or str(i): a.value for i, a in enumerate(call.arguments)}
    whole, keep = arguments.get("0"), arguments.get("keep", arguments.get("1"))
    how = method.algorithm
    if whole is None or keep is None or not isinstance(how, tree.Call):
        raise _not_like_this(call)
    settings = {a.name or str(i): a.value for i, a in enumerate(how.arguments)}
    particles, proposal = settings.get("0", settings.get("K")), settings.get("proposal", settings.get("1"))
    if particles is None or proposal is None or not isinstance(how.function, tree.Name) or how.function.id != "sir":
        raise _not_like_this(call)
    inner, other, names = program(ex, whole), program(ex, proposal), _kept(ex, keep)
    if not isinstance(inner, Instance) or not isinstance(other, Instance) or names is None:
        raise _not_like_this(call)
    return Marginal(inner, names, ex.expression(particles), with_params(ex, other))


def _kept(ex: Expander, keep: tree.Expr) -> tuple[str, ...] | None:
    """The names that a marginal keeps: those of a list, or the unobserved variables of a program."""
    if isinstance(keep, tree.ListExpr):
        names = tuple(n.id for n in keep.items if isinstance(n, tree.Name))
        return names if len(names) == len(keep.items) else None
    held = program(ex, keep) if ex.is_program(keep) else None
    if not isinstance(held, Instance):
        return None
    return tuple(n for n in variables_of(held.node.body) if n not in held.observed)


def _not_like_this(call: tree.Call) -> ProgramError:
    help_ = "write `marginal(q, keep=[x, y]) by sir(K, proposal=r)`, or `keep=p` for the unknowns of p"
    return ProgramError(NotTheseArguments.diagnostic(call.span, "here", helps=(help_,), what="`marginal`"))


def normalized(ex: Expander, call: tree.Call, method: tree.Method) -> Normalized:
    """`normalize(p | {y = y_obs}) by sir(K, proposal=q)`."""
    how = method.algorithm
    settings = {a.name or str(i): a.value for i, a in enumerate(how.arguments)} if isinstance(how, tree.Call) else {}
    particles, proposal = settings.get("0", settings.get("K")), settings.get("proposal", settings.get("1"))
    sir = isinstance(how, tree.Call) and how.function == tree.Name("sir")
    if len(call.arguments) == 1 and sir and particles is not None and proposal is not None:
        inner, other = program(ex, call.arguments[0].value), program(ex, proposal)
        if isinstance(inner, Instance) and isinstance(other, Instance):
            return Normalized(inner, ex.expression(particles), other)
    help_ = "write `normalize(p | {y = y_obs}) by sir(K, proposal=q)`"
    raise ProgramError(NotTheseArguments.diagnostic(call.span, "here", helps=(help_,), what="`normalize`"))
