"""Sites: `x ~ law`. Which variable it fills, at which place, of what type, and whether it observes a value.

An unsubscripted site in loops makes one variable with a dimension for each loop; its name means the present turn's
value inside and the whole container after. `y[n] ~ ...` on a name nothing binds takes its dimensions from the loops.
"""

from __future__ import annotations

from dataclasses import replace

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.gradients import NotAStrategy
from pushforward.dsl.errors.measures import ObservesRandom
from pushforward.dsl.errors.names import AlreadyDefined, SiteTarget
from pushforward.dsl.errors.shapes import ContainerNotDeclared
from pushforward.dsl.errors.supports import MixedSupports
from pushforward.dsl.infer.baselines import baseline, learned
from pushforward.dsl.infer.care import ignores_data, two_priors
from pushforward.dsl.infer.context import Binding, Context, Loop, Sited, is_poison
from pushforward.dsl.infer.coverage import covered
from pushforward.dsl.infer.expressions import subscript_types
from pushforward.dsl.infer.indexing import filled, indexed_type
from pushforward.dsl.infer.laws import MixtureReading, Reading, read_law, settle_law
from pushforward.dsl.infer.names import turn
from pushforward.dsl.infer.supports import agree, hard_bound
from pushforward.dsl.infer.typeexprs import array_type
from pushforward.dsl.infer.walk import names_in, renamed
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Comprehension, Const, Expr, Ref, Site, Stage, Strategy, Sub
from pushforward.dsl.types import Array, Constraint


def site(ctx: Context, node: tree.Site) -> Site | None:
    """The typed form of a site; None after a report."""
    chosen = strategy_of(ctx, node.method)
    if any(c.stage is Stage.RANDOM for c in ctx.conditions):
        ctx.later("a choice inside a random branch", node.span, "random branches with sites are coming")
    law = read_law(ctx, node.distribution)
    name = node.target.id if isinstance(node.target, tree.Name) else _target_name(ctx, node.target)
    if name is None:
        return None
    binding = ctx.lookup(name)
    if binding is None:
        found = _new(ctx, name, node, law)
        return None if found is None else replace(found, strategy=chosen)
    if law is None:
        return None
    if node.type is not None:
        ctx.report.error(
            AlreadyDefined, node.target.span, "declared again here",
            secondary=(Label(binding.span, f"`{name}` is defined here"),),
            helps=(f"leave the type away: `{node.target.span.text} ~ {node.distribution.span.text}`",), name=name,
        )  # fmt: skip
        return None
    match binding.kind:
        case "variable":
            found = _again(ctx, binding, node, law)
            return None if found is None else replace(found, strategy=chosen)
        case "given":
            return _given(ctx, binding, node, law)
        case "argument" | "let":
            return _observation(ctx, binding, node, law)
        case kind:
            what = {"index": "the index of a loop", "dimension": "a size", "container": "filled by `=`"}.get(kind, kind)
            ctx.report.error(SiteTarget, node.target.span, f"`{name}` is {what}", name=name)
            return None


def strategy_of(ctx: Context, method: tree.Method | None) -> Strategy | None:
    """What stands after `@` at a site."""
    if method is None:
        return None
    if method.algorithm is not None:
        ctx.later("a clause `by` at a site", method.span, "samplers of choices are coming")
    return None if method.derivative is None else strategy(ctx, method.derivative)


def strategy(ctx: Context, node: tree.Expr) -> Strategy:
    """`reparam`, `loo(4)`, `score(baseline=ema(0.9))`, `unsafe gumbel(0.5)`."""
    match node:
        case tree.Unary(op="unsafe", operand=operand):
            return replace(strategy(ctx, operand), unsafe=True, span=node.span)
        case tree.Name(id=name):
            return Strategy(name, span=node.span)
        case tree.Call(function=tree.Name(id=name), arguments=arguments):
            apart = next((a for a in arguments if name == "score" and _is_baseline(a) and learned(ctx, a.value)), None)
            given = tuple((a.name or str(i), _setting(ctx, a.value)) for i, a in enumerate(arguments) if a is not apart)
            return Strategy(
                name, given, baseline=None if apart is None else baseline(ctx, apart.value), span=node.span
            )
        case _:
            ctx.report.error(NotAStrategy, node.span, "this is none", text=node.span.text)
            return Strategy("reparam", span=node.span)


def _is_baseline(argument: tree.Argument) -> bool:
    return argument.name in (None, "baseline")


def _setting(ctx: Context, node: tree.Expr) -> int | float | str | Strategy:
    match node:
        case tree.Number(value=value):
            return value
        case tree.Unary(op="-", operand=tree.Number(value=value)):
            return -value
        case tree.Name(id=name):
            return name
        case _:
            return strategy(ctx, node)


def _target_name(ctx: Context, target: tree.Subscript) -> str | None:
    if isinstance(target.value, tree.Name):
        return target.value.id
    ctx.report.error(SiteTarget, target.span, "this is not a name", name=target.span.text)
    return None


def _define(ctx: Context, name: str, type_: Array, loops: tuple[Loop, ...], span: Span, declared: bool) -> None:
    ctx.taken.add(name)
    ctx.dims.extend(d for dim in type_.dims for d in sorted(dim.names) if d not in ctx.dims)
    free = declared and type_.constraint.kind == "none"
    ctx.sited[name] = Sited(name, type_, span, free, None if declared else span)
    ctx.define(Binding(name, name, "variable", type_, Stage.RANDOM, span, loops=loops), outermost=True)
    if declared:
        for dim in type_.dims:
            for d in dim.names:
                if d in ctx.origins and ctx.origins[d][1] == "here":
                    ctx.origins[d] = (span, f"{name}: {type_}")


def declare(ctx: Context, node: tree.Declare) -> None:
    """`y: vector[T]`: a variable whose parts have sites of their own."""
    if ctx.loops:
        ctx.later("a declaration inside a loop", node.span, "declare it before the loop, with a dimension more")
        return
    ctx.binds_dims = True
    type_ = array_type(ctx, node.type)
    ctx.binds_dims = False
    if type_ is not None:
        _define(ctx, node.name, type_, (), node.span, declared=True)
    else:
        _poisoned(ctx, node.name, node.span)


def _poisoned(ctx: Context, name: str, span: Span) -> None:
    from pushforward.dsl.infer.context import poison

    value = poison(span)
    if ctx.lookup(name) is None:
        ctx.scopes[0][name] = Binding(name, name, "alias", value.type, Stage.RANDOM, span, value=value)


def _new(ctx: Context, name: str, node: tree.Site, law: Reading | MixtureReading | None) -> Site | None:
    if isinstance(node.target, tree.Subscript):
        return _new_element(ctx, name, node.target, node, law)
    declared: Array | None = None
    if node.type is not None:
        ctx.binds_dims = True
        declared = array_type(ctx, node.type)
        ctx.binds_dims = False
    settled = None
    if law is not None and (declared is not None or node.type is None):
        settled = settle_law(ctx, law, None if declared is None else declared.dims, node.target.span)
    if law is None or settled is None:
        _poisoned(ctx, name, node.target.span)
        return None
    place = node.target.span if node.type is None else node.type.span
    wanted = declared or settled.support.plain()
    agreement = agree(ctx, wanted, settled.support, law.name, place, law.span)
    if agreement is None:
        _poisoned(ctx, name, node.target.span)
        return None
    if declared is not None:
        hard_bound(ctx, declared, settled.support, place)
    loops = tuple(ctx.loops)
    value = agreement.type
    lead = tuple(loop.high - loop.low for loop in loops)
    whole = replace(value, dims=(*lead, *value.dims), constraint=over_loops(ctx, value.constraint, loops, law.span))
    _define(ctx, name, whole, loops, node.target.span, node.type is not None)
    ctx.sited[name].constraint_from = law.span
    ctx.sited[name].whole.append(node.target.span)
    subs = tuple(turn(loop, node.target.span) for loop in loops)
    return Site(name, subs, settled.law, value, agreement.truncated, False, span=node.span)


def over_loops(ctx: Context, constraint: Constraint, loops: tuple[Loop, ...], span: Span) -> Constraint:
    """The constraint of a container whose elements have this one: bounds that change with the loops become lists."""
    if constraint.kind != "interval" or not loops:
        return constraint
    own = {b.unique for scope in ctx.scopes[1:] for b in scope.values() if b.kind != "index"}
    indices = {loop.index for loop in loops}

    def lifted(bound: Expr | float | None) -> Expr | float | None:
        if bound is None or isinstance(bound, int | float):
            return bound
        names = names_in(bound)
        if names & own:
            ctx.later(
                "a bound computed inside a loop", span, "write the bound with the loop's index and outer names only"
            )
            return None
        array = bound.type
        assert isinstance(array, Array)
        if not names & indices and not array.rank:
            return bound
        for loop in reversed(loops):
            array = Array(array.element, (loop.high - loop.low, *array.dims))
            index = ctx.fresh(loop.written)
            bound = Comprehension(
                index,
                loop.lower,
                loop.upper,
                renamed(bound, loop.index, index),
                type=array,
                stage=bound.stage,
                span=bound.span,
            )
        return bound

    return replace(constraint, lower=lifted(constraint.lower), upper=lifted(constraint.upper))


def _new_element(
    ctx: Context, name: str, target: tree.Subscript, node: tree.Site, law: Reading | MixtureReading | None
) -> Site | None:
    """`y[n] ~ law` on a name nothing binds: the loops give the dimensions."""
    subs = subscript_types(ctx, target.subscripts)
    loops = tuple(ctx.loops)
    order = [_loop_of(s, loops) for s in subs]
    found = [loop for loop in order if loop is not None]
    if len(found) < len(subs) or {id(f) for f in found} != {id(f) for f in loops}:
        inner = ", ".join("T" if len(subs) == 1 else f"N{i}" for i in range(len(subs)))
        kind = {1: "vector", 2: "matrix"}.get(len(subs), "real")
        ctx.report.error(
            ContainerNotDeclared, target.span, "its subscripts do not say how large it is",
            helps=(f"declare it first: `{name}: {kind}[{inner}]`",), name=name,
        )  # fmt: skip
        _poisoned(ctx, name, target.span)
        return None
    if law is None:
        _poisoned(ctx, name, target.span)
        return None
    declared = None if node.type is None else array_type(ctx, node.type)
    settled = settle_law(ctx, law, None if declared is None else declared.dims, target.span)
    if settled is None:
        _poisoned(ctx, name, target.span)
        return None
    agreement = agree(ctx, declared or settled.support.plain(), settled.support, law.name, target.span, law.span)
    if agreement is None:
        _poisoned(ctx, name, target.span)
        return None
    value = agreement.type
    lead = tuple(loop.high for loop in found)
    constraint = over_loops(ctx, value.constraint, tuple(found), law.span)
    _define(ctx, name, replace(value, dims=(*lead, *value.dims), constraint=constraint), (), target.span, False)
    ctx.sited[name].whole.append(target.span)
    indices = tuple(s for s in subs if isinstance(s, Ref))
    return Site(name, indices, settled.law, value, agreement.truncated, False, span=node.span)


def _loop_of(sub: object, loops: tuple[Loop, ...]) -> Loop | None:
    if not isinstance(sub, Ref):
        return None
    return next((loop for loop in loops if loop.index == sub.name and loop.low.value == 0), None)


def _part(ctx: Context, whole: Expr, node: tree.Site) -> tuple[tuple[Sub, ...], Array] | None:
    if not isinstance(node.target, tree.Subscript):
        assert isinstance(whole.type, Array)
        return (), whole.type
    subs = filled(ctx, whole, subscript_types(ctx, node.target.subscripts), node.target.span)
    return None if subs is None else (subs, indexed_type(ctx, whole, subs))


def _again(ctx: Context, binding: Binding, node: tree.Site, law: Reading | MixtureReading) -> Site | None:
    """A site on a declared variable or on a part of it, or a second one."""
    variable = ctx.sited[binding.unique]
    if binding.loops:
        ctx.report.error(
            AlreadyDefined, node.target.span, "drawn again here",
            secondary=(Label(binding.span, f"`{binding.name}` is drawn here, in a loop"),),
            helps=(f"declare the container first and give its elements sites: `{binding.name}[n] ~ ...`",),
            name=binding.name,
        )  # fmt: skip
        return None
    whole = Ref(binding.unique, type=variable.type, stage=Stage.RANDOM, span=node.target.span)
    part = _part(ctx, whole, node)
    if part is None:
        return None
    subs, type_ = part
    settled = settle_law(ctx, law, type_.dims, node.target.span)
    if settled is None:
        return None
    container = variable.type.constraint.kind if subs else "none"
    first = variable.constraint_from is None
    wanted = type_.plain() if variable.free and not first else type_
    if subs and variable.type.constraint.kind == "interval" and not variable.free:
        # a slice of a container whose bounds differ by element: they bound it all the same
        wanted = replace(wanted, constraint=variable.type.constraint)
    agreement = agree(ctx, wanted, settled.support, law.name, binding.span, law.span, container)
    if agreement is None:
        return None
    if first:
        hard_bound(ctx, variable.type, settled.support, binding.span)
    _narrow(ctx, variable, type_, agreement.type, law)
    two_priors(ctx, variable, subs, node.target.span)
    _covered(ctx, variable, subs, node.target.span)
    return Site(variable.name, subs, settled.law, agreement.type, agreement.truncated, False, span=node.span)


def _covered(ctx: Context, variable: Sited, subs: tuple[Sub, ...], span: Span) -> None:
    full = [
        isinstance(s, Ref) and any(o.index == s.name and o.low.value == 0 and o.high == d for o in ctx.loops)
        for s, d in zip(subs, variable.type.dims, strict=False)
    ]
    if all(full):
        variable.whole.append(span)
    else:
        variable.parts.append((subs, span))


def _narrow(ctx: Context, variable: Sited, part: Array, agreed: Array, law: Reading | MixtureReading) -> None:
    """Keep for the whole container what the law on a part says of its elements."""
    first = variable.constraint_from is None
    if part.dims == variable.type.dims:
        if first:
            variable.type = Array(agreed.element, variable.type.dims, agreed.constraint)
    elif variable.free:
        moved = over_loops(ctx, agreed.constraint, tuple(ctx.loops), law.span)
        if first:
            variable.type = Array(agreed.element, variable.type.dims, moved)
        elif moved != variable.type.constraint:
            assert variable.constraint_from is not None
            ctx.report.error(
                MixedSupports, law.span, f"`{law.name}` draws {_said(agreed)} here",
                secondary=(Label(variable.constraint_from, "another part has another support"),),
                helps=(f"declare what holds for all of it, or make variables of the parts of `{variable.name}`",),
                name=variable.name,
            )  # fmt: skip
    variable.constraint_from = variable.constraint_from or law.span


def _said(array: Array) -> str:
    from pushforward.dsl.infer.domains import in_words
    from pushforward.dsl.infer.intervals import interval_of_type

    known = interval_of_type(array)
    return "any real number" if known.everything else f"numbers that are {in_words(known)}"


def _given(ctx: Context, binding: Binding, node: tree.Site, law: Reading | MixtureReading) -> Site | None:
    """A site in a density: a declared type narrower than the support cuts the law, as it does for a draw."""
    value: Expr = Ref(binding.unique, type=binding.type, stage=binding.stage, span=node.target.span)
    if is_poison(value):
        return None
    assert isinstance(binding.type, Array)
    part = _part(ctx, value, node)
    if part is None:
        return None
    subs, type_ = part
    settled = settle_law(ctx, law, type_.dims, node.target.span)
    if settled is None:
        return None
    if isinstance(binding.value, Const) and type_.element == "int" and settled.support.element == "real":
        type_ = replace(type_, element="real")  # 5 is a number as good as any, where it is written out
    container = binding.type.constraint.kind if subs else "none"
    wanted = type_ if binding.type.constraint.kind != "none" else type_.plain()
    agreement = agree(ctx, wanted, settled.support, law.name, binding.span, law.span, container)
    if agreement is None:
        return None
    covered(ctx, binding, node, wanted if wanted.constraint.kind != "none" else settled.support)
    declared = binding.type if agreement.truncated else None
    return Site(
        binding.unique, subs, settled.law, type_.plain(), agreement.truncated, True, declared=declared, span=node.span
    )


def _observation(ctx: Context, binding: Binding, node: tree.Site, law: Reading | MixtureReading) -> Site | None:
    """A site on an argument or a `let`: an observation of its value."""
    value: Expr = Ref(binding.unique, type=binding.type, stage=binding.stage, span=node.target.span)
    ctx.used.add(binding.unique)
    if is_poison(value):
        return None
    if not isinstance(binding.type, Array):
        ctx.report.error(SiteTarget, node.target.span, f"this is {binding.type}", name=binding.name)
        return None
    if binding.stage is Stage.RANDOM:
        ctx.report.error(
            ObservesRandom, node.span, "this would be a second law for it",
            secondary=(Label(binding.span, "computed from random variables here"),),
            helps=("add a log-weight with `factor`",), name=binding.name,
        )  # fmt: skip
        return None
    part = _part(ctx, value, node)
    if part is None:
        return None
    subs, type_ = part
    settled = settle_law(ctx, law, type_.dims, node.target.span)
    if settled is None:
        return None
    agreement = agree(ctx, type_.plain(), settled.support, law.name, binding.span, law.span)
    if agreement is None:
        return None
    ignores_data(ctx, settled.law, binding, node.span)
    return Site(binding.unique, subs, settled.law, type_, False, True, span=node.span)
