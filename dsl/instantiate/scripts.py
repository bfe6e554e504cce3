"""The objectives that a script asks for, expanded without data: `maximize elbo(m() | {y = 1}, guide()) by adam(1e-2)`.

What an argument is that only the script knows (a value that it has loaded) is not known here: such an objective is left
out, and judged when the script runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pushforward.dsl import tree
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.instantiate.objective import Instantiated, instantiate
from pushforward.dsl.typed import TypedProgram


@dataclass(frozen=True)
class Optimised:
    """`maximize` or `minimize` of an objective at the top of a file, and the objective with its programs."""

    run: tree.Run
    name: str
    instance: Instantiated


def optimised(
    file: tree.File,
    find: Callable[[str], tree.Program | None],
    typed: Callable[[str], TypedProgram | None] = lambda name: None,
) -> Iterator[Optimised]:
    """Every objective that a file optimises at its top level and that its text determines. `find` knows programs by
    name, `typed` those that are checked by themselves. Raises ProgramError (PF402 to PF408, PF505).
    """
    bound = {i.name for i in file.items if isinstance(i, tree.Let)}
    for item in file.items:
        if isinstance(item, tree.Program | tree.Function | tree.Distribution):
            continue
        for node in nodes_of(item):
            if not isinstance(node, tree.Run) or node.verb not in ("maximize", "minimize"):
                continue
            call = node.operand
            if not isinstance(call, tree.Call) or not isinstance(call.function, tree.Name):
                continue
            objective = find(call.function.id)
            used = {n.id for n in nodes_of(call.arguments) if isinstance(n, tree.Name)}
            if objective is not None and objective.kind == "objective" and not used & bound:
                yield Optimised(node, objective.name, instantiate(_returning(call, objective.name), {}, find, typed))


def _returning(call: tree.Call, name: str) -> tree.Program:
    """The objective without arguments that a call is."""
    body = tree.Block((tree.Return(call, span=call.span),), span=call.span)
    return tree.Program("objective", name, (), body, span=call.span)
