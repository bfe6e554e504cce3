"""What the tests of examples share: the `run.py` of one as a module, and what every `.pf` file of an example must be."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pushforward as pf
from pushforward.dsl.format import format_source
from pushforward.dsl.source import Source

ROOT = Path(__file__).parents[2] / "examples"


def script(folder: str) -> ModuleType:
    """The `run.py` of an example, named by its folder: `problems/svm_dual`."""
    spec = importlib.util.spec_from_file_location(folder.replace("/", "_"), ROOT / folder / "run.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def formatted_and_checked(path: Path) -> None:
    """Asserts that a file is formatted and checks without a remark."""
    text = path.read_text(encoding="utf-8")
    assert format_source(Source(path.name, text)) == text
    module = pf.load(path)
    assert not module.warnings and not module.not_yet
