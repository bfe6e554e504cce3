"""Recursions: a scan loop to a `Scan`.

    scan t in 1..T {                     scan over T - 1 { slot h_1 = h[0] -> h_row
      t_1 = h[t - 1]                       feed a_t = a
      t_2 = a[t] * t_1                     h_row = multiply(a_t, h_1)
      h[t] = t_2                           emit hs = h_row }
    }                                    h = h with [1:T] = hs

The step carries a window: the last rows of a container that later steps read, as many as the largest constant
lag. What a step reads of other arrays walks beside it as feeds, so that no step indexes a whole array (whose
gradient would cost a whole array a step). A container read at other than constant lags is carried whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from pushforward.compiler.analyses.dependence import linear
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import dims, statements, used
from pushforward.compiler.transforms.vectorise.arrays import TEMPORARY, Writer, broadcast
from pushforward.compiler.transforms.vectorise.indexing import index as index_value
from pushforward.compiler.transforms.vectorise.rewrite import block, count_uses
from pushforward.compiler.transforms.vectorise.state import State, read
from pushforward.compiler.transforms.vectorise.stores import Pending, begun, store
from pushforward.compiler.transforms.vectorise.values import Axis, Context, Value, array_type
from pushforward.dsl.source import NOWHERE
from pushforward.dsl.types import Array, Dim


@dataclass(frozen=True)
class Window:
    """A container whose row `t + offset` along dimension `dim` is stored at step t and read at lags
    0..`depth`.
    """

    name: str
    dim: int
    offset: Dim
    depth: int


def scan(loop: ir.For, state: State, w: Writer, context: Context) -> None:
    """Write the scan and what follows from it."""
    _Scan(loop, state, w, context).run()


def window_of(name: str, loop: ir.For) -> Window | None:
    """How a stored container is accessed in the loop, if its reads have constant lags."""
    accesses = list(_accesses(name, loop))
    stored = [s for kind, s in accesses if kind == "store"]
    if any(s is None for _, s in accesses):
        return None
    for position, sub in enumerate(stored[0] or ()):
        parts = linear(sub.dim, loop.index) if isinstance(sub, ir.At) else None
        if parts is None or parts[0] != 1:
            continue
        lags = [
            _lag(s[position] if s is not None and position < len(s) else None, parts[1], loop.index)
            for _, s in accesses
        ]
        others_fixed = all(
            not isinstance(x, ir.At) or loop.index not in x.dim.names
            for _, s in accesses
            for i, x in enumerate(s or ())
            if i != position
        )
        stores_here = all(lag == 0 for (kind, _), lag in zip(accesses, lags, strict=True) if kind == "store")
        if others_fixed and stores_here and all(lag is not None and lag >= 0 for lag in lags):
            return Window(name, position, parts[1], max(lag for lag in lags if lag is not None))
    return None


def _accesses(name: str, loop: ir.For) -> list[tuple[str, tuple[ir.Sub, ...] | None]]:
    found: list[tuple[str, tuple[ir.Sub, ...] | None]] = []
    for stmt in statements(loop.body):
        match stmt:
            case ir.Store(target, subs) if target == name:
                found.append(("store", subs))
            case ir.Let(_, _, ir.Index(base, subs)) if base.name == name:
                found.append(("read", subs))
            case ir.Let() | ir.Store() if name in used(stmt):
                found.append(("read", None))
            case _:
                pass
    return found


def _lag(sub: ir.Sub | None, offset: Dim, index: str) -> int | None:
    if not isinstance(sub, ir.At):
        return None
    parts = linear(sub.dim, index)
    return (offset - parts[1]).value if parts is not None and parts[0] == 1 else None


class _Scan:
    """One scan being written: the step's state and writer beside those around it."""

    def __init__(self, loop: ir.For, state: State, w: Writer, context: Context) -> None:
        self.loop, self.outer, self.w, self.context = loop, state, w, context
        self.step_writer = Writer(w.fresh, w)
        self.step = State(dict(state.values), dict(state.definitions), state.uses, dict(state.scopes))
        self.slots: dict[str, ir.Slot] = {}
        self.feeds: list[ir.Feed] = []
        self.emits: list[ir.Emit] = []
        self.length = loop.upper - loop.lower
        nested = [Axis(s.index, s.lower, s.upper) for s in statements(loop.body) if isinstance(s, ir.For)]
        #: the loops of arrays inside the step, and of arrays that have come out of it
        self.within = replace(context, axes=(*context.axes, *_distinct(nested)))
        self.beyond = replace(
            context, axes=(*context.axes, Axis(loop.index, loop.lower, loop.upper), *_distinct(nested))
        )
        inner = {s.name for s in statements(loop.body) if isinstance(s, ir.Container)}
        self.stored = sorted({s.name for s in statements(loop.body) if isinstance(s, ir.Store)} - inner)
        self.windows = {n: win for n in self.stored if (win := window_of(n, loop)) is not None}
        self.local = {s.name for s in statements(loop.body) if isinstance(s, ir.Let)} | inner

    def run(self) -> None:
        """Feeds, slots, the step, and the arrays that come out."""
        inside = self._step_context()
        for name in sorted(used(self.loop.body) - self.local - set(self.stored)):
            self._feed(name)
        for name in self.stored:
            if name in self.windows:
                self._open_window(self.windows[name])
            else:
                self._carry_whole(name)
        block(self._in_rows(self.loop.body), self.step, self.step_writer, inside)
        finish: list[Callable[[], None]] = [self._close(name) for name in self.stored]
        finish += [self._emit_local(n) for n in self._live_out()]
        step, slots = tuple(self.step_writer.statements), tuple(self.slots.values())
        node = ir.Scan(
            self.w.fresh("step"),
            self.length,
            slots,
            tuple(self.feeds),
            step,
            tuple(self.emits),
            span=self.loop.span,
        )
        self.w.add(node)
        for action in finish:
            action()

    def _step_context(self) -> Context:
        index, key = self.w.fresh(self.loop.index), self.context.key
        if self.loop.index in {n for d in dims(self.loop.body) for n in d.names}:
            iota = ir.Iota(self.loop.lower, self.loop.upper)
            numbers = self.w.let(Array("int", (self.length,)), iota, self.loop.index, self.loop.span)
            self.feeds.append(ir.Feed(index, Array("int"), numbers, span=self.loop.span))
        if any(isinstance(s, ir.Let) and isinstance(s.expr, ir.Sample) for s in statements(self.loop.body)):
            keys, key = self.w.fresh("keys"), self.w.fresh("key_step")
            self.w.add(ir.Split(keys, self.context.key, self.length, span=self.loop.span))
            self.feeds.append(ir.Feed(key, Array("int"), ir.Var(keys), span=self.loop.span))
        return self.context.step(self.loop.index, Value(ir.Var(index), (), (), "int", known=True), key)

    def _feed(self, name: str) -> None:
        """An array that follows the scanned loop walks beside it, that axis first."""
        value = self.outer.values.get(name)
        if not isinstance(value, Value) or self.loop.index not in value.axes:
            return
        at = value.axes.index(self.loop.index)
        axes = tuple(a for a in value.axes if a != self.loop.index)
        order = (at, *(i for i in range(value.rank) if i != at))
        source = moved(value, order, self.w, self.beyond)
        fed = self.w.fresh(TEMPORARY.sub("t", _plain(name)))
        slice_ = replace(value, atom=ir.Var(fed), axes=axes)
        self.feeds.append(ir.Feed(fed, array_type(slice_, self.beyond), source, span=self.loop.span))
        self.step.values[name] = slice_

    def _slot(self, key: str, start: Value, scope: tuple[str, ...]) -> None:
        """A slot that begins with `start`, repeated along the axes of the container's scope so that its shape
        never changes.
        """
        initial = broadcast(start, scope, start.own, self.w, self.context)
        inside = replace(start, atom=ir.Var(self.w.fresh(_plain(key))), axes=scope, known=False)
        assert isinstance(inside.atom, ir.Var)
        type_ = array_type(inside, self.context)
        self.slots[key] = ir.Slot(inside.atom.name, type_, initial, ir.Lit(0), span=self.loop.span)
        self.step.values[key] = inside

    def _begun(self, name: str) -> Value:
        value = begun(self.outer.values[name], self.w, self.context, name, self.loop.span)
        self.outer.values[name] = value
        return value

    def _open_window(self, window: Window) -> None:
        """Slots for the earlier rows, each beginning with the row before the first step; the new row is a
        container of the step.
        """
        container, scope = self.outer.values[window.name], self.outer.scopes.get(window.name, ())
        own = container.own[: window.dim] + container.own[window.dim + 1 :]
        for lag in range(1, window.depth + 1):
            whole = self._begun(window.name)
            lead = tuple(ir.Range(Dim(()), d) for d in whole.own[: window.dim])
            at = ir.At(self.loop.lower + window.offset - Dim.const(lag))
            picks = (None,) * (len(lead) + 1)
            start = index_value(whole, (*lead, at), picks, self.w, self.context, f"{window.name}_{lag}", self.loop.span)
            self._slot(_row(window.name, lag), start, scope)
        begun_row = self._existing_row(window) if own and isinstance(self.outer.values[window.name], Value) else None
        self.step.values[_row(window.name, 0)] = begun_row or Pending((), own, container.element)

    def _existing_row(self, window: Window) -> Value:
        """The row of this step as it was before the loop: elements that were stored then stay."""
        whole = self._begun(window.name)
        lead = tuple(ir.Range(Dim(()), d) for d in whole.own[: window.dim])
        at = ir.At(Dim.name(self.loop.index) + window.offset)
        here = self.context.inside(Axis(self.loop.index, self.loop.lower, self.loop.upper))
        picks = (None,) * (len(lead) + 1)
        rows = index_value(whole, (*lead, at), picks, self.w, here, window.name, self.loop.span)
        self.outer.values[_row(window.name, 0)] = rows
        self._feed(_row(window.name, 0))
        fed = self.step.values[_row(window.name, 0)]
        assert isinstance(fed, Value)
        return fed

    def _carry_whole(self, name: str) -> None:
        self._slot(name, self._begun(name), self.outer.scopes.get(name, ()))

    def _in_rows(self, body: tuple[ir.Stmt, ...]) -> tuple[ir.Stmt, ...]:
        """Accesses to windowed containers as accesses to rows."""

        def one(stmt: ir.Stmt) -> ir.Stmt:
            match stmt:
                case ir.Store(name, subs) if name in self.windows:
                    return replace(stmt, name=_row(name, 0), subs=_drop(subs, self.windows[name].dim))
                case ir.Let(_, _, ir.Index(base, subs) as expr) if base.name in self.windows:
                    window = self.windows[base.name]
                    lag = _lag(subs[window.dim], window.offset, self.loop.index)
                    assert lag is not None
                    row = ir.Var(_row(base.name, lag))
                    return replace(stmt, expr=replace(expr, base=row, subs=_drop(subs, window.dim)))
                case ir.For():
                    return replace(stmt, body=tuple(one(s) for s in stmt.body))
                case _:
                    return stmt

        return tuple(one(s) for s in body)

    def _close(self, name: str) -> Callable[[], None]:
        """Say what the slots of a container become after a step, and how it follows outside."""
        window, scope = self.windows.get(name), self.outer.scopes.get(name, ())
        if window is None:
            return self._close_whole(name, scope)
        row = read(ir.Var(_row(name, 0)), self.step, self.step_writer, self.context)
        if window.depth:
            row = replace(row, atom=broadcast(row, scope, row.own, self.step_writer, self.within), axes=scope)
        for lag in range(1, window.depth + 1):
            later = row if lag == 1 else self.step.values[_row(name, lag - 1)]
            assert isinstance(later, Value)
            self.slots[_row(name, lag)] = replace(self.slots[_row(name, lag)], updated=later.atom)
        stacked, axes = self._emitted(name, row)

        def finish() -> None:
            rows = self._brought_out(stacked, axes)
            lead = tuple(ir.Range(Dim(()), d) for d in row.own[: window.dim])
            subs: tuple[ir.Sub, ...] = (*lead, ir.At(Dim.name(self.loop.index) + window.offset))
            here = self.context.inside(Axis(self.loop.index, self.loop.lower, self.loop.upper))
            self.outer.values[name] = store(self.outer.values[name], subs, rows, self.w, here, name, self.loop.span)

        return finish

    def _close_whole(self, name: str, scope: tuple[str, ...]) -> Callable[[], None]:
        value = read(ir.Var(name), self.step, self.step_writer, self.context)
        updated = broadcast(value, scope, value.own, self.step_writer, self.within)
        final = self.w.fresh(_plain(name))
        self.slots[name] = replace(self.slots[name], updated=updated, final=final)

        def finish() -> None:
            self.outer.values[name] = replace(value, atom=ir.Var(final), axes=scope, known=False)

        return finish

    def _live_out(self) -> list[str]:
        """Names of the step that statements outside read: their uses inside do not account for all of them."""
        inside = count_uses(self.loop.body)
        return sorted(n for n in self.local if self.outer.uses.get(n, 0) > inside.get(n, 0))

    def _emit_local(self, name: str) -> Callable[[], None]:
        value = read(ir.Var(name), self.step, self.step_writer, self.context)
        stacked, axes = self._emitted(name, value)

        def finish() -> None:
            self.outer.values[name] = self._brought_out(stacked, axes)

        return finish

    def _emitted(self, name: str, value: Value) -> tuple[Value, tuple[str, ...]]:
        """Emit a value at every step: the stack of them, and its axes with the scanned loop first."""
        emitted = self.w.fresh(_plain(name))
        self.emits.append(ir.Emit(emitted, array_type(value, self.within), value.atom, span=self.loop.span))
        axes = (self.loop.index, *value.axes)
        return replace(value, atom=ir.Var(emitted), axes=axes, known=False), axes

    def _brought_out(self, stacked: Value, stands: tuple[str, ...]) -> Value:
        """The stack with its axes in the order of the loops."""
        axes = self.beyond.ordered(frozenset(stands))
        order = (*(stands.index(a) for a in axes), *range(len(stands), stacked.rank))
        return replace(stacked, atom=moved(stacked, order, self.w, self.beyond), axes=axes)


def _distinct(axes: list[Axis]) -> tuple[Axis, ...]:
    return tuple({a.index: a for a in axes}.values())


def _row(name: str, lag: int) -> str:
    """The name, in the step's state, of the row that was stored `lag` steps ago. A blank cannot occur in a
    name of a program.
    """
    return f"{name} {lag}"


def _plain(name: str) -> str:
    """The name of the container behind the name of a row."""
    return name.partition(" ")[0]


def _drop(subs: tuple[ir.Sub, ...], position: int) -> tuple[ir.Sub, ...]:
    return subs[:position] + subs[position + 1 :]


def moved(value: Value, order: tuple[int, ...], w: Writer, context: Context) -> ir.Atom:
    """The array of a value with its axes in another order."""
    if order == tuple(range(len(order))):
        return value.atom
    shape = (*context.lengths(value.axes), *value.own)
    type_ = Array(value.element, tuple(shape[i] for i in order))  # type: ignore[arg-type]
    return w.let(type_, ir.Permute(value.atom, order), "t", NOWHERE)
