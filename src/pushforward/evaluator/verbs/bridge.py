"""`bridge from p0 to p1 under R by M`: a process between two laws."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.evaluator.bridging import BridgeValue, Ends, end_value, unfit
from pushforward.evaluator.foreseen import Foreseen, nothing_known
from pushforward.evaluator.registry import Algorithm, Argument, Running, Setting, Verb
from pushforward.evaluator.settings import SEED, whole

if TYPE_CHECKING:
    from pushforward.dsl.diagnostic import ProgramError
    from pushforward.evaluator.values import Value


def algorithms() -> tuple[Algorithm, ...]:
    """The methods of bridges; the first is the one that chooses."""
    from pushforward.api.bridges.methods import methods

    order = ["automatic", *(n for n in methods() if n != "automatic")]
    return tuple(
        Algorithm(n, methods()[n].sentence, (*(Setting(s.name, whole(s.least), s.default)
                                              for s in methods()[n].settings), SEED))
        for n in order
    )  # fmt: skip


def run(running: Running) -> Value:
    """The bridge; a warning where its method says that it was not found."""
    from pushforward.api.bridges import Unfit, between

    ends = running.operand.value
    assert isinstance(ends, Ends) and not isinstance(ends.reference, Foreseen)
    given = {n: v for n, v in running.settings.items() if n != "seed"}
    first, last = end_value(ends.start, "start"), end_value(ends.end, "end")
    try:
        found = between(first, last, ends.reference, running.algorithm.name, seed=running.seed, **given)
    except Unfit as error:
        raise _told(error, ends, running) from error
    for sentence in found.warnings:
        running.session.host.warning(sentence)
    return BridgeValue(found)


def foresee(running: Running) -> Value:
    """A bridge, not known; its ends are judged as far as they are known."""
    from pushforward.api.bridges import Unfit
    from pushforward.api.bridges.bridge import fitting
    from pushforward.api.bridges.methods import methods
    from pushforward.runtime.unknown import Unforeseen, Unknown

    ends = running.operand.value
    assert isinstance(ends, Ends)
    because = f"what `bridge` finds (line {running.span.line})"
    unknown = Foreseen("a bridge", because, None, Unknown(because=because))
    if any(isinstance(v, Foreseen) for v in (ends.start.value, ends.end.value, ends.reference)):
        return unknown
    assert not isinstance(ends.reference, Foreseen)
    try:
        first, last = fitting(end_value(ends.start, "start"), end_value(ends.end, "end"))
        methods()[running.algorithm.name].judge(first, last, ends.reference)
    except Unfit as error:
        raise _told(error, ends, running) from error
    except Unforeseen:
        return nothing_known(because)
    return unknown


def _told(error: Exception, ends: Ends, running: Running) -> ProgramError:
    which = getattr(error, "which", "")
    where = {"start": ends.start, "end": ends.end}.get(which, Argument(ends, running.span))
    return unfit(str(error), which, where)


VERB = Verb("bridge", "build a process between two laws", algorithms, run, foresee)
