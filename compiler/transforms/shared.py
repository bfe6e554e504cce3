"""shared: choices that would be summed over by default, and whose elements share a cost.

A cost that depends on several elements of a choice at once would be needed at every combination of their values. Where
the program says `@ enum` that is an error; where it says nothing, such a choice is scored instead, and
`show --stage gradient` says so. Whether elements share a cost shows once loops are distributed, so the passes
up to there run on trial.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pushforward.compiler.core import ir
from pushforward.compiler.transforms.choices import choices
from pushforward.compiler.transforms.choose import Decision, decided
from pushforward.compiler.transforms.density import density
from pushforward.compiler.transforms.distribute import distribute
from pushforward.compiler.transforms.predicate import predicate
from pushforward.compiler.transforms.totals import totals
from pushforward.compiler.transforms.truncation import truncation
from pushforward.compiler.transforms.weigh import SharedPoints, weigh
from pushforward.dsl.typed import Strategy as Chosen


def shared_choices(program: ir.Program, found: Iterable[Decision]) -> frozenset[str]:
    """The variables among those that are enumerated by default whose elements share a cost."""
    current = tuple(found)
    shared: set[str] = set()
    while True:
        asked = {d.variable for d in current if d.strategy == Chosen("enum") and d.why != "as written"}
        if not any(v.name in asked and v.type.rank for v in program.variables):
            return frozenset(shared)
        try:
            trial = density(truncation(decided(program, current)))
            weigh(distribute(totals(predicate(choices(trial)))))
        except SharedPoints as error:
            if error.variable not in asked:
                return frozenset(shared)  # an error of the program, told where it belongs
            shared.add(error.variable)
            current = tuple(
                replace(d, strategy=Chosen("score")) if d.variable == error.variable else d for d in current
            )
            continue
        return frozenset(shared)
