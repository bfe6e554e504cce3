"""Results as JSON, added to as they come, and as tables in Markdown."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
Row = Mapping[str, Any]


def read(name: str) -> dict[str, Any]:
    """What is there of the results, or nothing."""
    path = RESULTS / f"{name}.json"
    content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return content


def write(name: str, results: Mapping[str, Any]) -> Path:
    """Write both files; returns the path of the tables."""
    RESULTS.mkdir(exist_ok=True)
    for suffix, text in (("json", json.dumps(results, indent=1) + "\n"), ("md", tables(results))):
        new = RESULTS / f"{name}.{suffix}.new"
        new.write_text(text)
        new.replace(RESULTS / f"{name}.{suffix}")
    return RESULTS / f"{name}.md"


def tables(results: Mapping[str, Any]) -> str:
    """All tables, and on what they were measured."""
    facts = "\n".join(f"- {key}: {value}" for key, value in results.get("machine", {}).items())
    parts = ["# Benchmarks", facts, LEGEND]
    for what, (title, header, row) in TABLES.items():
        if results.get(what):
            lines = [f"| {' | '.join(header)} |", "|---" * len(header) + "|"]
            lines += [
                f"| {name} | {' | '.join(row(found))} |" for name, found in sorted(results[what].items())
            ]
            parts += [f"## {title}", "\n".join(lines)]
    return "\n\n".join(parts) + "\n"


LEGEND = """Ratios are ours to theirs, so that smaller is better: the median of interleaved rounds, in
brackets an interval for it (95 % from about ten rounds on), then the ratio of the smallest times. **met** and
**missed** say on which side of the target the whole interval lies; *noise* that it holds the target."""


def ratio(found: Row) -> str:
    """A ratio with its interval and verdict."""
    verdict = "*noise*" if found["verdict"] == "noise" else f"**{found['verdict']}**"
    return (
        f"{found['median']:.2f} [{found['low']:.2f}, {found['high']:.2f}] {found['of_minima']:.2f} {verdict}"
    )


def _gradient(found: Row) -> list[str]:
    times = [f"{found['fastest_microseconds'][peer]:.2f}" for peer in ("emitted", "by_hand", "numpyro")]
    return [*times, ratio(found["against_by_hand"]), ratio(found["against_numpyro"])]


def _startup(found: Row) -> list[str]:
    times = [f"{found['ready_cpu_s'][kind]:.2f}" for kind in ("pushforward", "numpyro")]
    return [*times, ratio(found["ready"]), ratio(found["process"])]


def _sampling(found: Row) -> list[str]:
    def pair(what: str, digits: int) -> str:
        return " / ".join(f"{found[what][kind]:.{digits}f}" for kind in ("pushforward", "numpyro"))

    return [
        pair("min_ess", 0),
        pair("wall_s", 2),
        pair("cpu_s", 2),
        pair("divergences", 0),
        ratio(found["wall"]),
        ratio(found["cpu"]),
    ]


def _process(found: Row) -> list[str]:
    times = [f"{found['cpu_s'][kind]:.1f}" for kind in ("cold", "warm", "numpyro")]
    return [*times, ratio(found["cold"]), ratio(found["warm"])]


def _vae(found: Row) -> list[str]:
    times = [f"{found['fastest_microseconds'][peer]:.0f}" for peer in ("emitted", "by_hand", "numpyro")]
    return [*times, ratio(found["against_by_hand"]), ratio(found["against_numpyro"])]


def _variance(found: Row) -> list[str]:
    known = "" if found["exact"] is None else f"{found['exact']:.4g}"
    off = f"{found['off']:.1%} of it" if found["biased"] else f"{found['off']:.1f} se"
    return [
        f"{found['variance']:.4g} ± {found['variance_stderr']:.1g}",
        known,
        off,
        str(found["evaluations"]),
        ratio(found["cost"]).rpartition(" ")[0],
        f"{found['work']:.3f}",
    ]


def _solvers(found: Row) -> list[str]:
    """Of the solution, of the gradient, of compilation: our time, and the ratios."""
    cells = []
    for what, unit in (("solution", 1.0), ("gradient", 1.0), ("compile", 1e6)):
        row = found[what]
        times = [row["microseconds"].get(lib) for lib in ("pushforward", "jaxopt", "optimistix")]
        cells.append(" / ".join("-" if t is None else f"{t / unit:.{0 if unit == 1 else 1}f}" for t in times))
        cells.append(ratio(row["ratios"][row["better"]]) if row["ratios"] else "-")
    best = found["gradient"]["best"].values()
    return [*cells, "; ".join(name.partition(": ")[2] for name in best)]


def _paths(found: Row) -> list[str]:
    """Of paths alone and of their gradients: our time, and the ratios."""
    cells = []
    for what in ("value", "gradient"):
        times = found["fastest_microseconds"][what]
        cells.append(" / ".join(f"{times[peer]:.0f}" for peer in ("emitted", "by_hand", "diffrax")))
        cells += [ratio(found[f"{what}_against_by_hand"]), ratio(found[f"{what}_against_diffrax"])]
    return cells


def _samplers(found: Row) -> list[str]:
    """Of each sampler: microseconds for an effective draw, ours and BlackJAX's, and their ratio; then of NUTS."""
    cells = []
    for name in ("mala", "barker", "ghmc"):
        times = (found["seconds_a_draw"][n] * 1e6 for n in (name, f"blackjax {name}"))
        cells += [" / ".join(f"{t:.1f}" for t in times), ratio(found["ratios"][name])]
    return [*cells, f"{found['seconds_a_draw']['nuts'] * 1e6:.1f}"]


TABLES: Mapping[str, tuple[str, tuple[str, ...], Callable[[Row], list[str]]]] = {
    "gradient": (
        "CPU microseconds a gradient (fastest round)",
        (
            "posterior",
            "emitted",
            "by hand",
            "NumPyro",
            "emitted / by hand (target 1.05)",
            "emitted / NumPyro (target 1)",
        ),
        _gradient,
    ),
    "compile": (
        "From source to the first gradient, CPU seconds",
        (
            "posterior",
            "ours",
            "NumPyro",
            "ratio without imports (target 1)",
            "ratio of whole processes (target 1)",
        ),
        _startup,
    ),
    "sampling": (
        "Seconds for an effective draw, compilation left out (ours / NumPyro)",
        (
            "posterior",
            "min bulk ESS",
            "wall s",
            "CPU s",
            "divergences",
            "wall ratio (target 1)",
            "CPU ratio (target 1)",
        ),
        _sampling,
    ),
    "process": (
        "Time to posterior: CPU seconds of whole processes",
        (
            "posterior",
            "ours, cold",
            "ours, warm",
            "NumPyro",
            "cold / NumPyro (target 0.5)",
            "warm / NumPyro (target 0.1)",
        ),
        _process,
    ),
    "elbo": (
        "CPU microseconds a step of fitting a mean-field guide by the ELBO (fastest round)",
        (
            "posterior",
            "emitted",
            "by hand",
            "NumPyro",
            "emitted / by hand (target 1.05)",
            "emitted / NumPyro (target 1)",
        ),
        _gradient,
    ),
    "vae": (
        "Microseconds a step of training a VAE: value, gradient, Adam (fastest round)",
        (
            "images and batch",
            "emitted",
            "by hand",
            "NumPyro",
            "emitted / by hand (target 1.03)",
            "emitted / NumPyro (target 1)",
        ),
        _vae,
    ),
    "variance": (
        "The noise of gradient strategies, and what it costs against `score`",
        (
            "law and strategy",
            "variance",
            "exact",
            "mean off the gradient by",
            "evaluations",
            "CPU time / that of score",
            "variance x time / that of score",
        ),
        _variance,
    ),
    "solvers": (
        "Holes: CPU time, ours / JAXopt / Optimistix (medians); ratios to the better of the two",
        (
            "problem",
            "solution, microseconds",
            "ratio (target 1.05)",
            "solution and gradient, microseconds",
            "ratio (target 1.05)",
            "compilation of these, s",
            "ratio (target 1.05)",
            "by (for the gradient)",
        ),
        _solvers,
    ),
    "paths": (
        "Paths of processes: CPU microseconds of 256 paths of 200 steps, ours / by hand / diffrax (fastest round)",
        (
            "process",
            "paths",
            "ours / by hand (target 1.05)",
            "ours / diffrax (target 0.5)",
            "paths and gradient",
            "ours / by hand (target 1.05)",
            "ours / diffrax (target 0.5)",
        ),
        _paths,
    ),
    "samplers": (
        "Samplers of one step: CPU microseconds for an effective draw, ours / BlackJAX (medians)",
        ("posterior", "mala", "ratio", "barker", "ratio", "ghmc", "ratio", "our NUTS"),
        _samplers,
    ),
}
