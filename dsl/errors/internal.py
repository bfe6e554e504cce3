"""PF901: the library itself is wrong."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class LibraryMistake(Error):
    """A declaration of the standard library does not type. This is a bug of Pushforward: please report it."""

    code = "PF901"
    title = "the library's `{name}` is wrong"
