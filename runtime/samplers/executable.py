"""Compiling a program once, and keeping the executable in memory and on disk.

On a warm start JAX's own cache saves the compiler but not tracing and lowering, which for a small model is
most of what is left. So the executable itself is kept too, in a file of the same folder, when the caller can
name what the program does. The file's name is a digest of all that its contents depend on, and the file
begins with a digest of its contents: a stale, foreign or damaged file is not found or not taken, and the
program is compiled. A file that somebody else may have written is not read, because loading an executable can
run anything.
"""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import tempfile
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import Any

import jax
import numpy as np

# Measured on small models: one kernel at a time takes less CPU than the scheduler's concurrency gains, the
# older emitters halve the compile time, and chains have the cores already (a matrix product split over
# threads could also change bits).
_OPTIONS: dict[str, str | bool] = {
    "xla_cpu_use_fusion_emitters": False,
    "xla_cpu_scheduler_type": "CPU_SCHEDULER_TYPE_MEMORY_OPTIMIZED",
    "xla_cpu_multi_thread_eigen": False,
}
_MEMORY_ENTRIES = 16
_memory: OrderedDict[Hashable, Callable[..., Any]] = OrderedDict()
_memory_lock = Lock()


@dataclass(frozen=True)
class Executable:
    """A compiled function, the seconds it took to get, and its source ("compiled", "file" or "memory")."""

    call: Callable[..., Any]
    seconds: float
    source: str


def enable_compilation_cache(folder: Path) -> None:
    """Keep compiled programs in `folder`, made if missing, whatever their size and compile time."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _configure("jax_compilation_cache_dir", str(folder))
    _configure("jax_persistent_cache_min_compile_time_secs", 0.0)
    _configure("jax_persistent_cache_min_entry_size_bytes", -1)


def enable_x64() -> None:
    """Make float64 the default, as all samplers need it."""
    _configure("jax_enable_x64", True)


def _configure(name: str, value: Any) -> None:
    update: Callable[[str, Any], None] = jax.config.update
    update(name, value)


def obtain(
    make: Callable[[], Callable[..., Any]], identity: Hashable, name: str | None, arguments: tuple[Any, ...],
    result: Any,
) -> Executable:  # fmt: skip
    """The executable of `make()` for arguments of these shapes, with a result of the structure of `result`.

    `identity` says within this process what `make()` computes; `name` says it across processes (None: no file
    is kept).
    """
    began = time.perf_counter()
    leaves, structure = jax.tree.flatten(arguments)
    shapes = tuple((np.shape(leaf), str(leaf.dtype)) for leaf in leaves)
    key = (identity, shapes, structure)
    with _memory_lock:
        call = _memory.get(key)
    source = "memory"
    if call is None:
        call, source = _load_or_compile(make, name, arguments, (shapes, str(structure)), result)
        with _memory_lock:
            _memory[key] = call
            while len(_memory) > _MEMORY_ENTRIES:
                _memory.popitem(last=False)
    return Executable(call, time.perf_counter() - began, source)


def _load_or_compile(
    make: Callable[[], Callable[..., Any]], name: str | None, arguments: tuple[Any, ...], shapes: object,
    result: Any,
) -> tuple[Callable[..., Any], str]:  # fmt: skip
    folder = jax.config.values.get("jax_compilation_cache_dir")
    path = Path(folder) / f"{_digest(name, shapes)}.executable" if folder and name is not None else None
    call = _read(path, arguments, result) if path else None
    if call is not None:
        return call, "file"
    call = _compile(_unknown_to_jax(make()) if path else make(), arguments)
    if path:
        _write(path, call)
    return call, "compiled"


def _unknown_to_jax(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function under a name that no other has, which JAX makes a part of the program and of its key.

    What JAX's own cache gives back cannot be kept a second time: XLA writes an executable that it has read without its
    code, and the file fails when it is called ("Function ... not found"). Two models that differ in their priors have
    the same program for what the data determine, so that it would be found there.
    """

    def kept(*arguments: Any) -> Any:
        return function(*arguments)

    kept.__name__ = f"kept_{uuid.uuid4().hex}"
    return kept


def _compile(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    lowered = jax.jit(function).lower(*arguments)
    if jax.default_backend() != "cpu":
        return lowered.compile()
    try:
        return lowered.compile(compiler_options=_OPTIONS)
    except (RuntimeError, ValueError, TypeError):  # a jaxlib without one of the options
        return lowered.compile()


def _digest(name: str | None, shapes: object) -> str:
    """A digest of all it depends on: the program, this folder's sources, versions, options, the machine."""
    sources = [path.read_bytes() for path in sorted(Path(__file__).parent.glob("*.py"))]
    places = ("jax_compilation_cache", "jax_persistent")
    settings = sorted((k, v) for k, v in jax.config.values.items() if not k.startswith(places))
    facts = (
        name, shapes, sources, sys.version, jax.__version__, version("jaxlib"), jax.default_backend(),
        _OPTIONS, settings, os.environ.get("XLA_FLAGS", ""), _machine(),
    )  # fmt: skip
    return hashlib.sha256(repr(facts).encode()).hexdigest()


def _machine() -> str:
    """What code generated for this machine may rely on."""
    lines: list[str] = []
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            for line in file:
                if line.startswith(("flags", "Features", "model name", "vendor_id")):
                    lines.append(line)
                if not line.strip():
                    break  # one processor speaks for all
    except OSError:
        lines.append(platform.processor())
    devices = [device.device_kind for device in jax.devices()]
    return repr((platform.machine(), lines, devices))


def _mine(path: Path) -> bool:
    """Whether only this user can have written the file."""
    status = path.stat()
    return not hasattr(os, "getuid") or (status.st_uid == os.getuid() and not status.st_mode & 0o022)


def _read(path: Path, arguments: tuple[Any, ...], result: Any) -> Callable[..., Any] | None:
    from jax.experimental.serialize_executable import deserialize_and_load

    try:
        if not _mine(path):
            return None
        content = path.read_bytes()
        digest, payload = content[:32], content[32:]
        if hashlib.sha256(payload).digest() != digest:
            return None
        structures = jax.tree.structure((arguments, {})), jax.tree.structure(result)
        loaded: Callable[..., Any] = deserialize_and_load(payload, *structures, execution_devices=jax.devices()[:1])
        return loaded
    except FileNotFoundError:
        return None
    except Exception:  # whatever a damaged or foreign file provokes, the answer is to compile
        return None


def _write(path: Path, compiled: Any) -> None:
    """Keep the executable. One that cannot be serialised (it closes over arrays) only costs time later."""
    from jax.experimental.serialize_executable import serialize

    try:
        payload = serialize(compiled)[0]
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
            file.write(hashlib.sha256(payload).digest() + payload)
        os.replace(file.name, path)
    except Exception:
        return
