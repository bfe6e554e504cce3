"""What the names of the structured program stand for while it is rewritten."""

from __future__ import annotations

from dataclasses import dataclass, field

from pushforward.compiler.core import ir
from pushforward.compiler.transforms.vectorise.arrays import Writer, size_value
from pushforward.compiler.transforms.vectorise.stores import Pending, begun
from pushforward.compiler.transforms.vectorise.values import Context, Value
from pushforward.dsl.source import NOWHERE


@dataclass
class State:
    """What the names of the structured program stand for so far, and how they were computed."""

    values: dict[str, Value | Pending] = field(default_factory=dict)
    definitions: dict[str, ir.Expr] = field(default_factory=dict)
    uses: dict[str, int] = field(default_factory=dict)
    scopes: dict[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # the map loops around each container's declaration


def read(atom: ir.Atom, state: State, w: Writer, context: Context) -> Value:
    """What an atom stands for, as a value."""
    match atom:
        case ir.Lit(value):
            element = "bool" if isinstance(value, bool) else "int" if isinstance(value, int) else "real"
            return Value(atom, (), (), element, known=True)
        case ir.Size(d):
            return size_value(d, w, context)
        case ir.Var(name):
            if name not in state.values:
                return Value(atom, (), (), "real")
            held = state.values[name]
            if isinstance(held, Pending):
                held = begun(held, w, context, name, NOWHERE)
                state.values[name] = held
            return held
