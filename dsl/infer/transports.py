"""What the dual of an entropic transport problem is made of, for the solvers that know it.

    argmax f: vector[M] { transport_dual(f, C, a, b, eps) }      C, a, b, eps
    argmax f: vector[M] { unbalanced_dual(f, C, a, b, eps, 1, 2) }      and the weights of the penalties, 1 and 2
"""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.infer.context import Context, is_poison, joined
from pushforward.dsl.infer.expressions import expression
from pushforward.dsl.infer.operators import converted
from pushforward.dsl.infer.statements import statements
from pushforward.dsl.infer.taint import names_of
from pushforward.dsl.typed import Body, RecordExpr
from pushforward.dsl.types import Record

#: how many arguments follow the potentials
_DUALS = {"transport_dual": 4, "unbalanced_dual": 6}


def transport_of(ctx: Context, node: tree.Solve, lets: tuple[tree.Statement, ...]) -> dict[str, Body]:
    """The part `transport`, if the loss is such a dual of the only unknown."""
    last = node.body.statements[-1] if node.body.statements else None
    loss = last.value if isinstance(last, tree.ExprStatement | tree.Return) else None
    match loss, node.binders:
        case tree.Call(function=tree.Name(id=name), arguments=(first, *rest)), (binder,) if (
            node.kind == "argmax" and len(rest) == _DUALS.get(name) and all(a.name is None for a in (first, *rest))
            and first.value == tree.Name(binder.name) and not any(binder.name in names_of(a.value) for a in rest)
        ):
            with ctx.scope():
                before = statements(ctx, lets)
                typed = [converted(expression(ctx, a.value), "real") for a in rest]
            if is_poison(*typed):
                return {}
            fields = tuple((f"t{i}", e) for i, e in enumerate(typed))
            type_ = Record(tuple((n, e.type) for n, e in fields))
            value = RecordExpr(fields, type=type_, stage=joined(*typed), span=node.span)
            return {"transport": Body(before, value)}
        case _:
            return {}
