"""choices: draws as their strategies write them.

    site z: real ~ normal(mu, 1.0) by score       z_draw = sample numpyro.Normal(loc=mu, scale=1.0)
                                                  t_1 = stop(z_draw);  z = t_1
                                                  ... log q - stop(log q) ...;  z_score = t_9

The program remembers of each choice which container holds its surrogate, or its weights (`ir.Choice`): `weigh`
multiplies costs by them, and `spread` computes what follows from a choice at each of its points.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from pushforward.compiler.analyses.moving import moving
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import Fresh, names_of, statements
from pushforward.compiler.lower import operations as ops
from pushforward.compiler.lower.builder import Builder
from pushforward.compiler.transforms.draws import bound_at, compose
from pushforward.compiler.transforms.draws import site as plain_site
from pushforward.compiler.transforms.score import array_names
from pushforward.compiler.transforms.strategies import strategies
from pushforward.compiler.transforms.strategies.score import decay_of, number_of
from pushforward.compiler.transforms.strategies.strategy import Drawn, Element
from pushforward.dsl.typed import Strategy as Chosen
from pushforward.dsl.types import REAL, Array, Dim


def choices(program: ir.Program) -> ir.Program:
    """The program in which every site is drawn as its strategy says; `choose` has given each one."""
    writer = _Writer(program)
    writer.block(program.body)
    body = tuple(started for s in writer.out.statements for started in writer.started(s))
    inputs = (*program.inputs, *writer.inputs)
    return replace(program, inputs=inputs, body=body, choices=tuple(writer.found.values()))


@dataclass
class _Writer:
    program: ir.Program
    out: Builder = field(init=False)
    arrays: frozenset[str] = field(init=False)
    declares: Mapping[str, ir.Declare] = field(init=False)
    found: dict[str, ir.Choice] = field(default_factory=dict)
    inputs: list[ir.Input] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.out = Builder(Fresh(names_of(self.program)))
        self.arrays = frozenset(array_names(self.program))
        self.declares = {s.name: s for s in self.program.body if isinstance(s, ir.Declare)}
        pathwise = {
            s.address for s in statements(self.program.body)
            if isinstance(s, ir.Site) and s.strategy is not None
            and (strategies()[s.strategy.name].follows or strategies()[s.strategy.name].relaxes)
        }  # fmt: skip
        self.moving = moving(self.program, frozenset(pathwise))
        self.relaxed = {
            s.address for s in statements(self.program.body)
            if isinstance(s, ir.Site) and s.strategy is not None and strategies()[s.strategy.name].relaxes
        }  # fmt: skip
        self.conditional = {
            s.address for i in statements(self.program.body) if isinstance(i, ir.If)
            for s in statements((*i.then, *i.orelse)) if isinstance(s, ir.Site)
        }  # fmt: skip
        self.ranks = {s.address: _event_rank(s.law) for s in statements(self.program.body) if isinstance(s, ir.Site)}

    def block(self, body: Iterable[ir.Stmt]) -> None:
        for stmt in body:
            match stmt:
                case ir.Declare(name, type_):
                    plain = Array("real", type_.dims) if name in self.relaxed else type_.plain()
                    self.out.add(ir.Container(name, plain, span=stmt.span))
                    self.beside(stmt)
                case ir.Site():
                    self.site(stmt)
                case ir.For() | ir.Total():
                    with self.out.block() as inner:
                        self.block(stmt.body)
                    self.out.add(replace(stmt, body=tuple(inner)))
                case ir.If():
                    with self.out.block() as then:
                        self.block(stmt.then)
                    with self.out.block() as orelse:
                        self.block(stmt.orelse)
                    self.out.add(replace(stmt, then=tuple(then), orelse=tuple(orelse)))
                case _:
                    self.out.add(stmt)

    def beside(self, declare: ir.Declare) -> None:
        """The containers of surrogates and weights, one entry an element."""
        chosen = next(
            (s.strategy for s in statements(self.program.body) if isinstance(s, ir.Site) and s.address == declare.name),
            None,
        )
        if chosen is None:
            return
        name, strategy = declare.name, chosen.name
        dims = declare.type.dims[: declare.type.rank - self.ranks[name]]
        kind = strategies()[strategy].kind
        choice = ir.Choice(name, strategy, span=declare.span)
        if kind == "scored":
            choice = self.baseline(replace(choice, surrogate=self.out.fresh(f"{name}_score")), chosen)
            for container in filter(None, (choice.surrogate, choice.learned)):
                self.out.add(ir.Container(container, Array("real", dims), span=declare.span))
        elif kind == "points":
            choice = replace(choice, weight=self.out.fresh(f"{name}_weight"), axis=self.out.fresh(f"{name}_at"))
            self.out.add(ir.Container(choice.weight, Array("real", dims), span=declare.span))
        self.found[name] = choice

    def baseline(self, choice: ir.Choice, chosen: Chosen) -> ir.Choice:
        """The choice with what is taken off the costs that its score multiplies."""
        if chosen.baseline is not None:
            return replace(choice, learned=self.out.fresh(f"{choice.name}_learned"))
        decay = decay_of(chosen)
        if decay is None:
            return replace(choice, baseline=number_of(chosen))
        state = self.out.fresh(f"{choice.name}_baseline")
        self.inputs.append(ir.Input(state, REAL, "state", choice.name, span=choice.span))
        return replace(choice, baseline=ir.Var(state), cost=self.out.fresh(f"{choice.name}_cost"), decay=decay)

    def site(self, site: ir.Site) -> None:
        """The draws of a site."""
        chosen, law, span = site.strategy, site.law, site.span
        assert chosen is not None
        declare = self.declares.get(site.address)
        strategy = strategies()[chosen.name]
        kind = declare.type.constraint.kind if declare is not None else "none"
        if site.truncated and kind in ("ordered", "positive_ordered"):
            plain_site(site, declare, self.arrays, self.out)  # draws put in order follow their parameters
            return
        bounds = (declare.lower, declare.upper) if site.truncated and declare is not None else None
        event = Array(site.value.element, site.value.dims[len(law.batch) :])
        choice = self.found[site.address]
        with self.out.loops(law.batch, span) as index:
            place = compose(site.subs, index)
            here = None
            if bounds is not None:
                low, high = (bound_at(b, place, self.arrays, self.out, span) for b in bounds)
                here = (low, high)
            where = _dims(place)
            element = Element(
                site.address, law, index, site.value, event, here, where, choice.axis, chosen, self.moving, span
            )
            drawn = strategy.draw(element, self.out)
            self.store(site, choice, place, drawn)

    def started(self, stmt: ir.Stmt) -> tuple[ir.Stmt, ...]:
        """The statement; a container of weights begins with equal ones where a branch may leave an element undrawn:
        what follows is then the same at each of its points.
        """
        named = stmt.name if isinstance(stmt, ir.Container) else ""
        choice = next((c for c in self.found.values() if named and c.weight == named), None)
        if choice is None or choice.count is None or choice.name not in self.conditional:
            return (stmt,)
        assert isinstance(stmt, ir.Container)
        span, dims = stmt.span, stmt.type.dims
        with self.out.block() as made:
            share = ir.Call(ops.DIVIDE, (ir.Lit(1.0), ir.Size(choice.count)), span=span)
            equal = self.out.let(REAL, share, span=span)
            if dims:
                whole = ir.Var(self.out.fresh(f"{choice.weight}_start"))
                self.out.add(ir.Container(whole.name, stmt.type, span=span))
                with self.out.loops(dims, span) as index:
                    self.out.add(ir.Store(whole.name, tuple(ir.At(i) for i in index), equal, span=span))
                equal = whole
        return (*made, replace(stmt, start=equal))

    def store(self, site: ir.Site, choice: ir.Choice, place: tuple[ir.Sub, ...], drawn: Drawn) -> None:
        """Put the value of an element, and what is beside it, in place."""
        at = _dims(place) if all(isinstance(s, ir.At) for s in place) else None
        if isinstance(drawn.value, ir.Var):
            choice = replace(choice, draws=(*choice.draws, (drawn.value.name, at)))
        self.out.add(ir.Store(site.address, place, drawn.value, span=site.span))
        if choice.learned:
            assert site.baseline is not None
            self.out.add(ir.Store(choice.learned, place, site.baseline, span=site.span))
        if drawn.surrogate is not None:
            self.out.add(ir.Store(choice.surrogate, place, drawn.surrogate, span=site.span))
        if drawn.weight is not None:
            self.out.add(ir.Store(choice.weight, place, drawn.weight, span=site.span))
            choice = replace(choice, count=drawn.count)
        self.found[site.address] = choice


def _dims(place: tuple[ir.Sub, ...]) -> tuple[Dim, ...]:
    return tuple(s.dim for s in place if isinstance(s, ir.At))


def _event_rank(law: ir.AnyLaw) -> int:
    return law.signature.support.rank if isinstance(law, ir.Law) else 0

