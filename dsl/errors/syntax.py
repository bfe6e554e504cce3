"""PF101 and PF109 to PF124: a token does not fit, in general and for the mistakes that can be recognised."""

from __future__ import annotations

from pushforward.dsl.diagnostic import Diagnostic, Label
from pushforward.dsl.errors.error import Error
from pushforward.dsl.source import Span


class Unexpected(Error):
    """The text stops making sense at this place.

    The title says what could have come next and what stands there instead. Statements end with their line, except
    inside ( ) and [ ], after an operator, a comma, `=` or `~`, and before a line that begins with an operator,
    `by`, `@` or `else`.
    """

    code = "PF101"
    title = "expected {expected}, found {found}"
    bad = "model m() {\n  x ~ normal(0 1)\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, expected: str, found: str, context: Label | None, helps: tuple[str, ...]) -> Diagnostic:
        """`context` points at what is being read."""
        return cls.diagnostic(
            span,
            "this does not fit" if span.text.strip() else "here",
            secondary=(context,) if context else (),
            helps=helps,
            expected=expected,
            found=found,
        )


class ColonRange(Error):
    """A range is written with two dots and does not contain its end.

    `for i in 0..N` runs over 0, 1, ..., N-1, as all indices count from 0. The loop `for (i in 1:N)` of Stan and R is
    `for i in 0..N` here, with the indices of the body counted from 0 as well. The colon is for slices: `x[1:3]`.
    """

    code = "PF109"
    title = "a range is written `a..b`"
    bad = "model m(N: int) {\n  y: vector[N]\n  for i in 1:N { y[i] ~ normal(0, 1) }\n}\n"
    good = "model m(N: int) {\n  y: vector[N]\n  for i in 0..N { y[i] ~ normal(0, 1) }\n}\n"

    @classmethod
    def at(cls, span: Span) -> Diagnostic:
        """`span` is the colon."""
        note = "indices count from 0 and `0..N` stops before N"
        return cls.diagnostic(span, "a colon makes a slice", notes=(note,), helps=("write `..` instead of `:`",))

    @classmethod
    def parentheses(cls, span: Span) -> Diagnostic:
        """`for (i in ...)`; `span` is the parenthesis."""
        return cls.diagnostic(span, "no parentheses here", helps=("write `for i in 0..N { ... }`",))


class StanDeclaration(Error):
    """A declaration is written as in Stan or C, with the type before the name.

    The name comes first: `y: vector[N]` declares, `tau: positive ~ half_normal(1)` declares and draws, `let s:
    real = 2` binds. `real<lower=0> x` becomes `x: real<lower=0>`, and `array[N] int k` becomes `k: int[N]`.
    """

    code = "PF114"
    title = "the name comes before its type"
    bad = "model m() {\n  real<lower=0> x;\n  x ~ normal(0, 1)\n}\n"
    good = "model m() {\n  x: real<lower=0> ~ normal(0, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, written: str) -> Diagnostic:
        """`written` is the declaration in this language."""
        return cls.diagnostic(span, "a type, and then a name", helps=(f"write `{written}`",))


class StanBlock(Error):
    """A program is written in blocks, as in Stan.

    There are no blocks. Data are the arguments of a model, parameters are its sites, and the order of the
    statements is free as long as names are bound before they are used:

        model line(x: vector[N]) {
          a ~ normal(0, 10); b ~ normal(0, 10); s ~ half_normal(1)
          y ~ normal(a + b * x, s)
        }

    What only depends on data is computed once, wherever it stands; generated quantities are what `return` names.
    """

    code = "PF115"
    title = "there is no `{name}` block"
    bad = "data {\n  N: int\n}\n"
    good = "model m(N: int) {\n  x ~ normal(N, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, name: str) -> Diagnostic:
        """`name` is the name of the block."""
        help_ = "write `model name(data) { ... }`, with the data as arguments and everything else inside"
        return cls.diagnostic(span, "a block of Stan", helps=(help_,), name=name)


class NotAStatement(Error):
    """A statement begins with a word that begins none: a mistyped keyword, or the keyword of another language.

    Declarations begin with `model`, `objective`, `problem`, `process`, `fun` or `distribution`; statements with
    `let`, `for`, `if`, `factor`, `param`, `return`, `print`, `minimize`, `maximize`, `subject to`, or with a
    name. There is no `while`: a computation of unknown length is a hole, `fixpoint` or `root`.
    """

    code = "PF117"
    title = "`{word}` begins no statement"
    bad = "modle m() {\n  x ~ normal(0, 1)\n}\n"
    good = "model m() {\n  x ~ normal(0, 1)\n}\n"

    @classmethod
    def at(cls, span: Span, word: str, help_: str) -> Diagnostic:
        """`help_` names what was meant."""
        return cls.diagnostic(span, "not a word of the language", helps=(help_,), word=word)


class ReservedWord(Error):
    """A word of the language is used as a name.

    `let for if then else return true false fun` are reserved. All other keywords are keywords only where they can
    be meant as such, and names elsewhere. A field of the data with such a name can be read as `d.for`, and bound
    to another name.
    """

    code = "PF118"
    title = "`{word}` cannot be a name"
    bad = "let then = 3\n"
    good = "let later = 3\n"

    @classmethod
    def at(cls, span: Span, word: str) -> Diagnostic:
        """`word` stands where a name is expected."""
        return cls.diagnostic(span, "a word of the language", helps=(f"write `{word}_` or another name",), word=word)


class OutsideProgram(Error):
    """A statement stands outside every program.

    `return`, `factor` and `param` belong into a model, an objective, a problem or a function. At the top level stand
    declarations and the statements of a script: `let`, `print`, calls such as `plot(...)`.
    """

    code = "PF119"
    title = "`{word}` outside of a program"
    bad = "return 3\n"
    good = "fun three() -> int { return 3 }\n"

    @classmethod
    def at(cls, span: Span, word: str) -> Diagnostic:
        """`span` is the statement."""
        return cls.diagnostic(span, "this belongs into the braces of a program", word=word)


class MissingLet(Error):
    """A name is declared and bound without `let`.

    `x: T` declares a container whose elements get sites; `let x: T = e` binds a value; `x: T ~ d` draws one.
    """

    code = "PF120"
    title = "a value is bound with `let`"
    bad = "model m() {\n  s: real = 2\n  x ~ normal(0, s)\n}\n"
    good = "model m() {\n  let s: real = 2\n  x ~ normal(0, s)\n}\n"

    @classmethod
    def at(cls, span: Span, declared: str) -> Diagnostic:
        """`declared` is the text before the `=`."""
        return cls.diagnostic(span, "`let` is missing", helps=(f"write `let {declared} = ...`",))


class ColonField(Error):
    """Fields and named arguments are written with `=`.

    `{a = 1, b = 2}` is a record, `f(x, tol=1e-8)` a call with a named argument. The colon is for types and slices.
    """

    code = "PF121"
    title = "a field is written with `=`"
    bad = "let r = {a: 1}\n"
    good = "let r = {a = 1}\n"

    @classmethod
    def at(cls, span: Span) -> Diagnostic:
        """`span` is the colon."""
        return cls.diagnostic(span, "a colon gives a type", helps=("write `=` instead of `:`",))


class ClauseOrder(Error):
    """The clauses of a hole come in the order `by ALGORITHM @ DERIVATIVE`, each at most once."""

    code = "PF122"
    title = "`{clause}` comes too late"
    bad = "let e = expect { z ~ normal(0, 1); return z } @ score by mc(64)\n"
    good = "let e = expect { z ~ normal(0, 1); return z } by mc(64) @ score\n"

    @classmethod
    def at(cls, span: Span, clause: str) -> Diagnostic:
        """`clause` is `by` or `@`."""
        return cls.diagnostic(span, "the clauses before are complete", helps=("write `by A @ D`",), clause=clause)


class WordOperator(Error):
    """The logical operators are signs: `&&`, `||` and `!`."""

    code = "PF123"
    title = "`{word}` is not an operator of the language"
    bad = "fun inside(x: real) -> bool = x > 0 and x < 1\n"
    good = "fun inside(x: real) -> bool = x > 0 && x < 1\n"

    @classmethod
    def at(cls, span: Span, word: str, sign: str) -> Diagnostic:
        """`sign` is what is written instead."""
        return cls.diagnostic(span, "a word", helps=(f"write `{sign}`",), word=word)
