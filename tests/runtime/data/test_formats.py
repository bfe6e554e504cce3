"""Files of data: what each format gives, and the problem that each kind of broken file is."""

import importlib
import json
import math
import os
import pickle
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pushforward.runtime.data import DataError, Problem, read, read_file
from pushforward.runtime.data.formats import formats

pa = importlib.import_module("pyarrow")
parquet = importlib.import_module("pyarrow.parquet")
DATA = Path(__file__).parents[2] / "data"
Write = Callable[[str, str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def to(name: str, text: str) -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return to


def problems_of(path: Path) -> tuple[Problem, ...]:
    with pytest.raises(DataError) as caught:
        read(path)
    return caught.value.problems


def test_every_module_of_the_folder_is_a_format() -> None:
    assert list(formats()) == ["cmdstan_json", "csv_table", "npz", "parquet"]


def test_eight_schools() -> None:
    data = read(DATA / "eight_schools.json")
    assert data["J"] == 8
    assert type(data["J"]) is int
    np.testing.assert_array_equal(data["y"], [28, 8, -3, 7, -1, 1, 18, 12])
    assert np.asarray(data["sigma"]).dtype == np.int64


def test_garch_has_integers_and_reals() -> None:
    data = read(DATA / "garch.json")
    assert data["T"] == 200
    assert np.asarray(data["y"]).shape == (200,)
    assert np.asarray(data["y"]).dtype == np.float64


def test_json_spellings_of_numbers(write: Write) -> None:
    words = '["NaN", "Inf", "+Inf", "-Inf", "Infinity", "-Infinity"]'
    text = f'{{"a": {words}, "b": [NaN, Infinity, -Infinity], "c": 1.0}}'
    data = read(write("d.json", text))
    np.testing.assert_array_equal(data["a"], [math.nan, math.inf, math.inf, -math.inf, math.inf, -math.inf])
    np.testing.assert_array_equal(data["b"], [math.nan, math.inf, -math.inf])
    assert type(data["c"]) is float


def test_json_bare_words_outside_strings_only(write: Write) -> None:
    data = read(write("d.json", '{"Inf \\" NaN": [Inf, +Inf, -Inf, nan, +Infinity, 2]}'))
    np.testing.assert_array_equal(data['Inf " NaN'], [math.inf, math.inf, -math.inf, math.nan, math.inf, 2])


def test_json_shapes_and_types(write: Write) -> None:
    matrices = '"m": [[1, 2], [3, 4], [5, 6]], "z": [[], []]'
    text = f'{{{matrices}, "x": [1, 2.5], "b": [true, false], "e": [], "t": true}}'
    data = {key: np.asarray(value) for key, value in read(write("d.json", text)).items()}
    assert data["m"].shape == (3, 2)
    assert data["m"].dtype == np.int64
    assert data["x"].dtype == np.float64
    assert data["b"].dtype == np.bool_
    assert data["e"].shape == (0,)
    assert data["z"].shape == (2, 0)
    assert data["t"] == np.True_


@pytest.mark.parametrize(
    ("text", "code", "place", "words"),
    [
        ('{"y": [[1, 2], [3]]}', "PF803", "y[1]", "1 entry"),
        ('{"y": [[1, 2], 3]}', "PF803", "y[1]", "a single value"),
        ('{"y": [1, [2]]}', "PF803", "y[1]", "1 entry"),
        ('{"y": [[1, 2], [3, "four"]]}', "PF802", "y[1][1]", 'the text "four"'),
        ('{"y": [0, {"a": 1}]}', "PF802", "y[1]", "a nested object"),
        ('{"y": {"a": 1}}', "PF802", "y", "a nested object"),
        ('{"y": [[0, 0], [0, null], [null, 0]]}', "PF805", "y[1][1]", "and 1 more"),
        ('{"y": null}', "PF805", "y", "null"),
        ('{"y": [1, 9007199254740993]}', "PF804", "y[1]", "9007199254740993"),
        ('{"y": 1e999}', "PF804", "y", "too large"),
        ('{"y": 1, "z": 2, "y": 3}', "PF808", "y", "more than once"),
        ("[1, 2]", "PF808", "", "a list"),
        ("3", "PF808", "", "a single value"),
        ('{"y": 1,\n "z": ]}', "PF808", "line 2, column 7", "no valid JSON"),
        ("", "PF808", "line 1, column 1", "no valid JSON"),
        ("[" * 100_000, "PF808", "", ""),
        ('{"y": ' + "9" * 5000 + "}", "PF808", "", "5000"),
    ],
)
def test_broken_json(write: Write, text: str, code: str, place: str, words: str) -> None:
    (problem,) = problems_of(write("d.json", text))
    assert (problem.code, problem.place) == (code, place)
    assert words in problem.found


def test_all_problems_of_a_json_file_are_reported(write: Write) -> None:
    found = problems_of(write("d.json", '{"a": [[1], [2, 3]], "b": "no", "c": 1, "d": [null]}'))
    assert [(p.code, p.key) for p in found] == [("PF803", "a"), ("PF802", "b"), ("PF805", "d")]


def test_deeply_nested_lists_are_a_problem_and_no_crash(write: Write) -> None:
    text = '{"y": ' + "[" * 700 + "]" * 700 + "}"
    assert problems_of(write("d.json", text))[0].code in ("PF803", "PF808")


def test_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "d.json"
    path.write_bytes(b'{"y": "\xff\xfe"}')
    assert problems_of(path)[0].code == "PF808"


@pytest.mark.parametrize("name", ["none.json", "none.csv", "none.npz", "none.parquet"])
def test_missing_file(tmp_path: Path, name: str) -> None:
    (problem,) = problems_of(tmp_path / name)
    assert (problem.code, problem.key, problem.found) == ("PF808", name, "No such file or directory")


@pytest.mark.parametrize("suffix", [".json", ".csv", ".npz", ".parquet"])
def test_a_folder_is_no_file(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"d{suffix}").mkdir()
    assert problems_of(tmp_path / f"d{suffix}")[0].code == "PF808"


@pytest.mark.parametrize("name", ["data.xlsx", "data"])
def test_unknown_format(tmp_path: Path, name: str) -> None:
    (problem,) = problems_of(tmp_path / name)
    assert problem.code == "PF809"
    assert ".csv, .json, .npz, .parquet" in problem.expected


def test_csv_columns(write: Write) -> None:
    text = '\ufeff# a comment\ny, n ,smoker,name\n1.5,1,TRUE,Ann\n2,2,false,"Bo, jr"\n'
    file = read_file(write("d.CSV".lower(), text))
    assert file.tabular
    np.testing.assert_array_equal(file.values["y"], [1.5, 2.0])
    assert file.values["n"].dtype == np.int64
    np.testing.assert_array_equal(file.values["smoker"], [True, False])
    assert file.values["name"].tolist() == ["Ann", "Bo, jr"]


def test_csv_missing_cells_become_nan_and_are_reported(write: Write) -> None:
    file = read_file(write("d.csv", "y,n\n1.5,1\n,NA\nNaN,3\n"))
    np.testing.assert_array_equal(file.values["y"], [1.5, math.nan, math.nan])
    np.testing.assert_array_equal(file.values["n"], [1, math.nan, 3])
    assert file.notes["y"] == "2 empty cells of column `y` became NaN, the first in line 3"
    assert file.notes["n"] == "1 empty cell of column `n` became NaN, the first in line 3"


@pytest.mark.parametrize("header", ["x.1,x.2", "x[0],x[1]", "x[1],x[2]", "x.0,x.1"])
def test_csv_columns_of_a_vector(write: Write, header: str) -> None:
    np.testing.assert_array_equal(
        read(write("d.csv", f"{header}\n1,2\n3,4\n5,6\n"))["x"], [[1, 2], [3, 4], [5, 6]]
    )


def test_csv_columns_of_a_matrix_come_in_any_order(write: Write) -> None:
    data = read(write("d.csv", "a.1.1,a.2.1,a.1.2,a.2.2\n11,21,12,22\n"))
    np.testing.assert_array_equal(data["a"], [[[11, 12], [21, 22]]])


def test_tab_separated(write: Write) -> None:
    np.testing.assert_array_equal(read(write("d.tsv", "a\tb\n1\t2\n"))["b"], [2])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "an empty file"),
        ("a,b\n1,2\n3\n4\n", "1 (and in 1 more)"),
        ("a,a\n1,2\n", "the column `a` 2 times"),
        ("a,,\n1,2,3\n", "columns without a name"),
        ("1,2\n3,4\n", "a first line of numbers"),
        ("a;b\n1;2\n", "semicolons"),
        ("x.1,x.3\n1,2\n", "2 columns"),
        ("x.2,x.3\n1,2\n", "2 columns"),
        ("x.1,x.1.2\n1,2\n", "2 columns"),
        ("x.1.1,x.1.2,x.2.0,x.2.2\n1,2,3,4\n", "4 columns"),
        ("x,x.1\n1,2\n", "both a column `x` and a column `x.1`"),
        ("x[1],x.1\n1,2\n", "both a column `x[1]` and a column `x.1`"),
    ],
)
def test_broken_csv(write: Write, text: str, words: str) -> None:
    (problem,) = problems_of(write("d.csv", text))
    assert problem.code == "PF808"
    assert words in problem.found


def test_csv_integers_too_large(write: Write) -> None:
    (problem,) = problems_of(write("d.csv", "id\n1\n9007199254740993\n"))
    assert (problem.code, problem.place) == ("PF804", "id[1]")


def test_npz(tmp_path: Path) -> None:
    path = tmp_path / "d.npz"
    np.savez(path, y=np.array([1.5, 2], np.float32), n=np.int32(3), b=np.array([True]), m=np.ones((2, 3)))
    data = read(path)
    assert data["n"] == 3
    assert type(data["n"]) is int
    assert np.asarray(data["m"]).shape == (2, 3)
    np.testing.assert_array_equal(data["y"], [1.5, 2])


def test_npz_never_unpickles(tmp_path: Path) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (os.mkdir, (str(tmp_path / "made"),))

    np.savez(tmp_path / "d.npz", y=np.array([Harmful()], dtype=object))
    (problem,) = problems_of(tmp_path / "d.npz")
    assert (problem.code, problem.found) == ("PF808", "pickled objects, which are code")
    (tmp_path / "e.npz").write_bytes(pickle.dumps(Harmful()))
    assert problems_of(tmp_path / "e.npz")[0].code == "PF808"
    assert not (tmp_path / "made").exists()


@pytest.mark.parametrize("name", ["d.npz", "d.parquet"])
@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 and no more", b"something else altogether"])
def test_broken_archives(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert problems_of(tmp_path / name)[0].code == "PF808"


def test_npz_refuses_what_is_no_number(tmp_path: Path) -> None:
    np.savez(
        tmp_path / "d.npz",
        z=np.array([1j]),
        t=np.array(["2020-01-01"], dtype="M8[D]"),
        u=np.array([2**63], np.uint64),
    )
    assert [(p.code, p.key) for p in problems_of(tmp_path / "d.npz")] == [
        ("PF802", "z"),
        ("PF802", "t"),
        ("PF804", "u"),
    ]


def test_parquet(tmp_path: Path) -> None:
    table = pa.table(
        {
            "y": pa.array([1.5, None, 2.0]),
            "n": pa.array([1, 2, 3]),
            "k": pa.array([1, None, 3]),
            "b": pa.array([True, False, True]),
            "x": pa.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]),
            "name": pa.array(["a", "b", None]).dictionary_encode(),
        }
    )
    parquet.write_table(table, tmp_path / "d.parquet")
    file = read_file(tmp_path / "d.parquet")
    assert file.tabular
    assert file.values["n"].dtype == np.int64
    assert file.values["b"].dtype == np.bool_
    assert file.values["x"].shape == (3, 2)
    np.testing.assert_array_equal(file.values["y"], [1.5, math.nan, 2.0])
    np.testing.assert_array_equal(file.values["k"], [1, math.nan, 3])
    assert file.notes["y"] == "column `y` lacks 1 of 3 entries, which became NaN"


def test_parquet_ragged_lists(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"x": [[1.0], [1.0, 2.0]]}), tmp_path / "d.parquet")
    assert problems_of(tmp_path / "d.parquet")[0].code == "PF803"


NAMES = st.text("abcθβ_", min_size=1, max_size=4)
SHAPES = hnp.array_shapes(min_dims=0, max_dims=3, max_side=4)
ARRAYS = st.one_of(hnp.arrays(np.float64, SHAPES), hnp.arrays(np.int32, SHAPES), hnp.arrays(np.bool_, SHAPES))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(data=st.dictionaries(NAMES, ARRAYS, max_size=4))
def test_json_round_trip(tmp_path_factory: pytest.TempPathFactory, data: dict[str, np.ndarray]) -> None:
    path = tmp_path_factory.mktemp("json") / "d.json"
    path.write_text(json.dumps({key: value.tolist() for key, value in data.items()}), encoding="utf-8")
    back = read(path)
    assert back.keys() == data.keys()
    for key, value in data.items():
        np.testing.assert_array_equal(np.asarray(back[key]), value)
        assert np.asarray(back[key]).dtype.kind == value.dtype.kind


@settings(max_examples=200, deadline=None, derandomize=True)
@given(text=st.one_of(st.text(), st.text('{}[]":,0123456789.eE+-NaInfulltre \n')))
def test_any_text_is_data_or_a_data_error(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    for name in ("d.json", "d.csv"):
        (folder / name).write_text(text, encoding="utf-8", errors="replace")
        with suppress(DataError):
            read(folder / name)
