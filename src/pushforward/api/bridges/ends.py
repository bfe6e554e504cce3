"""What stands at an end of a bridge: a model of one vector, or points that are draws of a law, one a row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pushforward.dsl import tree
from pushforward.dsl.parse import parse_expression
from pushforward.dsl.source import Source
from pushforward.dsl.types import Array

if TYPE_CHECKING:
    import numpy as np

    from pushforward.api.model import Bound

    Matrix = np.ndarray[Any, np.dtype[Any]]


class Unfit(ValueError):
    """Why something cannot be an end, or a method not serve two ends. `which` is "start" or "end"; "" for neither."""

    def __init__(self, reason: str, which: str = "") -> None:
        super().__init__(reason)
        self.which = which


@dataclass(frozen=True)
class Opening:
    """How a process begins at an end: parameters with what they are given, `let`s, the law of its state."""

    parameters: tuple[tree.Parameter, ...]
    arguments: dict[str, object]
    lets: tuple[tree.Statement, ...]
    law: tree.Expr
    size: tree.Expr
    state: str = "x"
    declarations: tuple[tree.Item, ...] = ()


@dataclass(frozen=True)
class Points:
    """Points [n, D], of which each is as likely as any other."""

    array: Matrix

    @property
    def size(self) -> int:
        """D."""
        return int(self.array.shape[1])

    @property
    def scalar(self) -> bool:
        """Whether the state is a number."""
        return False

    def draws(self, count: int, seed: int) -> Matrix:
        """The points themselves."""
        return self.array

    def normal(self) -> tuple[Matrix, Matrix] | None:
        """None: nobody said that they are draws of a normal law."""
        return None

    def opening(self) -> Opening:
        """One of the points."""
        size = tuple(tree.Number(n, str(n)) for n in self.array.shape)
        points = tree.Parameter("points", tree.TypeExpr("matrix", dims=size))
        law = tree.Call(tree.Name("empirical"), (tree.Argument(None, tree.Name("points")),))
        return Opening((points,), {"points": self.array}, (), law, size[1])


@dataclass(frozen=True)
class Law:
    """A model whose only variable is a vector or a number."""

    bound: Bound
    site: tree.Site
    lets: tuple[tree.Statement, ...]

    @property
    def _type(self) -> Array:
        (variable,) = self.bound.model.program.variables
        return variable.type

    @property
    def scalar(self) -> bool:
        """Whether the state is a number."""
        return not self._type.dims

    @property
    def size(self) -> int:
        """D."""
        return 1 if self.scalar else int(self._type.dims[0].at(self.bound.sizes))

    @property
    def _written_size(self) -> str:
        return "1" if self.scalar else str(self._type.dims[0])

    def draws(self, count: int, seed: int) -> Matrix:
        """Draws of the model [count, D]."""
        import numpy as np

        drawn = self.bound.predict(None, seed=seed, draws=count)
        (name,) = self.bound.model.variables
        found = next(a for g in ("prior", "prior_predictive") for n, a in drawn.group(g).items() if n == name)
        return np.asarray(found).reshape(count, self.size)

    def normal(self) -> tuple[Matrix, Matrix] | None:
        """The mean [D] and the covariance [D, D] where the law is written as a normal one."""
        import numpy as np

        from pushforward.api.bridges.normals import moments
        from pushforward.api.files import checked

        law = self.site.distribution
        head = law.function if isinstance(law, tree.Call) else law
        given = law.arguments if isinstance(law, tree.Call) else ()
        found = moments(head.id, given, self._written_size) if isinstance(head, tree.Name) else None
        if found is None:
            return None
        node = self._node()
        body = tree.Block((*self.lets, tree.Return(found, span=law.span)), span=node.body.span)
        program = tree.Program("model", "moments", node.parameters, body, span=node.span)
        others = tuple(i for i in self._file().items if getattr(i, "name", "") not in (node.name, "moments"))
        model = checked(tree.File((*_declarations(others), program)), node.span.source).models["moments"]
        values = model(**dict(self.bound.arguments)).generated({})
        return np.asarray(values["mean"]), np.asarray(values["covariance"])

    def opening(self) -> Opening:
        """As the model says it."""
        node = self._node()
        declared = _declarations(tuple(i for i in self._file().items if i is not node))
        if any(p.name == "t" for p in node.parameters):
            raise Unfit("it has an argument `t`, which is the time in a process", "start")
        size = parse_expression(Source("<size>", self._written_size))
        (name,) = self.bound.model.variables
        return Opening(
            node.parameters, dict(self.bound.arguments), self.lets, self.site.distribution, size, name, declared
        )

    def _node(self) -> tree.Program:
        node = self.bound.model.node
        assert node is not None
        return node

    def _file(self) -> tree.File:
        file = self.bound.model.file
        return file if file is not None else tree.File(())


End = Points | Law


def _declarations(items: tuple[tree.Item, ...]) -> tuple[tree.Item, ...]:
    return tuple(i for i in items if isinstance(i, tree.Function | tree.Distribution | tree.Algorithm))


def end_of(value: object, which: str) -> End:
    """An end. Raises `Unfit`."""
    from pushforward.api.model import Bound, Model

    if isinstance(value, Model):
        value = value()
    if isinstance(value, Bound):
        return _law(value, which)
    import numpy as np

    array = np.asarray(value)
    if array.dtype.kind not in "fiu" or array.ndim not in (1, 2) or not array.size:
        raise Unfit("this is neither a model nor points, one a row", which)
    if not np.isfinite(array).all():
        raise Unfit("a coordinate is not finite", which)
    return Points(np.asarray(array, float).reshape(len(array), -1))


def _law(bound: Bound, which: str) -> Law:
    node, program = bound.model.node, bound.model.program
    if bound.observations:
        raise Unfit("it is conditioned: an end is a law that can be drawn from", which)
    if node is None or program.kind != "model" or len(program.variables) != 1:
        raise Unfit(f"it has {len(program.variables)} variables: an end has one, a vector or a number", which)
    if any(not isinstance(s, tree.Site | tree.Let | tree.Return) for s in node.body.statements):
        raise Unfit("it has statements besides its site and its `let`s: its law is not written as one site", which)
    type_ = program.variables[0].type
    if type_.constraint.kind != "none":
        raise Unfit(f"its variable is {type_}: an end has one without bounds", which)
    sites = [s for s in node.body.statements if isinstance(s, tree.Site)]
    lets = tuple(s for s in node.body.statements if isinstance(s, tree.Let))
    if type_.element != "real" or type_.rank > 1 or len(sites) != 1 or not isinstance(sites[0].target, tree.Name):
        raise Unfit(f"its variable is {type_}: an end has one vector or number, with one site", which)
    return Law(bound, sites[0], lets)
