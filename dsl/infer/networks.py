"""Networks: the type `mlp(in=D, out=K, hidden=[64, 64])` of a parameter, and `f(x)`."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.kinds import ArgumentType
from pushforward.dsl.errors.names import ArgumentCount, ArgumentName
from pushforward.dsl.errors.networks import NetworkPlace, NetworkSetting
from pushforward.dsl.errors.shapes import ArgumentShape
from pushforward.dsl.infer.calls import Given, placed
from pushforward.dsl.infer.context import Context, is_poison, joined, poison
from pushforward.dsl.infer.names import nearest
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.sizes import origins
from pushforward.dsl.networks import Kind, kinds
from pushforward.dsl.networks.kind import Setting as Wanted
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Apply, Expr, FormalParameter, Signature, Stage
from pushforward.dsl.types import Array, Dim, Network, Setting

#: Where the application of a network lives: the network itself is called.
APPLY = "apply"


def is_network(written: tree.TypeExpr) -> bool:
    """Whether a type is written with the name of a kind of network."""
    return written.name in kinds()


def network_type(ctx: Context, written: tree.TypeExpr, *, partly: bool = False) -> Network | None:
    """The type of a network, or None after reporting why there is none (PF212, PF213, PF351, PF352). `partly`: what is
    inside may be left out, as it is of no concern to a function that is given the network.
    """
    kind = kinds()[written.name]
    if written.dims or written.bounds or written.any_rank:
        ctx.report.error(
            NetworkPlace, written.span, "this has", helps=(f"write `{form(kind)}`",),
            wrong="has no dimensions and no bounds",
        )  # fmt: skip
        return None
    given = _given(ctx, kind, written, partly)
    if given is None:
        return None
    settings: list[tuple[str, Setting]] = []
    for wanted in kind.settings:
        default = () if partly and wanted.form == "sizes" else wanted.default
        value = default if wanted.name not in given else _setting(ctx, kind, wanted, given[wanted.name])
        if value is None:
            return None
        settings.append((wanted.name, value))
    return Network(kind.name, tuple(settings))


def form(kind: Kind) -> str:
    """A kind as it is written: `mlp(in=..., out=..., hidden=[...], activation=relu)`."""
    shown = {"size": "...", "sizes": "[...]"}
    return f"{kind.name}({', '.join(f'{s.name}={shown.get(s.form, s.default)}' for s in kind.settings)})"


def _given(ctx: Context, kind: Kind, written: tree.TypeExpr, partly: bool) -> dict[str, tree.Argument] | None:
    """The settings that are written, by name."""
    names = [s.name for s in kind.settings]
    note = (f"it is `{form(kind)}`",)
    found: dict[str, tree.Argument] = {}
    for position, argument in enumerate(written.arguments):
        name = argument.name if argument.name is not None else (*names, "")[min(position, len(names))]
        if name not in names or name in found:
            near = nearest(name, names) if name not in found else None
            helps = (f"did you mean `{near}`?",) if near else ()
            label = "given twice" if name in found else "no setting has this name" if name else "one too many"
            ctx.report.error(
                ArgumentName, argument.span, label, notes=note, helps=helps, callee=kind.name, name=name
            )  # fmt: skip
            return None
        found[name] = argument
    left_out = {s.name for s in kind.settings if partly and s.form == "sizes"}
    missing = [s.name for s in kind.settings if s.name not in {*found, *left_out} and s.default is None]
    if missing:
        ctx.report.error(
            ArgumentCount, written.span, f"missing: {', '.join(missing)}", notes=note, callee=kind.name,
            wanted=f"{len(names)} settings", count=len(found),
        )  # fmt: skip
        return None
    return found


def _setting(ctx: Context, kind: Kind, wanted: Wanted, argument: tree.Argument) -> Setting | None:
    """The value of a setting, or None after a report."""
    from pushforward.dsl.infer.typeexprs import bind_names, dimension

    value = argument.value

    def wrong(what: str, label: str, repair: str | None = None) -> None:
        helps = (f"write `{wanted.name}={repair}`",) if repair else ()
        ctx.report.error(NetworkSetting, value.span, label, helps=helps, kind=kind.name, name=wanted.name, wanted=what)

    match wanted.form, value:
        case "size", tree.ListExpr():
            wrong("a size", "this is a list")
            return None
        case "size", _:
            if ctx.binds_dims:
                bind_names(ctx, value)
            return dimension(ctx, value)
        case "sizes", tree.ListExpr(items=items):
            sizes = [dimension(ctx, item) for item in items]
            known = tuple(s for s in sizes if s is not None)
            return known if len(known) == len(sizes) else None
        case "sizes", _:
            wrong("a list of sizes", "this is no list", f"[{value.span.text}]")
            return None
        case _, tree.Name(id=word) if word in wanted.words:
            return word
        case _:
            near = nearest(value.id, wanted.words) if isinstance(value, tree.Name) else None
            wrong(f"one of {', '.join(wanted.words)}", "this is none of them", near)
            return None


def network_call(ctx: Context, network: Expr, given: tuple[Given, ...], span: Span, name: str) -> Expr:
    """`f(x)`: the network applied to one example."""
    assert isinstance(network.type, Network)
    kind = kinds()[network.type.kind]
    formals = tuple(FormalParameter(n, Array("real", (network.type.size(s),))) for n, s in kind.inputs)
    if is_poison(*(g.value for g in given)):
        return poison(span)
    arguments = placed(ctx, name, formals, [None] * len(formals), given, span)
    if arguments is None:
        return poison(span)
    if not all(_fits(ctx, name, network.type, f, a) for f, a in zip(formals, arguments, strict=True)):
        return poison(span)
    result = Array("real", (network.type.size(kind.output),))
    signature = Signature(APPLY, (FormalParameter("f", network.type), *formals), result, extern=APPLY)
    values = (network, *(converted(a, "real") for a in arguments))
    return Apply(signature, values, type=result, stage=max(joined(*values), Stage.DATA), span=span)


def _fits(ctx: Context, name: str, network: Network, formal: FormalParameter, argument: Expr) -> bool:
    """Whether an argument is a vector of the length that the network takes; it is reported if it is not."""
    found, wanted = argument.type, formal.type
    assert isinstance(wanted, Array)
    if isinstance(found, Array) and found.dims == wanted.dims:
        return True
    dims: tuple[Dim, ...] = (*found.dims, *wanted.dims) if isinstance(found, Array) else ()
    vectors = isinstance(found, Array) and found.rank == 1
    ctx.report.error(
        ArgumentShape if vectors else ArgumentType, argument.span, f"this is {found}",
        secondary=origins(ctx, *dims), notes=(f"`{name}` is {network}",),
        callee=name, parameter=formal.name, found=found, wanted=wanted,
    )  # fmt: skip
    return False


def stopped(network: Expr, span: Span) -> Expr:
    """`stop(f)`: the network, with weights through which no derivative passes."""
    own = (FormalParameter("x", network.type),)
    signature = Signature("stop", own, network.type, elementwise=True, extern="lax.stop_gradient")
    return Apply(signature, (network,), type=network.type, stage=network.stage, span=span)
