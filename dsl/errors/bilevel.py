"""PF610 and PF611: problems whose lower levels move along with the upper one, and batches of them."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


def _ridge(lower: str, method: str = "soba()", upper: str = "mean((Xv * w - yv).^2)") -> str:
    return (
        "problem p(X: matrix[N, D], y: vector[N], Xv: matrix[M, D], yv: vector[M]) {\n  param lam: real = 0\n"
        f"  {lower}\n  minimize {upper} by {method}\n}}\n"
    )


_LEVEL = "let w = argmin u: vector[D] { mean((X * u - y).^2) + exp(lam) * dot(u, u) }"


class LevelShape(Error):
    """A method such as `soba` moves the parameters and what the lower levels minimise at the same time. It needs a
    lower level, or several, and each must be a smooth `argmin` or `argmax` that has a name: `let w = argmin u: T
    { loss }`, or `w[i] = argmin ...` in a loop. A lower level may depend on the parameters, and not on another lower
    level; sets, constraints and nonsmooth terms are for the solvers that solve it by itself.
    """

    code = "PF610"
    title = "`{name}` cannot move this problem"
    bad = _ridge("let w = lam * ones(D)")
    good = _ridge(_LEVEL)


class BatchPlace(Error):
    """`let rows = batch(N, 32)` stands for 32 of the indices 0..N, drawn anew at each step. It has a meaning where the
    problem is solved by a method that moves the lower levels along, such as `soba`; a loss that changes at each look
    has no minimum that another solver could find. It stands alone after `let name =`, or, around lower levels, after
    `for i in`.

    The loss must be a mean over the rows, or a sum of such: then a batch estimates the whole without bias.
    """

    code = "PF611"
    title = "`batch` has no meaning here"
    bad = _ridge("let rows = batch(N, 2)\n  " + _LEVEL.replace("X", "X[rows]").replace("- y", "- y[rows]"), "lbfgs()")
    good = _ridge("let rows = batch(N, 2)\n  " + _LEVEL.replace("X", "X[rows]").replace("- y", "- y[rows]"))
