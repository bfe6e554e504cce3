"""The core as text, for golden files and for people. `read` gives back what is written here.

One statement a line, blocks in braces, types on what is bound:

    program garch(T; y: vector[T] data) {
      variable mu: real
      declare mu: real
      site mu: real ~ flat()
      h: vector[T]
      for t in 1..T {
        t_1: real = y[t - 1]
        t_2: real = subtract(t_1, mu)
        h[t] = t_2
        score normal(mu, t_2) at y_t: real from y
      }
      return {h}
    }
    op subtract = jnp.subtract elementwise

Three notations need a word. `#T` and `#(T - 1)` are integers known before compilation where a value is
expected; `x[pick k]` is indexed by the value `k`, where `x[k]` is indexed by the loop index or size `k`;
`each a` is an argument of a law that differs from draw to draw of a batch. Where operations live is told
once, after the program. Where one name stands for two operations, they read `name@target(...)` or, if
elementwise, `name@target.(...)`; a text written by hand may do so for any.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import assert_never

from pushforward.compiler.core import ir
from pushforward.compiler.core.holes import Hole
from pushforward.compiler.core.walk import statements
from pushforward.dsl.typed import Algorithm, Strategy
from pushforward.dsl.types import EVENT_RANK, Array, Constraint, Dim, Setting

Names = frozenset[str]
_WORD = re.compile(r"[^\W\d]\w*")
_TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def show(program: ir.Program) -> str:
    """The text of a program. `read(show(p), library) == p`, save for bounds in types that are computed from
    parameters: these are shown as the user wrote them, and mean what the `declare` of the variable says.
    """
    ops = _operations(program)
    twice = frozenset(name for name, group in groupby(ops, key=lambda op: op.name) if len(list(group)) > 1)
    doc = [f"## {line}" for line in program.doc.split("\n")] if program.doc else []
    choices = [f"  choice {_choice(c)}" for c in program.choices]
    params = [f"  param {_word(v.name)}: {show_type(v.type)}" for v in program.params]
    variables = params + [
        f"  variable {_word(v.name)}: {show_type(v.type)}{' observed' if v.observed else ''}" for v in program.variables
    ]
    free = [f"  free_size {program.free_size}"] if program.free_size is not None else []
    prepare = [line for stmt in program.prepare for line in _lines(stmt, 2, twice)]
    prepare = ["  prepare {", *prepare, "  }"] if prepare else []
    body = [line for stmt in program.body for line in _lines(stmt, 1, twice)]
    table = [f"op {_word(op.name)} = {_target(op.target)}{' elementwise' if op.elementwise else ''}" for op in ops]
    shown = [line for line, op in zip(table, ops, strict=True) if op.name not in twice and op.hole is None]
    shown += [line for op in ops if op.hole is not None for line in show_hole(op.name, op.hole)]
    return "\n".join((*doc, _header(program), *variables, *choices, *free, *prepare, *body, "}", *shown)) + "\n"


def show_hole(name: str, hole: Hole) -> Iterator[str]:
    """What a hole is, and its bodies; for people: it is not read back."""
    kind = hole.kind if hole.kind != "saddle" else f"saddle of {hole.least}"
    how = f" by {show_algorithm(hole.by)} @ {show_algorithm(hole.at)}" if hole.reports else ""
    yield f"hole {name} = {kind}{how} {{"
    for part in hole.parts:
        yield from (f"  {line}" for line in show(part.program).splitlines())
    yield "}"


def show_algorithm(algorithm: Algorithm) -> str:
    """`newton(tol=1e-09)`."""

    def written(value: object) -> str:
        return show_algorithm(value) if isinstance(value, Algorithm) else json.dumps(value)

    arguments = _join(f"{k}={written(v)}" for k, v in algorithm.arguments)
    return f"{algorithm.name}({arguments})"


def show_body(body: Iterable[ir.Stmt], depth: int = 0) -> str:
    """Statements, one a line, indented by `depth` steps."""
    return "\n".join(line for stmt in body for line in _lines(stmt, depth, frozenset()))


def show_stmt(stmt: ir.Stmt) -> str:
    """One statement, with the blocks in it."""
    return show_body((stmt,))


def show_expr(expr: ir.Expr, qualified: Names = frozenset()) -> str:
    """An expression. Operations whose name is in `qualified` are written with their target."""
    match expr:
        case ir.Copy(atom):
            return show_atom(atom)
        case ir.Call(op, arguments, axis, mapped):
            options = [] if axis is None else [f"axis=[{_join(map(str, axis))}]"]
            options += [f"mapped={_mapped(mapped)}"] if mapped else []
            return f"{_op(op, qualified)}({_atoms(arguments)}{'; ' if options else ''}{_join(options)})"
        case ir.Select(condition, then, orelse):
            return f"where {show_atom(condition)} then {show_atom(then)} else {show_atom(orelse)}"
        case ir.Index(base, subs):
            return f"{_word(base.name)}{_subs(subs)}"
        case ir.Stack(items, axis):
            return f"[{_atoms(items)}]{f' at {axis}' if axis else ''}"
        case ir.Concat(items, axis):
            return f"concat at {axis} [{_atoms(items)}]"
        case ir.Draw(law):
            return f"draw {show_law(law)}"
        case ir.Points(axis, count, items, lower, place):
            what = f" of [{_atoms(items)}]" if items else f" from {lower}"
            return f"points {_word(axis)}{_dims(place) if place else ''} over {count}{what}"
        case ir.Sample(target, arguments, shape, key):
            suffix = f" key {_word(key)}" if key is not None else ""
            return f"sample {_bound(target, arguments)}{_over(shape)}{suffix}"
        case ir.BoundLogProb(target, arguments, value, mapped):
            suffix = f" mapped {_mapped(mapped)}" if mapped else ""
            return f"log_prob {_bound(target, arguments)} at {show_atom(value)}{suffix}"
        case ir.Free(vector, offset, dims):
            return f"free {_word(vector.name)}[{offset}]{f' as {_dims(dims)}' if dims else ''}"
        case ir.Zeros(dims, element):
            return f"zeros {element}{_dims(dims)}"
        case ir.Weights(kind, settings, place):
            return f"weights {_word(kind)}({_join(f'{_word(n)}={_setting(v)}' for n, v in settings)}) at {place}"
        case ir.Iota(lower, upper):
            return f"iota from {lower} to {upper}"
        case ir.Expand(atom, pattern):
            return f"expand {show_atom(atom)} [{_join(':' if kept else 'new' for kept in pattern)}]"
        case ir.Permute(atom, order):
            return f"permute {show_atom(atom)} [{_join(map(str, order))}]"
        case ir.Broadcast(atom, dims):
            return f"broadcast {show_atom(atom)} {_dims(dims)}"
        case ir.Update(base, subs, value):
            return f"update {_word(base.name)}{_subs(subs)} with {show_atom(value)}"
        case _:
            assert_never(expr)


def show_law(law: ir.AnyLaw) -> str:
    """`normal(each mu, tau) over [J]`; what follows `with` binds the dimension names of the signature."""
    match law:
        case ir.Law(signature, arguments, lifted, batch, dims):
            pairs = zip(arguments, lifted, strict=True)
            inside = _join(f"each {show_atom(a)}" if each else show_atom(a) for a, each in pairs)
            binding = f" with {{{_join(f'{_word(n)} = {d}' for n, d in dims)}}}" if dims else ""
            return f"{_word(signature.name)}({inside}){_over(batch)}{binding}"
        case ir.MixtureLaw(weights, components, family, batch):
            inside = _join(map(show_law, components))
            return f"mixture{' family' if family else ''} {show_atom(weights)} ({inside}){_over(batch)}"
        case _:
            assert_never(law)


def show_strategy(strategy: Strategy) -> str:
    """`score(baseline=ema(0.9))`, `unsafe gumbel(0=0.5)`."""

    def setting(value: int | float | str | Strategy) -> str:
        if isinstance(value, Strategy):
            return show_strategy(value)
        return json.dumps(value) if isinstance(value, str) else _number(value)

    given = _join(f"{_word(k) if not k.isdigit() else k}={setting(v)}" for k, v in strategy.arguments)
    return f"{'unsafe ' if strategy.unsafe else ''}{_word(strategy.name)}{f'({given})' if given else ''}"


def show_atom(atom: ir.Atom) -> str:
    """`x`, `1.5`, `#(T - 1)`."""
    match atom:
        case ir.Var(name):
            return _word(name)
        case ir.Lit(value):
            return _number(value)
        case ir.Size(dim):
            text = str(dim)
            return f"#{text}" if _WORD.fullmatch(text) or text.isdigit() else f"#({text})"
        case _:
            assert_never(atom)


def _setting(value: Setting) -> str:
    """A size, sizes in brackets, or a word in quotes."""
    if isinstance(value, str):
        return json.dumps(value)
    return _dims(value) if isinstance(value, tuple) else str(value)


def show_type(type_: Array) -> str:
    """`vector<lower=0.0>[N]`, `simplex[N, K]`. The square kinds are written with both dimensions."""
    c = type_.constraint
    options: list[str] = []
    names = {("real", 1): "vector", ("real", 2): "matrix"}
    head = names.get((type_.element, type_.rank), str(type_.element))
    if c.kind not in ("none", "interval", "index"):
        assert c.kind in EVENT_RANK, c.kind
        options, head = ([] if type_.element == "real" else [type_.element]), c.kind
    elif c != Constraint() and not (c.kind == "interval" and (c.lower is not None or c.upper is not None)):
        options = [c.kind]
    options += [f"{k}={_limit(v)}" for k, v in (("lower", c.lower), ("upper", c.upper)) if v is not None]
    options += [f"size={c.size}"] if c.size is not None else []
    options += [f"base={c.base}"] if c.base else []
    options += ["open"] if c.open else []
    return f"{head}{f'<{_join(options)}>' if options else ''}{_dims(type_.dims) if type_.dims else ''}"


# ---------------------------------------------------------------- statements


def _header(program: ir.Program) -> str:
    inputs = _join(
        f"{_word(i.name)}: {show_type(i.type)} {i.role}{f' {_word(i.key)}' if i.key else ''}" for i in program.inputs
    )
    given = f"{_join(map(_word, program.statics))}{f'; {inputs}' if inputs else ''}"
    return f"program {_word(program.name)}({given}) {{"


def _lines(stmt: ir.Stmt, depth: int, qualified: Names) -> Iterator[str]:
    pad = "  " * depth

    def block(body: Iterable[ir.Stmt]) -> Iterator[str]:
        for inner in body:
            yield from _lines(inner, depth + 1, qualified)

    match stmt:
        case ir.For(index, lower, upper, body, kind):
            yield f"{pad}{'for' if kind == 'plain' else kind} {_word(index)} in {lower}..{upper} {{"
            yield from block(body)
            yield f"{pad}}}"
        case ir.Total(name, body):
            yield f"{pad}total {_word(name)} {{"
            yield from block(body)
            yield f"{pad}}}"
        case ir.If(condition, then, orelse):
            yield f"{pad}if {show_atom(condition)} {{"
            yield from block(then)
            if orelse:
                yield f"{pad}}} else {{"
                yield from block(orelse)
            yield f"{pad}}}"
        case ir.Scan(name, length, slots, feeds, body, emits):
            yield f"{pad}scan {_word(name)} over {length} {{"
            for slot in slots:
                yield f"{pad}  {_slot(slot)}"
            for feed in feeds:
                yield f"{pad}  feed {_word(feed.name)}: {show_type(feed.type)} = {show_atom(feed.source)}"
            yield from block(body)
            for emit in emits:
                yield f"{pad}  emit {_word(emit.name)}: {show_type(emit.type)} = {show_atom(emit.value)}"
            yield f"{pad}}}"
        case _:
            yield pad + _simple(stmt, qualified)


def _simple(
    stmt: ir.Let | ir.Container | ir.Declare | ir.Store | ir.Site | ir.Score | ir.Factor | ir.Split | ir.Return,
    qualified: Names,
) -> str:
    """A statement without a block."""
    match stmt:
        case ir.Let(name, type_, expr):
            return f"{_word(name)}: {show_type(type_)} = {show_expr(expr, qualified)}"
        case ir.Container(name, type_, start):
            origin = f" from {_word(start.name)}" if start is not None else ""
            return f"{_word(name)}: {show_type(type_)}{origin}"
        case ir.Declare(name, type_, lower, upper, role):
            limits = "".join(f" {k} {show_atom(a)}" for k, a in (("lower", lower), ("upper", upper)) if a is not None)
            return f"declare {_word(name)}: {show_type(type_)}{limits}{' param' if role == 'param' else ''}"
        case ir.Store(name, subs, value):
            return f"{_word(name)}{_subs(subs)} = {show_atom(value)}"
        case ir.Site(address, subs, law, value, truncated, observes, strategy, baseline):
            flags = (" truncated" if truncated else "") + (" observes" if observes else "")
            flags += f" by {show_strategy(strategy)}" if strategy is not None else ""
            flags += f" less {show_atom(baseline)}" if baseline is not None else ""
            place = f"{_word(address)}{_subs(subs) if subs else ''}"
            return f"site {place}: {show_type(value)} ~ {show_law(law)}{flags}"
        case ir.Score(law, value, type_, address, truncation, scale):
            origin = "" if value == ir.Var(address) else f" from {_word(address)}"
            cut = _truncation(truncation) if truncation is not None else ""
            times = f" times {show_atom(scale)}" if scale is not None else ""
            return f"score {show_law(law)} at {show_atom(value)}: {show_type(type_)}{origin}{cut}{times}"
        case ir.Factor(value, origin, into):
            return f"factor {show_atom(value)} from {_word(origin)}{f' into {_word(into)}' if into else ''}"
        case ir.Split(name, key, count):
            return f"split {_word(name)} from {_word(key)}{f' count {count}' if count is not None else ''}"
        case ir.Return(fields):
            shown = (_word(n) if a == ir.Var(n) else f"{_word(n)} = {show_atom(a)}" for n, a in fields)
            return f"return {{{_join(shown)}}}"
        case _:
            assert_never(stmt)


def _choice(choice: ir.Choice) -> str:
    parts = [f"{_word(choice.name)} by {_word(choice.strategy)}"]
    parts += [f"surrogate {_word(choice.surrogate)}"] if choice.surrogate else []
    parts += [f"baseline {show_atom(choice.baseline)}"] if choice.baseline is not None else []
    parts += [f"averages {_word(choice.cost)} by {choice.decay}"] if choice.cost else []
    parts += [f"learns {_word(choice.learned)}"] if choice.learned else []
    if choice.weight:
        parts.append(f"weight {_word(choice.weight)} along {_word(choice.axis)} over {choice.count}")
    parts += [f"draw {_word(n)}" + ("" if at is None else f"[{_join(map(str, at))}]") for n, at in choice.draws]
    return " ".join(parts)


def _slot(slot: ir.Slot) -> str:
    final = f" final {_word(slot.final)}" if slot.final is not None else ""
    carried = f"{show_atom(slot.initial)} then {show_atom(slot.updated)}"
    return f"carry {_word(slot.name)}: {show_type(slot.type)} = {carried}{final}"


def _truncation(cut: ir.Truncation) -> str:
    bounds = (("lower", cut.lower), ("upper", cut.upper))
    return f" truncated {_word(cut.kind)}" + "".join(f" {k} {show_atom(a)}" for k, a in bounds if a is not None)


# ---------------------------------------------------------------- small parts


def _operations(program: ir.Program) -> tuple[ir.Op, ...]:
    """The operations of a program, each once, by name and target."""
    lets = (s for s in statements((*program.prepare, *program.body)) if isinstance(s, ir.Let))
    found = {s.expr.op for s in lets if isinstance(s.expr, ir.Call)}
    return tuple(sorted(found, key=lambda op: (op.name, op.target, op.elementwise)))


def _op(op: ir.Op, qualified: Names) -> str:
    return f"{_word(op.name)}@{_target(op.target)}{'.' * op.elementwise}" if op.name in qualified else _word(op.name)


def _subs(subs: Iterable[ir.Sub]) -> str:
    def one(sub: ir.Sub) -> str:
        match sub:
            case ir.At(dim):
                return str(dim)
            case ir.Range(lower, upper):
                return f"{lower}:{upper}"
            case ir.Pick(atom):
                return f"pick {show_atom(atom)}"
            case _:
                assert_never(sub)

    return f"[{_join(map(one, subs))}]"


def _limit(value: object) -> str:
    """A bound in a type: a number, or an expression of the user's as text."""
    if isinstance(value, int | float):
        return _number(value)
    return json.dumps(getattr(value, "name", None) or value.span.text, ensure_ascii=False)  # type: ignore[attr-defined]


def _number(value: int | float | bool) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return re.sub(r"(inf|nan)", r".\1", text)


def _bound(target: str, arguments: tuple[tuple[str, ir.Atom], ...]) -> str:
    return f"{_target(target)}({_join(f'{_word(k)}={show_atom(a)}' for k, a in arguments)})"


def _mapped(mapped: tuple[tuple[bool, ...], ...]) -> str:
    return "".join(f"[{''.join('+' if here else '-' for here in axis)}]" for axis in mapped)


def _atoms(atoms: Iterable[ir.Atom]) -> str:
    return _join(map(show_atom, atoms))


def _dims(dims: Iterable[Dim]) -> str:
    return f"[{_join(map(str, dims))}]"


def _over(batch: tuple[Dim, ...]) -> str:
    return f" over {_dims(batch)}" if batch else ""


def _target(target: str) -> str:
    return target if _TARGET.fullmatch(target) else json.dumps(target, ensure_ascii=False)


def _word(name: str) -> str:
    return name if _WORD.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _join(parts: Iterable[str]) -> str:
    return ", ".join(parts)
