"""Pushforward from Python.

    files.py      load(path): text to checked programs
    model.py      Model: a program; Bound: a program with its arguments and observations, and what can be asked of it
    compiled.py   emitted modules, executed, with tracebacks that lead to the `.pf` line
    specs.py      what a program asks of its data
    sampling.py   draws from the posterior
    prediction.py draws of what the data give, and of everything from the prior
"""

from pushforward.api.files import Module, load, loads
from pushforward.api.model import Bound, Model
from pushforward.api.sampling import Posterior

__all__ = ["Bound", "Model", "Module", "Posterior", "load", "loads"]
