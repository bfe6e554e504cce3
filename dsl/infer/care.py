"""Care: warnings about programs that are well typed and probably not meant."""

from __future__ import annotations

from pushforward.dsl.diagnostic import Label
from pushforward.dsl.errors.care import IgnoresItsData, NoPrior, TwoPriors, Unused
from pushforward.dsl.infer.context import Binding, Context, Sited
from pushforward.dsl.infer.walk import names_in
from pushforward.dsl.source import Span
from pushforward.dsl.typed import Draw, Mixture, Ref, SliceSub, Stage, Sub


def two_priors(ctx: Context, variable: Sited, subs: tuple[Sub, ...], span: Span) -> None:
    """Warn when what a site draws was drawn before: all of it, or this very part."""
    if ctx.quiet or ctx.conditions:
        return
    ends = [e for s in subs for e in ((s.lower, s.upper) if isinstance(s, SliceSub) else (s,))]
    named = {name for e in ends for name in names_in(e)}
    repeats = [loop for loop in ctx.loops if loop.index not in named and (loop.high - loop.low).value != 1]
    if repeats and not named & ctx.lets.keys() - {loop.index for loop in ctx.loops}:
        ctx.report.error(
            TwoPriors, span, "drawn again in every turn", secondary=(Label(repeats[0].span, "of this loop"),),
            name=variable.name,
        )  # fmt: skip
        return
    earlier = list(variable.whole)
    if not subs:
        earlier += [s for _, s in variable.parts]
    elif not any(_moves(s) for s in subs):
        earlier += [s for other, s in variable.parts if other == subs]
    if earlier:
        ctx.report.error(
            TwoPriors, span, "and again here", secondary=(Label(earlier[0], "drawn here"),), name=variable.name
        )


def _moves(sub: Sub) -> bool:
    ends = (sub.lower, sub.upper) if isinstance(sub, SliceSub) else (sub,)
    return any(isinstance(e, Ref) for e in ends)


def ignores_data(ctx: Context, law: Draw | Mixture, value: Binding, span: Span) -> None:
    """Warn when an observation's law depends on nothing unknown."""
    random_branch = any(c.stage is Stage.RANDOM for c in ctx.conditions)
    if ctx.quiet or law.stage is Stage.RANDOM or value.stage is Stage.RANDOM or random_branch:
        return
    ctx.report.error(
        IgnoresItsData, law.span, f"nothing unknown decides how likely `{value.name}` is", name=value.name,
        helps=("let its law depend on a variable that has a site",),
    )  # fmt: skip


def unused(ctx: Context, binding: Binding) -> None:
    """Warn of an argument or a `let` that nothing reads."""
    if ctx.quiet or binding.unique in ctx.used or binding.name.startswith("_"):
        return
    what = "argument" if binding.kind == "argument" else "value"
    ctx.report.error(Unused, binding.span, "nothing reads this", what=what, name=binding.name)


def no_prior(ctx: Context, variable: Sited) -> None:
    """Warn of a declared variable without any site."""
    if not (variable.whole or variable.parts):
        ctx.report.error(
            NoPrior, variable.span, "no site draws it",
            notes=("unless the data give it, its prior is flat on its type",),
            helps=(f"write `{variable.name} ~ flat()` if no prior is meant",), name=variable.name,
        )  # fmt: skip
