"""A solver, a rule and a problem that do not go together."""

from __future__ import annotations


class Unsuitable(ValueError):
    """A solver, rule or linear solver was given a problem that it cannot serve: said while the program is traced,
    before anything is computed. Its text says what was expected and what to take instead.
    """
