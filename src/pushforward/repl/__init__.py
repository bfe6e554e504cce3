"""The REPL: statements of a script, one input at a time, in a session that goes on whatever fails.

    loop.py        Repl: an input is a command or statements; what fails is told
    reading.py     when an input is complete; inputs from a stream
    prompt.py      inputs from a terminal (prompt_toolkit);  completion.py, highlighting.py  what it offers there
    host.py        where a session of a REPL prints
    registry.py    the commands, found by scanning;  commands/  `:type`, `:jax` ...: a constant `COMMAND` a file
    expressions.py what commands are given

Inputs and outputs are handed in, so that a transcript is a test.
"""

from __future__ import annotations
