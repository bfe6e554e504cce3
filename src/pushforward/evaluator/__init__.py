"""Scripts: the statements at the top level of a file, evaluated in order. `run` and the REPL are both this.

    session.py      Session: names, seeds and a host; runs files;     environment.py  what names mean
    statements.py   each form of statement;                           expressions.py  each form of expression
    lifting.py      an expression of numbers, what it reads made arguments
    numeric.py      such an expression, compiled as a program of the language
    values.py       what a name can hold;    shown.py  values as text and as JSON
    binding.py      arguments put in their places;    settings.py  `by nuts(chains=4)`
    host.py         what a session asks of where it runs: where to print, who watches, who stops
    faults.py       problems of data and of files, told at the line that met them
    registry.py     the open things below, found by scanning;    vocabulary.py  their names, for the checker

    builtins/       load, save, plot, summary ...: a constant `BUILTIN` a file
    verbs/          sample, simulate, predict: a constant `VERB` a file
    programs/       what a program of each kind is as a value: a constant `PROGRAM` a file

Arithmetic is not done here. The largest expression of numbers becomes a program whose arguments are the values it
reads, is typed and compiled as any other, and runs in float64: there is one semantics of the language.
"""

from __future__ import annotations
