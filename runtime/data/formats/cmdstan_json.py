"""JSON as CmdStan reads it: one object, arrays as nested lists (row-major), NaN and infinities as words.

Differences to CmdStan: a repeated key is an error, an integer beyond 2^53 is an error, and every
finding of the file is reported at once.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from pathlib import Path
from typing import Final

from pushforward.runtime.data.arrays import TooLarge, as_array
from pushforward.runtime.data.formats.record import DataFile, Format, Value, unreadable
from pushforward.runtime.data.problem import DataError, Problem

_WORDS: Final = "a JSON object of names and numbers"
_NUMBER_WORDS: Final = {
    "NaN": math.nan,
    "nan": math.nan,
    **dict.fromkeys(("Inf", "+Inf", "inf", "+inf", "Infinity", "+Infinity"), math.inf),
    **dict.fromkeys(("-Inf", "-inf", "-Infinity"), -math.inf),
}
# A string is matched first so that its content stays as it is.
_BARE_WORD: Final = re.compile(r'"(?:\\.|[^"\\])*"|[+-]?\b(?:NaN|nan|Infinity|Inf|inf)\b')


class _Object(dict[str, object]):
    """A JSON object that knows which of its keys were written more than once."""

    def __init__(self, pairs: list[tuple[str, object]]) -> None:
        super().__init__(pairs)
        count = Counter(key for key, _ in pairs)
        self.repeated = tuple(key for key, n in count.items() if n > 1)


def read(path: Path) -> DataFile:
    """Read a file. Raises `DataError` with every problem found; `OSError` when there is no such file."""
    tree = _parse(path)
    values: dict[str, Value] = {}
    problems = [unreadable(path, "every key once", f"the key `{key}` more than once", at=key) for key in tree.repeated]
    for key, raw in tree.items():
        array = as_array(key, raw, words=_NUMBER_WORDS)
        if isinstance(array, Problem):
            problems.append(array)
        else:
            values[key] = array if array.ndim else array.item()
    if problems:
        raise DataError(tuple(problems))
    return DataFile(path, values)


def _parse(path: Path) -> _Object:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as refusal:
        found = f"bytes that are not UTF-8 at {refusal.start}"
        raise DataError((unreadable(path, _WORDS, found),)) from refusal
    try:
        try:
            tree = _loads(text)
        except json.JSONDecodeError:
            # Bare `Inf` and `+Infinity` are no JSON, but R and CmdStan write and read them.
            tree = _loads(_BARE_WORD.sub(_standard_spelling, text))
    except json.JSONDecodeError as refusal:
        at = f"line {refusal.lineno}, column {refusal.colno}"
        raise DataError((unreadable(path, _WORDS, f"no valid JSON: {refusal.msg}", at=at),)) from refusal
    except (ValueError, RecursionError) as refusal:
        raise DataError((unreadable(path, _WORDS, str(refusal)),)) from refusal
    if not isinstance(tree, _Object):
        found = "a list" if isinstance(tree, list) else "a single value"
        help = 'write {"y": ...} with the names of the program'
        raise DataError((unreadable(path, _WORDS, found, help),))
    return tree


def _loads(text: str) -> object:
    return json.loads(text, object_pairs_hook=_Object, parse_float=_parse_float)


def _parse_float(literal: str) -> float:
    value = float(literal)
    return TooLarge(value) if math.isinf(value) else value


def _standard_spelling(match: re.Match[str]) -> str:
    word = match.group()
    if word.startswith('"'):
        return word
    value = _NUMBER_WORDS[word.lstrip("+-")]
    return "NaN" if math.isnan(value) else "-Infinity" if word.startswith("-") else "Infinity"


FORMAT = Format("cmdstan_json", _WORDS, (".json",), read)
