"""`docs/problems.md` names what the library has: every solver, rule, linear solver, set and nonsmooth function."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pushforward.stdlib.catalogue import catalogue

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "problems.md").read_text(encoding="utf-8")
KNOWN = catalogue()


@pytest.mark.parametrize("kind", ["solver", "rule", "linear_solver"])
def test_every_algorithm_is_named(kind: str) -> None:
    names = {a.name for a in KNOWN.algorithms() if a.kind == kind}
    assert len(names) > 5
    assert {n for n in names if not re.search(rf"`{n}\b", PAGE)} == set()


@pytest.mark.parametrize("prefix", ["project_", "prox_"])
def test_every_set_and_nonsmooth_function_is_named(prefix: str) -> None:
    names = {n.removeprefix(prefix) for n in KNOWN.names() if n.startswith(prefix)}
    assert len(names) > 5
    assert {n for n in names if not re.search(rf"`{n}`", PAGE)} == set()


def test_the_table_of_solvers_says_what_they_take_and_need() -> None:
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `")]
    found = {name: row for row in rows if len(row) == 3 for name in re.findall(r"`(\w+)`", row[2])}
    for a in (a for a in KNOWN.algorithms() if a.kind == "solver"):
        uses, beyond, _ = found[a.name]
        assert re.findall(r"`(\w+)`", uses) == list(a.uses), a.name
        assert beyond.split("; ") == [
            *([f"takes {', '.join(a.takes)}"] if a.takes else []), *([f"needs {', '.join(a.needs)}"] if a.needs else [])
        ] or (beyond == "" and not a.takes and not a.needs), a.name  # fmt: skip
