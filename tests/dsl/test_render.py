"""Diagnostics as text and as JSON."""

from __future__ import annotations

import json

from pushforward.dsl.diagnostic import Diagnostic, Label
from pushforward.dsl.render import render, render_all, to_json
from pushforward.dsl.source import NOWHERE, Source, Span

ARRIVALS = Source("arrivals.pf", "model arrivals(rate: positive) {\n  # counts\n  k ~ poisson(rate) @ reparam\n}\n")


def at(source: Source, text: str) -> Span:
    """The first place of a text."""
    start = source.text.index(text)
    return Span(source, start, start + len(text))


REPARAM = Diagnostic(
    "PF501",
    "error",
    "this draw cannot be reparameterised",
    Label(at(ARRIVALS, "reparam"), "a pathwise gradient needs a smooth draw"),
    (Label(at(ARRIVALS, "poisson(rate)"), "poisson is discrete: its draws are whole numbers"),),
    ("strategies that accept this draw: score, mvd, loo",),
    ("write `@ score(baseline=ema)`",),
)


def shown(text: str, *labels: tuple[str, str], title: str = "t") -> list[str]:
    """The lines of the snippet of a diagnostic on a text, whose first label is the primary one."""
    source = Source("a.pf", text)
    primary, *secondary = (Label(at(source, where), said) for where, said in labels)
    return render(Diagnostic("PF101", "error", title, primary, tuple(secondary))).split("\n")[3:-2]


def test_the_picture() -> None:
    assert render(REPARAM) == "\n".join(
        (
            "error[PF501]: this draw cannot be reparameterised",
            " --> arrivals.pf:3:23",
            "  |",
            "3 |   k ~ poisson(rate) @ reparam",
            "  |       ------------- poisson is discrete: its draws are whole numbers",
            "  |                       ^^^^^^^ a pathwise gradient needs a smooth draw",
            "  |",
            "  = note: strategies that accept this draw: score, mvd, loo",
            "  = help: write `@ score(baseline=ema)`",
            "  = more: pushforward explain PF501",
        )
    )


def test_labels_on_several_lines_leave_the_others_out() -> None:
    lines = shown("a\nb\nc\nd\ne\n", ("e", "here"), ("a", "because"), ("c", "and"))
    assert lines == ["1 | a", "  | - because", "2 | b", "3 | c", "  | - and", "4 | d", "5 | e", "  | ^ here"]
    assert shown("a\nb\nc\nd\n", ("d", ""), ("a", "")) == ["1 | a", "  | -", "...", "4 | d", "  | ^"]


def test_tabs_and_wide_letters_are_aligned() -> None:
    assert shown("\tx\ty", ("y", "here")) == ["1 |     x   y", "  |         ^ here"]
    assert shown("日本 + x", ("x", "here")) == ["1 | 日本 + x", "  |        ^ here"]
    assert shown("日本 + x", ("日本", "here")) == ["1 | 日本 + x", "  | ^^^^ here"]
    assert shown("x\u0302 + y", ("y", "here")) == ["1 | x\u0302 + y", "  |     ^ here"]


def test_a_span_over_several_lines_is_underlined_at_both_ends() -> None:
    assert shown("f(a,\n  b,\n  c)\n", ("f(a,\n  b,\n  c)", "all of it")) == [
        "1 | f(a,",
        "  | ^^^^",
        "2 |   b,",
        "3 |   c)",
        "  |   ^^ all of it",
    ]


def test_line_numbers_share_a_margin() -> None:
    text = "\n".join(f"l{i}" for i in range(12))
    assert shown(text, ("l11", "here"), ("l0", "there")) == [
        " 1 | l0",
        "   | -- there",
        "...",
        "12 | l11",
        "   | ^^^ here",
    ]


def test_the_end_of_the_text_and_empty_texts_can_be_shown() -> None:
    for text in ("", "\n", "x", "x\n"):
        source = Source("a.pf", text)
        for start in range(len(text) + 1):
            rendered = render(Diagnostic("PF101", "error", "t", Label(Span(source, start, start), "here")))
            assert "^ here" in rendered


def test_a_diagnostic_without_a_place_has_no_snippet() -> None:
    rendered = render(Diagnostic("PF901", "error", "t", Label(NOWHERE, "somewhere")))
    assert rendered.split("\n") == ["error[PF901]: t", "  = note: somewhere", "  = more: pushforward explain PF901"]


def test_nothing_in_a_program_reaches_the_terminal_as_a_command() -> None:
    source = Source("a\x1b[2J.pf", "x\x1b[31m \x07")
    rendered = render(Diagnostic("PF101", "error", "\x1b]0;t", Label(Span(source, 0, 1), "\x1b[1m")))
    assert "\x1b" not in rendered and "\x07" not in rendered


def test_colours_only_add_escapes() -> None:
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", render(REPARAM, colour=True)) == render(REPARAM)
    assert "\x1b[1;31m" in render(REPARAM, colour=True)


def test_a_label_in_another_file_has_its_own_place() -> None:
    other = Source("library.pf", "fun f(x: real) -> real = x\n")
    diagnostic = Diagnostic(
        "PF301", "error", "t", Label(at(ARRIVALS, "rate"), "here"), (Label(at(other, "real"), "declared so"),)
    )
    lines = render(diagnostic).split("\n")
    assert " --> arrivals.pf:1:16" in lines and " ::: library.pf:1:10" in lines


def test_several_are_in_the_order_of_the_file() -> None:
    later = Diagnostic("PF101", "error", "later", Label(at(ARRIVALS, "reparam"), ""))
    sooner = Diagnostic("PF201", "warning", "sooner", Label(at(ARRIVALS, "rate"), ""))
    text = render_all([later, sooner])
    assert text.index("warning[PF201]: sooner") < text.index("error[PF101]: later")
    assert "\n\n" in text


def test_a_very_long_line_is_shown_around_its_label() -> None:
    text = "a" * 5000 + " mark " + "b" * 5000
    lines = shown(text, ("mark", "here"))
    assert all(len(line) < 400 for line in lines)
    column = lines[1].index("^")
    assert lines[0][column : column + 4] == "mark"


def test_json_has_everything() -> None:
    value = json.loads(json.dumps(to_json(REPARAM)))
    assert value["code"] == "PF501" and value["severity"] == "error"
    assert (value["file"], value["line"], value["column"]) == ("arrivals.pf", 3, 23)
    assert (value["end_line"], value["end_column"]) == (3, 30)
    assert [label["primary"] for label in value["labels"]] == [True, False]
    assert value["notes"] == list(REPARAM.notes) and value["helps"] == list(REPARAM.helps)
