"""Programs from Python: reading them, giving arguments and observations, and what is said when that goes wrong."""

from __future__ import annotations

from pathlib import Path

import jax
import numpy as np
import pytest

import pushforward as pf
from pushforward.dsl.diagnostic import ProgramError
from pushforward.runtime.data import DataError

SCHOOLS = """\
## Eight schools.
model schools(sigma: positive[J]) {
  mu ~ normal(0, 5)
  tau ~ half_cauchy(5)
  theta: vector[J] ~ normal(mu, tau)
  y ~ normal(theta, sigma)
}
"""
SIGMA, Y = [15.0, 10.0, 16.0], [28.0, 8.0, -3.0]


@pytest.fixture(scope="module")
def schools() -> pf.api.Model:
    return pf.loads(SCHOOLS).schools


def code(caught: pytest.ExceptionInfo[ProgramError]) -> list[str]:
    return [d.code for d in caught.value.diagnostics]


# ---------------------------------------------------------------- reading


def test_a_file_and_its_text_are_the_same_program(tmp_path: Path) -> None:
    (tmp_path / "schools.pf").write_text(SCHOOLS, encoding="utf-8")
    loaded, given = pf.load(tmp_path / "schools.pf"), pf.loads(SCHOOLS)
    assert loaded.schools.program == given.schools.program
    assert pf.load(str(tmp_path / "schools.pf")).source.name.endswith("schools.pf")
    assert loaded.schools.name == "schools" and loaded.schools.variables == ("mu", "tau", "theta", "y")
    assert loaded.warnings == () and loaded.not_yet == ()


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        pf.load(tmp_path / "nothing.pf")


def test_every_finding_of_a_text_is_told_at_once() -> None:
    with pytest.raises(ProgramError) as caught:
        pf.loads("model m() {\n  x ~ normal(0, nothing)\n  y ~ no_such_law(x)\n}\n")
    assert len(caught.value.diagnostics) == 2
    assert [d.primary.span.line for d in caught.value.diagnostics] == [2, 3]


def test_warnings_are_kept() -> None:
    module = pf.loads("model m(n: int) {\n  x ~ normal(0, 1)\n}\n")
    assert module.warnings and all(d.severity == "warning" for d in module.warnings)


def test_models_are_attributes() -> None:
    module = pf.loads(f"{SCHOOLS}\nmodel other() {{ x ~ normal(0, 1) }}\n", "two.pf")
    assert module.other.name == "other"
    assert {"schools", "other"} <= set(dir(module))
    with pytest.raises(AttributeError, match=r"two\.pf has no program 'school'; it has schools, other"):
        _ = module.school
    assert module.only("other") is module.other
    for name in (None, "school"):
        with pytest.raises(ProgramError) as caught:
            module.only(name)
        assert code(caught) == ["PF701"]
    assert pf.loads(SCHOOLS).only().name == "schools"


def test_the_package_says_what_it_lacks() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        _ = pf.lod


# ---------------------------------------------------------------- arguments and observations


def test_arguments_by_position_and_by_name_are_the_same(schools: pf.api.Model) -> None:
    by_position, by_name = schools(SIGMA), schools(sigma=SIGMA, J=3)
    assert by_position.sizes == by_name.sizes == {"J": 3}
    np.testing.assert_array_equal(by_position.arrays["sigma"], by_name.arrays["sigma"])


@pytest.mark.parametrize("positional, named, message", [
    ([SIGMA, SIGMA], {}, "takes 1 argument"),
    ([SIGMA], {"sigma": SIGMA}, "got the argument 'sigma' twice"),
    ([], {"sigm": SIGMA}, "has no argument 'sigm'"),
    ([], {"y": Y}, r"'y' \(it is a variable: use condition\)"),
])  # fmt: skip
def test_wrong_calls(schools: pf.api.Model, positional: list[object], named: dict[str, object], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        schools(*positional, **named)


def test_conditioning_says_what_is_observed(schools: pf.api.Model) -> None:
    bound = schools(SIGMA).condition(y=Y)
    assert bound.dimension == 5
    assert bound.condition(mu=1.0).dimension == 4
    assert set(bound.observations) == {"y"}, "a bound model is a value: conditioning makes another"
    with pytest.raises(TypeError, match="no variable 'z'; it has mu, tau, theta, y"):
        bound.condition(z=1.0)


def test_data_together_are_arguments_and_observations(schools: pf.api.Model) -> None:
    apart, together = schools(SIGMA).condition(y=Y), schools.with_data({"sigma": SIGMA, "y": Y, "J": 3})
    q = np.linspace(-1, 1, 5)
    assert float(apart.log_density_unconstrained(q)) == float(together.log_density_unconstrained(q))


def test_conditioning_moves_a_term_and_changes_no_density(schools: pf.api.Model) -> None:
    """The joint density is one function, whoever gives the values."""
    rest = {"tau": 2.0, "theta": np.arange(3.0)}
    joint = schools(SIGMA).log_density({"mu": 1.0, "y": np.array(Y), **rest})
    np.testing.assert_allclose(schools(SIGMA).condition(y=Y).log_density({"mu": 1.0, **rest}), joint, rtol=1e-12)
    np.testing.assert_allclose(schools(SIGMA).condition(y=Y, mu=1.0).log_density(rest), joint, rtol=1e-12)


def test_every_problem_of_the_data_is_told_at_once() -> None:
    body = "a ~ normal(0, 1)\n  y: vector[N] ~ normal(a * x, p)"
    model = pf.loads(f"model m(n: int, x: vector[N], p: unit) {{\n  {body}\n}}").m
    with pytest.raises(DataError) as caught:
        model(n=1.5, x=[1.0, 2.0], p=3.0).condition(y=[1.0, float("nan"), 2.0]).log_density({"a": 0.0})
    assert {p.key for p in caught.value.problems} >= {"n", "p", "y"}
    assert all(p.code.startswith("PF8") and p.expected and p.found for p in caught.value.problems)
    assert "p" in str(caught.value)


MISFITS: tuple[dict[str, object], ...] = (
    {},
    {"sigma": [1.0, -1.0]},
    {"sigma": [[1.0]]},
    {"sigma": "many"},
    {"sigma": SIGMA, "J": 4},
)


@pytest.mark.parametrize("given", MISFITS)
def test_data_that_do_not_fit_are_refused(schools: pf.api.Model, given: dict[str, object]) -> None:
    with pytest.raises(DataError):
        _ = schools(**given).data


def test_what_cannot_be_compiled_says_so_only_when_asked_for() -> None:
    bound = pf.loads("model m() { x ~ flat() }").m()
    assert float(bound.log_density({"x": 3.0})) == 0.0
    with pytest.raises(ProgramError) as caught:
        bound.simulate(None)
    assert code(caught) == ["PF452"]


def test_scalar_arguments_of_every_kind() -> None:
    """Booleans and indices are values, whole numbers are sizes that loops may run over."""
    head = "model m(flag: bool, k: index[3], n: int) {\n  a: vector[3] ~ normal(0, 1)\n"
    body = "  let s = if flag then 1 else 2\n  for i in 0..n { y[i] ~ normal(a[k], s) }\n}"
    model = pf.loads(head + body).m
    for flag, scale in ((True, 1.0), (False, 2.0)):
        bound = model(flag=flag, k=1, n=2).condition(y=[0.5, 1.0])
        assert bound.sizes["n"] == 2
        a = np.array([5.0, 0.25, 7.0])
        terms = [-0.5 * a**2, -0.5 * ((np.array([0.5, 1.0]) - 0.25) / scale) ** 2 - np.log(scale)]
        expected = sum(t.sum() for t in terms) - 5 * 0.5 * np.log(2 * np.pi)
        np.testing.assert_allclose(bound.log_density({"a": a}), expected, rtol=1e-12)


SIZES = """
model m(PARAMETER) {
  z: vector[K] ~ std_normal()
  y ~ normal(sum(z), 1)
}
model g() {
  param a: vector[2] = 0
  z: vector[2] ~ normal(a, 1)
}
objective bound(p: model, q: model) {
  z ~ q
  return logp(p, z) - logp(q, z)
}
"""


@pytest.mark.parametrize(("parameter", "name", "given"), [("K: int", "K", {2: 2, 3: 3}), ("w: vector[K]", "w", {2: [1.0, 1.0], 3: [1.0] * 3})])
def test_sizes_of_a_model_and_a_guide_are_compared_as_numbers(parameter: str, name: str, given: dict[int, object]) -> None:
    """A guide for two things fits a model of K where K is 2, whether an argument says so or its shape; and not where it is 3."""
    module = pf.loads(SIZES.replace("PARAMETER", parameter))
    bound = module.bound(module.m(**{name: given[2]}).condition(y=1.0), module.g())
    # E[log p - log q] at a = 0: -(1 + 2) / 2 - log(2 pi) / 2, from the likelihood alone.
    keys = jax.random.split(jax.random.key(0), 4000)
    values = jax.vmap(lambda k: bound.estimate(bound.initial(), k))(keys)
    assert abs(float(values.mean()) + 1.5 + 0.9189) < 5.25 * float(values.std()) / np.sqrt(4000)
    with pytest.raises(ProgramError) as refusal:
        _ = module.bound(module.m(**{name: given[3]}).condition(y=1.0), module.g()).program
    assert [d.code for d in refusal.value.diagnostics] == ["PF311"]
