"""PF340 to PF359: subscripts, ranges and sizes."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class IndexRunsOut(Error):
    """An index is certainly outside its array.

    Indices count from 0, so the last element of N is `x[N - 1]`. Over a loop an index takes every value between its
    ends: `x[t - 1]` in `for t in 0..T` begins at -1. Start the loop later, or guard the access with `if`.
    """

    code = "PF340"
    title = "this index is outside 0..{dim}"
    bad = "model m(x: vector[T]) {\n  b ~ normal(0, 1)\n  for t in 0..T {\n    x[t] ~ normal(b * x[t - 1], 1)\n  }\n}\n"
    good = (
        "model m(x: vector[T]) {\n  b ~ normal(0, 1)\n  for t in 1..T {\n    x[t] ~ normal(b * x[t - 1], 1)\n  }\n}\n"
    )


class NotAnArray(Error):
    """Something without elements is subscripted.

    Brackets after a value take elements of an array. A scalar, a record and a distribution have none.
    """

    code = "PF341"
    title = "only arrays have elements"
    bad = "model m(x: real) {\n  b ~ normal(x[0], 1)\n}\n"
    good = "model m(x: vector[N]) {\n  b ~ normal(x[0], 1)\n}\n"


class TooManySubscripts(Error):
    """There are more subscripts than dimensions.

    `x[i, j]` needs two dimensions. Fewer subscripts than dimensions are allowed: `X[i]` is a row of a matrix.
    """

    code = "PF342"
    title = "{count} subscripts for an array with {rank} dimension(s)"
    bad = "model m(x: vector[N]) {\n  b ~ normal(x[0, 0], 1)\n}\n"
    good = "model m(x: matrix[N, N]) {\n  b ~ normal(x[0, 0], 1)\n}\n"


class NotAnIndex(Error):
    """A subscript is not a whole number, a slice or a list of whole numbers."""

    code = "PF343"
    title = "a subscript is a whole number"
    bad = "model m(x: vector[N], k: real) {\n  b ~ normal(x[k], 1)\n}\n"
    good = "model m(x: vector[N], k: index[N]) {\n  b ~ normal(x[k], 1)\n}\n"


class TwoVectorSubscripts(Error):
    """Two lists of indices in one subscript: their pairing could mean two things. Write a comprehension."""

    code = "PF344"
    title = "only one subscript may be a list of indices"
    bad = "model m(x: matrix[N, N], i: index[K, N]) {\n  b ~ normal(0, 1)\n  y ~ normal(b * x[i, i], 1)\n}\n"
    good = (
        "model m(x: matrix[N, N], i: index[K, N]) {\n  b ~ normal(0, 1)\n"
        "  y ~ normal([b * x[i[k], i[k]] for k in 0..K], 1)\n}\n"
    )


class SliceEnds(Error):
    """The length of a slice is not known before compilation.

    The ends of a slice are built from sizes and loop indices; their distance must be the same in every turn of a
    loop.
    """

    code = "PF345"
    title = "the length of this slice is not fixed"
    bad = "model m(x: vector[N], k: index[N]) {\n  b ~ normal(sum(x[0:k]), 1)\n}\n"
    good = "model m(x: vector[N], K: int) {\n  b ~ normal(sum(x[0:K]), 1)\n}\n"


class SizeExpression(Error):
    """A size is not built from names, whole numbers, `+`, `-` and `*`.

    Sizes are compared before anything runs, so that they must be simple enough to be compared. Anything else can be
    an argument of its own.
    """

    code = "PF346"
    title = "a size must be built from names, whole numbers, + - and *"
    bad = "model m(N: int) {\n  x: vector[N % 2] ~ normal(0, 1)\n}\n"
    good = "model m(N: int) {\n  x: vector[2 * N] ~ normal(0, 1)\n}\n"


class SizeNotStatic(Error):
    """A size depends on a value that is only known when the program runs.

    Sizes, the bounds of loops and integers that decide the shape of a result must be known before compilation:
    dimension names, `int` arguments, `size(x)`, and their sums and products.
    """

    code = "PF347"
    title = "{what} must be known before compilation"
    bad = "model m() {\n  k ~ poisson(3)\n  x: vector[k] ~ normal(0, 1)\n}\n"
    good = "model m(K: int) {\n  x: vector[K] ~ normal(0, 1)\n}\n"


class BoundNotStatic(Error):
    """The bound of a loop depends on a value that is only known when the program runs.

    A loop over a triangle is written as one over the square with a choice inside: `sum(if j < i then a[j] else 0
    for j in 0..N)`.
    """

    code = "PF348"
    title = "the bounds of a loop must be known before compilation"
    bad = "model m() {\n  k ~ poisson(3)\n  let s = sum(1.0 * i for i in 0..k)\n  y ~ normal(s, 1)\n}\n"
    good = "model m(K: int) {\n  let s = sum(1.0 * i for i in 0..K)\n  y ~ normal(s, 1)\n}\n"


class NotARange(Error):
    """A loop goes over something other than a range, or a range stands alone. Loops go over `a..b`, from a to b -
    1."""

    code = "PF349"
    title = "a loop goes over a range `a..b`"
    bad = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  for v in x {\n    factor b * v\n  }\n}\n"
    good = "model m(x: vector[N]) {\n  b ~ normal(0, 1)\n  for n in 0..N {\n    factor b * x[n]\n  }\n}\n"


class RangeNotInteger(Error):
    """An end of a range is not a whole number."""

    code = "PF350"
    title = "the ends of a range are whole numbers"
    bad = "model m(x: real) {\n  b ~ normal(0, 1)\n  for n in 0..x {\n    factor b * n\n  }\n}\n"
    good = "model m(x: int) {\n  b ~ normal(0, 1)\n  for n in 0..x {\n    factor b * n\n  }\n}\n"
