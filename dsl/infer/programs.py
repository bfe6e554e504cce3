"""Programs: arguments, body, what is given back; and then what looks unintended."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.infer.care import no_prior, unused
from pushforward.dsl.infer.context import Context
from pushforward.dsl.infer.declarations import Declarations, parameters
from pushforward.dsl.infer.problems import as_hole
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.statements import returned, statements
from pushforward.dsl.infer.taint import nodes_of, random_names, targets
from pushforward.dsl.typed import Statement, TypedProgram, Variable


def program(known: Declarations, node: tree.Program, report: Report, *, care: bool = True) -> TypedProgram | None:
    """The typed form of a model or a problem, or of an objective whose programs are expanded; None when something in it
    was reported or has no meaning yet. Without `care` nothing is said of what looks unintended.
    """
    given_back = frozenset[str]()
    if node.kind == "problem":
        given_back = frozenset(s.name for s in node.body.statements if isinstance(s, tree.Let))
        hole = as_hole(known, node, report)
        if hole is None:
            return None
        node = hole
    written_out = _written_out(known, node, report)
    if written_out is None:
        return None
    kind = node.kind
    node, unwritten = written_out
    before = len(report.errors)
    arguments = frozenset(p.name for p in node.parameters)
    ctx = Context(
        known, report, node.name, quiet=not care,
        reserved=arguments | targets(node.body),
        random_containers=random_names(node.body, arguments),
    )  # fmt: skip
    ctx.used |= unwritten
    whole = frozenset(p.name for p in node.parameters if p.type is not None and _static(p.type))
    formals = parameters(ctx, node.parameters, whole)
    for parameter in node.parameters:
        if parameter.default is not None:
            ctx.later("a default of an argument", parameter.span, "defaults of arguments are coming")
    with ctx.scope():
        body = _body(ctx, node.body)
    if formals is None or ctx.incomplete or len(report.errors) > before:
        return None
    if care:
        # a problem gives back what it names, which its goal need not read
        ctx.used |= {b.unique for b in ctx.lets.values() if b.kind == "let" and b.name in given_back}
        _care(ctx, node)
    variables = tuple(Variable(v.name, v.type, span=v.span) for v in ctx.sited.values())
    return TypedProgram(
        kind, node.name, formals, tuple(ctx.dims), variables, body, node.doc, tuple(ctx.params), span=node.span
    )


def _written_out(known: Declarations, node: tree.Program, report: Report) -> tuple[tree.Program, frozenset[str]] | None:
    """The program with sites on processes as loops of steps, a process being the program that draws a path, and with
    the programs that it names written out; and the names in it that no one wrote. None after a report."""
    # what expands trees reads the names of this room
    from pushforward.dsl.instantiate.plain import names_programs
    from pushforward.dsl.processes import alone, observes_paths, with_paths

    whole = alone(known, node, report) if node.kind == "process" else node
    found = with_paths(known, whole, report) if whole is not None and observes_paths(known, whole) else whole
    if found is not None and node.kind != "objective" and names_programs(found):
        found = _with_programs(known, found, report)
    if found is None or found is node:
        return None if found is None else (node, frozenset())
    bound = {n.name for n in nodes_of(found.body) if isinstance(n, tree.Let)}
    written = {n.name for n in nodes_of(node.body) if isinstance(n, tree.Let)}
    return found, frozenset(bound - written)


def _with_programs(known: Declarations, node: tree.Program, report: Report) -> tree.Program | None:
    from pushforward.dsl.instantiate.plain import with_programs

    try:
        return with_programs(known, node)
    except ProgramError as error:
        for diagnostic in error.diagnostics:
            report.add(diagnostic)
        return None


def _static(written: tree.TypeExpr) -> bool:
    return written.name == "int" and not written.dims and not written.any_rank


def _body(ctx: Context, node: tree.Block) -> tuple[Statement, ...]:
    match node.statements:
        case (*first, tree.Return() as last):
            return (*statements(ctx, tuple(first)), *returned(ctx, last))
        case all_:
            return statements(ctx, all_)


def _care(ctx: Context, node: tree.Program) -> None:
    for variable in ctx.sited.values():
        no_prior(ctx, variable)
    read = ctx.used | {name for dim in ctx.dims for name in (dim,)} | ctx.needs_static
    ctx.used |= read
    for binding in ctx.lets.values():
        if binding.kind in ("argument", "let"):
            unused(ctx, binding)
