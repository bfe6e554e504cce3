"""The emitted text: what it imports, that it is the same everywhere, whose lines it tells, that it runs alone."""

from __future__ import annotations

import ast
import json
import keyword
import os
import re
import subprocess
import sys
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import jax
import numpy as np
import pytest

from pushforward.api import loads
from pushforward.compiler.emit.module import Emitted
from pushforward.compiler.emit.standalone import standalone
from pushforward.compiler.pipeline import PIPELINES
from pushforward.dsl.diagnostic import ProgramError
from tests.laws.corpus import GOLDEN, NAMES, TESTS, bound, data, model, position

LIBRARIES = {"import jax", "import jax.numpy as jnp", "import jax.scipy as jsp"}
COMMENT = re.compile(r"  # ([\w.-]+\.pf):(\d+)$")


@cache
def emitted(name: str) -> Emitted:
    """The whole module of a golden program."""
    return model(name).compiled().text(tuple(PIPELINES))[0]


each = pytest.mark.parametrize("name", NAMES)


@each
def test_only_jax_and_the_runtime_are_imported(name: str) -> None:
    tree = ast.parse(emitted(name).text)
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                assert ast.unparse(node) in LIBRARIES and node in tree.body
            case ast.ImportFrom(module=str(module)):
                assert module.startswith("pushforward.runtime.")
                # the distribution libraries take a second to import: only functions that need them do so
                assert (module == "pushforward.runtime.laws") == (node not in tree.body)


@each
def test_it_compiles_without_a_warning_and_nothing_is_imported_in_vain(name: str) -> None:
    text = emitted(name).text
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compile(text, "emitted.py", "exec")
    tree = ast.parse(text)
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert {(a.asname or a.name) for a in node.names} <= used, ast.unparse(node)


@each
def test_names_are_read_after_they_are_written(name: str) -> None:
    """No dead lines: every name that a function binds is read in it."""
    for function in (n for n in ast.parse(emitted(name).text).body if isinstance(n, ast.FunctionDef)):
        inside = [n for n in ast.walk(function) if isinstance(n, ast.Name)]
        read = {n.id for n in inside if isinstance(n.ctx, ast.Load)}
        written = {n.id for n in inside if isinstance(n.ctx, ast.Store)}
        assert written - read <= {"_", "key", "key_step"}, (function.name, written - read)


@each
def test_comments_and_the_table_of_lines_agree(name: str) -> None:
    """A comment tells the line of the user's file that the statement came from, never one of the library.

    Errors are located by the table.
    """
    found = emitted(name)
    text = (GOLDEN / name / "program.pf").read_text(encoding="utf-8").splitlines()
    commented = 0
    for number, line in enumerate(found.text.splitlines(), 1):
        match = COMMENT.search(line)
        if match is not None:
            span = found.spans[number]
            assert (match[1], int(match[2])) == ("program.pf", span.line)
            assert 1 <= span.line <= len(text)
            commented += 1
    assert commented >= 10


@each
def test_lines_have_a_width_that_people_read(name: str) -> None:
    """Calls, dicts and imports are broken; an expression stays on its line."""
    for line in emitted(name).text.splitlines():
        assert len(line.partition("  # ")[0]) <= 140, line
        assert line == line.rstrip()


PRINT_TEXTS = """\
import sys
from pushforward.api import load
from pushforward.compiler.pipeline import PIPELINES
for path in sys.argv[1:]:
    print(load(path).only().compiled().text(tuple(PIPELINES))[0].text)
"""


def python(*arguments: str, **environment: str) -> str:
    """What a fresh Python prints."""
    root = str(TESTS.parent / "src")
    env = {**os.environ, "PYTHONPATH": root, "JAX_PLATFORMS": "cpu", **environment}
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, env=env, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_text_is_the_same_in_every_process() -> None:
    """Sets of strings have another order in each process: none of it may show."""
    names = ("conditions", "constrained", "garch11", "mixture_list", "truncation")
    paths = [str(GOLDEN / name / "program.pf") for name in names]
    expected = "".join(emitted(name).text + "\n" for name in names)
    for seed in ("1", "2"):
        assert python("-c", PRINT_TEXTS, *paths, PYTHONHASHSEED=seed) == expected


# ---------------------------------------------------------------- without Pushforward

ALONE = """\
import importlib.util, json, sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "pushforward":
            raise ImportError("blocked: " + name)

sys.meta_path.insert(0, Blocked())
import jax
jax.config.update("jax_enable_x64", True)
jax.config.update("jax_numpy_rank_promotion", "raise")
import numpy as np

for task in json.loads(sys.stdin.read() if not sys.argv[1:] else open(sys.argv[1]).read()):
    spec = importlib.util.spec_from_file_location(task["name"], task["file"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    data = {k: np.asarray(v) for k, v in task["data"].items()}
    sizes = module.sizes_of(data)

    @jax.jit
    def everything(q, data):
        values = module.constrain(sizes, data, q)
        density = module.log_density_unconstrained(sizes, module.prepare(sizes, data), q)
        drawn = module.predictive(sizes, data, values, jax.random.key(3))
        return module.log_density(sizes, data, values), density, module.unconstrain(sizes, data, values), drawn

    log_density, density, back, drawn = everything(np.asarray(task["q"]), data)
    print(json.dumps({
        "sizes": sizes, "dimension": module.dimension(sizes), "log_density": float(log_density),
        "unconstrained": float(density), "back": np.asarray(back).tolist(),
        "drawn": {k: np.asarray(v).tolist() for k, v in drawn.items()},
    }))
assert not any(m.partition(".")[0] == "pushforward" for m in sys.modules)
"""


@pytest.mark.parametrize(
    "names",
    [("constrained", "mixture_list"), pytest.param(("nested_loops", "truncation"), marks=pytest.mark.slow)],
    ids="-".join,
)
def test_a_standalone_module_gives_the_same_numbers_without_pushforward(tmp_path: Path, names: tuple[str, ...]) -> None:
    """In another process, where importing Pushforward fails; draws included."""
    tasks = []
    for name in names:
        file = tmp_path / f"{name}.py"
        file.write_text(standalone(emitted(name)).text, encoding="utf-8")
        given = {n: np.asarray(v).tolist() for n, v in {**bound(name).arrays, **bound(name).sizes}.items()}
        tasks.append({"name": name, "file": str(file), "data": given, "q": position(bound(name)).tolist()})
    (tmp_path / "tasks.json").write_text(json.dumps(tasks), encoding="utf-8")
    lines = python("-c", ALONE, str(tmp_path / "tasks.json"), PYTHONPATH="").splitlines()
    for name, line in zip(names, lines, strict=True):
        found: dict[str, Any] = json.loads(line)
        b, q = bound(name), position(bound(name))
        with jax.enable_x64(True):
            values = jax.jit(b.constrain)(q)
            drawn = jax.jit(b.predictive)(values, jax.random.key(3))
            expected = [jax.jit(b.log_density)(values), jax.jit(b.log_density_unconstrained)(q)]
        assert (found["sizes"], found["dimension"]) == (b.sizes, b.dimension)
        np.testing.assert_allclose([found["log_density"], found["unconstrained"]], expected, rtol=1e-12)
        np.testing.assert_allclose(found["back"], q, rtol=1e-9, atol=1e-12)
        for variable, value in drawn.items():
            np.testing.assert_allclose(found["drawn"][variable], value, rtol=1e-9)


# ---------------------------------------------------------------- names and failures


def test_names_of_the_model_never_shadow_those_of_the_text() -> None:
    """Variables called like what emitted code uses, like Python's words, like temporaries."""
    names = (
        "jax", "jnp", "jsp", "draw", "data", "sizes", "values", "key", "keys", "parts", "density", "numpyro", "q",
        "constant", "known", "step", "carry", "inputs", "t1", "t_1", "float", "q_1", "normal_draw", "xlogy", "simulate",
        "log_density", "positive_constrain",
    )  # fmt: skip
    words = tuple(w for w in ("lambda", "class", "def", "pass", "is", "None") if keyword.iskeyword(w))
    lines = "".join(f"  {n}: positive ~ normal(0, 1)\n" for n in (*names, *words))
    recursion = "  x: vector[T]\n  x[0] ~ normal(0, 1)\n  for t in 1..T { x[t] ~ normal(x[t-1] * step, carry) }\n"
    text = f"model m(T: int) {{\n{lines}{recursion}}}"
    b = loads(text).m(T=4)
    with jax.enable_x64(True):
        q = np.linspace(-1, 1, b.dimension)
        values = b.constrain(q)
        all_names = (*names, *words)
        plain = -0.5 * sum(float(values[n]) ** 2 for n in all_names) - len(all_names) * 0.5 * np.log(np.pi / 2)
        x, step, carry = (np.asarray(values[n]) for n in ("x", "step", "carry"))
        residuals = (x[1:] - x[:-1] * step) / carry
        plain += -0.5 * x[0] ** 2 - 0.5 * (residuals**2).sum() - 3 * np.log(carry) - 2 * np.log(2 * np.pi)
        np.testing.assert_allclose(b.log_density(values), plain, rtol=1e-12)
        np.testing.assert_allclose(sum(b.factors(values).values()), plain, rtol=1e-12)
        np.testing.assert_allclose(b.unconstrain(values), q, rtol=1e-9)
        assert b.simulate(jax.random.key(0)).keys() == values.keys()


def test_an_argument_may_be_called_like_what_the_data_give() -> None:
    """Draws of `y` begin with what the data give of it; an argument `y_given` or `x_given` is another thing."""
    text = "model m(y_given: real, x_given: real) {\n  x ~ normal(x_given, 1)\n  y: vector[3]\n"
    text += "  for t in 1..3 { y[t] ~ normal(x + y_given, 1e-9) }\n}"
    b = loads(text).m(y_given=2.0, x_given=1.0).condition(y=[7.0, 0.0, 0.0])
    with jax.enable_x64(True):
        drawn = b.simulate(jax.random.key(0))
        np.testing.assert_allclose(drawn["y"], [7.0, drawn["x"] + 2.0, drawn["x"] + 2.0], atol=1e-6)


def test_sizes_are_read_off_the_data_in_every_module() -> None:
    """Also in a module that has only what draws, where data of drawn variables are called otherwise."""
    for name in ("mixture_family", "arK"):
        given = {n: np.asarray(v) for n, v in data(name).items()}
        for what in ("log_density", "simulate", "predictive", "generated"):
            assert model(name).compiled().unit((what,)).module.sizes_of(given) == bound(name).sizes


def located_at(error: ProgramError) -> int:
    (diagnostic,) = error.diagnostics
    assert diagnostic.code == "PF702"
    return diagnostic.primary.span.line


def test_a_failure_at_run_time_is_told_at_the_line_of_the_program() -> None:
    """A value whose shape is not the declared one fails where it is used: nothing checks values, for speed."""
    b = bound("eight_schools")
    with pytest.raises(ProgramError) as caught:
        b.log_density({"mu": 0.0, "tau": 1.0, "theta": np.zeros(5)})
    assert located_at(caught.value) == 6  # y ~ normal(theta, sigma)
    with pytest.raises(ProgramError) as caught:
        jax.jit(b.log_density)({"mu": np.zeros(3), "tau": 1.0, "theta": np.zeros(8)})
    assert located_at(caught.value) == 5  # theta: vector[J] ~ normal(mu, tau)


def test_a_failure_inside_a_scan_is_told_at_the_line_of_the_program() -> None:
    b = bound("nested_loops")
    with pytest.raises(ProgramError) as caught:
        b.log_density({"a": np.zeros(2), "rho": np.zeros(7), "s": 1.0})
    assert located_at(caught.value) in (4, 11, 12)  # rho's own density, the loop, or the recursion in it


def test_a_failure_inside_a_return_is_told_at_the_line_of_the_program() -> None:
    text = "model m(x: vector[N]) {\n  a: vector[N] ~ normal(0, 1)\n  return {\n    b = a .* x\n  }\n}"
    b = loads(text).m(x=[1.0, 2.0])
    with pytest.raises(ProgramError) as caught:
        b.generated({"a": np.zeros(5)})
    assert located_at(caught.value) in (3, 4)


def test_data_of_golden_programs_are_what_they_declare() -> None:
    for name in NAMES:
        assert set(bound(name).data.values) <= set(data(name)) | set(bound(name).sizes)
