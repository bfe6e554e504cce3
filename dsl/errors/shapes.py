"""PF301 to PF319: shapes that do not agree."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class ShapesDiffer(Error):
    """An elementwise operator meets arrays of different shapes.

    Only a scalar is spread over an array. Two arrays must have equal shapes, and two sizes are equal when they are
    the same expression: N and M are different sizes even where the data would make them equal.
    """

    code = "PF301"
    title = "`{op}` needs arrays of one shape, not {left} and {right}"
    bad = "model m(x: vector[N], z: vector[M]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * x + z, 1)\n}\n"
    good = "model m(x: vector[N], z: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * x + z, 1)\n}\n"


class ProductShapes(Error):
    """A product of linear algebra meets inner sizes that differ.

    `A * b` sums over the columns of A and the elements of b, so that there must be as many of one as of the other.
    `.*` multiplies element by element.
    """

    code = "PF302"
    title = "`{product}` multiplies {left} by {right}"
    bad = "model m(X: matrix[N, D], w: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * (X * w), 1)\n}\n"
    good = "model m(X: matrix[N, D], w: vector[D]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * (X * w), 1)\n}\n"


class VectorProduct(Error):
    """Two vectors are multiplied with `*`.

    There are two products of vectors, and `*` is neither: `dot(v, w)` or `v' * w` is a number, `v .* w` a vector.
    """

    code = "PF303"
    title = "`*` has no meaning between two vectors"
    bad = "model m(v: vector[N], w: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * (v * w), 1)\n}\n"
    good = "model m(v: vector[N], w: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * dot(v, w), 1)\n}\n"


class ArrayPower(Error):
    """`^` meets an array. It is the power of numbers; `.^` is the power of each element."""

    code = "PF304"
    title = "`^` is for numbers; `.^` is for arrays"
    bad = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * x^2, 1)\n}\n"
    good = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * x .^ 2, 1)\n}\n"


class TransposeRank(Error):
    """A transpose of something that is neither a vector nor a matrix."""

    code = "PF305"
    title = "only vectors and matrices are transposed"
    bad = "model m(x: real) {\n  b ~ normal(0, 1)\n  y ~ normal(b * x', 1)\n}\n"
    good = "model m(x: real) {\n  b ~ normal(0, 1)\n  y ~ normal(b * x, 1)\n}\n"


class BranchesDiffer(Error):
    """The two branches of `if c then a else b` have different types. The value must have one type, whichever is
    taken."""

    code = "PF306"
    title = "the branches differ: {then} or {orelse}"
    bad = "model m(x: vector[N], c: bool) {\n  let z = if c then x else x[0]\n  y ~ normal(z, 1)\n}\n"
    good = "model m(x: vector[N], c: bool) {\n  let z = if c then x else 2 * x\n  y ~ normal(z, 1)\n}\n"


class ItemsDiffer(Error):
    """The items of a list have different shapes. A list is an array, so all its items must have one shape."""

    code = "PF307"
    title = "the items of a list must have one shape"
    bad = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * sum([1, x]), 1)\n}\n"
    good = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * sum([1, x[0]]), 1)\n}\n"


class EmptyList(Error):
    """An empty list. Nothing says what type its items would have; `zeros(0)` is an empty vector."""

    code = "PF308"
    title = "an empty list has no type"
    bad = "model m() {\n  b ~ normal(0, 1)\n  y ~ normal(b * sum([]), 1)\n}\n"
    good = "model m() {\n  b ~ normal(0, 1)\n  y ~ normal(b * sum(zeros(0)), 1)\n}\n"


class ArgumentShape(Error):
    """The shape of an argument does not agree with the others or with the parameter.

    The names of sizes in a signature stand for one size each: in `dot(v: vector[N], w: vector[N])` both vectors are
    equally long.
    """

    code = "PF309"
    title = "the shape of `{parameter}` of `{callee}` does not fit"
    bad = "model m(v: vector[N], w: vector[M]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * dot(v, w), 1)\n}\n"
    good = "model m(v: vector[N], w: vector[N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * dot(v, w), 1)\n}\n"


class LawShape(Error):
    """The shape of a site is not that of what its distribution draws.

    Arguments that are arrays make as many independent draws: `normal(theta, sigma)` with vectors of length J draws
    a vector of length J. When all arguments are scalars, the declared type says how many draws there are.
    """

    code = "PF310"
    title = "`{name}` draws values of the shape {shape} here"
    bad = "model m(s: positive[J], K: int) {\n  mu ~ normal(0, 1)\n  y: vector[K] ~ normal(mu, s)\n}\n"
    good = "model m(s: positive[J]) {\n  mu ~ normal(0, 1)\n  y: vector[J] ~ normal(mu, s)\n}\n"


class DeclaredShape(Error):
    """A value does not have the shape that its declaration says."""

    code = "PF311"
    title = "`{name}` is declared {declared}"
    bad = "model m(x: vector[N], K: int) {\n  let z: vector[K] = 2 * x\n  b ~ normal(0, 1)\n  y ~ normal(b * z, 1)\n}\n"
    good = "model m(x: vector[N]) {\n  let z: vector[N] = 2 * x\n  b ~ normal(0, 1)\n  y ~ normal(b * z, 1)\n}\n"


class StoreShape(Error):
    """What is stored in a container does not have the shape or the type of the place."""

    code = "PF312"
    title = "this cannot be stored there"
    bad = "model m(x: vector[N]) {\n  let h: vector[N]\n  h[0] = x\n  b ~ normal(0, 1)\n  y ~ normal(b * h, 1)\n}\n"
    good = "model m(x: vector[N]) {\n  let h: vector[N]\n  h[0] = x[0]\n  b ~ normal(0, 1)\n  y ~ normal(b * h, 1)\n}\n"


class ContainerNotDeclared(Error):
    """A site on an element of a container that nothing declares.

    `y[n] ~ ...` declares `y` by itself only when its subscripts are exactly the indices of the loops around it,
    each counted from 0. Otherwise say how large it is: `y: vector[T]` before.
    """

    code = "PF313"
    title = "nothing says how large `{name}` is"
    bad = "model m(T: int) {\n  for t in 1..T {\n    y[t] ~ normal(0, 1)\n  }\n}\n"
    good = "model m(T: int) {\n  y: vector[T]\n  for t in 1..T {\n    y[t] ~ normal(0, 1)\n  }\n}\n"
