"""The core: a small language in A-normal form.

Arguments are names or literals, so a step of the core is a line of the emitted program. There are two
dialects of one language. *Structured* core has loops over scalars, containers whose elements are stored once,
and sites. *Array* core, which loop planning makes, has none of these: every name holds a whole array, axes
are explicit, and the only loop left is `Scan`.

Sizes and affine subscripts are polynomials (`dsl.types.Dim`) in static names and loop indices: what a loop
does to an array is read off them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pushforward.compiler.core.atoms import (
    AnyLaw,
    At,
    Atom,
    Law,
    Lit,
    MixtureLaw,
    Node,
    Op,
    Pick,
    Range,
    Size,
    Sub,
    Var,
)
from pushforward.compiler.core.expressions import (
    BoundLogProb,
    Broadcast,
    Call,
    Concat,
    Copy,
    Draw,
    Expand,
    Expr,
    Free,
    Index,
    Iota,
    Permute,
    Points,
    Sample,
    Select,
    Stack,
    Update,
    Weights,
    Zeros,
)
from pushforward.compiler.core.statements import (
    Container,
    Declare,
    Emit,
    Factor,
    Feed,
    For,
    If,
    Let,
    Return,
    Scan,
    Score,
    Site,
    Slot,
    Split,
    Stmt,
    Store,
    Total,
    Truncation,
)
from pushforward.dsl.types import Array, Dim


@dataclass(frozen=True)
class Variable(Node):
    """A random variable: the type of the whole of it, and whether the data give it."""

    name: str
    type: Array
    observed: bool = False


@dataclass(frozen=True)
class Input(Node):
    """A value that the program is given: `role` says by whom. What the data say of a variable that is drawn is
    `given`: its name is the variable's with `_given` behind it. A parameter comes in free coordinates; `key` is its
    name. `state` is what one estimate hands to the next: of the choice `key` the average of its costs.
    """

    name: str
    type: Array
    role: Literal["data", "given", "latent", "free", "prepared", "param", "state"]
    key: str = ""


@dataclass(frozen=True)
class Choice(Node):
    """How a draw takes part in an estimate. `surrogate` names the container of `log q - stop(log q)` of its elements,
    when the draw is scored, and `baseline` what is taken off the costs there. Where that is an average of the costs so
    far, `cost` names the sum that has the present ones, and `decay` says how much of the past is kept; where it is
    learned, `learned` names the container of its values. `weight` names the container of the
    weights of its points, when it is looked at at several, along the axis `axis` of length `count`. `draws` are the
    names that hold drawn elements before they are stored, and which elements.
    """

    name: str
    strategy: str
    surrogate: str = ""
    baseline: Atom | None = None
    cost: str = ""
    decay: float = 0.0
    learned: str = ""
    weight: str = ""
    axis: str = ""
    count: Dim | None = None
    draws: tuple[tuple[str, tuple[Dim, ...] | None], ...] = ()


#: The sum of what learned baselines lack.
LOSS = "loss"


@dataclass(frozen=True)
class Program(Node):
    """A program of the core. `statics` are its static integers (sizes and scalar int arguments); `inputs` its
    arrays. `prepare`, when `hoist` has run, is the part that the data alone determine; it ends in a `Return`
    of what `body` has as inputs of role `prepared`.
    """

    name: str
    statics: tuple[str, ...]
    inputs: tuple[Input, ...]
    variables: tuple[Variable, ...]
    body: tuple[Stmt, ...]
    doc: str = ""
    free_size: Dim | None = None
    prepare: tuple[Stmt, ...] = ()
    params: tuple[Variable, ...] = ()
    choices: tuple[Choice, ...] = ()

    @property
    def learns(self) -> bool:
        """Whether estimates learn from one another: averages of costs, or baselines with parameters."""
        return any(c.cost or c.learned for c in self.choices)


__all__ = [
    "AnyLaw",
    "At",
    "Atom",
    "BoundLogProb",
    "Broadcast",
    "Call",
    "LOSS",
    "Choice",
    "Concat",
    "Container",
    "Copy",
    "Declare",
    "Draw",
    "Emit",
    "Expand",
    "Expr",
    "Factor",
    "Feed",
    "For",
    "Free",
    "If",
    "Index",
    "Input",
    "Iota",
    "Law",
    "Let",
    "Lit",
    "MixtureLaw",
    "Node",
    "Op",
    "Permute",
    "Pick",
    "Points",
    "Program",
    "Range",
    "Return",
    "Sample",
    "Scan",
    "Score",
    "Select",
    "Site",
    "Size",
    "Slot",
    "Split",
    "Stack",
    "Stmt",
    "Store",
    "Sub",
    "Total",
    "Truncation",
    "Update",
    "Var",
    "Variable",
    "Weights",
    "Zeros",
]
