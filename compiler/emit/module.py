"""A module: what is asked of a program, one function each.

Every function is pure. `sizes` is a dict of Python integers, `data` and `values` are dicts of arrays; `data`
of the unconstrained density is what `prepare` returned.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from pushforward.compiler.core import ir
from pushforward.compiler.core.reserved import reserved
from pushforward.compiler.core.walk import names_of, rename
from pushforward.compiler.emit.function import FunctionEmitter, Text
from pushforward.compiler.emit.keys import together
from pushforward.compiler.emit.learning import alone, next_state
from pushforward.compiler.emit.names import LAWS, LAWS_MODULE, MODULES, Import
from pushforward.compiler.emit.python import added
from pushforward.compiler.transforms.score import variable_of
from pushforward.dsl.source import Span
from pushforward.dsl.types import Dim

_PARAMETERS = {
    "log_density": "sizes, data, values",
    "log_density_unconstrained": "sizes, data, {q}",
    "constrain": "sizes, data, {q}",
    "unconstrain": "sizes, data, values",
    "simulate": "sizes, data, key",
    "predictive": "sizes, data, values, key",
    "generated": "sizes, data, values",
    "solve": "sizes, data, values",
    "factors": "sizes, data, values",
    "estimate": "sizes, data, params, key",
    "train": "sizes, data, params, state, key",
    "holes": "sizes, data, params, key",
    "parameters": "sizes, data, params",
    "initial": "sizes, data, seed=0",
    "draws": "sizes, data, params, key",
}

_DOCS = {
    "log_density": "The log density of `values` (a dict of the variables) given the data; no Jacobian.",
    "log_density_unconstrained": "The log density of the unconstrained vector, with the log-Jacobian of the\n"
    "    transform. `data` is what `prepare` returns.",
    "constrain": "The variables that belong to an unconstrained vector.",
    "unconstrain": "The unconstrained vector that belongs to values of the variables.",
    "simulate": "A draw of every variable, and what the program returns. `key` is a JAX random key.",
    "predictive": "A new draw of what the data give, the other variables being `values`.",
    "generated": "What the program returns, the variables being `values`.",
    "solve": "What the program returns, the variables being `values`, and a report [status, residual, iterations] of\n"
    "    each hole.",
    "factors": "The terms of the log density by their origin and line.",
    "estimate": "An unbiased estimate of the objective; its JAX derivative in `params` is unbiased too.\n"
    "    `params` are free coordinates by name, `data` is what `prepare` returns, `key` is a JAX random key.",
    "train": "An estimate; the squared error of learned baselines but for a constant, of which only their parameters\n"
    "    have a derivative; and the state for the next estimate. `state` is what the one before returned.",
    "holes": "A report [status, residual, iterations] of each hole, and each matrix of second derivatives.",
    "parameters": "The parameters that belong to free coordinates.",
    "initial": "The free coordinates of the parameters at the start. `seed`, an integer, decides the weights of\n"
    "    networks.",
    "draws": "A draw of what the program gives. `params` are free coordinates, `key` is a JAX random key.",
    "prepare": "What the data alone determine, computed once.",
}


@dataclass(frozen=True)
class Emitted:
    """The text of a module, and for each of its lines (counted from 1) the `.pf` text it came from."""

    text: str
    spans: Mapping[int, Span]
    imports: tuple[Import, ...]


def emit(name: str, doc: str, file: str, programs: Mapping[str, ir.Program], missing: Mapping[str, str]) -> Emitted:
    """The module for the array core programs, by what they were asked for; `missing` says what could not be
    compiled, and why.
    """
    body = Text()
    first = programs["log_density"] if "log_density" in programs else next(iter(programs.values()))
    observed = tuple(v.name for v in first.variables if v.observed)
    latent = tuple(v.name for v in first.variables if not v.observed)
    for what, program in programs.items():
        if program.prepare:
            early = replace(program, body=program.prepare, inputs=_of_role(program, "data"), prepare=())
            program = replace(program, inputs=tuple(i for i in program.inputs if i.role != "data"))
            _function("prepare", "sizes, data", early, body)
        if what == "estimate" and program.learns:
            _function("train", _PARAMETERS["train"], program, body)
            alone(program, _DOCS["estimate"], body)
            continue
        _function(what, _PARAMETERS[what], program, body)
    for what, reason in missing.items():
        body.line("", 0)
        body.line(f"# {what} is not here: {reason}", 0)
    head = _head(name, doc, file, observed, latent, body)
    sizes = _sizes(first) + _dimension(programs)
    lines = [*head, *sizes, *body.lines]
    shift = len(head) + len(sizes)
    spans = {n + shift: s for n, s in body.spans.items()}
    text = "\n".join(lines) + "\n"
    return Emitted(text, spans, tuple(sorted(body.imports, key=lambda i: (i.module, i.name))))


def _of_role(program: ir.Program, role: str) -> tuple[ir.Input, ...]:
    return tuple(i for i in program.inputs if i.role == role)


def _head(name: str, doc: str, file: str, observed: tuple[str, ...], latent: tuple[str, ...], body: Text) -> list[str]:
    lines = [f'"""{name}, compiled by Pushforward from {file.rsplit("/", 1)[-1]}.']
    if doc:
        lines += ["", *(line.replace("\\", "\\\\").replace('"""', "'''") for line in doc.splitlines())]
    lines += ['"""', "", "import jax"]
    lines += [MODULES[m] for m in ("jnp", "jsp", "lax") if m == "jnp" or m in body.modules]
    grouped: dict[str, list[str]] = {}
    for needed in sorted(body.imports, key=lambda i: (i.module, i.name)):
        grouped.setdefault(needed.module, []).append(needed.name)
    lines += [""] if grouped else []
    for module, found in grouped.items():
        line = f"from {module} import {', '.join(found)}"
        lines += [line] if len(line) <= 110 else [f"from {module} import (", *(f"    {n}," for n in found), ")"]
    return [*lines, "", f"OBSERVED = {observed!r}", f"LATENT = {latent!r}"]


def _sizes(program: ir.Program) -> list[str]:
    """A function that reads the sizes off the data."""
    lines = [
        "",
        "",
        "def sizes_of(data):",
        '    """The static integers of the program, read off the shapes of the data or given by them."""',
    ]
    entries = []
    for static in program.statics:
        where = _shape_with(static, program)
        read = f'data["{static}"]' if where is None else f'data["{where[0]}"].shape[{where[1]}]'
        entries.append(f'"{static}": int({read})' if where is None else f'"{static}": {read}')
    return [*lines, f"    return {{{', '.join(entries)}}}"]


def _shape_with(static: str, program: ir.Program) -> tuple[str, int] | None:
    for given in program.inputs:
        for position, dim in enumerate(given.type.dims):
            if given.role in ("data", "given") and dim == Dim.name(static):
                return variable_of(given) if given.role == "given" else given.name, position
    return None


def _dimension(programs: Mapping[str, ir.Program]) -> list[str]:
    program = programs.get("log_density_unconstrained")
    if program is None or program.free_size is None:
        return []
    lines = ["", "", "def dimension(sizes):", '    """The length of the unconstrained vector."""']
    lines += [f'    {n} = sizes["{n}"]' for n in sorted(program.free_size.names)]
    return [*lines, f"    return {program.free_size}"]


def _function(what: str, parameters: str, program: ir.Program, text: Text) -> None:
    program, names = _python_names(program)
    free = next((i.name for i in program.inputs if i.role == "free"), "q")
    text.line("", 0)
    text.line("", 0)
    text.line(f"def {what}({parameters.format(q=free)}):", 0)
    for line in f'"""{_DOCS[what]}"""'.splitlines():
        text.line(line.strip(), 1)
    inner = Text(imports=text.imports)
    _body(what, program, names, inner)
    needed = sorted(inner.modules & LAWS.keys())
    if inner.draws:
        needed = ["draw", *needed]
    if needed:
        text.line(f"from {LAWS_MODULE} import {', '.join(needed)}", 1)
    shift = len(text.lines)
    text.modules |= inner.modules
    text.lines += inner.lines
    text.spans |= {n + shift: s for n, s in inner.spans.items()}


def _python_names(program: ir.Program) -> tuple[ir.Program, Mapping[str, str]]:
    """Inputs and sizes whose names Python or the emitted code keeps for itself get an underscore: the
    program in which they have, and the new names.
    """
    kept = reserved(program)
    clash = {n: f"{n}_" for n in (*program.statics, *(i.name for i in program.inputs)) if n in kept}
    if not clash:
        return program, clash
    atoms: dict[str, ir.Atom] = {n: ir.Var(m) for n, m in clash.items() if n not in program.statics}
    atoms |= {n: ir.Size(Dim.name(m)) for n, m in clash.items() if n in program.statics}
    body, prepare = rename(program.body, atoms), rename(program.prepare, atoms)
    return replace(program, body=body, prepare=prepare), clash


def _body(what: str, program: ir.Program, names: Mapping[str, str], text: Text) -> None:
    """Write the body, and before it the inputs and sizes that it turned out to read."""
    inner = Text(imports=text.imports, modules=text.modules)
    emitter = FunctionEmitter(inner, taken=names_of(program))
    emitter.fixed = frozenset(names.get(n, n) for n in (*program.statics, *(i.name for i in program.inputs)))
    emitter.types = {names.get(i.name, i.name): i.type for i in program.inputs}
    returned = _Result(what, inner, emitter, program.choices)
    body = program.body
    if what in _TOGETHER:
        body, emitter.together = together(body)
    emitter.statements(body, 1, returned)
    returned.finish()
    read = set(re.findall(r"\b\w+\b", "\n".join(line.partition("  # ")[0] for line in inner.lines)))
    for static in program.statics:
        if names.get(static, static) in read:
            text.line(f'{names.get(static, static)} = sizes["{static}"]', 1)
    for given in program.inputs:
        source = {"latent": "values", "param": "params", "state": "state"}.get(given.role, "data")
        key = variable_of(given) if given.role == "given" else given.key or given.name
        if names.get(given.name, given.name) in read and given.role != "free":
            value = f'{source}["{key}"]'
            value = value if given.type.element == "network" else f"jnp.asarray({value})"
            value = f"{value}[0]" if given.role == "state" else value
            text.line(f"{names.get(given.name, given.name)} = {value}", 1)
    shift = len(text.lines)
    text.lines += inner.lines
    text.spans |= {n + shift: s for n, s in inner.spans.items()}
    text.draws |= inner.draws


def _accumulated(name: str, term: ast.expr, more: bool) -> str:
    """`density = term`, or the term added to the density."""
    return f"{name} = {ast.unparse(added(ast.Name(name), term) if more else term)}"


#: What draws its keys with one split: estimates are made many times.
_TOGETHER = frozenset({"estimate", "train", "draws"})

#: What the sum of the factors is called in what is asked for.
_SUMS = {"log_density": "density", "log_density_unconstrained": "density", "estimate": "value", "train": "value"}


class _Result:
    """What a function gives back: the density, its parts, or a dict."""

    def __init__(self, what: str, text: Text, emitter: FunctionEmitter, choices: tuple[ir.Choice, ...]) -> None:
        self.what, self.text, self.emitter, self.choices = what, text, emitter, choices
        self.name = _SUMS.get(what, "")
        self.sums: set[str] = set()
        self.fields: list[str] = []
        self.parts: dict[str, ast.expr] = {}
        self.span: Span | None = None

    def __call__(self, stmt: ir.Stmt) -> None:
        if isinstance(stmt, ir.Return):
            self.span = stmt.span
        match stmt:
            case ir.Factor(value, origin) if self.what == "factors":
                where = f"{origin}@{stmt.span.line}" if stmt.span.end else origin
                term = self.emitter.look(value)
                self.parts[where] = added(self.parts[where], term) if where in self.parts else term
            case ir.Factor(value, into=into) if self.name:
                name = into or self.name
                self.text.line(_accumulated(name, self.emitter.look(value), name in self.sums), 1, stmt.span)
                self.sums.add(name)
            case ir.Return(fields) if self.what == "unconstrain":
                self.fields = [ast.unparse(self.emitter.look(value)) for _, value in fields]
            case ir.Return(fields):
                self.fields = [f'"{name}": {ast.unparse(self.emitter.look(value))}' for name, value in fields]
            case _:
                pass

    def finish(self) -> None:
        """Write the return."""
        match self.what:
            case "train":
                sums = (name if name in self.sums else "jnp.zeros(())" for name in (self.name, ir.LOSS))
                self.text.line(f"return {', '.join(sums)}, {next_state(self.choices, self.sums, self.text)}", 1)
            case _ if self.name:
                self.text.line(f"return {self.name}" if self.name in self.sums else "return jnp.zeros(())", 1)
            case "factors":
                parts = ", ".join(f'"{where}": {ast.unparse(term)}' for where, term in self.parts.items())
                self.text.line(f"return {{{parts}}}", 1)
            case "unconstrain":
                self.text.line(f"return {self.fields[0]}", 1, self.span)
            case _:
                self.text.line(f"return {{{', '.join(self.fields)}}}", 1, self.span)
