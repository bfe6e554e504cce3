"""The grammar, compiled: what the reader needs of `grammar.lark`, and a cache of it on disk.

lark builds the LALR(1) table; half a second. The table is kept as JSON in the user's cache folder, under a name that
changes with the grammar, with lark and with Python, so that the next start neither builds it nor imports lark.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from dataclasses import asdict, dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lark.grammar import Rule as LarkRule

GRAMMAR = Path(__file__).with_name("grammar.lark")
STARTS = ("file", "expression", "type_alone")


@dataclass(frozen=True)
class Rule:
    """One production. `keep` lists what its builder is given: (index of a symbol or -1 for an absent option,
    inlined)."""

    origin: str
    build: str
    size: int
    keep: list[tuple[int, bool]]
    lone_child: bool


@dataclass(frozen=True)
class Tables:
    """The automaton. `states[s]` maps a symbol to a state to go to (`n >= 0`) or to a rule to reduce by (`-1 - n`)."""

    states: list[dict[str, int]]
    rules: list[Rule]
    starts: dict[str, int]
    ends: dict[str, int]
    terminals: dict[str, str]  # the text of a keyword or of a sign -> its terminal


@cache
def tables() -> Tables:
    """The compiled grammar, from the cache where there is one."""
    grammar = GRAMMAR.read_text(encoding="utf-8")
    path = _cache_path(grammar)
    try:
        return _from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError):
        pass
    built = _build(grammar)
    _write(path, json.dumps(asdict(built), separators=(",", ":")))
    return built


def _cache_path(grammar: str) -> Path:
    lark = find_spec("lark")
    where = Path(lark.origin) if lark and lark.origin else GRAMMAR
    key = "\n".join((grammar, Path(__file__).read_text(encoding="utf-8"), str(where), str(where.stat().st_mtime_ns)))
    digest = hashlib.sha256(f"{sys.version}\n{key}".encode()).hexdigest()[:20]
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(home) / "pushforward" / f"grammar-{digest}.json"


def _write(path: Path, text: str) -> None:
    """Atomically; a folder that cannot be written to only costs the next start its half second."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(name, path)
    except OSError:
        return


def _from_json(text: str) -> Tables:
    raw = json.loads(text)
    rules = [Rule(**{**rule, "keep": [(index, inlined) for index, inlined in rule["keep"]]}) for rule in raw["rules"]]
    return Tables(raw["states"], rules, raw["starts"], raw["ends"], raw["terminals"])


def _build(grammar: str) -> Tables:
    from lark import Lark
    from lark.lexer import PatternStr
    from lark.parsers.lalr_analysis import LALR_Analyzer, Shift

    lark = Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), maybe_placeholders=True)
    analyzer: Any = LALR_Analyzer(lark.parser.parser_conf)
    analyzer.compute_lalr()
    table: Any = analyzer.parse_table  # with numbers for states
    number = {rule: i for i, rule in enumerate(lark.rules)}
    return Tables(
        states=[
            {symbol: to if action is Shift else -1 - number[to] for symbol, (action, to) in table.states[state].items()}
            for state in range(len(table.states))
        ],
        rules=[_rule(rule) for rule in lark.rules],
        starts=dict(table.start_states),
        ends=dict(table.end_states),
        terminals={t.pattern.value: t.name for t in lark.terminals if isinstance(t.pattern, PatternStr)},
    )


def _rule(rule: LarkRule) -> Rule:
    """What lark's own tree builder would hand on: no punctuation, `_rules` inlined, absent `[options]` as None."""
    absent = [len(run) for run in "".join(str(int(b)) for b in rule.options.empty_indices).split("0")]
    absent = absent if len(absent) == len(rule.expansion) + 1 else [0] * (len(rule.expansion) + 1)
    keep: list[tuple[int, bool]] = []
    for index, symbol in enumerate(rule.expansion):
        keep += [(-1, False)] * absent[index]
        if rule.options.keep_all_tokens or not (symbol.is_term and getattr(symbol, "filter_out", False)):
            keep.append((index, not symbol.is_term and symbol.name.startswith("_")))
    keep += [(-1, False)] * absent[-1]
    lone_child = rule.options.expand1 and rule.alias is None
    return Rule(rule.origin.name, rule.alias or rule.origin.name, len(rule.expansion), keep, lone_child)
