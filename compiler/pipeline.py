"""What each thing asked of a program means, as a list of passes.

log_density                 of values of the variables; data and arguments given
log_density_unconstrained   the same as a function of a vector without constraints, with the log-Jacobian
constrain, unconstrain      between that vector and the variables
simulate                    draws of everything
predictive                  draws of what the data give, the other variables given
generated                   what the program returns, the variables given
solve                       the same, and how each hole was solved
factors                     the log density by parts, for diagnosis
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pushforward.compiler.analyses.coverage import uncovered
from pushforward.compiler.core import ir
from pushforward.compiler.core.walk import bound, statements, used
from pushforward.compiler.errors import InternalError, not_yet
from pushforward.compiler.lower.baselines import check_baselines
from pushforward.compiler.lower.program import lower, lower_declarations, lower_initial
from pushforward.compiler.transforms import score
from pushforward.compiler.transforms.cancel import cancel
from pushforward.compiler.transforms.choices import choices
from pushforward.compiler.transforms.choose import choose
from pushforward.compiler.transforms.contract import contract
from pushforward.compiler.transforms.dead_code import dead_code
from pushforward.compiler.transforms.density import density
from pushforward.compiler.transforms.design import design
from pushforward.compiler.transforms.distribute import distribute
from pushforward.compiler.transforms.draws import generate
from pushforward.compiler.transforms.fold import fold
from pushforward.compiler.transforms.groups import groups
from pushforward.compiler.transforms.hoist import hoist
from pushforward.compiler.transforms.holes import plan_holes
from pushforward.compiler.transforms.join import join
from pushforward.compiler.transforms.measures import measures
from pushforward.compiler.transforms.parameters import initial, parameters, values_of_parameters
from pushforward.compiler.transforms.powers import powers
from pushforward.compiler.transforms.predicate import predicate
from pushforward.compiler.transforms.reports import reports
from pushforward.compiler.transforms.rotate import rotate
from pushforward.compiler.transforms.second_derivatives import second_derivatives
from pushforward.compiler.transforms.small_products import small_products
from pushforward.compiler.transforms.spread import spread
from pushforward.compiler.transforms.totals import totals
from pushforward.compiler.transforms.truncation import truncation
from pushforward.compiler.transforms.unconstrain import free_vector, unconstrain
from pushforward.compiler.transforms.vectorise.rewrite import vectorise
from pushforward.compiler.transforms.weigh import weigh
from pushforward.dsl.diagnostic import Diagnostic, Label, ProgramError
from pushforward.dsl.typed import TypedProgram
from pushforward.dsl.types import Dim


@dataclass(frozen=True)
class Request:
    """What is known of the data: the variables they give."""

    observed: frozenset[str]

    def latent(self, program: ir.Program) -> frozenset[str]:
        """The variables the data do not give."""
        return frozenset(v.name for v in program.variables) - self.observed


@dataclass(frozen=True)
class Pass:
    """A named step of a pipeline."""

    name: str
    run: Callable[[ir.Program, Request], ir.Program]


def _pure(function: Callable[[ir.Program], ir.Program]) -> Pass:
    return Pass(function.__name__, lambda p, _: function(p))


CONDITION = Pass("condition", lambda p, r: score.condition(p, r.observed))
GIVE = Pass("give", lambda p, r: score.give(p, r.observed))
COVERED = Pass("covered", lambda p, r: _covered(p, r.latent(p)))
SIMULATE = Pass("generate", lambda p, r: generate(p, frozenset(v.name for v in p.variables)))
PREDICT = Pass("generate", lambda p, r: generate(p, r.observed))
RETURN_ALL = Pass("return_variables", lambda p, r: score.return_variables(p, frozenset(v.name for v in p.variables)))
RETURN_LATENT = Pass("return_variables", lambda p, r: score.return_variables(p, r.latent(p), alone=True))
RETURN_OBSERVED = Pass("return_variables", lambda p, r: score.return_variables(p, r.observed, alone=True))
SCORE_LATENTS, TAKE_LATENTS = _pure(score.score_latents), _pure(score.take_latents)
FORGET_RETURN = _pure(score.forget_return)
FORGET_LATENTS, FORGET_SCORES = _pure(score.forget_latents), _pure(score.forget_scores)

PARAMETERS, CHOOSE, CHOICES = _pure(parameters), _pure(choose), _pure(choices)
WEIGH, SPREAD, TOTALS = _pure(weigh), _pure(spread), _pure(totals)

#: Structured core to array core.
PLAN = (
    _pure(predicate),
    _pure(distribute),
    _pure(vectorise),
    _pure(fold),
    _pure(rotate),
    _pure(dead_code),
    _pure(contract),
    _pure(dead_code),
)

#: What is asked of an objective: of free parameters, an estimate that is unbiased and whose derivative is; the
#: parameters themselves, and their free coordinates at the start.
OBJECTIVES: Mapping[str, tuple[Pass, ...]] = {
    "estimate": (
        PARAMETERS, CHOOSE, _pure(truncation), _pure(density), CHOICES, _pure(predicate), TOTALS, _pure(distribute),
        WEIGH, SPREAD, *PLAN[2:4], _pure(join), _pure(cancel), *PLAN[4:], _pure(groups), _pure(powers),
        _pure(small_products), _pure(design), _pure(dead_code), _pure(hoist),
    ),
    "parameters": (_pure(values_of_parameters), *PLAN),
    "initial": PLAN,
}  # fmt: skip

#: What is asked of an objective with holes, or with second derivatives: how these were solved, and what they are.
HOLES: Mapping[str, tuple[Pass, ...]] = {
    "holes": (
        *OBJECTIVES["estimate"][:-1], _pure(score.forget_scores), FORGET_RETURN, _pure(reports),
        _pure(second_derivatives), _pure(dead_code),
    ),
}  # fmt: skip

#: What is asked of a guide, of which an objective has found the parameters: draws.
GUIDES: Mapping[str, tuple[Pass, ...]] = {
    "draws": (PARAMETERS, FORGET_SCORES, SIMULATE, *PLAN),
}  # fmt: skip

#: What is asked of a problem, and of a model with holes: how these were solved.
SOLVES: Mapping[str, tuple[Pass, ...]] = {
    "solve": (
        CONDITION, FORGET_LATENTS, FORGET_SCORES, TAKE_LATENTS, *PLAN[:3], _pure(reports), *PLAN[3:],
    ),
}  # fmt: skip

PIPELINES: Mapping[str, tuple[Pass, ...]] = {
    "log_density": (
        CONDITION, COVERED, FORGET_RETURN, SCORE_LATENTS, TAKE_LATENTS, _pure(truncation), _pure(density), *PLAN,
        _pure(groups), _pure(powers), _pure(small_products), _pure(dead_code),
    ),
    "log_density_unconstrained": (
        CONDITION, COVERED, FORGET_RETURN, SCORE_LATENTS, _pure(truncation), _pure(density), _pure(unconstrain), *PLAN,
        _pure(groups), _pure(powers), _pure(small_products), _pure(design), _pure(dead_code), _pure(hoist),
    ),
    "constrain": (
        CONDITION, FORGET_LATENTS, _pure(unconstrain), FORGET_SCORES, RETURN_LATENT, *PLAN,
    ),
    "unconstrain": (
        CONDITION, FORGET_LATENTS, FORGET_SCORES, _pure(free_vector), *PLAN,
    ),
    "simulate": (
        GIVE, COVERED, FORGET_SCORES, SIMULATE, RETURN_ALL, *PLAN,
    ),
    "predictive": (
        GIVE, FORGET_LATENTS, FORGET_SCORES, TAKE_LATENTS, PREDICT, RETURN_OBSERVED, *PLAN,
    ),
    "generated": (
        CONDITION, FORGET_LATENTS, FORGET_SCORES, TAKE_LATENTS, *PLAN,
    ),
    "factors": (
        CONDITION, FORGET_RETURN, SCORE_LATENTS, TAKE_LATENTS, _pure(truncation), _pure(density), *PLAN,
    ),
}  # fmt: skip


#: What is done to the body of a hole.
BODY = (
    _pure(truncation), _pure(density), PLAN[0], TOTALS, *PLAN[1:], _pure(groups), _pure(powers), _pure(small_products),
    _pure(design), _pure(dead_code),
)  # fmt: skip


def body_of_hole(program: ir.Program) -> ir.Program:
    """A body of a hole in array core; what of an objective does not follow the unknowns is in its `prepare`."""
    for step in BODY:
        program = step.run(program, Request(frozenset()))
    return hoist(program) if program.name == "objective" else program


def first_asked(program: TypedProgram) -> str:
    """What is meant where nothing is said: the solution of a problem, the density of a model."""
    return "solve" if program.kind == "problem" else "log_density"


def compile_to_core(
    program: TypedProgram,
    what: str,
    request: Request,
    on_stage: Callable[[str, ir.Program], None] | None = None,
) -> ir.Program:
    """Array core of one thing asked of a program. `on_stage` sees the core after every pass (tests check it
    there, `show` prints it).
    """
    core = _lowered(program, what)
    if on_stage is not None:
        on_stage("core", core)
    if program.params and what in PIPELINES:
        help_ = "make an objective of it, and `maximize` that"
        raise not_yet("a program with parameters by itself", program.params[0].span, help_)
    for step in {**PIPELINES, **OBJECTIVES, **HOLES, **GUIDES, **SOLVES}[what]:
        try:
            core = step.run(core, request)
        except ProgramError:
            raise
        except Exception as error:
            raise InternalError(step.name, f"{type(error).__name__}: {error}") from error
        if on_stage is not None:
            on_stage(step.name, core)
    return _with_bodies(core, on_stage)


def _with_bodies(core: ir.Program, on_stage: Callable[[str, ir.Program], None] | None) -> ir.Program:
    """The core with the bodies of its holes planned."""
    try:
        planned = plan_holes(core, body_of_hole)
    except ProgramError:
        raise
    except Exception as error:
        raise InternalError("holes", f"{type(error).__name__}: {error}") from error
    if planned is not core and on_stage is not None:
        on_stage("holes", planned)
    return planned


def _lowered(program: TypedProgram, what: str) -> ir.Program:
    match what:
        case "initial":
            return initial(*lower_initial(program))
        case "parameters":
            return lower_declarations(program)
        case "estimate":
            check_baselines(program)
            return lower(program)
        case "holes":
            return lower(program)
        case _:
            return measures(lower(program))


def loop_bounds(program: TypedProgram) -> list[tuple[Dim, Dim, str]]:
    """The bounds of every loop over sizes, with where it stands."""
    loops = [s for s in statements(lower(program).body) if isinstance(s, ir.For)]
    return [(s.lower, s.upper, str(s.span)) for s in loops]


def leaves(program: TypedProgram) -> frozenset[str]:
    """The variables on which no other variable depends: what a model observes when nobody has said otherwise
    (all variables being leaves, none is).
    """
    core = lower(program)
    names = frozenset(v.name for v in core.variables)
    reach: dict[str, frozenset[str]] = {n: frozenset((n,)) for n in names}
    needed: set[str] = set()
    for _ in range(2):
        for stmt in (s for s in statements(core.body) if not isinstance(s, (ir.For, ir.If, ir.Declare))):
            read = frozenset(v for n in used(stmt) for v in reach.get(n, frozenset()))
            if isinstance(stmt, ir.Site):
                needed |= read - {stmt.address}
            else:
                for name in bound(stmt):
                    reach[name] = reach.get(name, frozenset()) | read
    found = names - needed
    return frozenset() if found == names else found


def _covered(program: ir.Program, latent: frozenset[str]) -> ir.Program:
    """The program, if every element of every variable that the data do not give has a site."""
    found = []
    for stmt in program.body:
        if isinstance(stmt, ir.Declare) and stmt.name in latent:
            site = uncovered(program, stmt.name, stmt.type.dims)
            if site is not None:
                found.append(_not_covered(stmt, site))
    if found:
        raise ProgramError(*found)
    return program


def _not_covered(declare: ir.Declare, site: ir.Site) -> Diagnostic:
    return Diagnostic(
        "PF454",
        "error",
        f"some elements of {declare.name} have no site",
        Label(site.span, "only some elements get a distribution here"),
        (Label(declare.span, f"{declare.name} is {declare.type}"),),
        notes=("an element without a site has no density and must be given by the data",),
        helps=(f"give {declare.name} in the data, or write a site for the other elements",),
    )
