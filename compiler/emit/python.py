"""Expressions of array core as Python `ast`: parentheses are right by construction."""

from __future__ import annotations

import ast
import keyword
import math
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import assert_never

from pushforward.compiler.core import ir
from pushforward.compiler.emit.names import network, resolve
from pushforward.compiler.lower.operations import APPLY
from pushforward.dsl.types import Array, Dim, Setting

_BINARY: Mapping[str, type[ast.operator]] = {
    "jnp.add": ast.Add,
    "jnp.subtract": ast.Sub,
    "jnp.multiply": ast.Mult,
    "jnp.divide": ast.Div,
    "jnp.matmul": ast.MatMult,
    "jnp.power": ast.Pow,
    "jnp.mod": ast.Mod,
}
_COMPARE: Mapping[str, type[ast.cmpop]] = {
    "jnp.less": ast.Lt,
    "jnp.less_equal": ast.LtE,
    "jnp.greater": ast.Gt,
    "jnp.greater_equal": ast.GtE,
    "jnp.equal": ast.Eq,
    "jnp.not_equal": ast.NotEq,
}

#: The expression that stands for an atom: a name, or what a name used only once is.
Lookup = Callable[[ir.Atom], ast.expr]


def parsed(text: str) -> ast.expr:
    """A piece of Python as an expression tree."""
    return ast.parse(text, mode="eval").body


def size(d: Dim) -> ast.expr:
    """A dimension; its text is Python."""
    return parsed(str(d))


def literal(value: int | float | bool) -> ast.expr:
    """A number as Python writes it; infinities through jnp."""
    if isinstance(value, float) and (math.isinf(value) or math.isnan(value)):
        return parsed("jnp.nan" if math.isnan(value) else "jnp.inf" if value > 0 else "-jnp.inf")
    return parsed(repr(value))


def plain_atom(atom: ir.Atom) -> ast.expr:
    """An atom by itself."""
    match atom:
        case ir.Var(name):
            return ast.Name(name)
        case ir.Lit(value):
            return literal(value)
        case ir.Size(d):
            return size(d)


def call(function: str, *arguments: ast.expr, **keywords: ast.expr) -> ast.Call:
    """`function(arguments, keyword=...)`."""
    return ast.Call(parsed(function), list(arguments), [ast.keyword(k, v) for k, v in keywords.items()])


def shape(dims: tuple[Dim, ...]) -> ast.expr:
    """A shape tuple."""
    return ast.Tuple([size(d) for d in dims])


def expression(expr: ir.Expr, a: Lookup, types: Mapping[str, Array] = MappingProxyType({})) -> ast.expr:
    """The Python expression of an array core expression. By the `types` of names, whole slices are `:`."""
    match expr:
        case ir.Copy(atom):
            value = a(atom)
            return call("jnp.asarray", value) if isinstance(atom, (ir.Lit, ir.Size)) else value
        case ir.Call():
            return _call(expr, a)
        case ir.Select(condition, then, orelse):
            return call("jnp.where", a(condition), a(then), a(orelse))
        case ir.Index(base, subs):
            return ast.Subscript(a(base), _subscripts(subs, a, types.get(base.name)))
        case ir.Stack(items, axis):
            stacked = ast.List([a(i) for i in items])
            return call("jnp.stack", stacked, axis=ast.Constant(axis)) if axis else _array(items, stacked)
        case ir.Sample(target, arguments, dims, key):
            law = call(target, **{k: a(v) for k, v in arguments})
            assert key is not None
            return call("draw", law, ast.Name(key), shape(dims))
        case ir.BoundLogProb(target, arguments, value):
            law = call(target, **{k: a(v) for k, v in arguments})
            return ast.Call(ast.Attribute(law, "log_prob"), [a(value)], [])
        case ir.Free(vector, offset, dims):
            return _free(a(vector), offset, dims)
        case ir.Zeros(dims, element):
            dtype = {"real": "float", "int": "int", "bool": "bool"}[element]
            return call("jnp.zeros", shape(dims), ast.Name(dtype))
        case ir.Weights():
            return _weights(expr)
        case ir.Iota(lower, upper):
            return call("jnp.arange", *(() if not lower.terms else (size(lower),)), size(upper))
        case ir.Expand(atom, pattern):
            axes: list[ast.expr] = [ast.Slice() if here else ast.Constant(None) for here in pattern]
            return ast.Subscript(a(atom), ast.Tuple(axes) if len(axes) > 1 else axes[0])
        case ir.Permute(atom, order):
            if order == tuple(reversed(range(len(order)))):
                return ast.Attribute(a(atom), "T")
            return call("jnp.transpose", a(atom), ast.Tuple([ast.Constant(i) for i in order]))
        case ir.Broadcast(atom, dims):
            return call("jnp.broadcast_to", a(atom), shape(dims))
        case ir.Update(base, subs, value):
            region = ast.Subscript(ast.Attribute(a(base), "at"), _subscripts(subs, a, types.get(base.name)))
            return ast.Call(ast.Attribute(region, "set"), [a(value)], [])
        case ir.Concat(items, axis):
            joined = ast.List([a(i) for i in items])
            return call("jnp.concatenate", joined, **({"axis": ast.Constant(axis)} if axis else {}))
        case ir.Draw() | ir.Points():
            raise AssertionError("draws are spelled out before emission")
        case _:
            assert_never(expr)


def _weights(expr: ir.Weights) -> ast.expr:
    """`mlp(in_=D, out=K, hidden=[64, 64], activation="tanh", seed=[seed, 0])`."""

    def written(value: Setting) -> ast.expr:
        if isinstance(value, str):
            return ast.Constant(value)
        return size(value) if isinstance(value, Dim) else ast.List([size(d) for d in value])

    settings = {f"{n}_" if keyword.iskeyword(n) else n: written(v) for n, v in expr.settings}
    seed = ast.List([ast.Name("seed"), ast.Constant(expr.place)])
    return call(resolve(network(expr.kind))[0], **settings, seed=seed)


def _array(items: tuple[ir.Atom, ...], stacked: ast.List) -> ast.expr:
    return call("jnp.array" if all(isinstance(i, (ir.Lit, ir.Size)) for i in items) else "jnp.stack", stacked)


def _free(vector: ast.expr, offset: Dim, dims: tuple[Dim, ...]) -> ast.expr:
    if not dims:
        return ast.Subscript(vector, size(offset))
    count = Dim.const(1)
    for d in dims:
        count = count * d
    lower = size(offset) if offset.terms else None
    taken = ast.Subscript(vector, ast.Slice(lower, size(offset + count)))
    return taken if len(dims) == 1 else ast.Call(ast.Attribute(taken, "reshape"), [shape(dims)], [])


def _subscripts(subs: tuple[ir.Sub, ...], a: Lookup, type_: Array | None) -> ast.expr:
    parts: list[ast.expr] = []
    for position, sub in enumerate(subs):
        whole = type_.dims[position] if type_ is not None and position < type_.rank else None
        match sub:
            case ir.At(d):
                parts.append(size(d))
            case ir.Range(lower, upper):
                parts.append(ast.Slice(size(lower) if lower.terms else None, None if upper == whole else size(upper)))
            case ir.Pick(atom):
                parts.append(a(atom))
    return ast.Tuple(parts) if len(parts) > 1 else parts[0]


def _call(expr: ir.Call, a: Lookup) -> ast.expr:
    target, values = expr.op.target, [a(v) for v in expr.arguments]
    if expr.mapped:
        return _mapped(expr, values)
    if expr.op == APPLY:
        return ast.Call(values[0], values[1:], [])
    match target, values:
        case "jnp.power", [base, _] if (n := _whole(expr.arguments[1])) is not None:
            return ast.BinOp(base, ast.Pow(), ast.Constant(n))
        case "jnp.add", [left, right]:
            return added(left, right)
        case _, [left, right] if target in _BINARY:
            return ast.BinOp(left, _BINARY[target](), right)
        case _, [left, right] if target in _COMPARE:
            return ast.Compare(left, [_COMPARE[target]()], [right])
        case "jnp.negative", [operand]:
            return ast.UnaryOp(ast.USub(), operand)
        case _:
            keywords = {} if expr.axis is None else {"axis": _axis(expr.axis)}
            return call(resolve(target)[0], *values, **keywords)


def added(left: ast.expr, right: ast.expr) -> ast.expr:
    """`left + right`, with `a - b` for `a + -b`."""
    positive = _without_minus(right)
    if positive is not None:
        return ast.BinOp(left, ast.Sub(), positive)
    return ast.BinOp(left, ast.Add(), right)


def _without_minus(e: ast.expr) -> ast.expr | None:
    """The expression whose negative this product or quotient is, if a factor of it begins with a minus."""
    match e:
        case ast.UnaryOp(ast.USub(), operand):
            return operand
        case ast.BinOp(a, (ast.Mult() | ast.Div()) as op, b):
            left = _without_minus(a)
            if left is not None:
                return ast.BinOp(left, op, b)
            return ast.BinOp(a, op, b.operand) if isinstance(b, ast.UnaryOp) and isinstance(b.op, ast.USub) else None
        case _:
            return None


def _whole(exponent: ir.Atom) -> int | None:
    """A small whole exponent, for which JAX has an exact and faster power."""
    match exponent:
        case ir.Lit(value) if float(value).is_integer() and abs(value) <= 16:
            return int(value)
        case ir.Size(d) if d.value is not None:
            return d.value
        case _:
            return None


def _axis(axis: tuple[int, ...]) -> ast.expr:
    return parsed(repr(axis[0] if len(axis) == 1 else axis))


def _mapped(expr: ir.Call, values: list[ast.expr]) -> ast.expr:
    """`jax.vmap` over every batch axis, outermost first; sizes are not arrays and are closed over."""
    given = [i for i, v in enumerate(expr.arguments) if not isinstance(v, (ir.Lit, ir.Size))]
    function: ast.expr = parsed(resolve(expr.op.target)[0])
    if len(given) < len(values):
        names = [f"x{i}" for i in given]
        inner = [ast.Name(f"x{i}") if i in given else v for i, v in enumerate(values)]
        parameters = ast.arguments([], [ast.arg(n) for n in names], None, [], [], None, [])
        function = ast.Lambda(parameters, ast.Call(function, inner, []))
    for axis in reversed(expr.mapped):
        flags = [axis[i] for i in given]
        if all(flags):
            function = ast.Call(parsed("jax.vmap"), [function], [])
        else:
            in_axes = ast.Tuple([ast.Constant(0 if f else None) for f in flags])
            function = ast.Call(parsed("jax.vmap"), [function], [ast.keyword("in_axes", in_axes)])
    return ast.Call(function, [values[i] for i in given], [])
