"""Schroedinger bridges from Python and from scripts.

    bridge.py      a bridge: a process with what was found for it, and its paths
    ends.py        what stands at an end: a model with one vector, or points
    reference.py   what the bridge is to be near to
    methods.py     the methods there are: one a file, named as it is, with a constant METHOD
    <the others>   the methods

    b = between(p0, p1, brownian(0.1), "light", components=10)
    b.at([0, 0.5, 1]).simulate(key)["path"]
"""

from pushforward.api.bridges.bridge import Bridge, between
from pushforward.api.bridges.ends import Unfit
from pushforward.api.bridges.reference import Reference, brownian, ou

__all__ = ["Bridge", "Reference", "Unfit", "between", "brownian", "ou"]
