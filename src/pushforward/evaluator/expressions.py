"""Each form of expression of a script; whatever is arithmetic is left to `numeric.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label, ProgramError
from pushforward.dsl.errors.later import NotYet
from pushforward.dsl.errors.names import AlreadyDefined, UnknownName
from pushforward.dsl.errors.processes import PathSite
from pushforward.dsl.errors.scripts import NoSuchPart, NotOfThatKind
from pushforward.dsl.infer.names import CONSTANTS, nearest
from pushforward.evaluator import binding, settings
from pushforward.evaluator.binding import plain
from pushforward.evaluator.bridging import BridgeValue, bridge
from pushforward.evaluator.conditions import condition
from pushforward.evaluator.foreseen import Foreseen, nothing_known
from pushforward.evaluator.numeric import compute
from pushforward.evaluator.registry import Argument, ProgramKind, Running, builtins, kinds, verbs
from pushforward.evaluator.values import Compound, Given, Record, Value, kind_of

if TYPE_CHECKING:
    from pushforward.dsl.source import Span
    from pushforward.evaluator.session import Session


@overload
def evaluate(session: Session, node: tree.Expr) -> Value: ...
@overload
def evaluate(session: Session, node: tree.Expr, *, effects: Literal[True]) -> Value | None: ...
def evaluate(session: Session, node: tree.Expr, *, effects: bool = False) -> Value | None:
    """The value of an expression; with `effects`, None for a function that is called for what it does."""
    match node:
        case tree.String(value=text):
            return text
        case tree.Number(value=number):
            return number
        case tree.Bool(value=truth):
            return truth
        case tree.Name():
            return _name(session, node)
        case tree.Attribute(value=whole, name=name):
            return part(evaluate(session, whole), name, node)
        case tree.RecordExpr(fields=fields):
            _named_once(fields)
            return Record({f.name: _field(session, f) for f in fields})
        case tree.ListExpr(items=items) if items and all(isinstance(i, tree.String) for i in items):
            return tuple(i.value for i in items if isinstance(i, tree.String))
        case tree.Call(function=tree.Name(id=name)) if is_program(session, name):
            return _applied(session, node, name)
        case tree.Call(function=tree.Name(id=name)) if is_builtin(session, name):
            return _called(session, node, name, effects)
        case tree.Binary(op="|", left=left, right=right):
            return condition(
                Argument(evaluate(session, left), left.span), Argument(evaluate(session, right), right.span), right
            )
        case tree.At(process=process, times=times):
            return _applied_at(session, process, times)
        case tree.Bridge():
            return bridge(session, node, None)
        case tree.Hole(value=tree.Bridge() as whole, method=method):
            return bridge(session, whole, method)
        case tree.Run():
            return run_verb(session, node, None)
        case tree.Hole(value=tree.Run() as run, method=method):
            return run_verb(session, run, method)
        case _:
            return compute(session, node)


def _applied_at(session: Session, process: tree.Expr, times: tree.Expr) -> Value:
    """`ou(1, 0, s) at ts`: a process with its arguments and its times; `b at ts` of a bridge."""
    found = session.environment.lookup(process.id) if isinstance(process, tree.Name) else None
    if found is not None or isinstance(process, tree.Bridge | tree.Attribute | tree.Hole):
        return _bridge_at(session, Argument(found or evaluate(session, process), process.span), times)
    head, given = (process.function, process.arguments) if isinstance(process, tree.Call) else (process, ())
    if not isinstance(head, tree.Name) or not is_program(session, head.id):
        raise ProgramError(PathSite.diagnostic(process.span, "this is no process"))
    program = session.environment.program(head.id)
    if program is None or program.kind != "process":
        raise ProgramError(PathSite.diagnostic(process.span, "this is no process"))
    when = tree.Argument("times", times, span=times.span)
    return _applied(session, tree.Call(head, (*given, when), span=process.span), head.id)


def _bridge_at(session: Session, process: Argument, times: tree.Expr) -> Value:
    when = plain(Argument(evaluate(session, times), times.span), "the times")
    match process.value:
        case BridgeValue(bridge=found):
            from pushforward.api.bridges.ends import Unfit

            try:
                return Given(found.at(when))
            except Unfit as unfit:
                raise ProgramError(PathSite.diagnostic(times.span, str(unfit))) from None
        case Foreseen(because=because):
            return nothing_known(because)
        case other:
            raise ProgramError(PathSite.diagnostic(process.span, f"this is {kind_of(other)}"))


def is_builtin(session: Session, name: str) -> bool:
    """Whether a function of scripts is meant: a function of the same name in the file comes first."""
    return name in builtins() and name not in session.environment.functions


def is_program(session: Session, name: str) -> bool:
    """Whether a program is meant: one of the library only where nothing else has its name."""
    environment = session.environment
    if name in environment.programs:
        return True
    taken = environment.lookup(name) is not None or name in environment.functions or name in builtins()
    return not taken and environment.program(name) is not None


def _name(session: Session, node: tree.Name) -> Value:
    environment = session.environment
    value = environment.lookup(node.id)
    if value is not None:
        return value
    if is_program(session, node.id):
        program = environment.program(node.id)
        assert program is not None
        return _kind(program, node.span).named(session, program)
    if node.id in CONSTANTS:
        return CONSTANTS[node.id]
    near = nearest(node.id, (*environment.names(), *CONSTANTS))
    helps = (f"did you mean `{near}`?",) if near else ()
    raise ProgramError(UnknownName.diagnostic(node.span, "nothing binds this name", helps=helps, name=node.id))


def part(whole: Value, name: str, node: tree.Attribute) -> Value:
    """`whole.name`. Raises `ProgramError` (PF722)."""
    if isinstance(whole, Foreseen) and whole.open:
        return nothing_known(whole.because)
    parts = whole.parts() if isinstance(whole, Compound) else {}
    if name in parts:
        return parts[name]
    near = nearest(name, parts)
    helps = (f"did you mean `{near}`?",) if near else ()
    notes = (f"it has {', '.join(parts)}",) if parts else ()
    label = f"this is {kind_of(whole)}"
    found = NoSuchPart.diagnostic(
        node.value.span, label, notes=notes, helps=helps, what=f"`{node.value.span.text}`", name=name
    )
    raise ProgramError(found)


def _named_once(fields: tuple[tree.Field, ...]) -> None:
    """Raises `ProgramError` (PF202) for a record with two fields of one name."""
    seen: dict[str, tree.Field] = {}
    for field in fields:
        earlier = seen.setdefault(field.name, field)
        if earlier is not field:
            first = Label(earlier.span, f"`{field.name}` is a field here")
            raise ProgramError(
                AlreadyDefined.diagnostic(field.span, "a field again here", secondary=(first,), name=field.name)
            )


def _field(session: Session, field: tree.Field) -> Value:
    return evaluate(session, tree.Name(field.name, span=field.span) if field.value is None else field.value)


def _applied(session: Session, node: tree.Call, name: str) -> Value:
    """A program with its arguments."""
    program = session.environment.program(name)
    assert program is not None
    given = tuple((a.name, Argument(evaluate(session, a.value), a.value.span)) for a in node.arguments)
    return _kind(program, node.function.span).applied(session, program, given, node.span)


def _kind(program: tree.Program, span: Span) -> ProgramKind:
    """What the program is as a value. Raises `ProgramError` (PF490) where its kind has no meaning yet."""
    if program.kind not in kinds():
        coming = f"a `{program.kind}` as a value of a script is coming"
        raise ProgramError(NotYet.at(span, "this script", f"the {program.kind} `{program.name}`", coming))
    return kinds()[program.kind]


def _called(session: Session, node: tree.Call, name: str, effects: bool) -> Value | None:
    """A function of scripts."""
    builtin = builtins()[name]
    if builtin.effect and not effects:
        raise ProgramError(
            NotOfThatKind.diagnostic(
                node.span, "this gives nothing back", who="this", wanted="a value", found=f"what `{name}` does"
            )
        )
    given = tuple((a.name, Argument(evaluate(session, a.value), a.value.span)) for a in node.arguments)
    arguments = binding.placed(name, builtin.parameters, builtin.required, given, node.span)
    return session.call(builtin, arguments, node.span)


def run_verb(session: Session, node: tree.Run, method: tree.Method | None) -> Value:
    """`sample OPERAND by nuts(chains=4)`."""
    verb = verbs()[node.verb]
    algorithm, chosen = settings.read(session, verb, method)
    operand = Argument(evaluate(session, node.operand), node.operand.span)
    given = chosen.get("seed")
    seed = session.next_seed() if given is None else given
    running = Running(
        session, operand, algorithm, chosen, seed, node.span, _count(node.count), method is not None
    )
    return session.perform(verb, running)


def _count(node: tree.Expr | None) -> int | None:
    """How many are asked for, after the operand. Raises `ProgramError` (PF721)."""
    if node is None or (isinstance(node, tree.Number) and isinstance(node.value, int) and node.value >= 1):
        return None if node is None else int(node.value)
    found = node.span.text
    raise ProgramError(
        NotOfThatKind.diagnostic(
            node.span, "how many are generated", who="`generate`", wanted="a whole number of at least 1", found=found
        )
    )
