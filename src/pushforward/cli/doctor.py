"""`pushforward doctor`: whether everything that Pushforward needs is here and works."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pushforward.cli import jax_settings, terminal
from pushforward.cli.outcome import FAULT
from pushforward.cli.storage import cache_folder
from pushforward.cli.verb import Verb

#: What is imported, and the distribution that has its version.
LIBRARIES = {
    "lark": "lark",
    "numpy": "numpy",
    "scipy": "scipy",
    "jax": "jax",
    "jaxlib": "jaxlib",
    "numpyro": "numpyro",
    "tensorflow_probability.substrates.jax": "tfp-nightly",
    "h5netcdf": "h5netcdf",
    "rich": "rich",
}

_MODEL = "model self_test() {\n  mu ~ normal(0, 1)\n  y ~ normal(mu, 1)\n}\n"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at, and whether it is as it should be."""

    name: str
    ok: bool
    said: str


def findings() -> Iterator[Finding]:
    """Everything, in the order in which one thing needs another."""
    from pushforward import __version__

    yield Finding("pushforward", True, f"{__version__} in {Path(__file__).parents[1]}")
    yield Finding("python", sys.version_info >= (3, 11), f"{platform.python_version()} on {platform.platform()}")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("cores", True, f"{cores} of {os.cpu_count()}")
    for module, distribution in LIBRARIES.items():
        yield _tried(distribution, partial(_imported, module, distribution))
    yield _cache()
    yield _tried("devices", _devices)
    yield _tried("float64", _float64)
    yield _tried("self test", _self_test)


def _tried(name: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(name, True, look())
    except Exception as error:  # whatever is broken is what is to be told
        return Finding(name, False, f"{type(error).__name__}: {error}".splitlines()[0])


def _imported(module: str, distribution: str) -> str:
    import_module(module)
    try:
        return version(distribution)
    except PackageNotFoundError:
        return "imports; its version is not known"


def _devices() -> str:
    import jax

    kinds = [f"{device.platform}:{device.id} {device.device_kind}" for device in jax.devices()]
    return ", ".join(kinds)


def _float64() -> str:
    import jax.numpy as jnp

    jax_settings.prepare(cache=True)
    if jnp.zeros(()).dtype != "float64":
        raise RuntimeError("JAX computes in float32 although float64 was asked for")
    return "on"


def _cache() -> Finding:
    folder = cache_folder()
    if folder is None:
        return Finding("cache", True, "off (PUSHFORWARD_CACHE)")
    files = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    size = 0
    for path in files:
        with suppress(OSError):
            size += path.stat().st_size
    near = next(path for path in (folder, *folder.parents) if path.exists())
    writable = os.access(near, os.W_OK)
    doubt = "" if writable else ", not writable"
    return Finding("cache", writable, f"{folder}, {len(files)} files, {size / 1e6:.1f} MB{doubt}")


def _self_test() -> str:
    """Sample a model whose posterior is normal(1/2, sqrt(1/2)). The seed is fixed, so this never fails by chance."""
    from pushforward.api.files import loads

    posterior = loads(_MODEL, "self_test.pf").only().with_data({"y": 1.0}).sample(chains=2, warmup=300, draws=500)
    row = posterior.summary()["mu"]
    if abs(row["mean"] - 0.5) > 0.15 or abs(row["sd"] - 0.5**0.5) > 0.15 or not row["rhat"] < 1.05:
        raise RuntimeError(f"mean {row['mean']:.3f} and sd {row['sd']:.3f} where 0.500 and 0.707 are right")
    return f"a small posterior comes out right (mean {row['mean']:.3f}, sd {row['sd']:.3f})"


def run(args: argparse.Namespace) -> int:
    """Tell; 1 when something is not as it should be."""
    found = list(findings())
    ok = all(f.ok for f in found)
    if args.json:
        wrong = {} if ok else {"error": "; ".join(f"{f.name}: {f.said}" for f in found if not f.ok), "diagnostics": []}
        terminal.result_json({"ok": ok, **wrong, "findings": [asdict(f) for f in found]})
        return 0 if ok else FAULT
    width = max(len(f.name) for f in found)
    for f in found:
        terminal.result(f"{'ok  ' if f.ok else 'BAD '} {f.name:<{width}}  {f.said}")
    return 0 if ok else FAULT


def configure(parser: argparse.ArgumentParser) -> None:
    """Nothing to choose."""


VERB = Verb("doctor", "say whether everything that is needed is here and works", "pushforward doctor", configure, run)
