"""Names that emitted Python keeps for itself."""

from __future__ import annotations

import keyword

from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import statements

#: Python's keywords, the modules and parameters of emitted functions, and what their bodies call by name.
RESERVED = frozenset(
    {*keyword.kwlist, "jax", "jnp", "jsp", "lax", "numpyro", "tfp"}
    | {"data", "sizes", "values", "params", "key", "seed", "draw", "density", "value", "state", "loss"}
    | {"float", "int", "bool", "objective", "unknowns", "given", "times"}
)


def reserved(program: ir.Program) -> frozenset[str]:
    """`RESERVED`, and the functions of the runtime that the program calls: emitted code imports them by
    name.
    """
    expressions = [s.expr for s in statements((*program.prepare, *program.body)) if isinstance(s, ir.Let)]
    targets = [e.op.target for e in expressions if isinstance(e, ir.Call)]
    called = {t.rpartition(".")[2] for t in targets if t.startswith(("rt.", "bijectors."))}
    return RESERVED | called | {e.kind for e in expressions if isinstance(e, ir.Weights)}
