"""`bridge from p0 to p1 under brownian(0.1) by light(components=20)`: a bridge as a value of scripts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.bridges import BridgeEnd, BridgeReference
from pushforward.dsl.infer.names import nearest
from pushforward.evaluator import settings
from pushforward.evaluator.foreseen import Foreseen, nothing_known
from pushforward.evaluator.registry import Argument, Running, verbs
from pushforward.evaluator.values import Compound, Given, ProgramValue, Value, kind_of

if TYPE_CHECKING:
    from pushforward.api.bridges import Bridge, Reference
    from pushforward.evaluator.session import Session


@dataclass(frozen=True, eq=False)
class BridgeValue(Compound):
    """A bridge: `b at ts` is the model of a path."""

    bridge: Bridge

    @property
    def kind(self) -> str:
        return "a bridge"

    def parts(self) -> Mapping[str, Value]:
        """What the method has found: the moments of the ends, or the potential."""
        return {n: v.item() if getattr(v, "ndim", 1) == 0 else v for n, v in self.bridge.found.items()}

    def text(self) -> str:
        """The process, as it would be written."""
        from pushforward.dsl.unparse import unparse
        from pushforward.evaluator.shown import named_text

        node = self.bridge.process.file
        process = next((i for i in node.items if isinstance(i, tree.Program)), None) if node is not None else None
        written = unparse(process).rstrip() if process is not None else ""
        given = named_text(self.bridge.arguments)  # type: ignore[arg-type]
        return f"{written}\n{self.bridge.process.name}({given}), by {self.bridge.method}"

    def json(self) -> Any:
        from pushforward.evaluator.shown import to_json

        return {"kind": "bridge", "method": self.bridge.method, **{n: to_json(v) for n, v in self.parts().items()}}


@dataclass(frozen=True, eq=False)
class Ends(Compound):
    """What a bridge is asked for: its ends and its reference."""

    start: Argument
    end: Argument
    reference: Reference | Foreseen

    @property
    def kind(self) -> str:
        return "the ends of a bridge"

    def parts(self) -> Mapping[str, Value]:
        return {}

    def text(self) -> str:
        return self.kind

    def json(self) -> Any:
        return {"kind": "ends"}


def bridge(session: Session, node: tree.Bridge, method: tree.Method | None) -> Value:
    """The bridge. Raises `ProgramError`."""
    from pushforward.evaluator.expressions import evaluate

    verb = verbs()["bridge"]
    algorithm, chosen = settings.read(session, verb, method)
    start, end = (Argument(evaluate(session, e), e.span) for e in (node.start, node.end))
    ends = Ends(start, end, _reference(session, node.reference))
    given = chosen.get("seed")
    seed = session.next_seed() if given is None else given
    return session.perform(verb, Running(session, Argument(ends, node.span), algorithm, chosen, seed, node.span))


def end_value(given: Argument, which: str) -> object:
    """What the API takes for an end. Raises `ProgramError` (PF740)."""
    match given.value:
        case Given(bound=bound):
            return bound
        case ProgramValue(model=model):
            return model
        case Compound() as other if (number := other.number()) is not None:
            return number
        case str() | tuple() | Compound():
            raise unfit(f"this is {kind_of(given.value)}", which, given)
        case array:
            return array


def unfit(reason: str, which: str, where: Argument) -> ProgramError:
    """PF740 at an end, or at the bridge."""
    what = f"{which} of a bridge" if which else "bridge by this method"
    return ProgramError(BridgeEnd.diagnostic(where.span, reason, which=what))


def _reference(session: Session, node: tree.Expr) -> Reference | Foreseen:
    """What stands after `under`. Raises `ProgramError` (PF741)."""
    from pushforward.api.bridges.reference import REFERENCES
    from pushforward.evaluator.expressions import evaluate

    head, given = (node.function, node.arguments) if isinstance(node, tree.Call) else (node, ())
    name = head.id if isinstance(head, tree.Name) else node.span.text
    if name not in REFERENCES:
        near = nearest(name, REFERENCES)
        helps = (f"did you mean `{near}`?",) if near else ("there are brownian(eps) and ou(theta, mu, sigma)",)
        raise ProgramError(BridgeReference.diagnostic(node.span, "no reference has this name", helps=helps, name=name))
    made, names = REFERENCES[name]
    form = f"it is `{name}({', '.join(names)})`"
    values: dict[str, Any] = {}
    for place, argument in enumerate(given):
        which = argument.name or (names[place] if place < len(names) else "")
        value = evaluate(session, argument.value)
        if which not in names or which in values or isinstance(value, str | tuple):
            raise ProgramError(BridgeReference.diagnostic(argument.span, "not of these", notes=(form,), name=name))
        values[which] = value.number() if isinstance(value, Compound) else value
        if isinstance(value, Foreseen):
            return nothing_known(value.because)
    missing = [n for n in names if n not in values]
    if missing:
        label = f"missing: {', '.join(missing)}"
        raise ProgramError(BridgeReference.diagnostic(node.span, label, notes=(form,), name=name))
    try:
        return made(**{n: float(v) for n, v in values.items()})  # type: ignore[operator, no-any-return]
    except (ValueError, TypeError) as error:
        raise ProgramError(BridgeReference.diagnostic(node.span, str(error), notes=(form,), name=name)) from None
