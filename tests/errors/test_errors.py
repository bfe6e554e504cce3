"""Every code of the catalogue: its bad program gives exactly this code and text, its good program gives nothing.

The programs and the text are kept in a folder a code, written by `pytest tests/errors --bless`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from pushforward.dsl.diagnostic import Diagnostic, ProgramError
from pushforward.dsl.errors import bridges, catalogue, compiling, flows, gradients, programs, samplers, scripts
from pushforward.dsl.errors.error import Error, page
from pushforward.dsl.parse import parse
from pushforward.dsl.render import in_order, render_all
from pushforward.dsl.source import Source
from pushforward.dsl.typed import TypedProgram

HERE = Path(__file__).parent

#: The codes that a program alone can cause before it runs: syntax, names, types, measures, not yet.
CHECKED = sorted(code for code, error in catalogue().items() if error.bad and code < "PF7" and error.__module__ != samplers.__name__)

#: The codes of scripts: those that the checker finds, and those that show when the script runs.
RUN_BY_SCRIPTS = frozenset(m.__name__ for m in (scripts, samplers, bridges))
SCRIPTS = sorted(code for code, error in catalogue().items() if error.__module__ in RUN_BY_SCRIPTS)

#: Of the first, the codes that the compiler finds, for one thing asked of a program.
COMPILING = frozenset(code for code, error in catalogue().items() if error.__module__ == compiling.__name__)


#: The codes that objectives cause where a script optimises them.
_OF_OBJECTIVES = (flows.__name__, gradients.__name__, programs.__name__)
OBJECTIVES = frozenset(c for c, e in catalogue().items() if e.bad and e.__module__ in _OF_OBJECTIVES)


def findings(text: str, code: str) -> tuple[Diagnostic, ...]:
    """What is found in a program, by the phases up to the one of this code, warnings included."""
    try:
        if code in SCRIPTS:
            return _run(text)
        file = parse(Source("bad.pf", text))
        if code < "PF2":
            return ()
        from pushforward.dsl.infer import infer
        from pushforward.stdlib.catalogue import catalogue as library

        inferred = infer(file, library())
        if code in COMPILING:
            _compile(inferred.typed.programs)
        if code in OBJECTIVES:
            from pushforward.evaluator.rehearsal import rehearse

            if errors := rehearse(file, inferred).found:
                return tuple(errors)
    except ProgramError as error:
        return error.diagnostics
    return (*inferred.warnings, *inferred.not_yet)


def _run(text: str) -> tuple[Diagnostic, ...]:
    """Nothing, what a rehearsal finds in a script, or what stops it. A rehearsal finds what a run does."""
    from pushforward.dsl.infer import infer
    from pushforward.evaluator.rehearsal import rehearse
    from pushforward.evaluator.session import Session
    from pushforward.evaluator.vocabulary import vocabulary
    from pushforward.stdlib.catalogue import catalogue as library

    source = Source("bad.pf", text)
    file = parse(source)
    rehearsed = tuple(rehearse(file, infer(file, library(), vocabulary)).found)
    if all(d.severity == "warning" for d in rehearsed):
        if not rehearsed:
            Session().run(source)
        return rehearsed
    with pytest.raises(ProgramError) as caught:
        Session().run(source)
    assert caught.value.diagnostics == rehearsed
    return rehearsed


def _compile(programs: tuple[TypedProgram, ...]) -> None:
    """Everything that can be asked of the programs, as far as the first thing that cannot be compiled."""
    from pushforward.compiler.pipeline import PIPELINES, Request, compile_to_core, leaves

    for program in programs:
        for what in PIPELINES:
            compile_to_core(program, what, Request(leaves(program)))


def kept(path: Path, text: str, bless: bool) -> str:
    """The text that is kept in a file, or with `bless` the new one, which is written there."""
    if bless and (not path.exists() or path.read_text(encoding="utf-8") != text):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("code", [*CHECKED, *SCRIPTS])
def test_the_bad_program_gives_this_code_and_text(code: str, bless: bool) -> None:
    error = catalogue()[code]
    found = findings(error.bad, code)
    assert {d.code for d in found} == {code}
    assert {d.severity for d in found} == {error.severity}
    assert kept(HERE / code / "bad.pf", error.bad, bless) == error.bad
    text = render_all(found) + "\n"
    assert kept(HERE / code / "expected.txt", text, bless) == text


@pytest.mark.parametrize("code", [*CHECKED, *SCRIPTS])
def test_the_good_program_gives_nothing(code: str, bless: bool) -> None:
    error = catalogue()[code]
    assert kept(HERE / code / "good.pf", error.good, bless) == error.good
    assert findings(error.good, code) == ()


@pytest.mark.parametrize("error", catalogue().values(), ids=list(catalogue()))
def test_every_code_has_a_page(error: type[Error]) -> None:
    assert error.code in page(error)
    assert error.__doc__ and len(error.__doc__.split()) >= 8
    assert bool(error.bad) == bool(error.good)


def test_every_folder_is_of_a_code() -> None:
    folders = {path.name for path in HERE.iterdir() if path.name.startswith("PF")}
    assert folders <= set(catalogue())


def test_several_errors_are_told_in_the_order_of_the_file() -> None:
    text = "model m() {\n  x ~ normal(0 1)\n  y ~ normal(0, 1)\n  let z = 2 **\n  w ~ normal(0, .5)\n}\nlet a = (1\n"
    found = findings(text, "PF101")
    assert [d.code for d in found] == ["PF101", "PF107", "PF106", "PF102"]
    assert list(found) == in_order(found)
