"""What can be wrong with data, in the user's words: a `Problem` for each finding, one `DataError` for all."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

TITLES: Final[dict[str, str]] = {
    "PF801": "the data lacks `{key}`",
    "PF802": "`{key}` has the wrong type",
    "PF803": "`{key}` has the wrong shape",
    "PF804": "`{key}` is out of bounds",
    "PF805": "`{key}` has an entry that is not a number",
    "PF806": "`{key}` does not meet its constraint",
    "PF807": "`{key}` disagrees about the size of a dimension",
    "PF808": "`{key}` cannot be read",
    "PF810": "a loop over `{key}` would run backwards",
    "PF811": "the times `{key}` do not increase",
    "PF809": "`{key}` is in a format that is not known here",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding about one key of the data (or about a file, for PF808 and PF809).

    `place` points inside the value as `y[3][1]`, counted from 0; `declared` says where the program
    asks for the key, such as `eight_schools.pf:3:21`; `help` is something to do.
    """

    code: str
    key: str
    expected: str
    found: str
    place: str = ""
    help: str = ""
    declared: str = ""

    @property
    def title(self) -> str:
        """The sentence that names the problem."""
        return TITLES[self.code].format(key=self.key)

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place and self.place != self.key else ""
        declared = f" ({self.declared})" if self.declared else ""
        lines = [
            f"error[{self.code}]: {self.title}",
            f"  = expected: {self.expected}{declared}",
            f"  = found: {self.found}{where}",
        ]
        return "\n".join([*lines, f"  = help: {self.help}"] if self.help else lines)


class DataError(Exception):
    """Everything that is wrong with the data, in the order in which the program declares it."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        return "\n\n".join(str(problem) for problem in self.problems)


def place(key: str, index: Iterable[Any]) -> str:
    """`y` and (3, 1) give `y[3][1]`."""
    return key + "".join(f"[{int(i)}]" for i in index)


def nearest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` was most likely meant to be, or None. Case counts for nothing."""
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    close = difflib.get_close_matches(name.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[close[0]] if close else None


def and_more(count: int) -> str:
    """What to append when `count` entries share a problem and one is shown."""
    match count:
        case 0 | 1:
            return ""
        case 2:
            return " (and 1 more entry)"
        case _:
            return f" (and {count - 1} more entries)"
