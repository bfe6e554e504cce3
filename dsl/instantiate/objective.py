"""An objective with its arguments: one program without programs in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.programs import NotAProgram
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.templates import PROGRAM_TYPES
from pushforward.dsl.instantiate import programs, sites
from pushforward.dsl.instantiate.expand import Expander, Writing
from pushforward.dsl.instantiate.names import Names, bound_names, map_children
from pushforward.dsl.instantiate.plain import Finder
from pushforward.dsl.instantiate.values import Instance, Meaning, Record
from pushforward.dsl.source import Span
from pushforward.dsl.typed import TypedProgram
from pushforward.dsl.types import Array, Dim


@dataclass(frozen=True)
class Given:
    """A program that is an argument: its tree, its typed form if it could be checked by itself, the variables that are
    known, and the integers that its sizes are, if the data are there. `programs` are its own arguments that
    are programs, `given` the names of the others."""

    node: tree.Program
    typed: TypedProgram | None = None
    observed: frozenset[str] = frozenset()
    sizes: Mapping[str, int] | None = None
    programs: Mapping[str, Given] | None = None
    types: Mapping[str, tree.TypeExpr] | None = None  # of observed variables, where the program was not checked
    values: Mapping[str, int] | None = None  # equal for arguments that are the same value
    key: int = 0  # equal for one program that is given in several places
    given: frozenset[str] | None = None  # None: all that have no default
    applied: bool = True  # whether it was called: otherwise what it lacks is given where it is used
    fixed: bool = False  # whether its parameters have the values of a fit, and do not move


@dataclass(frozen=True)
class Origin:
    """Where the value of a parameter comes from: the argument of the objective (a path through programs in programs),
    and the name it has there."""

    path: tuple[str, ...]
    name: str


@dataclass(frozen=True)
class Instantiated:
    """The program that came out, and where its arguments come from. `params` has for each parameter the program and the
    name that it comes from: `guide.m`; `places` the path through the arguments by which the program was given."""

    program: tree.Program
    origins: Mapping[str, Origin]
    params: Mapping[str, str]
    places: Mapping[str, str] = field(default_factory=dict)


def instantiate(
    objective: tree.Program,
    arguments: Mapping[str, Given | tree.Expr],
    find: Callable[[str], tree.Program | None],
    typed: Callable[[str], TypedProgram | None] = lambda name: None,
) -> Instantiated:
    """The objective with its arguments. `find` knows the programs by name, `typed` those that are checked by
    themselves. Raises ProgramError (PF402 to PF408, PF505)."""
    return _Root(objective, find, typed).run(arguments)


def instantiate_draws(given: Given, find: Callable[[str], tree.Program | None]) -> Instantiated:
    """The model that draws from a program with parameters. Raises ProgramError."""
    return _Root(given.node, find).draws(given)


def instantiate_result(given: Given, find: Callable[[str], tree.Program | None]) -> Instantiated:
    """The model that draws from a program, and gives back the record that it returns. Raises ProgramError."""
    return _Root(given.node, find).draws(given, whole=False)


class _Root:
    def __init__(
        self,
        objective: tree.Program,
        find: Callable[[str], tree.Program | None],
        typed: Callable[[str], TypedProgram | None] = lambda name: None,
    ) -> None:
        self.objective = objective
        self.writing = Writing(Names(()), find, typed, known=find.known if isinstance(find, Finder) else None)
        self.parameters: list[tree.Parameter] = []
        self.origins: dict[str, Origin] = {}
        self.made: dict[int, Instance] = {}
        self.values: dict[tuple[int, str], tree.Expr] = {}  # arguments by value and type
        self.integers: dict[str, list[tuple[int | None, tree.Expr]]] = {}  # sizes by name, with their values
        self.known: dict[str, list[tuple[Given, dict[str, Meaning]]]] = {}  # programs by their variables
        self.start: list[tree.Statement] = []

    def run(self, arguments: Mapping[str, Given | tree.Expr]) -> Instantiated:
        """The whole program."""
        scope: dict[str, Meaning] = {}
        for parameter in self.objective.parameters:
            given = arguments.get(parameter.name, parameter.default)
            wants_program = parameter.type is not None and parameter.type.name in PROGRAM_TYPES
            if isinstance(given, Given) and wants_program:
                scope[parameter.name] = self.instance(given, (parameter.name,))
            elif given is None or isinstance(given, Given) or wants_program:
                raise ProgramError(
                    NotAProgram.diagnostic(parameter.span, "this is no program", what=f"`{parameter.name}`")
                )
            else:
                scope[parameter.name] = self.value(parameter, given)
        ex = Expander(self.writing, scope, self.start)
        _own_params(ex, self.objective)
        value = ex.returned(self.objective.body)
        end = tree.Return(value, span=self.objective.body.statements[-1].span)
        body = (*self.writing.params, *self.writing.batches.values(), *ex.out, end)
        node = replace(
            self.objective, parameters=tuple(self.parameters), body=replace(self.objective.body, statements=body)
        )
        return Instantiated(node, self.origins, self.writing.origins, self.writing.places)

    def draws(self, given: Given, *, whole: bool = True) -> Instantiated:
        """The model that draws from a program with parameters, and returns what it gives: its choices, or those of the
        model that it is made from; without `whole`, what it returns."""
        self.writing.whole = True
        instance = self.instance(given, ("q",))
        ex = Expander(self.writing, {"q": instance}, self.start)
        place = self.objective
        if whole:
            record = sites.draw(ex, instance, "q", place)
            drawn = ((n, v) for n, v in record.fields.items() if not isinstance(v, Record))
            fields = tuple(tree.Field(n, v, span=place.span) for n, v in drawn)
            value: tree.Expr = tree.RecordExpr(fields, span=place.span)
        else:
            inside = sites.opened(ex, instance, "q")
            inside.statements(place.body.statements)
            last = place.body.statements[-1]
            assert isinstance(last, tree.Return)
            value = inside.expression(last.value)
        end = tree.Return(value, span=place.span)
        body = (*self.writing.params, *ex.out, end)
        node = replace(
            place, kind="model", parameters=tuple(self.parameters), body=replace(place.body, statements=body)
        )
        return Instantiated(node, self.origins, self.writing.origins, self.writing.places)

    def value(self, parameter: tree.Parameter, given: tree.Expr) -> tree.Expr:
        """An argument that is a value: a number is written where it is used, anything else is a parameter."""
        if isinstance(given, tree.Number | tree.Bool | tree.Unary):
            return given
        flat = self.parameter(parameter.name, "", parameter.type, parameter, ())
        return tree.Name(flat, span=parameter.span)

    def parameter(
        self, text: str, label: str, type_: tree.TypeExpr | None, node: tree.Node, path: tuple[str, ...]
    ) -> str:
        """A parameter of the new program."""
        flat = self.writing.names.fresh(text, label)
        self.parameters.append(tree.Parameter(flat, type_, span=node.span))
        self.origins[flat] = Origin(path, text)
        return flat

    def instance(self, given: Given, path: tuple[str, ...]) -> Instance:
        """A program that is an argument: its own arguments become parameters."""
        if given.key and given.key in self.made:
            return self.made[given.key]
        label = path[-1]
        fixed = "/".join(path) if given.fixed else ""
        meaning: dict[str, Meaning] = {}
        meaning |= self.shared(given)
        for name in _dimension_names(given):
            if name in meaning:
                continue
            meaning[name] = self.integer(name, given, label, path)
        observed: dict[str, tree.Expr] = {}
        for parameter in given.node.parameters:
            inner = (given.programs or {}).get(parameter.name)
            if inner is not None:
                meaning[parameter.name] = self.instance(inner, (*path, parameter.name))
            elif (known := meaning.get(parameter.name)) is not None:
                if isinstance(known, tree.Name) and self.origins.get(known.id) == Origin(path, parameter.name):
                    self.parameters.append(replace(parameter, name=known.id, default=None))
            elif parameter.default is not None and parameter.name not in (given.given or ()):
                meaning[parameter.name] = parameter.default
            elif _is_integer(parameter):
                meaning[parameter.name] = known = self.integer(parameter.name, given, label, path)
                if isinstance(known, tree.Name) and self.origins.get(known.id) == Origin(path, parameter.name):
                    self.parameters.append(replace(parameter, name=known.id, default=None))
            elif given.applied:
                type_ = None if parameter.type is None else _renamed(parameter.type, meaning)
                key = ((given.values or {}).get(parameter.name, 0), unparse_type(type_))
                if not key[0] or key not in self.values:
                    flat = self.parameter(parameter.name, label, type_, parameter, path)
                    self.values[key] = tree.Name(flat, span=parameter.span)
                meaning[parameter.name] = self.values[key]
        for name in sorted(given.observed):
            if given.typed is not None:
                variable = given.typed.variable(name)
                type_, span = type_expression(variable.type, meaning, variable.span), variable.span
            else:
                type_, span = (given.types or {})[name], given.node.span
            flat = self.parameter(name, label, type_, variable_node(span), path)
            observed[name] = tree.Name(flat, span=span)
        for variable in given.typed.variables if given.typed is not None else ():
            self.known.setdefault(variable.name, []).append((given, meaning))
        instance = Instance(given.node, label, meaning, observed, given.typed, fixed=fixed, place="/".join(path))
        ex = Expander(self.writing, dict(meaning), self.start, label)
        self.made[given.key] = programs.with_params(ex, instance)
        return self.made[given.key]

    def integer(self, name: str, given: Given, label: str, path: tuple[str, ...]) -> tree.Expr:
        """An integer known before compilation. Those of one name and one value are one."""
        value = None if given.sizes is None else given.sizes.get(name)
        same = next((e for v, e in self.integers.get(name, ()) if None in (v, value) or v == value), None)
        if same is not None:
            return same
        flat = self.writing.names.fresh(name, label)
        self.origins[flat] = Origin(path, name)
        written = tree.Name(flat, span=given.node.span)
        self.integers.setdefault(name, []).append((value, written))
        return written

    def shared(self, given: Given) -> dict[str, Meaning]:
        """The sizes of a program that are those of an earlier one: a variable that both have has one shape, if the data
        do not say otherwise."""
        found: dict[str, Meaning] = {}
        for variable in given.typed.variables if given.typed is not None else ():
            for other, meaning in self.known.get(variable.name, ()):
                assert other.typed is not None
                theirs = other.typed.variable(variable.name).type.dims
                for mine, his in zip(variable.type.dims, theirs, strict=False):
                    name, named = _name_of(mine), _name_of(his)
                    if name is None or not _equal(mine, given.sizes, his, other.sizes):
                        continue
                    if named is not None and named in meaning:
                        found.setdefault(name, meaning[named])
                    elif his.value is not None:
                        found.setdefault(name, tree.Number(his.value, str(his.value), span=variable.span))
        return found


def _name_of(dim: Dim) -> str | None:
    """The name that a dimension is, if it is one."""
    (*_, only) = (*sorted(dim.names), None) if len(dim.names) != 1 else sorted(dim.names)
    return only if only is not None and dim == Dim.name(only) else None


def _equal(one: Dim, sizes: Mapping[str, int] | None, other: Dim, others: Mapping[str, int] | None) -> bool:
    """Whether two sizes are the same number, as far as the data tell."""
    if sizes is None or others is None or not one.names <= sizes.keys() or not other.names <= others.keys():
        return True
    return one.at(sizes) == other.at(others)


def _is_integer(parameter: tree.Parameter) -> bool:
    return parameter.type is not None and parameter.type.name == "int" and not parameter.type.dims


def unparse_type(type_: tree.TypeExpr | None) -> str:
    """A type as text, for telling whether two are one."""
    return repr(type_)


def variable_node(span: Span) -> tree.Node:
    """A place."""
    return tree.Node(span=span)


def _own_params(ex: Expander, objective: tree.Program) -> None:
    for node in nodes_of(objective.body):
        if isinstance(node, tree.Param):
            flat = ex.writing.names.fresh(node.name)
            value = None if node.value is None else ex.expression(node.value)
            ex.writing.params.append(replace(node, name=flat, type=map_children(node.type, ex.part), value=value))
            ex.writing.origins[flat] = f"{objective.name}.{node.name}"
            ex.scope[node.name] = tree.Name(flat, span=node.span)


def _dimension_names(given: Given) -> list[str]:
    """The names of sizes in a program: those its types bind, and integer arguments used as such."""
    if given.typed is not None:
        return list(given.typed.dims)
    bound = {p.name for p in given.node.parameters} | bound_names(given.node.body).keys()
    found: dict[str, None] = {}
    for parameter in given.node.parameters:
        for dim in parameter.type.dims if parameter.type is not None else ():
            for node in nodes_of(dim):
                if isinstance(node, tree.Name) and node.id not in bound:
                    found.setdefault(node.id)
    return list(found)


def _renamed(type_: tree.TypeExpr, meaning: Mapping[str, Meaning]) -> tree.TypeExpr:
    from pushforward.dsl.instantiate.names import substitute

    return substitute(type_, {n: m for n, m in meaning.items() if isinstance(m, tree.Name | tree.Number)})


def type_expression(type_: Array, meaning: Mapping[str, Meaning], span: Span) -> tree.TypeExpr:
    """The plain type of a variable as it would be written."""

    def look(name: str) -> Dim | None:
        held = meaning.get(name)
        return Dim.name(held.id) if isinstance(held, tree.Name) else None

    dims = tuple(tree.Size(d.substitute(look), span=span) for d in type_.dims)
    return tree.TypeExpr(type_.element, dims=dims, span=span)
