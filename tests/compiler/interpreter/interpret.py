"""The reference interpreter: programs of the core run by plain Python loops in the order of the text.

It is what passes and the emitted JAX are compared with: slow, and simple enough to be right by inspection.
Both dialects run; laws do not (`density` has spelled them out before) and nothing random does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

import numpy as np

from pushforward.compiler.core import ir
from pushforward.dsl.types import Dim
from tests.compiler.interpreter import regions
from tests.compiler.interpreter.operations import Value, apply, log_prob

_DTYPE = {"real": np.float64, "int": np.int64, "bool": np.bool_}


@dataclass(frozen=True)
class Result:
    """The log density and its parts by origin, what the program returned, all values of its top level."""

    log_density: float
    factors: dict[str, float]
    returns: dict[str, np.ndarray]
    values: dict[str, np.ndarray]


def run(program: ir.Program, values: Mapping[str, Value], statics: Mapping[str, int]) -> Result:
    """Run a program.

    `values` has the inputs and the variables that are declared; `statics` the static integers. Raises
    KeyError for a value that is missing, ValueError for one whose shape is not the declared one, IndexError
    for a store outside of an array, TypeError for what does not run here.
    """
    sizes = {n: int(statics[n]) for n in program.statics}
    if program.prepare:
        early = _Machine(sizes, values)
        for name, value in values.items():
            early.bind(name, np.asarray(value))
        early.block(program.prepare)
        values = {**values, **early.returns}
    machine = _Machine(sizes, values)
    for given in program.inputs:
        machine.given(given.name, given.type.dims, given.type.element)
    machine.block(program.body)
    top = {n: np.asarray(c.values[()]) for n, c in machine.cells.items() if not c.path}
    return Result(sum(machine.factors.values()), machine.factors, machine.returns, top)


@dataclass
class _Cell:
    """The values of a name, one for each iteration of the loops around its definition. Distributed loops read
    the value of the iteration that they are in.
    """

    path: tuple[str, ...]
    values: dict[tuple[int, ...], Value] = field(default_factory=dict)


@dataclass
class _Machine:
    sizes: dict[str, int]  # static names, and the indices of the loops around
    inputs: Mapping[str, Value]
    path: tuple[str, ...] = ()
    cells: dict[str, _Cell] = field(default_factory=dict)
    factors: dict[str, float] = field(default_factory=dict)
    returns: dict[str, np.ndarray] = field(default_factory=dict)

    # ------------------------------------------------------------ names and atoms

    def bind(self, name: str, value: Value) -> None:
        cell = self.cells.get(name)
        if cell is None or cell.path != self.path:
            cell = self.cells[name] = _Cell(self.path)
        cell.values[self.here(self.path)] = value

    def here(self, path: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(self.sizes[index] for index in path)

    def look(self, name: str) -> Value:
        if name in self.cells:
            cell = self.cells[name]
            return cell.values[self.here(cell.path)]
        return np.asarray(self.sizes[name])

    def dim(self, dim: Dim) -> int:
        value = dim.substitute({n: Dim.const(self.sizes[n]) for n in dim.names})
        total = sum(c for _, c in value.terms)
        if total != int(total):
            raise ValueError(f"the size {dim} is not whole")
        return int(total)

    def shape(self, dims: Iterable[Dim]) -> tuple[int, ...]:
        return tuple(self.dim(d) for d in dims)

    def atom(self, atom: ir.Atom) -> Value:
        match atom:
            case ir.Var(name):
                return self.look(name)
            case ir.Lit(value):
                return np.asarray(value)
            case ir.Size(dim):
                return np.asarray(self.dim(dim))
            case _:
                assert_never(atom)

    def keys(self, subs: tuple[ir.Sub, ...]) -> tuple[regions.Key, ...]:
        return tuple(self.key(sub) for sub in subs)

    def key(self, sub: ir.Sub) -> regions.Key:
        match sub:
            case ir.At(dim):
                return self.dim(dim)
            case ir.Range(lower, upper):
                return slice(self.dim(lower), self.dim(upper))
            case ir.Pick(atom):
                picked = np.asarray(self.atom(atom))
                return picked if picked.ndim else int(picked)
            case _:
                assert_never(sub)

    def given(self, name: str, dims: tuple[Dim, ...], element: str) -> None:
        """A value from outside."""
        value: Value = np.asarray(self.inputs[name]).astype(_DTYPE[element])
        if value.shape != self.shape(dims):
            raise ValueError(f"`{name}` has shape {value.shape}, not {self.shape(dims)}")
        self.bind(name, value)

    # ------------------------------------------------------------ statements

    def block(self, body: Iterable[ir.Stmt]) -> None:
        for stmt in body:
            self.statement(stmt)

    def statement(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.Let(name, type_, expr):
                value = np.array(self.expression(expr))
                if value.shape != self.shape(type_.dims):
                    raise ValueError(f"`{name}` has shape {value.shape}, not that of {type_}")
                self.bind(name, value)
            case ir.Container(name, type_, start):
                filled: Value = np.full(self.shape(type_.dims), regions.missing(type_.element), _DTYPE[type_.element])
                self.bind(name, filled if start is None else np.array(self.look(start.name)))
            case ir.Declare(name, type_):
                self.given(name, type_.dims, type_.element)
            case ir.Store(name, subs, value):
                regions.write(self.look(name), self.keys(subs), self.atom(value))
            case ir.Factor(value, origin):
                self.factors[origin] = self.factors.get(origin, 0.0) + float(np.sum(self.atom(value)))
            case ir.For(index, lower, upper, body):
                for i in range(self.dim(lower), self.dim(upper)):
                    self.inside(index, i).block(body)
            case ir.If(condition, then, orelse):
                self.block(then if self.atom(condition) else orelse)
            case ir.Scan():
                self.scan(stmt)
            case ir.Return(fields):
                self.returns.update((name, np.array(self.atom(a))) for name, a in fields)
            case ir.Site() | ir.Score() | ir.Split():
                raise TypeError(f"{type(stmt).__name__} does not run here")
            case _:
                assert_never(stmt)

    def inside(self, index: str, i: int) -> _Machine:
        """The machine in one iteration of a loop: names, factors and results are shared."""
        return replace(self, sizes={**self.sizes, index: i}, path=(*self.path, index))

    def scan(self, scan: ir.Scan) -> None:
        carried = [self.atom(slot.initial) for slot in scan.slots]
        sources = [self.atom(feed.source) for feed in scan.feeds]
        length = self.dim(scan.length)
        emitted: list[list[Value]] = [[] for _ in scan.emits]
        for i in range(length):
            step = self.inside(scan.name, i)
            for slot, value in zip(scan.slots, carried, strict=True):
                step.bind(slot.name, value)
            for feed, source in zip(scan.feeds, sources, strict=True):
                if len(source) != length:
                    raise ValueError(f"the source of `{feed.name}` has length {len(source)}, not {length}")
                step.bind(feed.name, source[i])
            step.block(scan.body)
            carried = [step.atom(slot.updated) for slot in scan.slots]
            for rows, emit in zip(emitted, scan.emits, strict=True):
                rows.append(step.atom(emit.value))
        for slot, value in zip(scan.slots, carried, strict=True):
            if slot.final is not None:
                self.bind(slot.final, value)
        for rows, emit in zip(emitted, scan.emits, strict=True):
            shape = (length, *self.shape(emit.type.dims))
            self.bind(emit.name, np.array(rows, _DTYPE[emit.type.element]).reshape(shape))

    # ------------------------------------------------------------ expressions

    def expression(self, expr: ir.Expr) -> Value:
        match expr:
            case ir.Copy(atom):
                return self.atom(atom)
            case ir.Call(_, arguments):
                return apply(expr, tuple(self.atom(a) for a in arguments))
            case ir.Select(condition, then, orelse):
                return np.where(self.atom(condition), self.atom(then), self.atom(orelse))
            case ir.Index(base, subs):
                return regions.read(self.look(base.name), self.keys(subs))
            case ir.Stack(items, axis):
                return np.stack([self.atom(a) for a in items], axis) if items else np.zeros(0)
            case ir.BoundLogProb(target, arguments, value, mapped):
                if mapped:
                    raise TypeError("a mapped library density does not run here")
                return log_prob(target, {k: self.atom(a) for k, a in arguments}, self.atom(value))
            case ir.Free(vector, offset, dims):
                shape, start = self.shape(dims), self.dim(offset)
                taken = slice(start, start + int(np.prod(shape)))
                return regions.read(self.look(vector.name), (taken,)).reshape(shape)
            case ir.Zeros(dims, element):
                return np.zeros(self.shape(dims), _DTYPE[element])
            case ir.Iota(lower, upper):
                return np.arange(self.dim(lower), self.dim(upper))
            case ir.Expand(atom, pattern):
                return self.atom(atom)[tuple(slice(None) if kept else None for kept in pattern)]
            case ir.Permute(atom, order):
                return np.transpose(self.atom(atom), order)
            case ir.Broadcast(atom, dims):
                return np.broadcast_to(self.atom(atom), self.shape(dims))
            case ir.Update(base, subs, value):
                changed = np.array(self.look(base.name))
                regions.write(changed, self.keys(subs), self.atom(value))
                return changed
            case ir.Concat(items, axis):
                return np.concatenate([self.atom(a) for a in items], axis)
            case ir.Draw() | ir.Sample():
                raise TypeError("a draw does not run here")
            case _:
                assert_never(expr)
