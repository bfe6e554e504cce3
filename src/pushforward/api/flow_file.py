"""Fitted processes on disk: the arrays of the parameters, and a hash of the text of the process and of the programs in
it. Parameters are given back only to the very process that they were found for.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from pushforward.api.flow import expanded_objective
from pushforward.api.model import Bound, Model
from pushforward.api.programs import Applied, Flow, Template
from pushforward.dsl import tree
from pushforward.dsl.infer.taint import nodes_of
from pushforward.dsl.unparse import unparse

_HASH, _PREFIX = "source_hash", "param/"


class OtherProcess(ValueError):
    """A file with the parameters of another process, or with none."""


def source_hash(program: Applied | Template | Flow) -> str:
    """A hash of the text of a process and of the programs that it is given, however they are laid out."""
    return hashlib.sha256("\n".join(_texts(program)).encode()).hexdigest()


def _texts(value: object) -> Iterator[str]:
    match value:
        case Flow(program=program, params=params):
            yield from _texts(program)
            yield from (f"{n} {np.asarray(x).tobytes().hex()}" for n, x in sorted(leaves(params).items()))
        case Applied(template=template, arguments=arguments, observations=observations):
            yield from _program(template.node, template.file)
            for name, argument in sorted(arguments.items()):
                yield name
                yield from _texts(argument)
            yield from _given(observations)
        case Template(node=node, file=file):
            yield from _program(node, file)
        case Bound(model=model, arguments=arguments, observations=observations):
            yield from _texts(model)
            yield from _given(arguments)
            yield "|"
            yield from _given(observations)
        case Model(node=node, file=file):
            assert node is not None and file is not None
            yield from _program(node, file)
        case _:
            yield np.asarray(value).tobytes().hex()


def _given(values: Mapping[str, object]) -> Iterator[str]:
    return (f"{n} {np.asarray(v).tobytes().hex()}" for n, v in sorted(values.items()))


def _program(node: tree.Program, file: tree.File) -> Iterator[str]:
    """The text of a program, and of the functions, laws and programs of its file that it may use."""
    declared = [i for i in file.items if isinstance(i, tree.Function | tree.Distribution | tree.Program) and i != node]
    seen = set[str]()
    todo: list[tree.Program | tree.Function | tree.Distribution] = [node]
    while todo:
        piece = todo.pop()
        yield unparse(piece)
        names = {n.id for n in nodes_of(piece) if isinstance(n, tree.Name)} - seen
        seen |= names
        todo += [i for i in declared if i.name in names]


def leaves(params: Mapping[str, Any]) -> dict[str, Any]:
    """The arrays of parameters by their paths."""
    from pushforward.runtime.optimise.descent import named_leaves

    return named_leaves(dict(params))


def write(flow: Flow, path: str | os.PathLike[str]) -> None:
    """Write a fitted process as NPZ; an existing file is replaced at once or not at all. Raises `OSError`."""
    from pushforward.runtime.draws.atomic import replacing

    arrays = {_PREFIX + n: np.asarray(x) for n, x in leaves(flow.params).items()}
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, **{_HASH: np.asarray(source_hash(flow.program))}, **arrays)  # type: ignore[arg-type]


def read(program: Applied | Template, path: str | os.PathLike[str]) -> Flow:
    """The process with the parameters of a file. Raises `OtherProcess`, `OSError`."""
    import jax

    try:
        with np.load(path, allow_pickle=False) as file:
            found = {n.removeprefix(_PREFIX): file[n] for n in file.files if n.startswith(_PREFIX)}
            stated = str(file[_HASH]) if _HASH in file.files else ""
    except (ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise OtherProcess("it is no NPZ file") from error
    if not stated or not found:
        raise OtherProcess("it has no parameters of a process")
    if stated != source_hash(program):
        raise OtherProcess("it was fitted with another text of the process, or of a program in it, or other arguments")
    objective = expanded_objective(program)
    template = objective.params_of("v", objective.initial())
    wanted = leaves(template)
    if {n: np.shape(x) for n, x in wanted.items()} != {n: np.shape(x) for n, x in found.items()}:
        raise OtherProcess("the shapes of its parameters are others")
    structure = jax.tree.structure(template)
    return Flow(program, jax.tree.unflatten(structure, [jax.numpy.asarray(found[n]) for n in wanted]))
