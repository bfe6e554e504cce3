"""The programs that a sampler is: one that draws a step, one that says what it keeps and from where it goes back.

`logp(p)(e)`, `grad(logp(p))(e)` and `hessian(logp(p))(e)` become calls of functions that the runtime gives, and
`dim(p)` a size, `d`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from pushforward.dsl import tree
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors.samplers import NotASampler
from pushforward.dsl.infer.taint import names_of
from pushforward.dsl.instantiate.names import map_children, name
from pushforward.dsl.samplers.reading import BATCHED, REVERSED, TARGET, VOLUME, Sampler

#: The size that `dim(p)` becomes.
SIZE = "d"

#: What `logp(p)` and its derivatives become.
FUNCTIONS = """
fun log_density_at(u: vector[N]) -> real = extern rt.target.log_density_at
fun gradient_at(u: vector[N]) -> vector[N] = extern rt.target.gradient_at
fun log_density_at(u: matrix[M, N]) -> real = extern rt.target.log_density_at
fun gradient_at(u: matrix[M, N]) -> matrix[M, N] = extern rt.target.gradient_at
fun hessian_at(u: vector[N]) -> matrix[N, N] = extern rt.target.hessian_at
"""


def drawing(sampler: Sampler) -> tree.Program:
    """The model that draws a step; it gives back what follows from the draws: parts of the new state that are no draws
    themselves, and the noises of the step back."""
    lets = sampler.lets
    outside = {TARGET, *(f"{REVERSED}{s.name}" for s in sampler.states)}
    body = tuple(
        s for s in sampler.node.body.statements
        if not (isinstance(s, tree.Let) and s.name in outside) and not isinstance(s, tree.Return)
    )  # fmt: skip
    given = (*(n for n in sampler.nexts if n in lets), *(f"{REVERSED}{n}" for n in sampler.noises), VOLUME)
    return _program(sampler, body, [n for n in given if n in lets])


def standing(sampler: Sampler) -> tree.Program:
    """The model without draws that gives the logarithm of what the step keeps invariant, `target`, and the state from
    which a step back is made, where it is another: `reversed_v`."""
    lets = dict(sampler.lets)
    first = sampler.states[0]
    if TARGET not in lets:
        call = tree.Call(tree.Name("logp"), (tree.Argument(None, tree.Name(sampler.target)),), span=first.span)
        at = tree.Argument(None, tree.Name(first.name), span=first.span)
        lets[TARGET] = tree.Let(TARGET, None, tree.Call(call, (at,), span=first.span), span=first.span)
    wanted = [TARGET, *(f"{REVERSED}{s}" for s in sampler.returned)]
    needed = _needed(lets, wanted)
    body = tuple(let for text, let in lets.items() if text in needed)
    return _program(sampler, body, wanted)


def _needed(lets: dict[str, tree.Let], wanted: Iterable[str]) -> set[str]:
    """The values on which some depend, and these."""
    found: set[str] = set()
    todo = list(wanted)
    while todo:
        text = todo.pop()
        if text in lets and text not in found:
            found.add(text)
            todo.extend(names_of(lets[text]))
    return found


def _program(sampler: Sampler, body: tuple[tree.Statement, ...], given: list[str]) -> tree.Program:
    place = sampler.node
    fields = tuple(tree.Field(n, tree.Name(n, span=place.span), span=place.span) for n in given)
    end = (tree.Return(tree.RecordExpr(fields, span=place.span), span=place.span),) if fields else ()
    read = frozenset().union(*map(names_of, (*body, *(p.type for p in sampler.states if p.type is not None))))
    settings = (p for p in sampler.settings if p.name in read)
    parameters = tuple(replace(p, default=None) for p in (*sampler.states, *settings))
    whole = replace(
        place, kind="model", parameters=parameters, body=replace(place.body, statements=(*body, *end)), doc=place.doc
    )
    return _asked(whole, sampler.target)


def _asked(node: tree.Program, target: str) -> tree.Program:
    """A tree in which what it asks of the model are calls of the functions that the runtime gives."""

    def change(n: Any) -> Any:
        match n:
            case tree.Call(function=tree.Name(id="dim"), arguments=(tree.Argument(value=tree.Name(id=text)),)) if (
                text == target
            ):
                return name(SIZE, n)
            case tree.Call(function=tree.Call() as function) if (found := _function(function, target)) is not None:
                return map_children(replace(n, function=name(found, n)), change)
            case tree.Name(id=text) if text == target:
                helps = (f"a step asks for `logp({text})(e)`, its `grad` and `hessian`, and `dim({text})`",)
                raise ProgramError(NotASampler.diagnostic(n.span, "this asks for more", helps=helps, name=node.name))
            case _:
                return map_children(n, change)

    return map_children(node, change)


def _function(node: tree.Call, target: str) -> str | None:
    """`log_density_at` for `logp(p)`, `gradient_at` for `grad(logp(p))`, `hessian_at` for `hessian(logp(p))`."""
    match node:
        case tree.Call(tree.Name(id="logp"), (tree.Argument(value=tree.Name(id=text)),)) if text == target:
            return "log_density_at"
        case tree.Call(tree.Name(id=name_), (tree.Argument(value=tree.Call() as inner),)) if name_ == BATCHED:
            return _function(inner, target)
        case tree.Call(tree.Name(id="grad" | "hessian" as operator), (tree.Argument(value=tree.Call() as inner),)):
            known = _function(inner, target) == "log_density_at"
            return {"grad": "gradient_at", "hessian": "hessian_at"}[operator] if known else None
        case _:
            return None
