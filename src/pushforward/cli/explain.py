"""`pushforward explain`: the page of a code."""

from __future__ import annotations

import argparse
import re

from pushforward.cli import terminal
from pushforward.cli.outcome import WrongUsage
from pushforward.cli.verb import Verb


def run(args: argparse.Namespace) -> int:
    """Print the page of a code, or the pages of all."""
    from pushforward.dsl.errors import catalogue
    from pushforward.dsl.errors.error import page

    pages = {code: page(error) for code, error in catalogue().items()}
    if (args.code is None) != args.all:
        raise WrongUsage("give a code such as PF501, or --all")
    if not args.all:
        code = _normal(args.code)
        if code not in pages:
            raise WrongUsage(f"there is no code {args.code}{_near(code, list(pages))}; --all shows every page")
        pages = {code: pages[code]}
    if args.json:
        terminal.result_json({"pages": pages})
    else:
        terminal.result(f"\n{'-' * 80}\n\n".join(pages.values()))
    return 0


def _normal(text: str) -> str:
    """`pf0501`, `501` and `[PF501]` mean PF501."""
    digits = re.fullmatch(r"\[?(?:pf)?0*(\d+)\]?", text.strip(), re.IGNORECASE)
    return f"PF{digits[1]}" if digits else text


def _near(code: str, known: list[str]) -> str:
    same = [k for k in known if k.startswith(code[:4])]
    return f"; there are {', '.join(same[:8])}" if same else ""


def configure(parser: argparse.ArgumentParser) -> None:
    """The code."""
    parser.add_argument("code", metavar="CODE", nargs="?", help="a code as diagnostics show it, such as PF301")
    parser.add_argument("--all", action="store_true", help="every page")


VERB = Verb("explain", "print the page of a diagnostic", "pushforward explain PF704", configure, run)
