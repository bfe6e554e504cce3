"""`pushforward show`: a program at any stage on its way from text to JAX source."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from pushforward.cli import arguments, objectives, programs, terminal
from pushforward.cli.outcome import WrongUsage
from pushforward.cli.storage import read_program
from pushforward.cli.verb import Verb

if TYPE_CHECKING:
    from pushforward.api.model import Model
    from pushforward.compiler.core.ir import Program

ASKED = (
    "log_density", "log_density_unconstrained", "simulate", "predictive", "generated",
    "constrain", "unconstrain", "solve", "factors",
)  # fmt: skip

OF_OBJECTIVES = ("estimate", "parameters", "initial")


def show_tree(node: object, indent: str = "") -> Iterator[str]:
    """A tree, a node a line with its plain attributes, and what it holds below it."""
    from pushforward.dsl.tree import Node

    if not isinstance(node, Node):
        yield f"{indent}{node!r}"
        return
    parts = [(f.name, getattr(node, f.name)) for f in fields(node) if f.name != "span"]
    inner = [(n, v) for n, v in parts if _holds_nodes(v)]
    plain = [f"{n}={v!r}" for n, v in parts if not _holds_nodes(v) and v not in (None, (), "")]
    yield " ".join([f"{indent}{type(node).__name__}", *plain])
    for name, value in inner:
        yield f"{indent}  {name}:"
        for item in value if isinstance(value, tuple) else (value,):
            yield from show_tree(item, indent + "    ")


def _holds_nodes(value: object) -> bool:
    from pushforward.dsl.tree import Node

    return isinstance(value, Node) or (isinstance(value, tuple) and any(map(_holds_nodes, value)))


def text_of(args: argparse.Namespace) -> str:
    """The text of the stage that is asked for."""
    if args.by is not None:
        return _step(args)
    if args.stage == "tree":
        return _tree(args)
    if _of_objectives(args):
        return _objectives(args)
    from pushforward.compiler.pipeline import first_asked

    model = programs.any_program(args.file, args.program)
    what = args.what or first_asked(model.program)
    if args.stage == "typed":
        from pushforward.dsl.show_typed import show_program

        return show_program(model.program)
    observed = programs.observed(model, args.observe, args.data)
    if args.stage == "jax":
        return _module(model, observed, what)
    return _core(model, observed, what, args.stage)


def _step(args: argparse.Namespace) -> str:
    """A step of a sampler on the model of the file."""
    from pushforward.api.stages import NoStage, step_at

    model = programs.model(args.file, args.program)
    try:
        return step_at(model, programs.observed(model, args.observe, args.data), args.by, args.stage, args.what)
    except NoStage as error:
        raise WrongUsage(str(error)) from error


def _tree(args: argparse.Namespace) -> str:
    from pushforward.dsl import tree
    from pushforward.dsl.parse import parse
    from pushforward.dsl.source import Source

    items = parse(Source(args.file, read_program(args.file).replace("\r\n", "\n"))).items
    if args.program is not None:
        items = tuple(i for i in items if isinstance(i, tree.Program) and i.name == args.program)
        if not items:
            raise WrongUsage(f"{args.file} has no program {args.program!r}")
    return "\n".join(line for item in items for line in show_tree(item)) + "\n"


def _objectives(args: argparse.Namespace) -> str:
    """The objectives that a file optimises, each under its title where they are several."""
    if args.what not in (None, *OF_OBJECTIVES):
        raise WrongUsage(f"of an objective there are {', '.join(OF_OBJECTIVES)}, not {args.what!r}")
    found = objectives.wanted(args.file, args.program)
    texts = [objectives.stage(o, args.stage, args.what or "estimate").rstrip("\n") for o in found]
    if len(found) == 1 and args.stage != "gradient":
        return texts[0] + "\n"
    mark = "" if args.stage == "gradient" else "# "
    return "\n\n".join(f"{mark}{o.title}\n\n{text}" for o, text in zip(found, texts, strict=True)) + "\n"


def _of_objectives(args: argparse.Namespace) -> bool:
    """Whether objectives are meant: the stage or the purpose has no other meaning, or the name is that of one, or none
    is named and the file optimises some."""
    if args.stage in ("gradient", "expanded") or args.what in OF_OBJECTIVES:
        return True
    if args.what is not None or args.data is not None or args.observe is not None:
        return False
    module = programs.module(args.file)
    if args.program is not None:
        return args.program not in module.models
    return module.scripted and bool(objectives.optimised(args.file, None))


def _module(model: Model, observed: frozenset[str], what: str) -> str:
    """The emitted module with one function. Raises `ProgramError`."""
    return model.compiled(observed).text((what,))[0].text


def _core(model: Model, observed: frozenset[str], what: str, stage: str) -> str:
    from pushforward.compiler.core.show import show
    from pushforward.compiler.pipeline import PIPELINES, SOLVES, Request, compile_to_core

    known = list(dict.fromkeys(("core", *(step.name for step in {**PIPELINES, **SOLVES}[what]))))
    if stage not in known:
        raise WrongUsage(f"there is no stage {stage!r} for {what}; there are tree, typed, {', '.join(known)} and jax")
    seen: dict[str, Program] = {}  # a pass may stand twice in a list: the last time counts
    compile_to_core(model.program, what, Request(observed), seen.__setitem__)
    return show(seen[stage])


def run(args: argparse.Namespace) -> int:
    """Print the text of a stage."""
    text = text_of(args)
    if args.json:
        terminal.result_json({"file": args.file, "stage": args.stage, "for": args.what, "text": text})
    else:
        terminal.result(text)
    return 0


def configure(parser: argparse.ArgumentParser) -> None:
    """The stage, and what is asked of the program."""
    arguments.one_file(parser)
    stages = "tree, typed, core, a pass, jax; of objectives that a file optimises also expanded and gradient"
    parser.add_argument("--stage", required=True, help=stages)
    parser.add_argument(
        "--by", metavar="SAMPLER", help="a step of this sampler on the model: expanded, typed, a pass, or jax"
    )
    parser.add_argument(
        "--for", dest="what", choices=(*ASKED, *OF_OBJECTIVES), metavar="WHAT",
        help=f"what is asked of the program: {', '.join(ASKED)} (log_density); "
        f"of an objective {', '.join(OF_OBJECTIVES)}",
    )  # fmt: skip
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--data", metavar="D.json", type=Path, help="its keys say what is observed")
    arguments.observe(given)


VERB = Verb(
    "show",
    "print a program at a stage of the compiler",
    "pushforward show examples/posteriors/eight_schools_noncentered/model.pf --stage vectorise",
    configure,
    run,
)
