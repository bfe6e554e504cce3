"""A bridge: a process of the language, and what was found for its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from typing import TYPE_CHECKING, Any

from pushforward.api.bridges.ends import End, Unfit, end_of
from pushforward.api.bridges.methods import Method, methods
from pushforward.api.bridges.reference import Reference
from pushforward.dsl import tree
from pushforward.dsl.parse import parse
from pushforward.dsl.source import Source

if TYPE_CHECKING:
    from pushforward.api.model import Bound, Model


@dataclass(frozen=True)
class Bridge:
    """`process` is the process between the times 0 and 1, `arguments` what it is given, `found` what the method has
    found of them; `warnings` say what speaks against it."""

    process: Model
    arguments: Mapping[str, object]
    found: Mapping[str, Any]
    method: str
    warnings: tuple[str, ...] = ()

    def at(self, times: object) -> Bound:
        """The model of a path at times, of which the first is 0 and the last at most 1. Raises `Unfit`."""
        import numpy as np

        when = np.asarray(times, float)
        if when.ndim != 1 or not when.size or when[0] != 0 or not when[-1] <= 1:
            raise Unfit("the times of a bridge begin at 0 and end at 1 or before", "times")
        return self.process(**dict(self.arguments), times=times)


def between(
    start: object, end: object, under: Reference, by: str = "automatic", *, seed: int = 0, **settings: object
) -> Bridge:
    """The bridge from `start` to `end`, each a model of one vector or points [n, D]. Raises `Unfit`, and
    ValueError for a method or a setting that there is not."""
    method = methods().get(by)
    if method is None:
        raise ValueError(f"there is no method {by!r}; the methods of bridges are {', '.join(methods())}")
    least = {s.name: s.least for s in method.settings}
    for name, value in settings.items():
        if name not in least:
            raise ValueError(f"{by} has no setting {name!r}; it has {', '.join(least) or 'none'}")
        if not isinstance(value, Integral) or value < least[name]:
            raise ValueError(f"{name} is a whole number of at least {least[name]}, not {value!r}")
    chosen: dict[str, object] = {s.name: s.default for s in method.settings} | settings
    first, last = fitting(start, end)
    found: Bridge = method.run(first, last, under, seed, chosen)
    return found


def fitting(start: object, end: object) -> tuple[End, End]:
    """Two ends of one size. Raises `Unfit`."""
    first, last = end_of(start, "start"), end_of(end, "end")
    if first.size != last.size:
        raise Unfit(f"its points have {last.size} coordinates, those of the start {first.size}", "end")
    return first, last


def by_potential(
    start: End, under: Reference, potential: Mapping[str, Any], method: Method, warnings: tuple[str, ...]
) -> Bridge:
    """The process whose drift is that of a potential: `w`, `r` and `S`."""
    from pushforward.api.files import checked

    opening = start.opening()
    x = opening.state
    state = f"[{x}]" if start.scalar else x
    drift = f"potential_drift(t, {state}, potential_w, potential_r, potential_S, potential_eps)"
    drift += "[0]" if start.scalar else ""
    text = f"process bridge(K: int) {{\n  {x} ~ law\n  d{x} = {drift} dt + sqrt(potential_eps) dW\n}}\n"
    (whole,) = parse(Source("<bridge>", text)).items
    assert isinstance(whole, tree.Program)
    _, equation = whole.body.statements
    components = tree.Number(len(potential["w"]), str(len(potential["w"])))
    table = (components, opening.size)
    parameters = (
        *opening.parameters,
        tree.Parameter("potential_w", tree.TypeExpr("vector", dims=(components,)), None),
        tree.Parameter("potential_r", tree.TypeExpr("matrix", dims=table), None),
        tree.Parameter("potential_S", tree.TypeExpr("nonneg", dims=table), None),
        tree.Parameter("potential_eps", tree.TypeExpr("positive"), None),
    )
    type_ = tree.TypeExpr("real") if start.scalar else tree.TypeExpr("vector", dims=(opening.size,))
    site = tree.Site(tree.Name(x), type_, opening.law, None)
    body = tree.Block((*opening.lets, site, equation))
    program = tree.Program("process", "bridge", parameters, body)
    model = checked(tree.File((*opening.declarations, program)), Source("<bridge>", text)).models["bridge"]
    given = {f"potential_{n}": v for n, v in potential.items()} | {"potential_eps": under.eps}
    return Bridge(model, {**opening.arguments, **given}, {**potential, "eps": under.eps}, method.name, warnings)
