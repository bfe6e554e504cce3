"""Options that verbs share, and how their values are read."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from pushforward.cli.outcome import WrongUsage


class Parser(argparse.ArgumentParser):
    """A parser that raises `WrongUsage` where argparse would print and exit, so that `--json` can tell it too."""

    def error(self, message: str) -> NoReturn:
        raise WrongUsage(message, self.format_usage())


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A reader of whole numbers, `1_000` included, that stay in a range."""

    def read(text: str) -> int:
        try:
            number = int(text)
        except ValueError:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number") from None
        if number < least or (most is not None and number > most):
            allowed = f"at least {least}" if most is None else f"in {least}..{most}"
            raise argparse.ArgumentTypeError(f"it must be {allowed}, not {number}")
        return number

    return read


def fraction(text: str) -> float:
    """A number strictly between 0 and 1."""
    try:
        number = float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"it must lie between 0 and 1, not {text}")
    return number


def names(text: str) -> frozenset[str]:
    """`y,z`; nothing for an empty text."""
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def one_file(parser: argparse.ArgumentParser) -> None:
    """FILE and `--program`."""
    parser.add_argument("file", metavar="FILE", help="a .pf file")
    parser.add_argument("--program", metavar="NAME", help="the program that is meant, where the file has several")


def data(parser: argparse.ArgumentParser) -> None:
    """`--data`."""
    parser.add_argument(
        "--data", metavar="D.json", type=Path, help="arguments and observations: JSON, CSV, NPZ or Parquet"
    )


def observe(parser: argparse._ActionsContainer) -> None:
    """`--observe`."""
    parser.add_argument(
        "--observe",
        metavar="y,z",
        type=names,
        help="the variables that data will give (without this: those on which no other depends)",
    )


def seed(parser: argparse.ArgumentParser) -> None:
    """`--seed`."""
    parser.add_argument("--seed", type=whole(0, 2**63 - 1), default=0, help="the same seed gives the same draws (0)")


def output(parser: argparse.ArgumentParser, metavar: str, text: str) -> None:
    """`--output`."""
    parser.add_argument("-o", "--output", metavar=metavar, type=Path, help=text)


def extern(parser: argparse.ArgumentParser) -> None:
    """`--allow-extern`."""
    parser.add_argument("--allow-extern", action="store_true", help="let the file run Python that it names by `extern`")


def cache(parser: argparse.ArgumentParser) -> None:
    """`--no-cache`."""
    parser.add_argument("--no-cache", action="store_true", help="keep no compiled programs on disk, and take none")
