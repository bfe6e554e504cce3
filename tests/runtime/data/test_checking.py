"""Data against specs: conversions, dimensions, and every problem at once."""

import importlib
import math
import pickle
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from pushforward.runtime.data import (
    CheckedData,
    DataError,
    DataSpec,
    DimensionSpec,
    Problem,
    check,
    read_file,
)
from pushforward.runtime.data.spec import Kind

pd = importlib.import_module("pandas")
DATA = Path(__file__).parents[2] / "data"
EIGHT_SCHOOLS = (
    DataSpec("sigma", "real", ("J",), lower=0.0, span_note="eight_schools.pf:2:21"),
    DataSpec("y", "real", ("J",), required=False, span_note="eight_schools.pf:6:3"),
)


def dimensions(*names: str) -> dict[str, DimensionSpec]:
    return {name: DimensionSpec(name) for name in names}


def refused(
    values: Mapping[str, object], *specs: DataSpec, dims: tuple[str, ...] = ()
) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        check(values, specs, dimensions(*dims))
    return caught.value.problems


def one(value: object, spec: DataSpec, dims: tuple[str, ...] = ("N",)) -> Problem:
    (problem,) = refused({spec.name: value}, spec, dims=dims)
    return problem


def accepted(value: object, spec: DataSpec, dims: tuple[str, ...] = ("N",)) -> np.ndarray:
    return check({spec.name: value}, [spec], dimensions(*dims)).values[spec.name]


def test_eight_schools() -> None:
    data = check(read_file(DATA / "eight_schools.json"), EIGHT_SCHOOLS, dimensions("J"))
    assert data.dims == {"J": 8}
    assert data.values.keys() == {"sigma", "y"}
    assert data.values["sigma"].dtype == np.float64
    assert data.notes == ()


def test_garch_with_an_argument_that_names_a_dimension() -> None:
    specs = (
        DataSpec("T", "int", lower=0.0),
        DataSpec("sigma1", "real", lower=0.0, lower_open=True),
        DataSpec("y", "real", ("T",)),
    )
    data = check(read_file(DATA / "garch.json"), specs, dimensions("T"))
    assert data.values["T"] == 200
    assert data.values["T"].dtype == np.int64
    assert data.values["sigma1"].shape == ()
    filled = check({"y": [1.0, 2.0], "sigma1": 1}, specs, dimensions("T"))
    assert filled.values["T"] == 2
    assert filled.dims == {"T": 2}


def test_everything_wrong_is_reported_in_the_order_of_the_program() -> None:
    specs = (
        DataSpec("a", "real", ("N",)),
        DataSpec("b", "int", ("N",)),
        DataSpec("c", "real", ("N",), lower=0.0),
        DataSpec("d", "real", ("K",), "simplex"),
        DataSpec("e", "real"),
        DataSpec("f", "real", ("N",)),
        DataSpec("g", "index", ("N",), index_size="K"),
    )
    values = {
        "g": [0, 1, 5],
        "f": [1, 2],
        "d": [0.5, 0.6],
        "c": [1, -1, math.nan],
        "b": [1, 2.5, 3],
        "a": ["x", 1, 2],
    }
    found = refused(values, *specs, dims=("N", "K"))
    expected = [
        ("PF802", "a", "a[0]"),
        ("PF802", "b", "b[1]"),
        ("PF805", "c", "c[2]"),
        ("PF804", "c", "c[1]"),
        ("PF806", "d", "d"),
        ("PF801", "e", ""),
        ("PF807", "f", "f"),
        ("PF804", "g", "g[2]"),
    ]
    assert [(p.code, p.key, p.place) for p in found] == expected


def test_missing_key_with_a_near_name() -> None:
    (problem,) = refused({"Sgima": [1.0], "y": [1.0]}, *EIGHT_SCHOOLS, dims=("J",))
    assert problem.code == "PF801"
    assert problem.help == "did you mean `sigma` where the data says `Sgima`?"
    assert str(problem).splitlines()[:2] == [
        "error[PF801]: the data lacks `sigma`",
        "  = expected: real[J] (eight_schools.pf:2:21)",
    ]


def test_missing_key_without_a_near_name() -> None:
    assert one_missing({}).found == "no data"
    assert one_missing({f"q{i}": 1 for i in range(20)}).found.endswith("and 8 more")


def one_missing(values: Mapping[str, object]) -> Problem:
    (problem,) = refused(values, DataSpec("sigma", "real", ("J",)), dims=("J",))
    return problem


def test_optional_keys_may_be_absent_and_unused_keys_are_notes() -> None:
    data = check({"sigma": [1.0, 2.0], "extra": "text"}, EIGHT_SCHOOLS, dimensions("J"))
    assert data.values.keys() == {"sigma"}
    assert data.notes == ("the program does not use `extra` of the data",)


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("real", [1, 2], [1.0, 2.0]),
        ("real", [True, False], [1.0, 0.0]),
        ("real", (1, 2.5), [1.0, 2.5]),
        ("real", range(3), [0.0, 1.0, 2.0]),
        ("real", np.array([1.5, 2], np.float32), [1.5, 2.0]),
        ("real", jnp.array([1.5, 2.0]), [1.5, 2.0]),
        ("real", jnp.array([1.5, 2.0], dtype=jnp.bfloat16), [1.5, 2.0]),
        ("real", [np.float64(1), jnp.array(2.0)], [1.0, 2.0]),
        ("real", pd.Series([1.0, 2.0], index=["a", "b"]), [1.0, 2.0]),
        ("real", [], []),
        ("int", [1, 2], [1, 2]),
        ("int", [True, 2], [1, 2]),
        ("int", np.array([1, 2], np.uint8), [1, 2]),
        ("int", pd.Series([1, 2], dtype="Int64"), [1, 2]),
        ("int", [], []),
        ("bool", [True, False], [1, 0]),
        ("bool", [0, 1], [0, 1]),
    ],
)
def test_conversions(kind: Kind, value: object, expected: list[float]) -> None:
    found = accepted(value, DataSpec("x", kind, ("N",)))
    np.testing.assert_array_equal(found, expected)
    assert found.dtype == (np.float64 if kind == "real" else np.int64)


@pytest.mark.parametrize(
    ("kind", "value", "code", "place", "words"),
    [
        ("int", [1.0, 2.0], "PF802", "x[0]", "the real number 1 (and 1 more entry)"),
        ("int", [1, 2.5, 3], "PF802", "x[1]", "the real number 2.5"),
        ("int", [1, math.inf], "PF802", "x[1]", "inf"),
        ("index", [0.5], "PF802", "x[0]", "0.5"),
        ("bool", [0, 2], "PF802", "x[1]", "2"),
        ("bool", [0.5], "PF802", "x[0]", "0.5"),
        ("real", [1j], "PF802", "x[0]", "a complex number"),
        ("real", np.array([1j]), "PF802", "x", "complex numbers"),
        ("real", ["1", "b"], "PF802", "x[0]", 'the text "1"'),
        ("real", np.array(["1", "b"]), "PF802", "x[1]", 'the text "b"'),
        ("real", pd.to_datetime(pd.Series(["2020-01-01"])), "PF802", "x", "dates or times"),
        ("real", pd.Series(["u", "v"], dtype="category"), "PF802", "x[0]", 'the text "u"'),
        ("real", [object()], "PF802", "x[0]", "a value of type object"),
        ("real", [1, math.nan, math.nan], "PF805", "x[1]", "NaN (and 1 more entry)"),
        ("int", pd.Series([1, None], dtype="Int64"), "PF805", "x[1]", "NaN"),
        ("real", [None, 1.0], "PF805", "x[0]", "a missing value"),
        ("real", [0, math.inf, -math.inf, math.inf], "PF804", "x[1]", "inf (and 2 more entries)"),
        ("real", 3.0, "PF803", "", "a single value"),
        ("real", [[1.0, 2.0]], "PF803", "", "1 x 2 entries"),
        ("real", [[1.0], [1.0, 2.0]], "PF803", "x[1]", "2 entries"),
        ("int", [2**53 + 1], "PF804", "x[0]", "9007199254740993"),
    ],
)
def test_refusals(kind: Kind, value: object, code: str, place: str, words: str) -> None:
    problem = one(value, DataSpec("x", kind, ("N",), span_note="m.pf:1:2"))
    assert (problem.code, problem.place, problem.declared) == (code, place, "m.pf:1:2")
    assert words in problem.found


def test_a_scalar_written_as_a_list_and_a_list_written_as_a_scalar() -> None:
    assert one([8], DataSpec("n", "int"), ()).help.startswith("write the number itself")
    assert one(8, DataSpec("n", "int", ("N",))).help == "write the number in brackets: [x]"
    assert one([[1.0, 2.0]], DataSpec("x", "real", ("N",))).help == "drop the axis of length 1"


def test_an_explicit_infinite_bound_admits_that_infinity() -> None:
    spec = DataSpec("x", "real", ("N",), lower=0.0, upper=math.inf)
    np.testing.assert_array_equal(accepted([1, math.inf], spec), [1, math.inf])
    assert {p.found for p in refused({"x": [1, -math.inf]}, spec, dims=("N",))} == {"-inf"}


@pytest.mark.parametrize(
    ("spec", "value", "expected"),
    [
        (DataSpec("x", "real", lower=0.0), -1.0, "at least 0"),
        (DataSpec("x", "real", lower=0.0, lower_open=True), 0.0, "greater than 0"),
        (DataSpec("x", "real", upper=1.0), 1.5, "at most 1"),
        (DataSpec("x", "int", upper=3.0, upper_open=True), 3, "less than 3"),
    ],
)
def test_bounds(spec: DataSpec, value: float, expected: str) -> None:
    problem = one(value, spec, ())
    assert (problem.code, problem.expected) == ("PF804", expected)


def test_bounds_that_depend_on_other_data_and_dimensions() -> None:
    specs = (
        DataSpec("n", "int", ("N",), lower=0.0, upper=lambda values: values["trials"]),
        DataSpec("trials", "int", ("N",)),
        DataSpec("k", "int", upper=lambda values: values["N"]),
    )
    good = check({"n": [1, 2], "trials": [3, 2], "k": 2}, specs, dimensions("N"))
    assert good.values["n"].tolist() == [1, 2]
    found = refused({"n": [1, 5], "trials": [3, 2], "k": 3}, *specs, dims=("N",))
    assert [(p.key, p.place, p.expected) for p in found] == [
        ("n", "n[1]", "at most 2"),
        ("k", "k", "at most 2"),
    ]
    found = refused({"n": [1, 5], "trials": [3], "k": 3}, *specs, dims=("N",))
    assert [p.code for p in found] == ["PF807"]


def test_indices_from_zero_and_from_one() -> None:
    zero = DataSpec("g", "index", ("N",), index_size="K")
    first = DataSpec("g", "index1", ("N",), index_size="K")
    assert check({"g": [0, 2], "K": 3}, [zero], dimensions("N", "K")).values["g"].tolist() == [0, 2]
    assert check({"g": [1, 3], "K": 3}, [first], dimensions("N", "K")).values["g"].tolist() == [0, 2]
    (problem,) = refused({"g": [1, 3], "K": 3}, zero, dims=("N", "K"))
    assert (problem.code, problem.place) == ("PF804", "g[1]")
    assert problem.expected == "0 to 2, the indices of K = 3"
    assert problem.help == "these look counted from 1: declare `index1[K]`"
    (problem,) = refused({"g": [0, 2], "K": 3}, first, dims=("N", "K"))
    assert problem.help == "these look counted from 0: declare `index[K]`"
    (problem,) = refused({"g": [-1, 7], "K": 3}, zero, dims=("N", "K"))
    assert problem.help == ""
    assert one([-1], DataSpec("g", "index", ("N",))).expected == "at least 0"


def test_dimensions_from_expressions_and_from_keys() -> None:
    specs = (DataSpec("x", "real", ("N", "K - 1")), DataSpec("m", "real", ("N * K",)))
    values = {"x": np.zeros((2, 3)), "m": np.zeros(8)}
    assert check(values, specs, dimensions("N", "K")).dims == {"N": 2, "K": 4}
    (problem,) = refused({**values, "K": 5}, *specs, dims=("N", "K"))[:1]
    assert (problem.code, problem.key) == ("PF807", "x")
    assert "K = 5 from the key `K`" in problem.expected


@pytest.mark.parametrize(
    ("size", "code"), [(2.5, "PF802"), ("two", "PF802"), ([1, 2], "PF803"), (-1, "PF804")]
)
def test_keys_that_are_no_sizes(size: object, code: str) -> None:
    found = refused({"x": [1.0], "N": size}, DataSpec("x", "real", ("N",)), dims=("N",))
    assert [(p.code, p.key) for p in found] == [(code, "N")]


def test_a_size_that_nothing_gives() -> None:
    (problem,) = refused({"x": [1.0]}, DataSpec("x", "real", ("N",)), dims=("N", "K"))
    assert (problem.code, problem.key) == ("PF801", "K")
    assert problem.help == 'add "K" to the data'
    assert check({}, [], {"K": DimensionSpec("K", required=False)}).dims == {}


def test_the_least_size_of_a_dimension() -> None:
    with pytest.raises(DataError) as caught:
        check({"x": []}, [DataSpec("x", "real", ("N",))], {"N": DimensionSpec("N", lower=1)})
    (problem,) = caught.value.problems
    assert (problem.code, problem.found) == ("PF804", "0 from axis 0 of `x`")


def test_empty_lists_have_all_declared_axes() -> None:
    specs = (DataSpec("x", "real", ("N", "K")), DataSpec("y", "real", ("N",)))
    data = check({"x": [], "y": [], "K": 3}, specs, dimensions("N", "K"))
    assert data.values["x"].shape == (0, 3)
    assert data.dims == {"N": 0, "K": 3}


def test_constraints_with_single_precision() -> None:
    spec = DataSpec("p", "real", ("K",), "simplex")
    assert accepted(np.full(3, 1 / 3, np.float32), spec, ("K",)).dtype == np.float64
    assert one([0.3333, 0.3333, 0.3333], spec, ("K",)).code == "PF806"


def table(tmp_path: Path, text: str, *specs: DataSpec) -> CheckedData:
    path = tmp_path / "d.csv"
    path.write_text(text, encoding="utf-8")
    return check(read_file(path), specs, dimensions("N", "K"))


def test_a_table_has_scalars_vectors_and_whole_numbers(tmp_path: Path) -> None:
    specs = (
        DataSpec("y", "real", ("N",)),
        DataSpec("n", "int", ("N",)),
        DataSpec("x", "real", ("N", "K")),
        DataSpec("s", "real"),
    )
    data = table(tmp_path, "y,n,x.1,x.2,s,N\n1,1.0,1,2,0.5,2\n2,3.0,3,4,0.5,2\n", *specs)
    assert data.dims == {"N": 2, "K": 2}
    assert data.values["n"].dtype == np.int64
    assert data.values["s"] == 0.5
    assert data.values["x"].tolist() == [[1, 2], [3, 4]]


def test_a_table_of_one_row_gives_vectors_without_the_row(tmp_path: Path) -> None:
    assert table(tmp_path, "x.1,x.2,N\n1,2,4\n", DataSpec("x", "real", ("K",))).values["x"].tolist() == [1, 2]


def test_a_column_that_varies_is_no_scalar(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        table(tmp_path, "s,N,K\n1,1,1\n2,1,1\n", DataSpec("s", "real"))
    assert caught.value.problems[0].help == "a column is a vector: keep one value in `s`"


def test_missing_cells_are_errors_where_they_are_used(tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("y,z,n\n1,,1\n2,3,NA\n", encoding="utf-8")
    y, z, n = DataSpec("y", "real", ("N",)), DataSpec("z", "real", ("N",)), DataSpec("n", "int", ("N",))
    assert check(read_file(path), [y], dimensions("N")).notes == (
        "the program does not use `z`, `n` of the data",
    )
    with pytest.raises(DataError) as caught:
        check(read_file(path), [y, z, n], dimensions("N"))
    assert [(p.code, p.place) for p in caught.value.problems] == [("PF805", "z[0]"), ("PF805", "n[1]")]


def test_the_error_survives_pickling_and_prints_every_problem() -> None:
    with pytest.raises(DataError) as caught:
        check({"a": "x"}, [DataSpec("a"), DataSpec("b")], {})
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems
    assert str(again).count("error[PF80") == 2


def test_no_heavy_import() -> None:
    code = (
        "import sys; import pushforward.runtime.data, pushforward.runtime.draws;"
        "heavy = {'jax', 'pandas', 'pyarrow', 'h5netcdf', 'h5py', 'arviz', 'rich', 'xarray', 'scipy'};"
        "print(heavy & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
