"""Normal laws as they are written, and their means and covariances as expressions of the language."""

from __future__ import annotations

from pushforward.dsl import tree
from pushforward.dsl.parse import parse_expression
from pushforward.dsl.source import Source
from pushforward.dsl.unparse import unparse_expr
from pushforward.stdlib.catalogue import catalogue

#: By the name of the law: mean and covariance, of its parameters; zero is a vector of zeros.
_MOMENTS = {
    "std_normal": ("zero", "diag_matrix(zero + 1)"),
    "normal": ("zero + {mu}", "diag_matrix((zero + {sigma}) .* (zero + {sigma}))"),
    "multi_normal": ("{mu}", "{Sigma}"),
    "multi_normal_cholesky": ("{mu}", "({L}) * ({L})'"),
    "multi_normal_prec": ("{mu}", "inverse_spd({Omega})"),
}


def moments(name: str, given: tuple[tree.Argument, ...], size: str) -> tree.RecordExpr | None:
    """`{mean = ..., covariance = ...}` of a law; None if it is not known to be normal."""
    if name not in _MOMENTS:
        return None
    law = catalogue().distribution(name)
    assert law is not None
    names = [p.name for p in law.parameters]
    arguments = {a.name if a.name is not None else names[i]: f"({unparse_expr(a.value)})" for i, a in enumerate(given)}
    texts = (t.format(**arguments).replace("zero", f"rep_vector(0, {size})") for t in _MOMENTS[name])
    mean, covariance = (parse_expression(Source("<moments>", t)) for t in texts)
    return tree.RecordExpr((tree.Field("mean", mean), tree.Field("covariance", covariance)))
