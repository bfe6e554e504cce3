"""What a sampler says: its state, its settings, its draws, and whether its steps are corrected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.samplers import NotASampler
from pushforward.dsl.infer.taint import head, nodes_of
from pushforward.dsl.instantiate.names import substitute

#: What values after a step are called: `next` where the state is one array, `next_x` and `next_v` otherwise.
NEXT = "next"
#: What is called by a sampler that corrects the steps of another one.
METROPOLIS = "metropolis"
#: The logarithm of what a sampler keeps invariant; the state from which a step goes back, and the noises of that step.
TARGET, REVERSED = "target", "reversed_"
#: The logarithm of the factor by which the map from state and noises to those of the step back changes volumes.
VOLUME = "log_volume"
#: The density of a batch.
BATCHED = "batched"


@dataclass(frozen=True)
class Sampler:
    """A sampler: `node` says the step, `target` is the name of its model. `states` are the parts of the state, in
    order; `nexts` what each is called after a step. `drawn` are the variables of the step."""

    node: tree.Program
    target: str
    states: tuple[tree.Parameter, ...]
    settings: tuple[tree.Parameter, ...]
    nexts: tuple[str, ...]
    drawn: tuple[str, ...]
    corrected: bool

    @property
    def statics(self) -> tuple[str, ...]:
        """The settings that are sizes."""
        return tuple(s.name for s in self.settings if s.type is not None and s.type.name == "int" and not s.type.dims)

    @property
    def rows(self) -> tree.Expr | None:
        """How many positions the state has, if it is an ensemble: `x: matrix[particles, dim(p)]`."""
        dims = self.states[0].type.dims if self.states[0].type is not None else ()
        return dims[0] if len(dims) == 2 else None

    @property
    def batched(self) -> bool:
        """Whether it asks for gradients of batches, `grad(batched(logp(p)))`."""
        calls = (n.function for n in nodes_of(self.node.body) if isinstance(n, tree.Call))
        return any(isinstance(f, tree.Name) and f.id == BATCHED for f in calls)

    @property
    def lets(self) -> dict[str, tree.Let]:
        """The values that the step names."""
        return {s.name: s for s in self.node.body.statements if isinstance(s, tree.Let)}

    @property
    def returned(self) -> frozenset[str]:
        """The parts of the state from which a step back is made otherwise than they are: `let reversed_v = -v`."""
        return frozenset(s.name for s in self.states if f"{REVERSED}{s.name}" in self.lets)

    @property
    def noises(self) -> tuple[str, ...]:
        """The draws of a step that are not the new state itself."""
        return tuple(d for d in self.drawn if d not in self.nexts)

    @property
    def reversible(self) -> bool:
        """Whether the density of a step and of the step back are known, so that it can be corrected: every noise says
        what it is on the way back, and something is drawn at all."""
        known = all(f"{REVERSED}{n}" in self.lets for n in self.noises)
        moved = all(n in self.drawn for n in self.nexts) or bool(self.noises)
        return bool(self.drawn) and known and moved


def is_sampler(node: tree.Program | None) -> bool:
    """Whether a program looks like a sampler: a model of a model, which says what comes next."""
    if node is None or node.kind != "model" or not node.parameters:
        return False
    first = node.parameters[0].type
    if first is None or first.name != "model":
        return False
    return _corrects(node) is not None or any(n == NEXT or n.startswith(f"{NEXT}_") for n in _defined(node))


def read(node: tree.Program, find: Callable[[str], tree.Program | None]) -> Sampler:
    """What a sampler says. `find` knows the samplers by name. Raises `ProgramError` (PF640)."""
    call = _corrects(node)
    step = node if call is None else _inner(node, call, find)
    target, *rest = step.parameters
    states, nexts = _states(step)
    if not states:
        raise _not(node, node, "nothing here has a value after the step", "write `next ~ ...`, or `next_x ~ ...`")
    if states[0] is not rest[0]:
        raise _not(node, rest[0], "this is not part of the state", "the position stands first after the model")
    settings = tuple(p for p in rest if p not in states)
    for setting in settings:
        if setting.default is not None and not _is_literal(setting.default):
            raise _not(node, setting.default, "this is no number", "let settings begin at numbers")
    drawn = tuple(n for n, s in _defined(step).items() if isinstance(s, tree.Site | tree.Declare))
    corrected = call is not None or _corrected(step)
    found = Sampler(step, target.name, states, settings, nexts, drawn, corrected)
    if found.rows is not None and not (isinstance(found.rows, tree.Name) and found.rows.id in found.statics):
        help_ = "how many positions there are is a setting: `x: matrix[particles, dim(p)], particles: int`"
        raise _not(node, states[0], "this is no setting", help_)
    if found.corrected and not found.reversible:
        lacking = next((n for n in found.noises if f"{REVERSED}{n}" not in found.lets), "")
        help_ = f"say what `{lacking}` is on the way back: `let {REVERSED}{lacking} = ...`" if lacking else ""
        label = "the density of this step is not known"
        raise _not(node, call or node, label, help_ or "write the step with a law that has a density")
    return found


def _is_literal(node: tree.Expr) -> bool:
    match node:
        case tree.Unary(op="-", operand=operand):
            return _is_literal(operand)
        case tree.ListExpr(items=items):
            return all(map(_is_literal, items))
        case _:
            return isinstance(node, tree.Number | tree.Bool | tree.String)


def _defined(node: tree.Program) -> dict[str, tree.Statement]:
    found: dict[str, tree.Statement] = {}
    for statement in node.body.statements:
        match statement:
            case tree.Site(target=target):
                found.setdefault(head(target), statement)
            case tree.Let(name=name) | tree.Declare(name=name):
                found.setdefault(name, statement)
            case _:
                pass
    return found


def _states(node: tree.Program) -> tuple[tuple[tree.Parameter, ...], tuple[str, ...]]:
    """The parts of the state, and what they are called after a step."""
    defined, rest = _defined(node), node.parameters[1:]
    states = tuple(p for p in rest if f"{NEXT}_{p.name}" in defined)
    if not states and rest and NEXT in defined:
        return (rest[0],), (NEXT,)
    return states, tuple(f"{NEXT}_{p.name}" for p in states)


def _corrects(node: tree.Program) -> tree.Call | None:
    """The call of another sampler whose steps this one corrects: `return metropolis(ula(p, x, step, scale))`."""
    match node.body.statements:
        case (tree.Return(value=tree.Call(tree.Name(id=name), (tree.Argument(value=tree.Call() as call),))),):
            return call if name == METROPOLIS else None
        case _:
            return None


def _corrected(node: tree.Program) -> bool:
    """Whether a step is followed by its correction: `return metropolis(next)`."""
    match node.body.statements:
        case (*_, tree.Return(value=tree.Call(tree.Name(id=name), (tree.Argument(value=tree.Name()),)))):
            return name == METROPOLIS
        case _:
            return False


def _inner(node: tree.Program, call: tree.Call, find: Callable[[str], tree.Program | None]) -> tree.Program:
    """The sampler that is called, in the names of the one that calls it."""
    found = find(call.function.id) if isinstance(call.function, tree.Name) else None
    if found is None or not is_sampler(found) or _corrects(found) is not None:
        raise _not(node, call.function, "this is not a step of a sampler", "correct `ula`, or a model that has `next`")
    meaning: dict[str, tree.Expr] = {p.name: p.default for p in found.parameters if p.default is not None}
    names = [p.name for p in found.parameters]
    for place, argument in enumerate(call.arguments):
        name = argument.name or (names[place] if place < len(names) else "")
        if name not in names:
            raise _not(node, argument, f"`{found.name}` has no such argument", f"it has {', '.join(names)}")
        meaning[name] = argument.value
    missing = [n for n in names if n not in meaning]
    if missing:
        raise _not(node, call, f"this lacks {', '.join(missing)}", f"`{found.name}` takes {', '.join(names)}")
    for state in _states(found)[0]:
        if meaning[state.name] != tree.Name(state.name):
            raise _not(node, call, "the state has another name here", f"call it `{state.name}`, as it does")
    return replace(node, body=substitute(found.body, meaning))


def _not(node: tree.Program, at: tree.Node, label: str, help_: str) -> ProgramError:
    return ProgramError(NotASampler.diagnostic(at.span, label, helps=(help_,), name=node.name))
