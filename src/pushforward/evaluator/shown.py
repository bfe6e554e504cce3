"""Values as lines of text for people, and in the terms of JSON for machines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pushforward.evaluator.values import Compound, Drawn, Value, kind_of, type_of

if TYPE_CHECKING:
    from pushforward.api.model import Model
    from pushforward.evaluator.values import Array
    from pushforward.runtime.draws import Draws

ROWS = 40  # of a table
ENTRIES = 12  # of one dimension of an array
DIGITS = 6
BARS = "▁▂▃▄▅▆▇█"
BINS = 24


def text_of(value: Value) -> str:
    """A value as people read it."""
    match value:
        case Compound():
            return value.text()
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return number_text(value)
        case str():
            return value
        case tuple():
            return "[" + ", ".join(f'"{item}"' for item in value) + "]"
        case _:
            return array_text(value)


def number_text(value: float) -> str:
    """A real with as many digits as people read."""
    return f"{value:.{DIGITS}g}"


def array_text(array: Array) -> str:
    """`[1, 2, 3]`; a matrix a row a line, columns aligned, as one could write it. What is long is cut in the middle."""
    if array.ndim == 1:
        return "[" + ", ".join(_cut([_entry(x) for x in array])) + "]"
    if array.ndim != 2:
        return f"{type_of(array)} from {_entry(array.min())} to {_entry(array.max())}" if array.size else type_of(array)
    rows = [_cut([_entry(x) for x in row]) for row in _rows(array)]
    widths = [max(map(len, column), default=0) for column in zip(*rows, strict=True)]
    lines = [" [" + ", ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) + "]," for row in rows]
    if not lines:
        return type_of(array)
    lines[0] = f"[{lines[0][1:]}"
    lines[-1] = f"{lines[-1][:-1]}]"
    if len(array) > ENTRIES:
        lines.insert(ENTRIES // 2, f" ... {len(array) - ENTRIES} more rows ...")
    return "\n".join(lines)


def _rows(array: Array) -> list[Array]:
    half = ENTRIES // 2
    return list(array) if len(array) <= ENTRIES else [*array[:half], *array[-half:]]


def _cut(items: list[str]) -> list[str]:
    half = ENTRIES // 2
    return items if len(items) <= ENTRIES else [*items[:half], f"... {len(items) - ENTRIES} more ...", *items[-half:]]


def _entry(value: Any) -> str:
    item = value.item() if hasattr(value, "item") else value
    return text_of(item)


def record_text(fields: Mapping[str, Value]) -> str:
    """A field a line."""
    width = max(map(len, fields), default=0)
    return "\n".join(f"{name.ljust(width)} = {_short(value)}" for name, value in fields.items()) or "{}"


def named_text(fields: Mapping[str, Value]) -> str:
    """`s = 2, y = [1, 2]`, on one line."""
    return ", ".join(f"{name} = {_short(value)}" for name, value in fields.items())


def _short(value: Value) -> str:
    """A value on one line; its type where that does not do."""
    if isinstance(value, Compound):
        return kind_of(value)
    text = text_of(value)
    return text if "\n" not in text and len(text) <= 60 else type_of(value)


def drawn_text(drawn: Drawn) -> str:
    """Draws of one variable: a row for every element, with a small histogram."""
    return table_text({drawn.name: drawn.by_chain()})


def draws_text(draws: Draws) -> str:
    """Draws of several variables, likewise."""
    groups = ("posterior", "posterior_predictive", "prior", "prior_predictive")
    return table_text({n: a for group in groups for n, a in draws.group(group).items()})


def table_text(variables: Mapping[str, Array]) -> str:
    """Mean, sd, quantiles and a histogram of each element of draws [chains, draws, ...]."""
    from pushforward.runtime.draws.summary import summarise_variables

    summary = summarise_variables(variables)
    flat = [a.reshape(a.shape[0] * a.shape[1], -1).T for a in variables.values() if a.dtype.kind in "biuf"]
    pictures = [histogram(element) for array in flat for element in array[:ROWS]]
    names = ("mean", "sd", "q5", "q50", "q95")
    rows: list[tuple[str, ...]] = [("", *names, "")]
    for name, picture in zip(summary.rows[:ROWS], pictures, strict=False):
        rows.append((name, *(_cell(summary[name][c]) for c in names), picture))
    widths = [max(len(row[j]) for row in rows) for j in range(len(rows[0]))]
    lines = ["  ".join((row[0].ljust(widths[0]), *map(str.rjust, row[1:-1], widths[1:-1]), row[-1])) for row in rows]
    more = len(summary) - len(rows) + 1
    return "\n".join([*(line.rstrip() for line in lines), *([f"... {more:,} more rows"] if more > 0 else [])])


def _cell(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"


def histogram(values: Array, bins: int = BINS) -> str:
    """Bars of eight heights over the range of the finite values, without the outermost half a percent."""
    import numpy as np

    finite = values[np.isfinite(values)].astype(float)
    if not finite.size:
        return ""
    low, high = np.quantile(finite, (0.005, 0.995))
    if not high > low:
        return ""
    counts, _ = np.histogram(finite, bins=bins, range=(low, high))
    top = counts.max()
    return "".join(BARS[min(7, int(8 * c / top))] if c else " " for c in counts)


def model_text(model: Model) -> str:
    """The head of a model, its documentation before it and its variables after it."""
    from pushforward.dsl.show_typed import show_type

    program = model.program
    head = ", ".join(f"{p.name}: {show_type(p.type)}" for p in program.parameters)
    lines = [*(f"## {line}" for line in program.doc.splitlines()), f"{program.kind} {program.name}({head})"]
    lines += [f"  {v.name}: {show_type(v.type)}" for v in program.variables]
    return "\n".join(lines)


def printed_text(values: Sequence[Value]) -> str:
    """What `print` writes: short values on one line, long ones below each other."""
    texts = [text_of(v) for v in values]
    return ("\n" if any("\n" in t for t in texts) else " ").join(texts)


def to_json(value: Value) -> Any:
    """A value in the terms of JSON, which has neither NaN nor infinities: they become null."""
    match value:
        case Compound():
            return _finite(value.json())
        case bool() | int() | str():
            return value
        case float():
            return _finite(value)
        case tuple():
            return list(value)
        case _:
            return _finite(value.tolist())


def _finite(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [_finite(v) for v in value]
        case dict():
            return {k: _finite(v) for k, v in value.items()}
        case _:
            return value
