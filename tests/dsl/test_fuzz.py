"""Bad input for the front end: mutations of real programs, and strings that the grammar suggests.

`fuzz(n, seed, run)` calls `run` on n texts, the same ones for the same seed. `survives` is the contract: a text
is either read, and then its layout is stable and means the same, or refused with ProgramError.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.format import format_file, format_source
from pushforward.dsl.parse import parse
from pushforward.dsl.render import render_all
from pushforward.dsl.source import Source
from pushforward.dsl.tables import tables

ROOT = Path(__file__).parents[2]

_PIECE = re.compile(r"[^\W\d]\w*|[0-9.]+|\s+|.", re.DOTALL)
_ODD = (
    "\t",
    "\r\n",
    "\0",
    "é",
    "µ",
    "λ",
    "²",
    "日",
    "’",
    "“",
    "\u00a0",
    "\u2028",
    "\ud7ff",
    "🙂",
    '"',
    "\\",
    "#",
    "##",
    "'",
)
_VALUES = (
    "x",
    "mu",
    "dW",
    "dt",
    "dx",
    "at",
    "by",
    "0",
    "1e-3",
    ".5",
    "1.",
    "5_000",
    '"s"',
    "true",
    "normal(0, 1)",
    "T",
)
_LAYOUT = (" ", " ", " ", " ", "\n", "\n  ", "; ", "", "  # note\n", "\n\n\n")


def corpus() -> list[str]:
    """Every program of the library, the examples and these tests, whole and one declaration at a time."""
    folders = ("stdlib", "examples", "tests/dsl/programs")
    files = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.pf"))
    texts = [path.read_text(encoding="utf-8") for path in files]
    pieces = [piece for text in texts for piece in re.split(r"\n(?=\S[^\n]*\{)", text) if piece.strip()]
    return [text for text in texts if len(text) < 3000] + pieces


def fuzz(n: int, seed: int, run: Callable[[str], None]) -> None:
    """Call `run` on n texts. An exception of `run` is raised with the text in its notes."""
    for text in texts(n, seed):
        try:
            run(text)
        except Exception as error:
            error.add_note(f"fuzz(seed={seed}) on {text!r}")
            raise


def texts(n: int, seed: int) -> Iterator[str]:
    """The n texts of a seed: three in four are mutations, one in four is strung together from the grammar's words."""
    chance = random.Random(seed)
    known = corpus()
    words = sorted(tables().terminals) + list(_VALUES)
    for _ in range(n):
        if chance.random() < 0.25:
            yield strung(chance, words)
            continue
        text = chance.choice(known)
        for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
            text = mutated(text, chance, words, known)
        yield text


def strung(chance: random.Random, words: list[str]) -> str:
    """Words of the language in any order."""
    pieces = (chance.choice(words) + chance.choice(_LAYOUT) for _ in range(chance.randrange(1, 40)))
    return "".join(pieces)


def mutated(text: str, chance: random.Random, words: list[str], known: list[str]) -> str:
    """A text with one change, of a character or of a token."""
    if not text:
        return chance.choice(words)
    at = chance.randrange(len(text))
    match chance.randrange(9):
        case 0:
            return text[:at] + text[at + 1 :]
        case 1:
            return text[:at] + chance.choice(_ODD) + text[at:]
        case 2:
            return text[:at] + chr(chance.randrange(1, 0x250)) + text[at + 1 :]
        case 3:
            return text[:at]
        case 4:
            end = min(len(text), at + chance.randrange(1, 60))
            return text[:end] + text[at:end] + text[end:]
        case 5:
            other = chance.choice(known)
            begin = chance.randrange(len(other) + 1)
            return text[:at] + other[begin : begin + chance.randrange(1, 80)] + text[at:]
    pieces = _PIECE.findall(text)
    at = chance.randrange(len(pieces))
    match chance.randrange(3):
        case 0:
            pieces[at] = chance.choice(words)
        case 1:
            pieces.insert(at, chance.choice(_LAYOUT) + chance.choice(words) + chance.choice(_LAYOUT))
        case _:
            other_at = chance.randrange(len(pieces))
            pieces[at], pieces[other_at] = pieces[other_at], pieces[at]
    return "".join(pieces)


def survives(text: str) -> None:
    """Read or refused with a diagnostic that can be shown; what is read is laid out stably and means the same."""
    try:
        tree = parse(Source("fuzz.pf", text))
    except ProgramError as error:
        assert error.diagnostics
        assert render_all(error.diagnostics)
        return
    laid_out = format_file(tree)
    again = parse(Source("fuzz.pf", laid_out))
    assert again == tree, f"the layout means something else:\n{laid_out}"
    assert [c.text for c in again.comments] == [c.text for c in tree.comments], f"comments moved:\n{laid_out}"
    assert format_source(Source("fuzz.pf", laid_out)) == laid_out, f"the layout is not stable:\n{laid_out}"


def test_two_thousand_bad_inputs() -> None:
    fuzz(2000, 20240611, survives)


@pytest.mark.slow
def test_a_hundred_thousand_bad_inputs() -> None:
    fuzz(100_000, 7, survives)


@pytest.mark.parametrize(
    "text",
    [
        "let x = log(predict(1 / x) + (a))",  # `predict 1 / x` would not be read as the verb
        "fun f(x: real) = extern jnp.ptĿ",  # normal form of this letter is no letter
        "distribution d() on real {\n  a = (\n b c\n  )\n  m = n * (expect { z ~ q; f(a +||1))\n  bind f(g = 1)\n}\n",
        "problem p() {\n  let w = (argmin x { x })\n  subject to w > 0\n}",
        "## Of what is on the line first.\nargmin; model m() {\n  a ~ normal(0, 1)\n}\n",
    ],
)
def test_what_was_found_before(text: str) -> None:
    survives(text)
