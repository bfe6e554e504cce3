"""What a wheel or an sdist must hold: every file of the package, read through the links to the rooms.

    python tests/packaging/contents.py dist/*.whl dist/*.tar.gz

prints what each archive holds, and exits with 1 if something that the checkout has is missing, or something
else came along.
"""

from __future__ import annotations

import re
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("dsl", "compiler", "runtime", "stdlib")
KINDS = (".py", ".lark", ".pf", ".typed")


def expected(root: Path = ROOT) -> frozenset[str]:
    """The files of the package as an installation has them: `pushforward/dsl/grammar.lark` and so on."""
    front = root / "src" / "pushforward"
    found = _files(front, "pushforward", skip=ROOMS)
    for room in ROOMS:
        found |= _files(root / room, f"pushforward/{room}")
    return frozenset(found)


def _files(folder: Path, prefix: str, skip: tuple[str, ...] = ()) -> set[str]:
    paths = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file() and p.suffix in KINDS)
    return {f"{prefix}/{p.as_posix()}" for p in paths if p.parts[0] not in skip and not hidden(p)}


def hidden(path: Path | PurePosixPath) -> bool:
    """Whether a part of the path belongs to a cache."""
    return any(part.startswith(".") or part == "__pycache__" for part in path.parts)


def held(archive: Path) -> frozenset[str]:
    """The package's files in an archive: `pushforward/...`, in an sdist below `src/`. A link is no file."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as file:
            names = [n for n in file.namelist() if not n.endswith("/")]
    else:
        with tarfile.open(archive) as file:
            names = [m.name.partition("/")[2].removeprefix("src/") for m in file.getmembers() if m.isfile()]
    return frozenset(n for n in names if n.startswith("pushforward/"))


def problems(wanted: frozenset[str], found: frozenset[str]) -> tuple[str, ...]:
    """One sentence for each file that is missing, and for each that nobody asked for."""
    missing = (f"missing: {n}" for n in sorted(wanted - found))
    foreign = (f"not of the package: {n}" for n in sorted(found - wanted))
    return (*missing, *foreign)


def count(names: Iterable[str]) -> str:
    """How many files of each kind, and in each room."""
    paths = [PurePosixPath(n) for n in names]
    kinds = Counter(p.suffix for p in paths)
    rooms = Counter(p.parts[1] if p.parts[1] in ROOMS else "front" for p in paths)
    told = [f"{kinds[k]} *{k}" for k in KINDS] + [f"{rooms[r]} in {r}" for r in ("front", *ROOMS)]
    return ", ".join(told)


def entry_points(text: str) -> frozenset[str]:
    """The names of the commands in the text of an `entry_points.txt`."""
    section = re.search(r"\[console_scripts\]\n((?:.+\n?)*)", text)
    return frozenset(line.partition("=")[0].strip() for line in (section[1].splitlines() if section else []))


def commands(wheel: Path) -> frozenset[str]:
    """The commands that a wheel installs."""
    with zipfile.ZipFile(wheel) as file:
        texts = [file.read(n).decode() for n in file.namelist() if n.endswith(".dist-info/entry_points.txt")]
    return entry_points(texts[0]) if texts else frozenset()


def main(archives: list[str]) -> int:
    """Check archives, and say what was found."""
    failed = not archives
    for archive in map(Path, archives):
        found = held(archive)
        wrong = list(problems(expected(), found))
        if archive.suffix == ".whl" and commands(archive) != {"pushforward", "pf"}:
            wrong.append(f"installs the commands {sorted(commands(archive))}")
        print(f"{archive.name}: {count(found)}", *wrong, sep="\n  ")
        failed |= bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
