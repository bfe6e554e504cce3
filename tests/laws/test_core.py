"""The core of real programs: well formed after every pass of every pipeline, and the same when read from its text."""

from __future__ import annotations

from pathlib import Path

import pytest

from pushforward.api import Model, load
from pushforward.compiler.core import ir
from pushforward.compiler.core.check import Dialect, check
from pushforward.compiler.core.read import read
from pushforward.compiler.core.show import show
from pushforward.compiler.core.walk import statements
from pushforward.compiler.lower.program import lower
from pushforward.compiler.pipeline import PIPELINES, Request, compile_to_core, leaves
from pushforward.dsl.diagnostic import ProgramError
from pushforward.dsl.typed import DistributionSignature
from tests.contracts.sampling import every
from tests.laws.corpus import EXAMPLES, GOLDEN

PROGRAMS = (*sorted(GOLDEN.glob("*/program.pf")), *sorted(EXAMPLES.glob("*/model.pf")))

each_program = pytest.mark.parametrize("path", every(list(PROGRAMS), 3), ids=lambda p: f"{p.parent.name}")


def only(path: Path) -> Model:
    return load(path).only()


def checked(model: Model, what: str, observed: frozenset[str]) -> list[str]:
    """The stages that were checked, in order. Fails at the first stage that breaks a rule of its dialect."""
    seen: list[str] = []

    def on_stage(name: str, program: ir.Program) -> None:
        dialect: Dialect = "array" if name == "vectorise" or "vectorise" in seen else "structured"
        seen.append(name)
        check(program, dialect)

    try:
        compile_to_core(model.program, what, Request(observed), on_stage)
    except ProgramError as error:
        # no draws of an improper prior, elements without a site, a discrete latent: said so, and no fault of a pass
        assert {d.code for d in error.diagnostics} <= {"PF451", "PF452", "PF453", "PF454", "PF491"}, error
    return seen


@each_program
def test_every_pass_keeps_the_rules_of_the_core(path: Path) -> None:
    """Whatever is asked, with the leaves observed; of golden programs also with nothing observed, and everything."""
    model = only(path)
    others = (frozenset[str](), frozenset(model.variables)) if path.is_relative_to(GOLDEN) else ()
    for observed in dict.fromkeys((leaves(model.program), *others)):
        for what in PIPELINES:
            assert checked(model, what, observed)[0] == "core"


def test_a_pass_that_loses_a_name_is_caught() -> None:
    """The control: a checker that says yes to everything would pass the test above."""
    from pushforward.compiler.core.check import Violation

    program = lower(only(GOLDEN / "eight_schools" / "program.pf").program)
    broken = ir.Program(program.name, program.statics, (), program.variables, program.body)
    with pytest.raises(Violation, match="sigma"):
        check(broken, "structured")


class OwnNames:
    """The distributions that a program mentions, by name: all that its text needs to be read."""

    def __init__(self, program: ir.Program) -> None:
        self.found: dict[str, DistributionSignature] = {}
        for stmt in statements(program.body):
            match stmt:
                case ir.Site(law=law) | ir.Score(law=law):
                    self._law(law)
                case _:
                    pass

    def _law(self, law: ir.AnyLaw) -> None:
        match law:
            case ir.Law(signature):
                self.found[signature.name] = signature
            case ir.MixtureLaw(components=components):
                for component in components:
                    self._law(component)

    def distribution(self, name: str) -> DistributionSignature:
        return self.found[name]

    def op(self, name: str) -> ir.Op:
        raise KeyError(name)


def readable(program: ir.Program) -> bool:
    """Bounds computed from parameters are shown as the user wrote them, in types only (`declare` has them as atoms)."""
    types = [s.type for s in statements(program.body) if isinstance(s, ir.Declare)]
    bounds = [b for t in types for b in (t.constraint.lower, t.constraint.upper)]
    return all(b is None or isinstance(b, (int, float)) for b in bounds)


@each_program
def test_the_text_of_a_program_reads_back(path: Path) -> None:
    """`read(show(core)) == core` for the core as lowered and after every pass towards the density."""
    model = only(path)
    library = OwnNames(lower(model.program))

    def on_stage(name: str, program: ir.Program) -> None:
        text = show(program)
        again = read(text, library)
        assert show(again) == text, name
        if readable(lower(model.program)):
            assert again == program, name

    compile_to_core(model.program, "log_density_unconstrained", Request(leaves(model.program)), on_stage)
