"""The core: a small language in A-normal form.

Arguments are names or literals, so a step of the core is a line of the emitted program. There are two dialects of
one language. *Structured* core has loops over scalars, containers whose elements are stored once, and sites. *Array* core, which
loop planning makes, has none of these: every name holds a whole array, axes are explicit, and the only loop left is `Scan`.

Sizes and affine subscripts are polynomials (`dsl.types.Dim`) in static names and loop indices: what a loop does to an
array is read off them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from pushforward.dsl.source import NOWHERE, Span
from pushforward.dsl.typed import DistributionSignature
from pushforward.dsl.types import Array, Dim


@dataclass(frozen=True)
class Node:
    """Every node knows the `.pf` text it came from; equality does not look at it."""

    span: Span = field(default=NOWHERE, kw_only=True, compare=False, repr=False)


# ---------------------------------------------------------------- atoms and subscripts


@dataclass(frozen=True)
class Var:
    """A name."""

    name: str


@dataclass(frozen=True)
class Lit:
    """A number or a truth value."""

    value: int | float | bool


@dataclass(frozen=True)
class Size:
    """An integer known before compilation, or (structured core) one that follows a loop index: a polynomial."""

    dim: Dim


Atom: TypeAlias = Var | Lit | Size


@dataclass(frozen=True)
class At:
    """The subscript `dim`, a polynomial in static names and loop indices; it drops the dimension."""

    dim: Dim


@dataclass(frozen=True)
class Range:
    """The subscript `lower:upper`; it keeps the dimension."""

    lower: Dim
    upper: Dim


@dataclass(frozen=True)
class Pick:
    """A subscript that is a value: an integer (drops the dimension) or an array of integers (replaces it by its own dimensions)."""

    atom: Atom


Sub: TypeAlias = At | Range | Pick


# ---------------------------------------------------------------- operations


@dataclass(frozen=True)
class Op:
    """What a `Call` applies. `target` is where it lives (`jnp.sqrt`, `rt.special.owens_t`); elementwise operations work on scalars and on
    arrays of one shape, others on the whole of their arguments. `out_rank` and `in_ranks` are those of one application, before batching."""

    name: str
    target: str
    elementwise: bool = False


@dataclass(frozen=True)
class Law:
    """A distribution with its arguments. `dims` binds the dimension names of its signature. Its value is one event, or `batch` of them with `lifted` arguments."""

    signature: DistributionSignature
    arguments: tuple[Atom, ...]
    lifted: tuple[bool, ...]
    batch: tuple[Dim, ...]
    dims: tuple[tuple[str, Dim], ...] = ()


@dataclass(frozen=True)
class MixtureLaw:
    """Weights and component laws; with `family` the one law has the components as its last batch dimension."""

    weights: Atom
    components: tuple[Law, ...]
    family: bool
    batch: tuple[Dim, ...]


AnyLaw: TypeAlias = Law | MixtureLaw


# ---------------------------------------------------------------- expressions


@dataclass(frozen=True)
class Copy(Node):
    """An atom by itself."""

    atom: Atom


@dataclass(frozen=True)
class Call(Node):
    """An operation on atoms. `axis`, when given, reduces those axes (negative, counted from the end) in place of all. `mapped` has, for each enclosing batch axis, outermost
    first, whether each argument carries that axis in front; it is empty for elementwise operations, which broadcast."""

    op: Op
    arguments: tuple[Atom, ...]
    axis: tuple[int, ...] | None = None
    mapped: tuple[tuple[bool, ...], ...] = ()


@dataclass(frozen=True)
class Select(Node):
    """`where(condition, then, orelse)`, elementwise; both sides are computed."""

    condition: Atom
    then: Atom
    orelse: Atom


@dataclass(frozen=True)
class Index(Node):
    """`base[subs]`; missing subscripts leave dimensions whole."""

    base: Var
    subs: tuple[Sub, ...]


@dataclass(frozen=True)
class Stack(Node):
    """Atoms of one shape along a new axis, which is number `axis` of the result."""

    items: tuple[Atom, ...]
    axis: int = 0


@dataclass(frozen=True)
class Draw(Node):
    """A draw from a law (structured core). Each one consumes randomness of its own."""

    law: AnyLaw


@dataclass(frozen=True)
class Sample(Node):
    """A draw from the library object `target(**arguments)`; in array core with the batch `shape` in front and the `key` it uses."""

    target: str
    arguments: tuple[tuple[str, Atom], ...]
    shape: tuple[Dim, ...] = ()
    key: str | None = None


@dataclass(frozen=True)
class BoundLogProb(Node):
    """The log density at `value` by the bound library object, for a law whose density the language does not spell out."""

    target: str
    arguments: tuple[tuple[str, Atom], ...]
    value: Atom
    mapped: tuple[tuple[bool, ...], ...] = ()


@dataclass(frozen=True)
class Free(Node):
    """`count` entries of the unconstrained vector at `offset` in the shape `dims` (no dims: the scalar at `offset`)."""

    vector: Var
    offset: Dim
    dims: tuple[Dim, ...]


@dataclass(frozen=True)
class Zeros(Node):
    """An array of zeros (array core: the start of a container that is filled by parts)."""

    dims: tuple[Dim, ...]
    element: str = "real"


@dataclass(frozen=True)
class Iota(Node):
    """`lower, lower + 1, ..., upper - 1`."""

    lower: Dim
    upper: Dim


@dataclass(frozen=True)
class Expand(Node):
    """New axes of length one: `pattern` has one entry an axis of the result, True where an axis of `atom` stands."""

    atom: Atom
    pattern: tuple[bool, ...]


@dataclass(frozen=True)
class Permute(Node):
    """Axes in the order given."""

    atom: Atom
    order: tuple[int, ...]


@dataclass(frozen=True)
class Broadcast(Node):
    """To the shape `dims`."""

    atom: Atom
    dims: tuple[Dim, ...]


@dataclass(frozen=True)
class Update(Node):
    """`base` with the region `base[subs]` replaced by `value`."""

    base: Var
    subs: tuple[Sub, ...]
    value: Atom


@dataclass(frozen=True)
class Concat(Node):
    """Arrays joined along an axis (counted from the front)."""

    items: tuple[Atom, ...]
    axis: int


Expr: TypeAlias = (
    Copy | Call | Select | Index | Stack | Draw | Sample | BoundLogProb | Free | Zeros | Iota | Expand | Permute | Broadcast
    | Update | Concat
)  # fmt: skip


# ---------------------------------------------------------------- statements


@dataclass(frozen=True)
class Let(Node):
    """`name: type = expr`."""

    name: str
    type: Array
    expr: Expr


@dataclass(frozen=True)
class Container(Node):
    """`name: type`, to be stored into; `start` names the value its elements have before (data of a partly observed container)."""

    name: str
    type: Array
    start: Var | None = None


@dataclass(frozen=True)
class Declare(Node):
    """The variable `name` of the program begins here: its type, and the bounds of an interval as atoms (a missing one is infinite)."""

    name: str
    type: Array
    lower: Atom | None = None
    upper: Atom | None = None


@dataclass(frozen=True)
class Store(Node):
    """`name[subs] = value`."""

    name: str
    subs: tuple[Sub, ...]
    value: Atom


@dataclass(frozen=True)
class Site(Node):
    """`address[subs] ~ law`; `value` is the type of what is drawn; `truncated` when the declared type is narrower than the law's
    support; `observes` when the value is known whatever the data say."""

    address: str
    subs: tuple[Sub, ...]
    law: AnyLaw
    value: Array
    truncated: bool = False
    observes: bool = False


@dataclass(frozen=True)
class Truncation:
    """The declared type by which a law is cut: the kind of its constraint (`interval`, `ordered`, ...) and the bounds, if any."""

    kind: str
    lower: Atom | None
    upper: Atom | None


@dataclass(frozen=True)
class Score(Node):
    """The log density of `law` at `value` is added; what `condition` makes of a site. `truncation` is there when the declared type is narrower than
    the law's support."""

    law: AnyLaw
    value: Atom
    type: Array
    address: str
    truncation: Truncation | None = None


@dataclass(frozen=True)
class Factor(Node):
    """A number (or all the numbers of an array) added to the log density; `origin` names the site or transform it comes from."""

    value: Atom
    origin: str


@dataclass(frozen=True)
class For(Node):
    """`for index in lower..upper`; `kind` is decided by loop planning: iterations of a `map` do not see one another."""

    index: str
    lower: Dim
    upper: Dim
    body: tuple[Stmt, ...]
    kind: Literal["plain", "map", "scan"] = "plain"


@dataclass(frozen=True)
class If(Node):
    """Statements under a condition (structured core before `predicate`)."""

    condition: Atom
    then: tuple[Stmt, ...]
    orelse: tuple[Stmt, ...]


@dataclass(frozen=True)
class Slot(Node):
    """One value that a scan carries: its name inside the step, what it is at the start, and what it is after a step. `final` names, outside,
    what it is at the end."""

    name: str
    type: Array
    initial: Atom
    updated: Atom
    final: str | None = None


@dataclass(frozen=True)
class Feed(Node):
    """One array that a scan walks over along its first axis, with the name of its slice inside the step."""

    name: str
    type: Array
    source: Atom


@dataclass(frozen=True)
class Emit(Node):
    """One value of every step, stacked along a new first axis under `name` outside."""

    name: str
    type: Array
    value: Atom


@dataclass(frozen=True)
class Scan(Node):
    """`lax.scan` of `length` steps (array core)."""

    name: str
    length: Dim
    slots: tuple[Slot, ...]
    feeds: tuple[Feed, ...]
    body: tuple[Stmt, ...]
    emits: tuple[Emit, ...]


@dataclass(frozen=True)
class Split(Node):
    """Random keys from the stream `key`, which moves on: `count` of them for the steps of a scan, or a single one."""

    name: str
    key: str
    count: Dim | None


@dataclass(frozen=True)
class Return(Node):
    """What the program gives back."""

    fields: tuple[tuple[str, Atom], ...]


Stmt: TypeAlias = Let | Container | Declare | Store | Site | Score | Factor | For | If | Scan | Split | Return


# ---------------------------------------------------------------- programs


@dataclass(frozen=True)
class Variable(Node):
    """A random variable: the type of the whole of it, and whether the data give it."""

    name: str
    type: Array
    observed: bool = False


@dataclass(frozen=True)
class Input(Node):
    """A value that the program is given: `role` says by whom."""

    name: str
    type: Array
    role: Literal["data", "latent", "free", "prepared"]


@dataclass(frozen=True)
class Program(Node):
    """A program of the core. `statics` are its static integers (sizes and scalar int arguments); `inputs` its arrays. `prepare`, when `hoist` has
    run, is the part that the data alone determine; it ends in a `Return` of what `body` has as inputs of role `prepared`."""

    name: str
    statics: tuple[str, ...]
    inputs: tuple[Input, ...]
    variables: tuple[Variable, ...]
    body: tuple[Stmt, ...]
    doc: str = ""
    free_size: Dim | None = None
    prepare: tuple[Stmt, ...] = ()
