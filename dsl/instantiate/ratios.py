"""`log_ratio(p, q, xs, ts)`: the logarithm of the density of a path under one process relative to that under another.

For two processes with the same noise it is Girsanov's, with drift and noise as they are where each step begins:

    log p_0(x_0) - log q_0(x_0) + sum of (f - g)' S^-1 (dx - g h) - (f - g)' S^-1 (f - g) h / 2,     S = L L'

which is the ratio of the densities of the two schemes of Euler and Maruyama, and is written as that.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.processes import NotARatio
from pushforward.dsl.infer.report import Report
from pushforward.dsl.instantiate import programs
from pushforward.dsl.instantiate.names import substitute
from pushforward.dsl.instantiate.values import Instance, Record

if TYPE_CHECKING:
    from pushforward.dsl.instantiate.expand import Expander
    from pushforward.dsl.processes.reading import Process

#: What the path and its times are called in the programs that are made here.
PATH, TIMES = "path_of_ratio", "times_of_ratio"


def log_ratio(ex: Expander, node: tree.Call) -> tree.Expr:
    """What `log_ratio(p, q, xs, ts)` stands for. Raises PF630."""
    from pushforward.dsl.instantiate.densities import density_of

    if len(node.arguments) != 4 or any(a.name is not None for a in node.arguments):
        raise _wrong(node, "two processes, a path and its times are needed")
    one, other, path, times = (a.value for a in node.arguments)
    when = ex.expression(times)
    if not isinstance(when, tree.Name):
        flat = ex.writing.names.fresh("times", ex.label)
        ex.out.append(tree.Let(flat, None, when, span=times.span))
        when = tree.Name(flat, span=times.span)
    found = [_path(ex, p, when) for p in (one, other)]
    _check(node, found[0][1], found[1][1])
    record = _record(ex, path, found[0][1])
    ratio, base = (density_of(ex, held, record, node) for held, _ in found)
    return tree.Binary("-", ratio, base, span=node.span)


def _path(ex: Expander, written: tree.Expr, when: tree.Expr) -> tuple[Instance, _Read]:
    """The model of a path of a process, at times that are known."""
    from pushforward.dsl.processes.paths import with_paths
    from pushforward.dsl.processes.reading import read

    held = programs.program(ex, written) if ex.is_program(written) else None
    known = ex.writing.known
    if not isinstance(held, Instance) or held.node.kind != "process" or known is None:
        raise _wrong(written, "this is no process")
    if held.missing:
        held = programs.applied(ex, held, tree.Call(written, (), span=written.span))
    report = Report()
    process = read(known, held.node, report)
    span = held.node.span
    given = tuple(tree.Argument(p.name, tree.Name(p.name, span=p.span), span=p.span) for p in held.node.parameters)
    whole = tree.At(
        tree.Call(tree.Name(held.node.name, span=span), given, span=span), tree.Name(TIMES, span=span), span=span
    )
    method = tree.Method(tree.Name("euler_maruyama", span=span), None, span=span)
    site = tree.Site(tree.Name(PATH, span=span), None, whole, method, span=span)
    times = tree.Parameter(TIMES, None, span=span)
    model = replace(
        held.node, kind="model", parameters=(*held.node.parameters, times), body=tree.Block((site,), span=span)
    )
    made = None if process is None else with_paths(known, model, report)
    if made is None or process is None:
        raise ProgramError(*(report.errors or report.not_yet))
    whole_held = Instance(made, held.label, {**held.meaning, TIMES: when})
    return whole_held, _Read(process, {n: m for n, m in held.meaning.items() if isinstance(m, tree.Number | tree.Name)})


class _Read:
    """A process, and what its arguments are."""

    def __init__(self, process: Process, meaning: dict[str, tree.Expr]) -> None:
        self.process = process
        self.noises = [
            [(n.name, substitute(n.coefficient, meaning), n.product) for n in s.noises] for s in process.states
        ]
        self.names = [s.name for s in process.states]


def _check(node: tree.Call, one: _Read, other: _Read) -> None:
    """That two processes have the same states, and noises that are not evidently different."""
    if one.names != other.names:
        raise _wrong(node, f"one has {', '.join(one.names)}, the other {', '.join(other.names)}")
    for name, mine, theirs in zip(one.names, one.noises, other.noises, strict=True):
        numbers = all(isinstance(c, tree.Number) for _, c, _ in (*mine, *theirs))
        if len(mine) != len(theirs) or (numbers and [c for _, c, _ in mine] != [c for _, c, _ in theirs]):
            raise _wrong(node, f"the noises of {name} are not the same: one law has no density under the other")


def _record(ex: Expander, path: tree.Expr, read: _Read) -> Record:
    """The path as values of the variables of its model."""
    if len(read.names) == 1:
        values: dict[str, tree.Expr | Record] = {PATH: ex.expression(path)}
        return Record(None, values, values)
    found = ex.record(path)
    if found is None or set(found.fields) != set(read.names):
        raise _wrong(path, f"write `{{{', '.join(f'{n} = ...' for n in read.names)}}}`: the path of each state")
    values = {f"{PATH}_{n}": found.fields[n] for n in read.names}
    return Record(None, values, values)


def _wrong(node: tree.Node, label: str) -> ProgramError:
    helps = ("write `log_ratio(ou(1, 0, s), ou(2, 0, s), xs, ts)`",)
    return ProgramError(NotARatio.diagnostic(node.span, label, helps=helps))
