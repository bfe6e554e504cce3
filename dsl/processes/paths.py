"""A site on a process, `xs ~ ou(1, 0, s) at ts by euler_maruyama(steps=4)`, as statements of the model around it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.processes import PathSite
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.instantiate.names import Names, map_children, name
from pushforward.dsl.processes.asked import Asked, all_names, bound_arguments, with_own_indices
from pushforward.dsl.processes.choice import scheme_of
from pushforward.dsl.processes.loops import drawn, flow
from pushforward.dsl.processes.reading import Process, read


def observes_paths(known: Declarations, node: tree.Program) -> bool:
    """Whether a program has sites on processes."""
    return any(isinstance(n, tree.Site) and _process_of(known, n.distribution) is not None for n in nodes_of(node.body))


def _process_of(known: Declarations, law: tree.Expr) -> tree.Program | None:
    """The process that a law names, observed at times or not."""
    inner = law.process if isinstance(law, tree.At) else law
    head = inner.function if isinstance(inner, tree.Call) else inner
    if not isinstance(head, tree.Name) or (known.is_law(head.id) and head.id not in known.programs()):
        return None
    found = known.program(head.id)
    return found if found is not None and found.kind == "process" else None


def with_paths(known: Declarations, node: tree.Program, report: Report) -> tree.Program | None:
    """The program with its sites on processes written out; None after a report."""
    names = Names(all_names(node))
    before = len(report.errors) + len(report.not_yet)
    parts: dict[tuple[str, str], str] = {}
    body = _block(known, node.body, names, report, parts)
    if len(report.errors) + len(report.not_yet) > before:
        return None
    return replace(node, body=_with_parts(body, parts))


def written_out(known: Declarations, node: tree.Program) -> tree.Program:
    """A model with its sites on processes written out; any other program as it is. Raises `ProgramError`."""
    if node.kind == "process" or not observes_paths(known, node):
        return node
    report = Report()
    found = with_paths(known, node, report)
    if found is None:
        raise ProgramError(*(report.errors or report.not_yet))
    return found


def _placed(node: Any, at: tree.Site) -> Any:
    """What comes from the text of a scheme, or from a process of another file, stands where the path is asked for."""
    if not isinstance(node, tree.Node):
        return node
    changed = map_children(node, lambda n: _placed(n, at))
    return changed if changed.span.source is at.span.source else replace(changed, span=at.span)


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
                    report.error(
                        PathSite, inner.span, "this stands in a loop or a branch",
                        helps=("a path stands by itself in a model: of many, let a vector evolve",),
                    )  # fmt: skip
            continue
        whole = read(known, with_own_indices(process, names), report)
        if whole is not None:
            out.extend(_placed(s, stmt) for s in site(known, stmt, whole, names, report))
            if len(whole.states) > 1 and isinstance(stmt.target, tree.Name):
                parts |= {(stmt.target.id, s.name): f"{stmt.target.id}_{s.name}" for s in whole.states}
    return replace(block, statements=tuple(out))


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
    bound = bound_arguments(node.distribution.process, process, names, report)
    if bound is None:
        return
    lets, inside = bound
    yield from lets
    asked = Asked(node, node.target.id, process, times, inside, names)
    if not process.noisy:
        yield from flow(asked, report)
        return
    found = scheme_of(known, asked, report)
    if found is not None:
        yield from drawn(asked, *found)
