"""Elements and regions of arrays by subscripts."""

from __future__ import annotations

from typing import Any

import numpy as np

Key = int | slice | np.ndarray  # an element, a slice, or an array of integers


def missing(element: str) -> float | int | bool:
    """What an element is before it is stored: something that is noticed in a result."""
    return {"real": float("nan"), "int": int(np.iinfo(np.int64).min), "bool": False}[element]


def outside(base: np.ndarray, keys: tuple[Key, ...]) -> bool:
    """Is any element named that does not exist? There are no negative subscripts in the core."""
    if len(keys) > base.ndim:
        raise IndexError(f"{len(keys)} subscripts for shape {base.shape}")
    for key, length in zip(keys, base.shape, strict=False):
        if isinstance(key, slice):
            if not 0 <= key.start <= key.stop <= length:
                raise IndexError(f"the slice {key.start}:{key.stop} of a dimension of length {length}")
        elif np.any(np.less(key, 0) | np.greater_equal(key, length)):
            return True
    return False


def read(base: np.ndarray, keys: tuple[Key, ...]) -> np.ndarray:
    """`base[keys]`; elements that do not exist are missing (they are read where a condition then discards
    them).
    """
    if not outside(base, keys):
        view, rest = _place(base, keys)
        return np.array(view[rest])
    element = {"f": "real", "i": "int", "b": "bool"}[base.dtype.kind]
    # append one missing element to every dimension that is indexed by elements, and point there
    widths = [(0, 0 if i >= len(keys) or isinstance(keys[i], slice) else 1) for i in range(base.ndim)]
    padded = np.pad(base, widths, constant_values=missing(element))
    inside = [
        key if isinstance(key, slice) else np.where(np.less(key, 0) | np.greater(key, n), n, key)
        for key, n in zip(keys, base.shape, strict=False)
    ]
    view, rest = _place(padded, tuple(k if isinstance(k, slice) or k.ndim else int(k) for k in inside))
    return np.array(view[rest])


def write(base: np.ndarray, keys: tuple[Key, ...], value: Any) -> None:
    """`base[keys] = value`, in place. Raises IndexError for elements that do not exist, ValueError for a
    value of another shape.
    """
    if outside(base, keys):
        raise IndexError(f"a store to {keys} of an array of shape {base.shape}")
    view, rest = _place(base, keys)
    if np.ndim(value) and np.shape(value) != view[rest].shape:
        raise ValueError(f"a value of shape {np.shape(value)} for a region of shape {view[rest].shape}")
    view[rest] = value


def _place(base: np.ndarray, keys: tuple[Key, ...]) -> tuple[np.ndarray, Any]:
    """A view and a key for it. One array of subscripts puts its dimensions where it stands; several are taken
    point by point.
    """
    arrays = [i for i, key in enumerate(keys) if isinstance(key, np.ndarray)]
    if len(arrays) > 1:
        return base, keys
    plain = tuple(slice(None) if isinstance(key, np.ndarray) else key for key in keys)
    view = base[(*plain, ...)]  # with the ellipsis a view even when every dimension is dropped
    if not arrays:
        return view, ()
    before = sum(isinstance(key, slice) for key in keys[: arrays[0]])
    return view, (*(slice(None) for _ in range(before)), keys[arrays[0]])
