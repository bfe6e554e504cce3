"""PF720 to PF739: scripts and the REPL."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class NoPlace(Error):
    """A statement of programs stands in a script.

    The statements at the top level of a file are a script: `let`, `print`, `for`, `if`, and functions that do
    something, such as `plot` and `save`. Random variables, parameters and results belong into a program, which the
    script samples.
    """

    code = "PF720"
    title = "{what} has no place in a script"
    bad = "let s = 2\nmu ~ normal(0, s)\n"
    good = "model m(s: positive) {\n  mu ~ normal(0, s)\n}\nlet s = 2\nprint simulate m(s)\n"


class NotOfThatKind(Error):
    """Something was given a value of a kind that it cannot take.

    Verbs such as `sample` take a model with its arguments and its data: `sample m(x) | {y = y_obs}`. Functions of
    scripts say what they take: `:help plot` in the REPL shows it.
    """

    code = "PF721"
    title = "{who} needs {wanted}, not {found}"
    bad = "let x = 3\nprint sample x\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\nprint simulate m()\n"


class NoSuchPart(Error):
    """A value has no part of this name.

    The parts of a record are its fields, those of a file of data its keys, those of a posterior its variables and what
    the model returns.
    """

    code = "PF722"
    title = "{what} has no `{name}`"
    bad = "let d = {sigma = [1, 2]}\nprint d.sgima\n"
    good = "let d = {sigma = [1, 2]}\nprint d.sigma\n"


class NoSuchAlgorithm(Error):
    """What stands after `by` is not an algorithm of this verb.

    The first of its algorithms is taken when there is no `by`.
    """

    code = "PF723"
    title = "`{verb}` has no algorithm `{name}`"
    bad = "model m() {\n  x ~ normal(0, 1)\n}\nprint sample m() by nust(chains=2)\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\nprint simulate m() by mc(draws=10)\n"


class NoSuchSetting(Error):
    """An algorithm is given a setting that it does not have, or one twice.

    The note lists the settings there are, with what they are when they are left out.
    """

    code = "PF724"
    title = "`{algorithm}` has no setting `{name}`"
    bad = "model m() {\n  x ~ normal(0, 1)\n}\nprint sample m() by nuts(chain=2)\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\nprint simulate m() by mc(draws=2)\n"


class WrongSetting(Error):
    """A setting of an algorithm has a value that it cannot have."""

    code = "PF725"
    title = "`{name}` of `{algorithm}` must be {wanted}"
    bad = "model m() {\n  x ~ normal(0, 1)\n}\nprint simulate m() by mc(draws=0)\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\nprint simulate m() by mc(draws=2)\n"


class NotANumber(Error):
    """Something that is no number stands in an expression of numbers.

    Records, posteriors, models and texts are no numbers; their parts may be: `post.mu` are the draws of `mu`, a vector.
    """

    code = "PF726"
    title = "{found} is not a number"
    bad = 'let d = {a = 1}\nprint d + 1, "b"\n'
    good = 'let d = {a = 1}\nprint d.a + 1, "b"\n'


class NoSuchVariable(Error):
    """A model is conditioned on something that is not a variable of it.

    Left of `|` stands a model with its arguments, right of it a record of values of some of its variables.
    """

    code = "PF727"
    title = "`{model}` has no variable `{name}`"
    bad = "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\nlet p = m() | {z = 1}\nprint p\n"
    good = "model m() {\n  x ~ normal(0, 1)\n  y ~ normal(x, 1)\n}\nlet p = m() | {y = 1}\nprint p\n"


class OfAnIndex(Error):
    """A function or a verb of scripts is asked for something that changes with the index of a comprehension.

    A comprehension of numbers is one compiled program, in which files are not read and models not sampled. Write a
    `for` loop around statements instead.
    """

    code = "PF728"
    title = "`{name}` cannot depend on `{index}`"
    bad = "model m(s: positive) {\n  x ~ normal(0, s)\n}\nprint [(simulate m(1.0 + i)).x for i in 0..3]\n"
    good = "model m(s: positive) {\n  x ~ normal(0, s)\n}\nfor i in 0..3 {\n  print (simulate m(1.0 + i)).x\n}\n"


class Unplottable(Error):
    """A picture cannot be made of this, or not in this format.

    Pictures are written as .png, .svg or .pdf, of draws, or of one or two vectors of equal length.
    """

    code = "PF729"
    title = "this cannot be plotted"
    bad = 'plot([1, 2], [1, 2, 3], "p.png")\n'
    good = "print [1, 2]\n"


class NotSaved(Error):
    """A value cannot be written in the format that the name of the file asks for.

    Draws are written as netCDF (`.nc`), which ArviZ reads; records, numbers, arrays and tables as JSON (`.json`).
    """

    code = "PF730"
    title = "{found} cannot be saved as `{suffix}`"
    bad = 'save([1, 2], "x.nc")\n'
    good = "print [1, 2]\n"


class WrongOptimiser(Error):
    """An optimiser does not take these settings.

    `by adam(1e-2, steps=5_000)` takes the learning rate first, then what optax's `adam` takes, and `steps`, `schedule`,
    `clip`, `restarts`, `jitter`, `patience`, `samples`, `average` and `seed`.
    """

    code = "PF731"
    title = "`{verb}` cannot run like this"
    bad = "objective f() {\n  param a: real = 1\n  return a^2\n}\nlet fit = minimize f() by adam(0.1, steps=0)\n"
    good = "objective f() {\n  param a: real = 1\n  return a^2\n}\nlet fit = minimize f() by adam(0.1, steps=10)\n"


class NoDataFile(Error):
    """A script loads a file that is not there.

    Paths are those of the folder in which the command runs. To `check` it is a warning, because a program may be
    checked where its data are not, and an earlier part of the script may write the file; what depends on its content
    is then
    judged only when the script runs. To `run` a file that is missing when it is loaded is an error.
    """

    code = "PF732"
    severity = "warning"
    title = "there is no file {path}"
    bad = 'let d = load("no_such_file.json")\n'
    good = "let d = {y = [1, 2]}\n"
