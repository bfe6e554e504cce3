"""One step of a scheme: a model of the library in the states of a process.

    model euler_maruyama(p: process, x: real, t: real, h: positive) {
      next ~ normal(x + drift(p)(t, x) .* h, noise(p)(t, x) .* sqrt(h))
    }

The step is written once for each state, `x` and what follows from it being those of the state. Of a process p,

    drift(p)(t, e)        is the drift of the state where every state has its own value of e,
    noise(p)(t, e)        the coefficient of its noise, where that is its own and entry by entry,
    shaken(p)(t, e, w)    its noises times w, the expression w having for each noise its own draws,
    diffused(p)(t, e, m, h)  the normal law of m and of its noises of the variance h.

A scheme without `noise(p)` is one for any noises: matrices of them, and those that several states share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.infer.declarations import Declarations
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.instantiate.names import Names, map_children, placed, substitute
from pushforward.dsl.processes.reading import TIME, Process, State
from pushforward.dsl.processes.shaken import Shaken

#: What the value after a step is called in a scheme.
NEXT = "next"


def scheme_named(known: Declarations, written: tree.Expr | None) -> tree.Program | None:
    """The scheme that `euler_maruyama(steps=4)`, or its name alone, names."""
    head = written.function if isinstance(written, tree.Call) else written
    found = known.program(head.id) if isinstance(head, tree.Name) else None
    return found if is_scheme(found) else None


def is_scheme(node: tree.Program | None) -> bool:
    """Whether a program is a scheme: a model whose first argument is a process, and which says what `next` is."""
    return node is not None and node.kind == "model" and _takes_process(node) and _defines_next(node)


def _takes_process(node: tree.Program) -> bool:
    first = node.parameters[0].type if len(node.parameters) == 4 else None
    return first is not None and first.name == "process"


def _defines_next(node: tree.Program) -> bool:
    return NEXT in {s.name for s in node.body.statements if isinstance(s, tree.Let)} or draws_next(node)


def draws_next(scheme: tree.Program) -> bool:
    """Whether the next value is drawn from a law; else it is a function of noises of the step."""
    return any(isinstance(s, tree.Site) and s.target == tree.Name(NEXT) for s in scheme.body.statements)


def takes_any_noise(scheme: tree.Program) -> bool:
    """Whether a scheme is one for matrices of noises, and for noises that several states share."""
    calls = (n for n in nodes_of(scheme.body) if isinstance(n, tree.Call))
    return not any(c.function == tree.Name("noise") for c in calls)


def noises(scheme: tree.Program) -> tuple[str, ...]:
    """The noises that a step draws besides."""
    sites = (s.target for s in scheme.body.statements if isinstance(s, tree.Site))
    return tuple(t.id for t in sites if isinstance(t, tree.Name) and t.id != NEXT)


@dataclass
class Step:
    """A step being written. `inside` are the names of the process in those of the model; `before` the states where the
    step begins, at `time`, `width` long; `place` gives the target of a draw of the scheme for a noise,
    `after` that of the next value of a state.
    """

    process: Process
    scheme: tree.Program
    names: Names
    inside: Mapping[str, tree.Expr]
    before: Mapping[str, tree.Expr]
    time: tree.Expr
    width: tree.Expr
    place: Callable[[str, str], tree.Subscript]
    after: Callable[[State], tree.Name | tree.Subscript]
    at: tree.Node
    out: list[tree.Statement] = field(default_factory=list)
    draws: dict[tuple[str, str], tree.Expr] = field(default_factory=dict)  # by noise and by name in the scheme
    # of states that share noises: the means of their next values, the rows of the Cholesky factor of the covariance
    # in a unit of time, which states come before, and the noises that they have had
    means: dict[str, tree.Expr] = field(default_factory=dict)
    rows: dict[tuple[str, str], tree.Expr] = field(default_factory=dict)
    linked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    surprises: dict[str, tree.Expr] = field(default_factory=dict)

    def write(self) -> tuple[tree.Statement, ...]:
        """The statements of the step."""
        program, x, time, width = (p.name for p in self.scheme.parameters)
        common = {time: self.time, width: self.width}
        known = {s.name: {**common, x: self.before[s.name]} for s in self.process.states}
        for stmt in self.scheme.body.statements:
            for state in self.process.states:
                self._statement(stmt, state, known, program)
        return tuple(self.out)

    def _statement(
        self, stmt: tree.Statement, state: State, known: dict[str, dict[str, tree.Expr]], program: str
    ) -> None:
        def value(e: tree.Expr) -> tree.Expr:
            return self._value(e, state, known, program)

        span = self.at.span
        match stmt:
            case tree.Let(name="next", value=e) if e is not None:
                self.out.append(tree.Assign(self.after(state), value(e), span=span))
            case tree.Let(name=name, value=e) if e is not None:
                known[state.name][name] = self.let(f"{state.name}_{name}", value(e))
            case tree.Site(target=tree.Name(id="next"), distribution=law):
                self.out.append(tree.Site(self.after(state), None, value(law), None, span=span))
            case tree.Site(target=tree.Name(id=name), distribution=law):
                if not state.noises:
                    known[state.name][name] = tree.Number(0, "0", span=span)
                for noise in state.noises:
                    if (noise.name, name) not in self.draws:
                        self.draws[noise.name, name] = target = self.place(noise.name, name)
                        self.out.append(tree.Site(target, None, value(law), None, span=span))
                    if state.noise is not None:
                        known[state.name][name] = self.draws[noise.name, name]
            case _:
                raise AssertionError(f"{self.scheme.name}: a scheme has lets and sites")

    def _value(self, e: tree.Expr, state: State, known: dict[str, dict[str, tree.Expr]], program: str) -> tree.Expr:
        """An expression of the scheme, for one state, in the names of the model."""

        def change(node: Any) -> Any:
            match node:
                case tree.Call(
                    function=tree.Call(
                        function=tree.Name(id=("drift" | "noise") as which),
                        arguments=(tree.Argument(value=tree.Name(id=given)),),
                    ),
                    arguments=(when, where),
                ) if given == program:
                    return self._coefficient(which, state, change(when.value), where.value, known, program)
                case tree.Call(
                    function=tree.Call(
                        function=tree.Name(id=("shaken" | "diffused") as which),
                        arguments=(tree.Argument(value=tree.Name(id=given)),),
                    ),
                    arguments=(when, where, *rest),
                ) if given == program:
                    made = Shaken(self, state, change(when.value), where.value, known, program)
                    values = [a.value for a in rest]
                    return made.sum(values[0]) if which == "shaken" else made.law(*map(change, values))
                case tree.Name(id=text) if text in known[state.name]:
                    return placed(known[state.name][text], self.at)
                case tree.Call(function=tree.Name() as function):
                    changed = map_children(node, change)
                    return tree.Call(function, changed.arguments, span=self.at.span)
                case tree.Node():
                    return map_children(node, change)
                case _:
                    return node

        return change(e)  # type: ignore[no-any-return]

    def _coefficient(
        self, which: str, state: State, time: tree.Expr, where: tree.Expr,
        known: dict[str, dict[str, tree.Expr]], program: str,
    ) -> tree.Expr:  # fmt: skip
        """The drift or the noise of a state at a time, every state having its own value of `where`."""
        found = state.drift if which == "drift" else state.noise
        if found is None:
            return tree.Number(0, "0", span=self.at.span)
        return self.there(found, time, where, known, program)

    def there(
        self, found: tree.Expr, time: tree.Expr, where: tree.Expr, known: dict[str, dict[str, tree.Expr]], program: str
    ) -> tree.Expr:
        """An expression of the process at a time, every state having its own value of `where`."""
        meaning = dict(self.inside)
        if TIME not in self.inside:
            meaning[TIME] = time
        read = {n.id for n in nodes_of(found) if isinstance(n, tree.Name)}
        for other in self.process.states:
            if other.name in read:
                value = self._value(where, other, known, program)
                plain = isinstance(value, tree.Name | tree.Number)
                meaning[other.name] = value if plain else self.let(f"{other.name}_there", value)
        return substitute(found, meaning)

    def value_with(
        self, e: tree.Expr, state: State, known: dict[str, dict[str, tree.Expr]], program: str, noise: str
    ) -> tree.Expr:
        """An expression of the scheme in which the draws are those for a noise."""
        own = {text: target for (name, text), target in self.draws.items() if name == noise}
        return self._value(e, state, {**known, state.name: {**known[state.name], **own}}, program)

    def let(self, name: str, value: tree.Expr) -> tree.Expr:
        """A name for a value."""
        flat = self.names.fresh(name)
        self.out.append(tree.Let(flat, None, value, span=self.at.span))
        return tree.Name(flat, span=self.at.span)
