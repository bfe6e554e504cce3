"""PF701 to PF719: what is met when a program runs, and around it. No program text alone can show these."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class WhichProgram(Error):
    """A file holds several programs and none was chosen, or it holds none of the name that was asked for.

    Choose one with `--program NAME`; in Python, `m.NAME` or `m.only("NAME")`. The label lists the programs of the
    file.
    """

    code = "PF701"
    title = "which model is meant?"


class FailedRunning(Error):
    """A computation of the program failed while it ran, at the line that is shown.

    The sentence below the line is that of the library that failed. Commonest are arrays whose sizes do not fit,
    which the checker could not see because they depend on values of the data: look at the shapes of what the line
    reads.
    """

    code = "PF702"
    title = "this failed when it ran"


class NothingToSample(Error):
    """The data give every variable of the model, so nothing is unknown.

    A variable whose name is in the data is observed. Leave those that are to be estimated out of the data; to
    evaluate the density at given values, use `log_density` from Python.
    """

    code = "PF703"
    title = "there is nothing to sample: the data give every variable"


class NoStartingPoint(Error):
    """The sampler found no point from which to start: everywhere it looked, the log density or its gradient was not
    finite.

    It looks at random points, uniform on (-2, 2) in the unconstrained space. The notes show the log density factor
    by factor at the last of them: a factor that is -inf or nan is where to look. Usual causes: data outside the
    support of their distribution; a scale that may be 0 or negative because its type does not say `positive`; an
    overflow in `exp`; parameters bounded by data without a declared bound. `pushforward diagnose` shows every
    factor at several points.
    """

    code = "PF704"
    title = "no starting point was found"


class UnreadableProgram(Error):
    """A program file cannot be read: it does not exist, the system does not let you read it, or it is not text in
    UTF-8.

    Check the path; save the file as UTF-8 where the note says that a byte is not.
    """

    code = "PF705"
    title = "{path} cannot be read"


class OtherRun(Error):
    """`--resume` found the checkpoint of a run that differs from the one asked for.

    A resumed run gives the very draws that an uninterrupted one would have given, so the program, the data, the
    seed, the settings and the version must be those of the interrupted run. Repeat its command with `--resume`
    added, or leave `--resume` out to begin anew, which replaces the checkpoint.
    """

    code = "PF706"
    title = "{path} is the checkpoint of another run"


class UnwritableFile(Error):
    """A result cannot be written where it was asked for.

    The folder must exist and be writable. This is looked at before a long run begins. A file that is there already
    is replaced only when the new one is complete.
    """

    code = "PF707"
    title = "{path} cannot be written"


class OtherDraws(Error):
    """The posterior draws that were given do not belong to this model with these data.

    Predictions need draws of every variable that the data do not give, in the shapes that the data imply. Give the
    file that `pushforward sample` wrote for this model and these data.
    """

    code = "PF708"
    title = "the draws in {path} are not of {program} with these data"


class WrongGradient(Error):
    """`pushforward diagnose` found a gradient that disagrees with finite differences, so samplers would be misled.

    Either the density has a kink or a jump near the points that were looked at (`abs`, `floor`, `if`, `max` of
    unknowns), or it is so badly scaled that finite differences fail, or a derivative of the library is wrong. In
    the first case write a smooth form; in the last please report the model.
    """

    code = "PF709"
    title = "gradients of {program} disagree with finite differences"


class ForeignCode(Error):
    """A file asks for a function or a law from outside (`extern`, `bind`), and nobody has allowed that it is run.

    Such a declaration names Python that is imported and called. Reading, checking, showing and compiling a file run
    none of it; to run it, say that the file is trusted: `--allow-extern`, and in Python `pf.load(path,
    allow_extern=True)`.
    """

    code = "PF711"
    title = "`{name}` runs Python from outside of the language"
