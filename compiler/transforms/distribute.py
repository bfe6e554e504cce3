"""distribute: split every loop into the smallest loops, and say which are maps and which are scans.

    for t in 1..T {                                   map t in 1..T { t_1 = y[t - 1]; t_2 = t_1 - mu; ... }
      h[t] = sqrt(a + b * (y[t-1] - mu)^2             scan t in 1..T { t_5 = h[t - 1]; ...; h[t] = t_8 }
             + c * h[t-1]^2)                          map t in 1..T { t_9 = h[t]; ...; factor t_12 }
      factor normal_logpdf(y[t], mu, h[t])
    }

1. Inner loops are split first, so that the outer loop sees their parts.
2. The statements of a body that need one another across iterations (a strongly connected component of the
   dependence graph with a carried edge) form a scan; everything else is a map. This is loop distribution (Allen
   and Kennedy 1987), which in A-normal form leaves in the scan exactly the recursion and nothing else.
3. Neighbouring maps are one loop again, for the reader.

A name bound in one of the loops may be read in a later loop over the same index: it stands for the array of
its values.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.analyses.dependence import components, edges, recursive, tied
from pushforward.compiler.core import ir


def distribute(program: ir.Program) -> ir.Program:
    """The program with every loop a map or a scan."""
    return replace(program, body=_block(program.body))


def _block(body: Iterable[ir.Stmt]) -> tuple[ir.Stmt, ...]:
    result: list[ir.Stmt] = []
    for stmt in body:
        result.extend(_split(stmt) if isinstance(stmt, ir.For) else (stmt,))
    return tuple(result)


def _split(loop: ir.For) -> tuple[ir.Stmt, ...]:
    body = _block(loop.body)
    graph = edges(loop.index, body)
    parts: list[ir.For] = []
    for group in components(tied(body, graph)):
        kind, inside = ("scan" if recursive(group, graph) else "map"), tuple(body[i] for i in group)
        if parts and kind == "map" and parts[-1].kind == "map":
            parts[-1] = replace(parts[-1], body=(*parts[-1].body, *inside))
        else:
            parts.append(replace(loop, body=inside, kind=kind))  # type: ignore[arg-type]
    return tuple(parts)
