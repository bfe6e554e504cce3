"""The text of what a module imports from the runtime, so that it runs with jax and numpyro alone.

Files of the runtime that emitted programs import are self-contained by contract: they import libraries and
one another, and nothing else. Their text is put where the imports were, comments and all; a record of the
registry is dropped.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from pushforward.compiler.emit.module import Emitted
from pushforward.compiler.emit.names import LAWS, LAWS_MODULE
from pushforward.dsl.source import Span

_RUNTIME = "pushforward.runtime"
_RECORDS = ("BIJECTOR", "STRATEGY", "SOLVER", "SAMPLER")


def standalone(emitted: Emitted) -> Emitted:
    """The module with every import of the runtime replaced by the text of what it names."""
    lines = emitted.text.splitlines()
    lines, numbers = _plain_laws(_joined(lines))
    emitted = Emitted(emitted.text, {numbers[n]: s for n, s in emitted.spans.items()}, ())
    wanted = [module for line in lines if (module := _imported(line)) is not None]
    libraries, pieces = _collect(dict.fromkeys(wanted))
    kept: list[str] = []
    spans: dict[int, Span] = {}
    inserted = False
    present = {line for line in lines if line.startswith(("import ", "from "))}
    for number, line in enumerate(lines, 1):
        if not inserted and line.startswith("OBSERVED = "):
            kept += _inlined(libraries, present, pieces)
            inserted = True
        if _imported(line) is None:
            kept.append(line)
            if number in emitted.spans:
                spans[len(kept)] = emitted.spans[number]
    return Emitted("\n".join(kept) + "\n", spans, ())


def _joined(lines: list[str]) -> list[str]:
    """Imports that take several lines in one, with empty lines where the others were (so that numbers stay)."""
    text = "\n".join(lines)

    def one_line(match: re.Match[str]) -> str:
        names = " ".join(match[2].split()).rstrip(",")
        return f"from {match[1]} import {names}" + "\n" * match[0].count("\n")

    return re.sub(r"from (\S+) import \(\n(.*?)\n\)", one_line, text, flags=re.DOTALL).split("\n")


def _plain_laws(lines: list[str]) -> tuple[list[str], dict[int, int]]:
    """Distribution libraries imported as themselves; where each line has gone."""
    result: list[str] = []
    numbers: dict[int, int] = {}
    for number, line in enumerate(lines, 1):
        indent, _, names = line.partition(f"from {LAWS_MODULE} import ")
        found = names.split(", ") if names else []
        result += [f"{indent}import {LAWS[n]} as {n}" for n in found if n in LAWS]
        if "draw" in found or not found:
            result.append(f"{indent}from {LAWS_MODULE} import draw" if found else line)
        numbers[number] = len(result)
    return result, numbers


def _imported(line: str) -> str | None:
    """The runtime module that a line imports from."""
    text = line.strip()
    return text.split()[1] if text.startswith(f"from {_RUNTIME}.") else None


def _inlined(libraries: list[str], present: set[str], pieces: list[str]) -> list[str]:
    if not pieces:
        return []
    new = [line for line in dict.fromkeys(libraries) if line not in present]
    return [
        *new,
        "",
        "# ---- from pushforward.runtime",
        "",
        *("\n\n\n".join(pieces)).splitlines(),
        "",
        "# ---- the program",
        "",
    ]


def _collect(modules: Iterable[str]) -> tuple[list[str], list[str]]:
    """Library imports and texts of modules, those that a module needs before it."""
    libraries: list[str] = []
    pieces: list[str] = []
    seen: set[str] = set()

    def visit(module: str) -> None:
        if module in seen:
            return
        seen.add(module)
        text = _path(module).read_text(encoding="utf-8")
        body: list[str] = []
        for node in ast.parse(text).body:
            match node:
                case ast.ImportFrom(module=str(source)) if source.startswith("pushforward."):
                    if source.startswith(_RUNTIME) and not source.endswith(".bijector"):
                        visit(source)
                case ast.ImportFrom(module="__future__" | "importlib"):
                    pass
                case ast.Import() | ast.ImportFrom():
                    libraries.append(ast.unparse(node))
                case ast.Expr(ast.Constant(str())) if not body:
                    pass
                case ast.FunctionDef(name="__getattr__") | ast.Assign([ast.Name("_LIBRARIES")]):
                    pass
                case ast.Assign([ast.Name(name)]) if name in _RECORDS:
                    pass
                case _:
                    body.append(_segment(text, node))
        pieces.append("\n\n\n".join(body))

    for module in modules:
        visit(module)
    return libraries, pieces


def _segment(text: str, node: ast.stmt) -> str:
    """The text of a statement with its decorators."""
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(d.lineno for d in decorators)])
    return "\n".join(text.splitlines()[first - 1 : node.end_lineno])


def _path(module: str) -> Path:
    """The file of a runtime module. Asking the import system for it would import the packages above it, and
    with them JAX.
    """
    package = find_spec("pushforward")
    if package is None or package.origin is None:
        raise FileNotFoundError(f"the text of {module} is not at hand")
    return Path(package.origin).parent.joinpath(*module.split(".")[1:]).with_suffix(".py")
