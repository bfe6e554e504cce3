"""The operators of the language as operations of the core."""

from __future__ import annotations

from pushforward.compiler.core.ir import Op

_ELEMENTWISE = {
    "add": "jnp.add",
    "subtract": "jnp.subtract",
    "multiply": "jnp.multiply",
    "divide": "jnp.divide",
    "power": "jnp.power",
    "negate": "jnp.negative",
    "modulo": "jnp.mod",
    "less": "jnp.less",
    "less_equal": "jnp.less_equal",
    "greater": "jnp.greater",
    "greater_equal": "jnp.greater_equal",
    "equal": "jnp.equal",
    "not_equal": "jnp.not_equal",
    "and": "jnp.logical_and",
    "or": "jnp.logical_or",
    "not": "jnp.logical_not",
}

#: Operators by the name the checker gives them.
OPERATORS = {name: Op(name, target, elementwise=True) for name, target in _ELEMENTWISE.items()}

ADD, SUBTRACT, MULTIPLY, DIVIDE = (OPERATORS[n] for n in ("add", "subtract", "multiply", "divide"))
NEGATE, AND, NOT = OPERATORS["negate"], OPERATORS["and"], OPERATORS["not"]
MATMUL = Op("matmul", "jnp.matmul")
DOT = Op("dot", "jnp.dot")
OUTER = Op("outer", "jnp.outer")
TRANSPOSE = Op("transpose", "jnp.transpose")
#: A network on its inputs, which may have batch axes in front: they broadcast against one another.
APPLY = Op("apply", "apply")
SUM = Op("sum", "jnp.sum")
LOG_SUM_EXP = Op("log_sum_exp", "jsp.special.logsumexp")
LOG = Op("log", "jnp.log", elementwise=True)
LOG1P = Op("log1p", "jnp.log1p", elementwise=True)
