"""The wheel's contents: the configuration reaches every file, and the check of archives sees what is missing.

`.ci/run` builds the archives and runs the check on them; here it meets small archives made for it.
"""

from __future__ import annotations

import importlib.util
import io
import os
import tarfile
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest


def _contents() -> ModuleType:
    path = Path(__file__).with_name("contents.py")
    spec = importlib.util.spec_from_file_location("packaging_contents", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


contents = _contents()
SOME = {"pushforward/__init__.py", "pushforward/dsl/grammar.lark", "pushforward/stdlib/distributions/normal.pf"}


def _archive(path: Path, names: set[str]) -> Path:
    """A wheel or an sdist with these files of the package."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path, "w") as wheel:
            for name in names:
                wheel.writestr(name, "x")
            scripts = "[console_scripts]\npf = a:b\npushforward = a:b\n"
            wheel.writestr("p-1.dist-info/entry_points.txt", scripts)
        return path
    with tarfile.open(path, "w:gz") as sdist:
        for name in names:
            sdist.addfile(tarfile.TarInfo(f"p-1/src/{name}"), io.BytesIO())
        sdist.addfile(tarfile.TarInfo("p-1/pyproject.toml"), io.BytesIO())
    return path


@pytest.mark.parametrize("name", ["p-1-py3-none-any.whl", "p-1.tar.gz"])
def test_archives_are_read(tmp_path: Path, name: str) -> None:
    assert contents.held(_archive(tmp_path / name, SOME)) == SOME


def test_a_link_in_an_sdist_is_no_file(tmp_path: Path) -> None:
    link = tarfile.TarInfo("p-1/src/pushforward/dsl")
    link.type, link.linkname = tarfile.SYMTYPE, "../../dsl"
    with tarfile.open(tmp_path / "p-1.tar.gz", "w:gz") as sdist:
        sdist.addfile(link)
    assert contents.held(tmp_path / "p-1.tar.gz") == frozenset()


def test_what_is_missing_and_what_is_foreign_is_told() -> None:
    found = frozenset(SOME - {"pushforward/dsl/grammar.lark"} | {"pushforward/old.py"})
    told = contents.problems(frozenset(SOME), found)
    assert told == ("missing: pushforward/dsl/grammar.lark", "not of the package: pushforward/old.py")


def test_the_commands_of_a_wheel_are_read(tmp_path: Path) -> None:
    assert contents.commands(_archive(tmp_path / "p-1-py3-none-any.whl", SOME)) == {"pushforward", "pf"}


def test_the_check_refuses_an_archive_without_the_package(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert contents.main([str(_archive(tmp_path / "p-1-py3-none-any.whl", SOME))]) == 1
    assert "missing: pushforward/py.typed" in capsys.readouterr().out


def test_no_archive_at_all_is_refused() -> None:
    assert contents.main([]) == 1


def test_the_checkout_has_every_kind_of_file_and_every_room() -> None:
    expected = contents.expected()
    assert {"pushforward/py.typed", *SOME} <= expected
    assert {f"pushforward/{room}/__init__.py" for room in contents.ROOMS} <= expected


def test_the_links_to_the_rooms_are_relative_links() -> None:
    front = contents.ROOT / "src" / "pushforward"
    assert {room: os.readlink(front / room) for room in contents.ROOMS} == {
        room: f"../../{room}" for room in contents.ROOMS
    }


def test_package_data_reaches_every_file_that_is_not_python() -> None:
    config = tomllib.loads((contents.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    reached: set[str] = set()
    for package, patterns in config["tool"]["setuptools"]["package-data"].items():
        folder = contents.ROOT / "src" / package.replace(".", "/")
        for pattern in patterns:
            names = (p.relative_to(folder).as_posix() for p in folder.glob(pattern))
            reached |= {f"{package.replace('.', '/')}/{name}" for name in names}
    assert reached == {n for n in contents.expected() if not n.endswith(".py")}


def test_every_python_file_is_in_a_package() -> None:
    """setuptools finds folders with an `__init__.py`; a module beside none would not be installed."""
    expected = contents.expected()
    modules = [n for n in expected if n.endswith(".py")]
    assert [n for n in modules if f"{n.rpartition('/')[0]}/__init__.py" not in expected] == []
