"""A process by itself: the program that draws a path of it."""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.infer.report import Report
from pushforward.dsl.processes.linear import why_not_exact
from pushforward.dsl.processes.reading import read

#: What the times of a path are called, and the path itself.
TIMES, PATH = "times", "path"


def alone(node: tree.Program, report: Report, method: tree.Method | None = None) -> tree.Program | None:
    """`process p(a) { ... }` as a program whose arguments are those and `times`, and whose variables are the path;
    None after a report. By the exact law where there is one, else by one step of Euler and Maruyama from time to time,
    or as `method` says.
    """
    process = read(node, report)
    if process is None:
        return None
    span = node.span
    if method is None and process.noisy and why_not_exact(process) is not None:
        still = any(s.noise is None for s in process.states)
        scheme = "euler_maruyama_noncentered" if still else "euler_maruyama"
        method = tree.Method(tree.Name(scheme, span=span), None, span=span)
    whole = tree.Call(
        tree.Name(node.name, span=span),
        tuple(tree.Argument(None, tree.Name(p.name, span=p.span), span=p.span) for p in node.parameters), span=span,
    )  # fmt: skip
    path = tree.Site(
        tree.Name(PATH, span=span), None, tree.At(whole, tree.Name(TIMES, span=span), span=span), method, span=span
    )
    times = tree.Parameter(TIMES, tree.TypeExpr("vector", dims=(tree.Name("times_", span=span),), span=span), span=span)
    body = tree.Block((path,), span=node.body.span)
    return replace(node, parameters=(*node.parameters, times), body=body)
