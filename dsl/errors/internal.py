"""PF900 and PF901: Pushforward itself is wrong."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class LibraryMistake(Error):
    """A declaration of the standard library does not type. This is a bug of Pushforward: please report it."""

    code = "PF901"
    title = "the library's `{name}` is wrong"


class Bug(Error):
    """Pushforward itself failed, in a way that it does not foresee. This is never the fault of the program.

    The message names the place, and a file that holds the details. Please report it with the command, the program
    and the versions that are named there. The exit status is 70.
    """

    code = "PF900"
    title = "a bug of Pushforward {place}"
