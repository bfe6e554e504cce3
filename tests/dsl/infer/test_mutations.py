"""Mutated programs are typed or told what is wrong; nothing else happens, and no library bug is reported."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.errors import catalogue as codes
from pushforward.dsl.infer import infer
from pushforward.dsl.parse import parse
from pushforward.dsl.render import render
from pushforward.dsl.show_typed import show_typed
from pushforward.dsl.source import Source
from pushforward.stdlib.catalogue import catalogue

TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
TEXTS = [p.read_text(encoding="utf-8") for p in sorted((Path(__file__).parent / "programs").glob("*.pf"))]
TEXTS += [text for code, c in codes().items() if code > "PF2" for text in (c.bad, c.good) if text]
WORDS = [w for text in TEXTS for w in TOKEN.findall(text) if not w.isspace()]


def mutated(rng: random.Random) -> str:
    """A program with one to three tokens replaced, dropped, doubled or swapped; names and numbers change most often."""
    words = TOKEN.findall(rng.choice(TEXTS))
    for _ in range(rng.choice([1, 1, 2, 3])):
        here, there = rng.randrange(len(words)), rng.randrange(len(words))
        if words[here].isspace():
            continue
        match rng.choice(["alike", "alike", "any", "drop", "swap"]):
            case "alike":
                kind = str.isalnum(words[here][0])
                words[here] = rng.choice([w for w in WORDS if str.isalnum(w[0]) == kind])
            case "any":
                words[here] = rng.choice(WORDS)
            case "drop":
                words[here] = ""
            case _:
                words[here], words[there] = words[there], words[here]
        words = [w for w in words if w]
    return "".join(words)


def run(seed: int, count: int) -> dict[str, int]:
    """Infer mutated programs; how many were not read, wrong and fine."""
    rng = random.Random(seed)
    seen = {"unread": 0, "wrong": 0, "fine": 0}
    for _ in range(count):
        source = Source("mutant.pf", mutated(rng))
        try:
            file = parse(source)
        except ProgramError:
            seen["unread"] += 1
            continue
        try:
            found = infer(file, catalogue())
        except ProgramError as error:
            assert error.diagnostics
            for diagnostic in error.diagnostics:
                assert diagnostic.code < "PF9", source.text
                assert diagnostic.primary.span.source is source, source.text
                assert render(diagnostic)
            seen["wrong"] += 1
        else:
            show_typed(found.typed)
            seen["fine"] += 1
    return seen


def test_mutations() -> None:
    seen = run(20, 400)
    assert seen["wrong"] > 50 and seen["fine"] > 20


@pytest.mark.slow
def test_many_mutations() -> None:
    assert run(21, 20_000)["wrong"] > 2_000
