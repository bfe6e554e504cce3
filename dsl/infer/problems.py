"""`problem P(data) { param x: T = e; ...; minimize f subject to g }`: a program whose parameters are solved for.

    problem p(A: matrix[N, N]) {            problem p(A: matrix[N, N]) {
      param x: vector[N] = 1                  let p_solution = argmin x: vector[N] from 1 { let r = A * x
      let r = A * x                             dot(r, r) } by newton()
      minimize dot(r, r) by newton()          let x = p_solution; let r = A * x
    }                                         return {x, r, objective = dot(r, r)}
                                            }

A problem is one hole; what follows from its parameters is worked out again at the solution, and given back. By a
method for bilevel problems it is another hole: see `single_loop.py`.
"""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.errors.bilevel import BatchPlace
from pushforward.dsl.errors.solvers import ProblemShape, WrongAlgorithm
from pushforward.dsl.infer.context import Known
from pushforward.dsl.infer.levels import given_back
from pushforward.dsl.infer.report import Report
from pushforward.dsl.infer.sections import is_batch, taken_apart
from pushforward.dsl.infer.single_loop import written
from pushforward.dsl.infer.taint import nodes_of


def as_hole(known: Known, node: tree.Program, report: Report) -> tree.Program | None:
    """The problem as a program with one hole; None after a report."""
    params = [s for s in node.body.statements if isinstance(s, tree.Param)]
    wishes = [s for s in node.body.statements if isinstance(s, tree.Optimise)]
    limits = [c for s in node.body.statements if isinstance(s, tree.SubjectTo) for c in s.constraints]
    rest = tuple(
        s for s in node.body.statements if not isinstance(s, tree.Param | tree.Optimise | tree.SubjectTo | tree.Return)
    )
    if len(wishes) != 1 or not params:
        place = wishes[1].span if len(wishes) > 1 else node.span
        label = "a second goal" if len(wishes) > 1 else "`minimize e` is missing" if not wishes else "no `param` here"
        report.error(ProblemShape, place, label, name=node.name)
        return None
    (wish,) = wishes
    first = [s for s in rest if not isinstance(s, tree.Let | tree.Assign | tree.For | tree.If)]
    if first:
        report.error(ProblemShape, first[0].span, "this has no place in a problem", name=node.name)
        return None
    method = _single_loop(known, wish)
    if method:
        if limits:
            wrong = "takes no constraints"
            report.error(WrongAlgorithm, limits[0].span, "a constraint of the problem", name=method, wrong=wrong)
            return None
        sections = taken_apart(node, params, wish, rest, method, report)
        return None if sections is None else written(node, sections)
    batch = None if known.is_function("batch") else next((n for n in nodes_of((*rest, wish)) if is_batch(n)), None)
    if batch is not None:
        fit = sorted(a.name for a in known.algorithms() if "bilevel" in a.uses)
        helps = (f"methods that take batches, if the problem has a lower level: {', '.join(fit)}",)
        report.error(BatchPlace, batch.span, "the solver looks at the loss as a function", helps=helps)
        return None
    solution = f"{node.name}_solution"
    return _program(node, params, wish, limits, rest, solution)


def _single_loop(known: Known, wish: tree.Optimise) -> str:
    """The name of the method, if it is one that moves lower levels along."""
    written_ = wish.method.algorithm if wish.method is not None else None
    name = written_.function if isinstance(written_, tree.Call) else written_
    declared = known.algorithm(name.id) if isinstance(name, tree.Name) else None
    return declared.name if declared is not None and "bilevel" in declared.uses else ""


def _program(
    node: tree.Program, params: list[tree.Param], wish: tree.Optimise, limits: list[tree.Expr],
    rest: tuple[tree.Statement, ...], solution: str,
) -> tree.Program:  # fmt: skip
    kind = "argmin" if wish.sense == "minimize" else "argmax"
    binders = tuple(tree.Binder(p.name, p.type, None, span=p.span) for p in params)
    body = tree.Block((*rest, tree.ExprStatement(wish.value, span=wish.value.span)), span=node.body.span)
    hole: tree.Expr = tree.Solve(kind, binders, _start(params), body, tuple(limits), span=wish.span)  # type: ignore[arg-type]
    if wish.method is not None:
        hole = tree.Hole(hole, wish.method, span=wish.span)
    lets: list[tree.Statement] = [tree.Let(solution, None, hole, span=wish.span)]
    for p in params:
        value: tree.Expr = tree.Name(solution, span=p.span)
        if len(params) > 1:
            value = tree.Attribute(value, p.name, span=p.span)
        lets.append(tree.Let(p.name, None, value, span=p.span))
    found = [tree.Field(p.name, None, span=p.span) for p in params]
    found += [f for s in rest if isinstance(s, tree.Let) for f in given_back(s)]
    found.append(tree.Field("objective", wish.value, span=wish.span))
    given = tree.Return(tree.RecordExpr(tuple(found), span=wish.span), span=wish.span)
    return tree.Program(
        "problem", node.name, node.parameters, tree.Block((*lets, *rest, given), span=node.body.span), node.doc,
        span=node.span,
    )  # fmt: skip


def _start(params: list[tree.Param]) -> tree.Expr | None:
    """What the parameters are at the start, where that is said."""
    said = [p for p in params if p.value is not None]
    if not said:
        return None
    if len(params) == 1:
        return said[0].value
    fields = tuple(tree.Field(p.name, p.value, span=p.span) for p in said)
    return tree.RecordExpr(fields, span=said[0].span)
