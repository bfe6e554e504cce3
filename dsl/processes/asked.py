"""A path that is asked for, and what the names of its process mean where it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.errors.names import ArgumentCount, ArgumentName
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.instantiate.names import Names, bound_names, is_square, map_children, name, number, substitute
from pushforward.dsl.instantiate.sites import is_start
from pushforward.dsl.networks import kinds
from pushforward.dsl.processes.reading import TIME, Noise, Process, State

if TYPE_CHECKING:
    from pushforward.dsl.processes.exact import System


def all_names(node: tree.Program) -> frozenset[str]:
    """Every name in a program: those that are read, in types too, and those that it binds."""
    read = (n.id for n in nodes_of(node) if isinstance(n, tree.Name))
    return frozenset((*read, *(p.name for p in node.parameters), *bound_names(node.body)))


def with_own_indices(process: tree.Program, names: Names) -> tree.Program:
    """The process with indices (of sums, of lists) that the model does not use for something else."""
    clauses = {n.index for n in nodes_of(process.body) if isinstance(n, tree.Clause)}
    new = {index: names.fresh(index) for index in sorted(clauses)}

    def change(node: Any) -> Any:
        match node:
            case tree.Clause(index=index):
                return replace(map_children(node, change), index=new[index])
            case tree.Name(id=text) if text in new:
                return replace(node, id=new[text])
            case tree.Node():
                return map_children(node, change)
            case _:
                return node

    return replace(process, body=change(process.body))


@dataclass(frozen=True)
class Asked:
    """A path that is asked for: of what, when, with which names of the process in those of the model, and how."""

    site: tree.Site
    path: str
    process: Process
    times: tree.Expr
    inside: dict[str, tree.Expr]
    names: Names
    system: System | None = None  # of a linear process whose steps have an exact law together

    @property
    def length(self) -> tree.Expr:
        """How many times there are."""
        return call("size", self.times, at=self.site)

    def variable(self, state: State) -> str:
        """The name of the path of a state."""
        return self.path if len(self.process.states) == 1 else f"{self.path}_{state.name}"

    def draw(self, noise: str, draw: str) -> str:
        """The name of what a scheme draws for a noise: that of the state, if it has no other and the state neither."""
        states = self.process.states_of(noise)
        alone = len(states) == 1 and len(states[0].noises) == 1
        return f"{self.variable(states[0])}_{draw}" if alone else f"{self.path}_{draw}_{noise}"

    def noise_type(self, state: State, noise: Noise, *front: tree.Expr) -> tree.TypeExpr:
        """The type of as many draws for a noise: as a state; of a matrix with a name, as many as it has columns."""
        if not noise.product or not isinstance(noise.coefficient, tree.Name):
            return self.container(state, *front)
        columns = call("cols", substitute(noise.coefficient, self.inside), at=self.site)
        return tree.TypeExpr("real", dims=(*front, columns), span=self.site.span)

    def container(self, state: State, *front: tree.Expr) -> tree.TypeExpr:
        """The type of as many values of a state."""
        dims = () if state.type is None else tuple(substitute(d, self.inside) for d in state.type.dims)
        return tree.TypeExpr("real", dims=(*front, *dims), span=self.site.span)

    def start_type(self, state: State) -> tree.TypeExpr | None:
        """The type of a start that is a variable by itself: what its law says, unless the state has a shape."""
        return None if state.type is None or not state.type.dims else self.container(state)

    def begins_as_program(self, state: State) -> bool:
        """Whether the start of a state is drawn as a program draws."""
        return is_start(state.initial)

    def initial(self, state: State) -> tree.Expr:
        """The law of a state at the first time."""
        first = tree.Subscript(self.times, (number(0, self.site),), span=self.site.span)
        meaning = {**self.inside, TIME: self.inside.get(TIME, first)}
        law = state.initial
        if isinstance(law, tree.Call):
            return replace(law, arguments=tuple(replace(a, value=substitute(a.value, meaning)) for a in law.arguments))
        return substitute(law, meaning)


def bound_arguments(
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
        if _is_network(formals[text]):
            meaning[text] = value
            continue
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


def _is_network(formal: tree.Parameter) -> bool:
    """Whether an argument is a network: no value, so that it is put in its place. A program has a name of its own until
    it is written out."""
    return formal.type is not None and formal.type.name in kinds()


def _dimensions(process: Process, meaning: dict[str, tree.Expr]) -> dict[str, tree.Expr]:
    """The sizes that the types of the arguments name, as sizes of what was given."""
    found: dict[str, tree.Expr] = {}
    for parameter in process.node.parameters:
        dims = parameter.type.dims if parameter.type is not None else ()
        for position, dim in enumerate(dims[:2]):
            if isinstance(dim, tree.Name) and dim.id not in meaning and dim.id not in found:
                function = "size" if len(dims) == 1 and not is_square(parameter.type) else ("rows", "cols")[position]
                found[dim.id] = call(function, meaning[parameter.name], at=dim)
    return found


def call(function: str, value: tree.Expr, *, at: tree.Node) -> tree.Expr:
    """`f(x)`."""
    return tree.Call(name(function, at), (tree.Argument(None, value, span=at.span),), span=at.span)
