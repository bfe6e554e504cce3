"""`:explain CODE`: the page of a diagnostic."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pushforward.repl.registry import Command, Misused

if TYPE_CHECKING:
    from pushforward.repl.loop import Repl


def run(repl: Repl, text: str) -> None:
    """Write the page."""
    from pushforward.dsl.errors import catalogue
    from pushforward.dsl.errors.error import page

    digits = re.fullmatch(r"\[?(?:pf)?0*(\d+)\]?", text, re.IGNORECASE)
    code = f"PF{digits[1]}" if digits else text
    if code not in catalogue():
        raise Misused(f"there is no code {text!r}" if text else "write :explain CODE, such as :explain PF201")
    repl.host.write(page(catalogue()[code]))


COMMAND = Command("explain", "CODE", "the page of a diagnostic", run)
