"""Data against what the program declares: every problem is found before any is reported.

In order: the type and the axes of each key; the sizes of the dimensions, from all shapes together;
then bounds, indices and constraints, which need the sizes and the other values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from pushforward.runtime.data.arrays import Array, as_array
from pushforward.runtime.data.bounds import index_problems, infinite, outside
from pushforward.runtime.data.constraints import TOLERANCE, broken
from pushforward.runtime.data.dimensions import Solution, names, parse, solve, whole
from pushforward.runtime.data.formats.record import DataFile
from pushforward.runtime.data.kinds import convert, not_whole
from pushforward.runtime.data.problem import DataError, Problem, nearest
from pushforward.runtime.data.shapes import equations, fit
from pushforward.runtime.data.spec import DataSpec, DimensionSpec
from pushforward.runtime.unknown import Unknown


@dataclass(frozen=True, slots=True)
class CheckedData:
    """Values as float64 (real) or int64 (int, bool, index from 0), the sizes of dimensions, and remarks."""

    values: dict[str, Array]
    dims: dict[str, int]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    """A key that was found: its value with the declared axes, and the tolerance its precision allows. Where the value
    is not `known`, it says its shape alone."""

    spec: DataSpec
    value: Array
    tolerance: float
    problems: tuple[Problem, ...] = ()
    known: bool = True


def check(
    values: Mapping[str, object] | DataFile,
    specs: Iterable[DataSpec],
    dimensions: Mapping[str, DimensionSpec],
) -> CheckedData:
    """Check and convert data: a `DataFile`, or a mapping to numbers, lists, NumPy, JAX or pandas arrays.

    A key that names a dimension is checked against the shapes; an `int` argument that names one is filled in
    from them. Keys that nothing uses are notes. Of an `Unknown` the kind and the shape are judged, and NaN stands for
    it in the result. Raises `DataError` with every problem found.
    """
    file = values if isinstance(values, DataFile) else DataFile(Path(), values)
    specs = tuple(specs)
    arguments = {spec.name for spec in specs}
    sized = tuple(_size_argument(dimension) for name, dimension in dimensions.items() if name not in arguments)
    entries: dict[str, _Entry] = {}
    problems: list[Problem] = []
    for spec in (*sized, *specs):
        if spec.name not in file.values:
            continue
        entry = _entry(spec, file.values[spec.name], tabular=file.tabular)
        if isinstance(entry, Problem):
            problems.append(entry)
        else:
            problems.extend(entry.problems)
            entries[spec.name] = entry
    used = arguments | dimensions.keys()
    missing = [_lacking(spec, file, used) for spec in specs if _is_missing(spec, file, dimensions)]
    solution = _solve(entries, dimensions)
    unsolved = _unsolved(specs, dimensions, solution, {problem.key for problem in (*problems, *missing)})
    checked, late = _finish(entries, specs, dimensions, solution, sound=not (problems or solution.problems))
    found = (*missing, *problems, *solution.problems, *unsolved, *late)
    if found:
        raise DataError(_in_order(found, specs))
    dims = {name: solution.sizes[name] for name in dimensions if name in solution.sizes}
    return CheckedData(checked, dims, _notes(file, used))


def _size_argument(dimension: DimensionSpec) -> DataSpec:
    return DataSpec(dimension.name, "int", required=False, span_note=dimension.span_note)


def _is_missing(spec: DataSpec, file: DataFile, dimensions: Mapping[str, DimensionSpec]) -> bool:
    return spec.required and spec.name not in file.values and spec.name not in dimensions


def _lacking(spec: DataSpec, file: DataFile, used: Iterable[str]) -> Problem:
    unused = sorted(file.values.keys() - set(used))
    near = nearest(spec.name, unused)
    found = f"the keys {_listed(file.values)}" if file.values else "no data"
    suggestion = f"did you mean `{spec.name}` where the data says `{near}`?"
    help = suggestion if near else f"add `{spec.name}` to the data"
    return Problem(
        code="PF801", key=spec.name, expected=spec.type_words, found=found, help=help, declared=spec.span_note
    )


def _entry(spec: DataSpec, raw: object, *, tabular: bool) -> _Entry | Problem:
    unknown = raw if isinstance(raw, Unknown) else None
    array = as_array(spec.name, raw) if unknown is None else np.broadcast_to(np.float64(np.nan), unknown.shape or ())
    if not isinstance(array, Problem):
        array = fit(spec, array, tabular=tabular)
    if isinstance(array, Problem):
        if array.expected == "numbers":
            array = replace(array, expected=f"{spec.type_words}, numbers")
        return replace(array, declared=spec.span_note)
    if unknown is not None:
        wrong = unknown.kind == "real" and spec.kind != "real" and array.size
        return _Entry(spec, array, TOLERANCE, (not_whole(spec),) if wrong else (), known=False)
    value, problems = convert(spec, array, tabular=tabular)
    # Sums of 32-bit floats cannot meet a tolerance made for 64 bits.
    width = 16 * float(np.finfo(array.dtype).eps) if array.dtype.kind == "f" else 0.0
    return _Entry(spec, value, max(TOLERANCE, width), problems)


def _solve(entries: Mapping[str, _Entry], dimensions: Mapping[str, DimensionSpec]) -> Solution:
    given: dict[str, int] = {}
    low: list[Problem] = []
    for name, dimension in dimensions.items():
        entry = entries.get(name)
        if entry is None or entry.problems or entry.value.ndim or not entry.known:
            continue
        if (size := int(entry.value)) >= dimension.lower:
            given[name] = size
        else:
            note, least = dimension.span_note, f"the size of a dimension, at least {dimension.lower}"
            low.append(Problem(code="PF804", key=name, expected=least, found=str(size), declared=note))
    solution = solve([e for entry in entries.values() for e in equations(entry.spec, entry.value)], given)
    for name, size in solution.sizes.items():
        if name in dimensions and name not in given and size < dimensions[name].lower:
            note, least = dimensions[name].span_note, f"a dimension of at least {dimensions[name].lower}"
            found = f"{size} {solution.origins[name]}"
            low.append(Problem(code="PF804", key=name, expected=least, found=found, declared=note))
    return replace(solution, problems=(*solution.problems, *low))


def _unsolved(
    specs: Iterable[DataSpec], dimensions: Mapping[str, DimensionSpec], solution: Solution, at_fault: set[str]
) -> list[Problem]:
    """PF801 for sizes that nothing gives, unless a key that would give it is at fault already."""
    texts = [text for spec in specs if spec.name in at_fault for text in spec.dims]
    blamed = {name for text in texts for name in names(parse(text))}
    blamed |= at_fault | {problem.key for problem in solution.problems}
    return [
        Problem(
            code="PF801",
            key=name,
            expected=f"the size of the dimension {name}, a whole number",
            found="no array of the data that gives it",
            help=f'add "{name}" to the data',
            declared=dimension.span_note,
        )
        for name, dimension in dimensions.items()
        if dimension.required and name not in solution.sizes and name not in blamed
    ]


def _finish(
    entries: Mapping[str, _Entry],
    specs: Iterable[DataSpec],
    dimensions: Mapping[str, DimensionSpec],
    solution: Solution,
    *,
    sound: bool,
) -> tuple[dict[str, Array], list[Problem]]:
    """The final values, and the problems that only they show. Bounds in terms of others need `sound` data."""
    raw: dict[str, Array] = {}
    for spec in specs:
        if (entry := entries.get(spec.name)) is not None:
            raw[spec.name] = _full_rank(entry, solution.sizes)
        elif spec.name in dimensions and spec.name in solution.sizes:
            raw[spec.name] = np.asarray(solution.sizes[spec.name], dtype=np.int64)
    values = {spec.name: raw[spec.name] - (spec.kind == "index1") for spec in specs if spec.name in raw}
    others = {name: np.asarray(size, dtype=np.int64) for name, size in solution.sizes.items()} | values
    problems: list[Problem] = []
    unknown = {name for name, entry in entries.items() if not entry.known}
    sound = sound and not unknown
    for spec in specs:
        if spec.name not in raw or spec.name in unknown or (spec.name in entries and _failed(entries[spec.name])):
            continue
        value = raw[spec.name]
        problems.extend(infinite(spec, value))
        if spec.kind in ("index", "index1"):
            problems.extend(index_problems(spec, value, solution.sizes))
        fixed = not (callable(spec.lower) or callable(spec.upper))
        if sound or fixed:
            problems.extend(outside(spec, value, others))
        if value.ndim == len(spec.dims) and np.isfinite(value).all():
            tolerance = entries[spec.name].tolerance if spec.name in entries else TOLERANCE
            problems.extend(broken(spec, value, tolerance))
    return {name: np.asarray(value) for name, value in values.items()}, problems


def _failed(entry: _Entry) -> bool:
    """Whether the conversion failed, so that the entries mean nothing. A NaN leaves the others meaningful."""
    return any(problem.code == "PF802" for problem in entry.problems)


def _full_rank(entry: _Entry, sizes: Mapping[str, int]) -> Array:
    """An empty value with all its declared axes."""
    if entry.value.ndim == len(entry.spec.dims):
        return entry.value
    shape = [whole(parse(text), sizes) for text in entry.spec.dims]
    known = [size for size in shape if size is not None]
    return entry.value.reshape(known) if len(known) == len(shape) and 0 in known else entry.value


def _in_order(problems: Iterable[Problem], specs: Iterable[DataSpec]) -> tuple[Problem, ...]:
    order = {spec.name: i for i, spec in enumerate(specs)}
    return tuple(sorted(problems, key=lambda problem: order.get(problem.key, -1)))


def _notes(file: DataFile, used: Iterable[str]) -> tuple[str, ...]:
    notes = [note for key, note in file.notes.items() if key in set(used)]
    unused = [key for key in file.values if key not in set(used)]
    if unused:
        notes.append(f"the program does not use {_listed(unused)} of the data")
    return tuple(notes)


def _listed(keys: Iterable[str]) -> str:
    ticked = [f"`{key}`" for key in keys]
    return ", ".join(ticked[:12]) + (f" and {len(ticked) - 12} more" if len(ticked) > 12 else "")
