"""Functions and distributions: their signatures and bodies, typed when first used, in the file and in the library.

A function is typed once, its dimension names standing for any size. Which integer parameters must be known before
compilation is found by typing it with all of them static and seeing where a static value was needed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, Protocol

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import Label, ProgramError
from pushforward.dsl.errors.internal import LibraryMistake
from pushforward.dsl.errors.kinds import TypeNeeded
from pushforward.dsl.errors.names import Recursion
from pushforward.dsl.infer.bodies import block, body
from pushforward.dsl.infer.context import Binding, Context, FunctionEntry, LawEntry, is_poison
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.gradients import apart, is_weak, pathwise, weak_derivatives
from pushforward.dsl.infer.networks import is_network, network_type
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.sizes import static_size
from pushforward.dsl.infer.statements import ascribed
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.infer.typeexprs import array_type, bind_dimension
from pushforward.dsl.source import Span
from pushforward.dsl.typed import (
    Bind,
    Body,
    DistributionSignature,
    Expr,
    FormalParameter,
    MemberFunction,
    Signature,
    Stage,
)  # fmt: skip
from pushforward.dsl.types import Array, Constraint, Dim, Network, Type, Unknown


class Library(Protocol):
    """Where declarations come from: the standard library, or the file itself."""

    def functions(self, name: str) -> tuple[tree.Function, ...]: ...
    def distribution(self, name: str) -> tree.Distribution | None: ...
    def program(self, name: str) -> tree.Program | None: ...
    def programs(self) -> tuple[tree.Program, ...]: ...
    def algorithm(self, name: str) -> tree.Algorithm | None: ...
    def algorithms(self) -> tuple[tree.Algorithm, ...]: ...
    def names(self) -> tuple[str, ...]: ...


class Declarations:
    """The typed declarations of a library, and behind them those of an outer one. `quiet` is for the standard library:
    no warnings, and a mistake in it is a bug of ours."""

    def __init__(
        self,
        library: Library,
        outer: Declarations | None = None,
        programs: tuple[tree.Program, ...] = (),
        quiet: bool = True,
    ) -> None:
        self._library, self._outer, self._quiet = library, outer, quiet
        self._programs = {p.name: p for p in programs}
        self._functions: dict[str, tuple[FunctionEntry, ...]] = {}
        self._laws: dict[str, LawEntry | None] = {}
        self._open: dict[str, tuple[FunctionEntry, ...]] = {}
        self.opened: list[str] = []  # programs that are being typed because another one names them
        self._anew: dict[tuple[tree.Function, ...], tuple[FunctionEntry, ...]] = {}

    def program(self, name: str) -> tree.Program | None:
        """The program of this name in the file, or in the library."""
        found = self._programs.get(name)
        if found is None and self._outer is not None:
            found = self._outer.program(name)
        return found if found is not None else self._library.program(name)

    def algorithm(self, name: str) -> tree.Algorithm | None:
        """The solver, rule or linear solver of this name, of the file or of the library."""
        own = self._library.algorithm(name)
        return own if own is not None or self._outer is None else self._outer.algorithm(name)

    def algorithms(self) -> tuple[tree.Algorithm, ...]:
        """All solvers, rules and linear solvers."""
        return (*self._library.algorithms(), *(self._outer.algorithms() if self._outer is not None else ()))

    def programs(self) -> tuple[str, ...]:
        """The names of the programs of the file."""
        return tuple(self._programs)

    def schemes(self) -> tuple[str, ...]:
        """The names of the models that are a step of a process (`dsl.processes`), of the file and of the library."""
        own = (p for p in self._library.programs() if p.kind == "model" and p.parameters and p.parameters[0].type)
        names = (p.name for p in own if p.parameters[0].type is not None and p.parameters[0].type.name == "process")
        return (*names, *(self._outer.schemes() if self._outer is not None else ()))

    def is_function(self, name: str) -> bool:
        """Whether a function has this name."""
        return bool(self._library.functions(name)) or (self._outer is not None and self._outer.is_function(name))

    def is_law(self, name: str) -> bool:
        """Whether a distribution has this name."""
        own = self._library.distribution(name) is not None
        return own or (self._outer is not None and self._outer.is_law(name))

    def trees(self, name: str) -> tuple[tree.Function, ...]:
        """The declarations of a function as they are written."""
        own = self._library.functions(name)
        return own if own or self._outer is None else self._outer.trees(name)

    def typed_anew(self, name: str, nodes: tuple[tree.Function, ...], report: Report) -> tuple[FunctionEntry, ...]:
        """Declarations in place of those that a function has, typed where these are."""
        if not self._library.functions(name) and self._outer is not None:
            return self._outer.typed_anew(name, nodes, report)
        if nodes not in self._anew:
            entries = (_function(self, node, report, self._quiet) for node in nodes)
            self._anew[nodes] = tuple(e for e in entries if e is not None)
        return self._anew[nodes]

    def names(self) -> tuple[str, ...]:
        """All names, for suggestions."""
        return (*self._library.names(), *(self._outer.names() if self._outer is not None else ()))

    def functions(self, name: str, report: Report, span: Span) -> tuple[FunctionEntry, ...]:
        """The declarations of a function, in order; none when the name is unknown or its declaration was reported."""
        if name in self._functions:
            return self._functions[name]
        nodes = self._library.functions(name)
        if not nodes:
            return self._outer.functions(name, report, span) if self._outer is not None else ()
        if self._open.get(name):
            return self._open[name]  # one form may call the forms before it
        if name in self._open:
            report.error(
                Recursion, span, "called inside itself", secondary=(Label(_header(nodes[0]), "it is defined here"),),
                helps=("write a `for` loop over a container",), name=name,
            )  # fmt: skip
            return ()
        self._open[name] = ()
        own = Report() if self._quiet else report
        for node in nodes:
            entry = _function(self, node, own, self._quiet)
            self._open[name] += () if entry is None else (entry,)
        self._functions[name] = self._open.pop(name)
        self._settle(own, name)
        return self._functions[name]

    def law(self, name: str, report: Report, span: Span) -> LawEntry | None:
        """The distribution of this name; None when there is none or it was reported."""
        if name in self._laws:
            return self._laws[name]
        node = self._library.distribution(name)
        if node is None:
            return self._outer.law(name, report, span) if self._outer is not None else None
        own = Report() if self._quiet else report
        self._laws[name] = None
        ctx = Context(self, own, node.name, kind="distribution", quiet=self._quiet)
        entry = self._laws[name] = _distribution(ctx, node)
        if entry is not None:
            # A weak derivative may draw from the law itself, which therefore must be known by now.
            weak = weak_derivatives(ctx, node, entry.signature)
            self._laws[name] = replace(entry, signature=replace(entry.signature, weak=weak))
        self._settle(own, name)
        return self._laws[name]

    def _settle(self, report: Report, name: str) -> None:
        if self._quiet and (report.errors or report.not_yet):
            first = (*report.errors, *report.not_yet)[0]
            note = f"{first.primary.span}: {first.title} ({first.primary.text})"
            raise ProgramError(
                LibraryMistake.diagnostic(first.primary.span, first.primary.text, notes=(note,), name=name)
            )


def _header(node: tree.Function | tree.Distribution) -> Span:
    return Span(node.span.source, node.span.start, min(node.span.end, node.span.start + len(node.name) + 4))


def _function(known: Declarations, node: tree.Function, report: Report, quiet: bool) -> FunctionEntry | None:
    whole = frozenset(p.name for p in node.parameters if p.type is not None and _is_int(p.type))
    if not whole:
        return _typed_function(known, node, report, quiet, whole)[0]
    trial, needed = _typed_function(known, node, Report(), True, whole)
    static = needed & whole
    if static == whole and trial is not None:
        return trial
    return _typed_function(known, node, report, quiet, static)[0]


def _is_int(written: tree.TypeExpr) -> bool:
    return written.name == "int" and not written.dims and not written.any_rank


def _typed_function(
    known: Declarations, node: tree.Function, report: Report, quiet: bool, static: frozenset[str]
) -> tuple[FunctionEntry | None, frozenset[str]]:
    ctx = Context(known, report, node.name, kind="function", quiet=quiet)
    formals = parameters(ctx, node.parameters, static)
    defaults = tuple(None if p.default is None else expression(ctx, p.default) for p in node.parameters)
    if formals is None:
        return None, frozenset()
    elementwise = "elementwise" in node.modifiers
    smoothness: Literal["smooth", "kinked", "step"] = "smooth"
    if "kinked" in node.modifiers:
        smoothness = "kinked"
    elif "step" in node.modifiers:
        smoothness = "step"
    declared: Type | None = array_type(ctx, node.result) if node.result is not None else None
    if node.result is not None and declared is None:
        return None, frozenset()
    found: Body | None = None
    if not isinstance(node.body, tree.Extern):
        with ctx.scope():
            found = body(ctx, node.body)
        if found is None:
            return None, frozenset(ctx.needs_static)
        if isinstance(declared, Array) and node.result is not None:
            found = Body(found.statements, ascribed(ctx, found.result, declared, node.name, node.result.span))
        if is_poison(found.result):
            return None, frozenset(ctx.needs_static)
    elif declared is None:
        report.error(TypeNeeded, node.span, "a function from outside must say what it gives", name=node.name)
        return None, frozenset()
    result = declared if declared is not None else found.result.type if found is not None else Unknown()
    extern = node.body.target if isinstance(node.body, tree.Extern) else None
    dims = tuple(dict.fromkeys((*ctx.dims, *(p.name for p in node.parameters if p.name in static))))
    signature = Signature(node.name, formals, result, dims, elementwise, smoothness, extern, found)
    size = None if found is None or found.statements else static_size(ctx, found.result)
    return FunctionEntry(signature, defaults, static, size), frozenset(ctx.needs_static)


def parameters(
    ctx: Context, nodes: tuple[tree.Parameter, ...], static: frozenset[str], stage: Stage = Stage.DATA
) -> tuple[FormalParameter, ...] | None:
    """Define parameters: integers first, so that sizes may refer to them; `static` are known before compilation."""
    types: dict[str, Array | Network | None] = {}
    names = frozenset(p.name for p in nodes)
    for node in nodes:
        name_origins(ctx, node, names)
    for node in sorted(nodes, key=lambda p: p.type is None or not _is_int(p.type)):
        if node.type is None:
            ctx.report.error(
                TypeNeeded, node.span, "a parameter needs a type", helps=(f"write `{node.name}: real`",), name=node.name
            )
            types[node.name] = None
        else:
            ctx.binds_dims = True
            networks = ctx.kind == "function" and is_network(node.type)
            types[node.name] = network_type(ctx, node.type, partly=True) if networks else array_type(ctx, node.type)
            ctx.binds_dims = False
        _define(ctx, node, types[node.name], static, stage)
    if any(t is None for t in types.values()):
        return None
    return tuple(FormalParameter(p.name, t, span=p.span) for p in nodes if (t := types[p.name]) is not None)


def _define(
    ctx: Context, node: tree.Parameter, type_: Array | Network | None, static: frozenset[str], stage: Stage
) -> None:
    known = node.name in static
    size = Dim.name(node.name) if known else None
    ctx.taken.add(node.name)
    ctx.define(
        Binding(
            node.name, node.name, "argument", Unknown() if type_ is None else type_,
            Stage.STATIC if known else stage, node.span, size=size,
        )
    )  # fmt: skip
    if known:
        ctx.origins[node.name] = (node.span, node.span.text or node.name)


def name_origins(ctx: Context, node: tree.Parameter, taken: frozenset[str]) -> None:
    """Bind the new dimension names of a parameter's type, remembering the parameter as where they come from."""
    for written in node.type.dims if node.type is not None else ():
        for name in nodes_of(written):
            if isinstance(name, tree.Name) and name.id not in taken and ctx.lookup(name.id) is None:
                bind_dimension(ctx, name.id, node.span, node.span.text)


def _distribution(ctx: Context, node: tree.Distribution) -> LawEntry | None:
    formals = parameters(ctx, node.parameters, frozenset())
    ctx.binds_dims = True
    support = array_type(ctx, node.support)
    ctx.binds_dims = False
    if formals is None or support is None:
        return None
    defaults = tuple(None if p.default is None else expression(ctx, p.default) for p in node.parameters)
    members: list[MemberFunction] = []
    bind: Bind | None = None
    draw: Body | None = None
    for member in node.members:
        if member.name == "pathwise" or is_weak(member):
            continue
        with ctx.scope():
            if member.name == "bind":
                bind = _bind(ctx, member)
            elif member.name == "draw":
                with apart(ctx):
                    draw = _draw(ctx, member)
            else:
                typed = _member(ctx, member, support)
                members.extend(() if typed is None else (typed,))
    signature = DistributionSignature(node.name, formals, support, tuple(ctx.dims), tuple(members), bind, draw)
    return LawEntry(replace(signature, pathwise=pathwise(ctx, node, signature)), node.support, defaults)


_UNIT = Array("real", (), Constraint("interval", 0.0, 1.0))


def _member(ctx: Context, node: tree.Member, support: Array) -> MemberFunction | None:
    type_ = _UNIT if node.name in ("icdf", "iccdf") else support
    for name in node.parameters:
        # A parameter of the member may hide a dimension of the same name; it may not hide a parameter.
        unique = ctx.fresh(name) if name not in ctx.taken else name
        ctx.define(Binding(name, unique, "argument", type_, Stage.DATA, node.span))
        ctx.taken.discard(unique)
    found = body(ctx, node.body)
    return None if found is None else MemberFunction(node.name, node.parameters, found)


def _draw(ctx: Context, node: tree.Member) -> Body | None:
    if not isinstance(node.body, tree.Block):
        return body(ctx, node.body)
    for name, binding in list(ctx.scopes[0].items()):
        if binding.kind == "argument" and _scalar_int(binding.type):
            # Draws are made for given integers, which may therefore decide shapes and loops.
            static = replace(binding, stage=Stage.STATIC, size=Dim.name(name))
            ctx.scopes[-1][name] = ctx.lets[binding.unique] = static
    statements, value = block(ctx, node.body)
    return None if is_poison(value) else Body(statements, value)


def _scalar_int(type_: Type) -> bool:
    return isinstance(type_, Array) and type_.element == "int" and not type_.rank


def _bind(ctx: Context, node: tree.Member) -> Bind | None:
    call = node.body
    if not isinstance(call, tree.Call):
        return Bind(_dotted(call), ())
    arguments: list[tuple[str, Expr]] = [(a.name or "", expression(ctx, a.value)) for a in call.arguments]
    if is_poison(*(v for _, v in arguments)):
        return None
    return Bind(_dotted(call.function), tuple(arguments))


def _dotted(node: tree.Expr | tree.Block) -> str:
    match node:
        case tree.Attribute(value=value, name=name):
            return f"{_dotted(value)}.{name}"
        case tree.Name(id=name):
            return name
        case _:
            return ""
