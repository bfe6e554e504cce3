"""What is emitted of an objective whose estimates learn from one another.

    train(sizes, data, params, state, key)      an estimate, what its baselines are fitted by, and the next state
    initial_state(sizes)                        the state of the first estimate
    estimate(sizes, data, params, key)          one estimate alone, from that state
"""

from __future__ import annotations

from pushforward.compiler.core import ir
from pushforward.compiler.emit.function import Text
from pushforward.compiler.emit.names import resolve

_AVERAGE = "rt.averages.moving_average"


def next_state(choices: tuple[ir.Choice, ...], sums: set[str], text: Text) -> str:
    """The dict of the averages, each with the costs of this estimate."""
    name, needed = resolve(_AVERAGE)
    entries = []
    for choice in (c for c in choices if c.cost):
        old = f'state["{choice.name}"]'
        if choice.cost in sums and needed is not None:
            text.imports.add(needed)
            old = f"{name}({old}, {choice.cost}, {choice.decay})"
        entries.append(f'"{choice.name}": {old}')
    return f"{{{', '.join(entries)}}}"


def alone(program: ir.Program, doc: str, text: Text) -> None:
    """Write `initial_state` and `estimate`."""
    averages = ", ".join(f'"{c.name}": jnp.zeros(2)' for c in program.choices if c.cost)
    for line in ("", "", "def initial_state(sizes):"):
        text.line(line, 0)
    text.line('"""What the first estimate knows of those before it: nothing, and no cost."""', 1)
    text.line(f"return {{{averages}}}", 1)
    for line in ("", "", "def estimate(sizes, data, params, key):"):
        text.line(line, 0)
    for line in f'"""{doc}"""'.splitlines():
        text.line(line.strip(), 1)
    text.line("return train(sizes, data, params, initial_state(sizes), key)[0]", 1)
