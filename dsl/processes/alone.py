"""A process by itself: the model that draws a path of it."""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.report import Report
from pushforward.dsl.processes.choice import usual, why_not_exact
from pushforward.dsl.processes.reading import Process, read
from pushforward.dsl.processes.schemes import draws_next, scheme_named

#: What the times of a path are called, and the path itself.
TIMES, PATH = "times", "path"


def alone(
    known: Declarations, node: tree.Program, report: Report, method: tree.Method | None = None
) -> tree.Program | None:
    """`process p(a) { ... }` as a model whose arguments are those and `times`, and which draws or gives back the path;
    None after a report. By the exact law where there is one, else by one step of Euler and Maruyama from time to time,
    or as `method` says.
    """
    process = read(known, node, report)
    if process is None:
        return None
    span = node.span
    if method is None and process.noisy and why_not_exact(known, process) is not None:
        method = tree.Method(tree.Name(usual(known, process), span=span), None, span=span)
    whole = tree.Call(
        tree.Name(node.name, span=span),
        tuple(tree.Argument(None, tree.Name(p.name, span=p.span), span=p.span) for p in node.parameters), span=span,
    )  # fmt: skip
    path = tree.Site(
        tree.Name(PATH, span=span), None, tree.At(whole, tree.Name(TIMES, span=span), span=span), method, span=span
    )
    times = tree.Parameter(TIMES, tree.TypeExpr("vector", dims=(tree.Name("TIMES", span=span),), span=span), span=span)
    statements: tuple[tree.Statement, ...] = (path,)
    params = tuple(s for s in node.body.statements if isinstance(s, tree.Param))
    if not _drawn(known, process, method):
        statements = (path, _given_back(process))
    body = tree.Block((*params, *statements), span=node.body.span)
    return replace(node, kind="model", parameters=(*node.parameters, times), body=body)


def _drawn(known: Declarations, process: Process, method: tree.Method | None) -> bool:
    """Whether the path is a variable; else it is a value that follows from variables."""
    if method is None:
        return process.noisy
    scheme = scheme_named(known, method.algorithm)
    return process.noisy and scheme is not None and draws_next(scheme)


def _given_back(process: Process) -> tree.Return:
    span = process.node.span
    path = tree.Name(PATH, span=span)
    fields = tuple(tree.Field(s.name, tree.Attribute(path, s.name, span=span)) for s in process.states)
    if len(fields) == 1:
        fields = (tree.Field(PATH, path, span=span),)
    return tree.Return(tree.RecordExpr(fields, span=span), span=span)
