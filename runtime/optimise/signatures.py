"""The signatures of optax's optimisers, read from its source: importing it would bring JAX, and checking a program must
not wait for that. `optimiser.optimisers` is the truth; the tests hold the two together.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.util import find_spec
from inspect import Parameter
from pathlib import Path

Signature = Mapping[str, Parameter]


@cache
def signatures() -> Mapping[str, Signature]:
    """The parameters of every optimiser by name, in order; only whether one has a default is known of it."""
    spec = find_spec("optax")
    assert spec is not None and spec.submodule_search_locations is not None
    root = Path(spec.submodule_search_locations[0])
    found: dict[str, Signature] = {}
    for module, names in _public(root).items():
        text = (root / "_src" / f"{module}.py").read_text(encoding="utf-8")
        if "learning_rate" in text:
            known = dict(_functions(ast.parse(text)))
            found |= {n: known[n] for n in names if "learning_rate" in known.get(n, ())}
    return dict(sorted(found.items()))


def _public(root: Path) -> dict[str, list[str]]:
    """The functions that `optax` offers, by the module that they come from."""
    found: dict[str, list[str]] = {}
    for node in ast.parse((root / "__init__.py").read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("optax._src."):
            names = [a.name for a in node.names if a.name.islower() and not a.name.startswith(("_", "scale_by_"))]
            found.setdefault((node.module or "").rpartition(".")[2], []).extend(names)
    return found


def _functions(module: ast.Module) -> Iterator[tuple[str, Signature]]:
    """Functions, and `name = functools.partial(function, argument=...)`, which keeps the signature."""
    known: dict[str, Signature] = {}
    for node in module.body:
        match node:
            case ast.FunctionDef(name=name):
                known[name] = _signature(node.args)
                yield name, known[name]
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Call(args=[ast.Name(id=base)])) if base in known:
                known[name] = known[base]
                yield name, known[base]
            case _:
                pass


def _signature(args: ast.arguments) -> Signature:
    plain = [*args.posonlyargs, *args.args]
    first = len(plain) - len(args.defaults)
    required = {a.arg: i < first for i, a in enumerate(plain)}
    required |= {a.arg: d is None for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)}
    kind = Parameter.KEYWORD_ONLY
    return {n: Parameter(n, kind, default=Parameter.empty if r else None) for n, r in required.items()}
