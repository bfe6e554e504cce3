"""`p | {y = 5}`: a model given values of some of its variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.scripts import NoSuchVariable, NotOfThatKind
from pushforward.dsl.infer.names import nearest
from pushforward.evaluator.binding import plain
from pushforward.evaluator.foreseen import judged
from pushforward.evaluator.registry import Argument
from pushforward.evaluator.values import Given, ProgramValue, Record, Value, kind_of

if TYPE_CHECKING:
    from pushforward.api.model import Bound


def condition(program: Argument, known: Argument, written: tree.Expr) -> Value:
    """The model with more observations; `written` is the record as it stands. Raises `ProgramError`."""
    bound = bound_of(program, "`|`")
    judged(known.value)
    if not isinstance(known.value, Record):
        found = kind_of(known.value)
        wanted = "a record right of it"
        raise ProgramError(
            NotOfThatKind.diagnostic(known.span, f"this is {found}", who="`|`", wanted=wanted, found=found)
        )
    fields = {f.name: f for f in written.fields} if isinstance(written, tree.RecordExpr) else {}
    observations: dict[str, object] = {}
    for name, value in known.value.fields.items():
        span = fields[name].span if name in fields else known.span
        if name not in bound.model.variables:
            if not fields:
                continue  # a file of data may hold more than is asked of it
            near = nearest(name, bound.model.variables)
            helps = (f"did you mean `{near}`?",) if near else ()
            notes = (f"it has {', '.join(bound.model.variables) or 'none'}",)
            raise ProgramError(
                NoSuchVariable.diagnostic(
                    span, "no site has this name", notes=notes, helps=helps, model=bound.model.name, name=name
                )
            )
        observations[name] = plain(Argument(value, span), f"`{name}`")
    return Given(bound.condition(**observations))


def bound_of(given: Argument, who: str) -> Bound:
    """The model with its arguments that a value is; a model by its name has none. Raises `ProgramError` (PF721)."""
    match judged(given.value):
        case Given(bound=bound):
            return bound
        case ProgramValue(model=model):
            return model()
        case other:
            found = kind_of(other)
            helps = ("write `m(x) | {y = y_obs}`: a model, its arguments, what is observed",)
            raise ProgramError(
                NotOfThatKind.diagnostic(
                    given.span, f"this is {found}", helps=helps, who=who, wanted="a model", found=found
                )
            )
