"""Draws on disk: nothing is lost on the way, ArviZ reads the file, and a kill leaves the old one."""

import importlib
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pushforward.runtime.data import DataError
from pushforward.runtime.draws import Draws, read_netcdf, write_netcdf
from pushforward.runtime.draws.atomic import replacing
from pushforward.runtime.draws.draws import GROUPS, SAMPLED_GROUPS

RNG = np.random.default_rng(20260101)


def eight_schools() -> Draws:
    return Draws(
        posterior={"mu": RNG.normal(size=(4, 10)), "theta": RNG.normal(size=(4, 10, 8))},
        sample_stats={"diverging": RNG.random((4, 10)) < 0.5, "treedepth": RNG.integers(0, 10, (4, 10))},
        posterior_predictive={"y": RNG.normal(size=(4, 10, 8))},
        observed_data={"y": np.arange(8.0)},
        constant_data={"sigma": np.arange(8.0), "J": np.array(8)},
        dims={"theta": ("school",), "y": ("school",), "sigma": ("school",)},
        coords={"school": np.array(list("ABCDEFGη"))},
        attrs={
            "program": "model m() {}",
            "seed": 1,
            "settings": {"chains": 4, "metric": None},
            "version": "0.1",
        },
    )


def assert_equal(a: Draws, b: Draws) -> None:
    for group in GROUPS:
        assert list(a.group(group)) == list(b.group(group))
        for name, value in a.group(group).items():
            np.testing.assert_array_equal(b.group(group)[name], value)
            assert b.group(group)[name].dtype == value.dtype
    assert dict(a.dims) == dict(b.dims)
    assert dict(a.attrs) == dict(b.attrs)


def test_round_trip(tmp_path: Path) -> None:
    draws = eight_schools()
    draws.write_netcdf(tmp_path / "d.nc")
    back = read_netcdf(tmp_path / "d.nc")
    assert_equal(draws, back)
    assert back.coords["school"].tolist() == list("ABCDEFGη")
    assert (back.chains, back.draws) == (4, 10)


def test_the_same_draws_are_the_same_bytes(tmp_path: Path) -> None:
    draws = eight_schools()
    for name in ("a.nc", "b.nc"):
        write_netcdf(draws, tmp_path / name)
    assert (tmp_path / "a.nc").read_bytes() == (tmp_path / "b.nc").read_bytes()


@pytest.mark.filterwarnings("ignore")
def test_arviz_reads_the_file_as_it_converts(tmp_path: Path) -> None:
    arviz = importlib.import_module("arviz")
    draws = eight_schools()
    draws.write_netcdf(tmp_path / "d.nc")
    read = arviz.from_netcdf(str(tmp_path / "d.nc"))
    made = draws.to_arviz()
    assert read.groups() == made.groups()
    for group in made.groups():
        assert read[group].identical(made[group]), group
    assert read.posterior["theta"].dims == ("chain", "draw", "school")
    assert read.posterior["theta"].sel(school="η").shape == (4, 10)
    assert read.sample_stats["diverging"].dtype == bool
    assert json.loads(read.posterior.attrs["settings"]) == {"chains": 4, "metric": None}
    assert "r_hat" in arviz.summary(made, var_names=["mu"])
    read.close()


@pytest.mark.filterwarnings("ignore")
def test_files_that_arviz_writes_are_read(tmp_path: Path) -> None:
    arviz = importlib.import_module("arviz")
    mu = RNG.normal(size=(2, 5, 3))
    data = arviz.from_dict(
        posterior={"mu": mu}, log_likelihood={"y": mu}, coords={"k": [5, 6, 7]}, dims={"mu": ["k"]}
    )
    data.to_netcdf(str(tmp_path / "d.nc"))
    back = read_netcdf(tmp_path / "d.nc")
    np.testing.assert_array_equal(back["mu"], mu)
    assert back.dims == {"mu": ("k",)}
    assert back.coords["k"].tolist() == [5, 6, 7]


@pytest.mark.parametrize(
    ("posterior", "dims", "stored"),
    [
        ({"S": (2, 3, 4, 4)}, {"S": ("K", "K")}, ("K", "K_bis")),
        ({"x": (2, 3, 4)}, {}, ("x_dim_0",)),
        ({"x": (2, 3, 4)}, {"x": ("K - 1",)}, ("x_dim_0",)),
        ({"x": (2, 3, 4, 3)}, {"x": ("3", "N/2")}, ("x_dim_0", "x_dim_1")),
        ({"x": (2, 3, 4)}, {"x": ("draw",)}, ("draw_dim",)),
        ({"x": (2, 3, 4), "N": (2, 3)}, {"x": ("N",)}, ("N_dim",)),
        ({"x": (2, 3, 4), "x_dim_0": (2, 3)}, {}, ("x_dim_0_",)),
        ({"w": (2, 3, 5), "x": (2, 3, 4)}, {"w": ("N",), "x": ("N",)}, ("N_dim",)),
        ({"x": (2, 3, 0)}, {"x": ("N",)}, ("N",)),
        ({"x": (2, 3, 0, 4)}, {"x": ("N", "K")}, ("N", "K")),
        ({"x": (2, 0, 4)}, {"x": ("N",)}, ("N",)),
        (
            {"chain": (2, 3, 4), "draw": (2, 3), "a/b": (2, 3), "θ": (2, 3), "x": (2, 3, 1)},
            {"x": ("η",)},
            ("η",),
        ),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_awkward_names_and_sizes(
    tmp_path: Path,
    posterior: dict[str, tuple[int, ...]],
    dims: dict[str, tuple[str, ...]],
    stored: tuple[str, ...],
) -> None:
    arviz = importlib.import_module("arviz")
    arrays = {name: RNG.normal(size=shape) for name, shape in posterior.items()}
    draws = Draws(posterior=arrays, dims=dims, constant_data={"draw": np.array(3)})
    draws.write_netcdf(tmp_path / "d.nc")
    assert_equal(draws, read_netcdf(tmp_path / "d.nc"))
    read = arviz.from_netcdf(str(tmp_path / "d.nc"))
    assert read.posterior[_last(posterior)].dims[2:] == stored
    read.close()
    assert draws.to_arviz().posterior[_last(posterior)].dims[2:] == stored


def _last(posterior: dict[str, tuple[int, ...]]) -> str:
    return "x" if "x" in posterior else "S"


@pytest.mark.parametrize(
    "attrs",
    [
        {"empty": "", "nul": "a\0b", "half": "\ud800", "greek": "θ", "long": "x" * 200_000},
        {"none": None, "list": [1, [2.5, "a"]], "big": 2**70, "true": True, "json_looking": "[1]"},
    ],
)
def test_attributes(tmp_path: Path, attrs: dict[str, Any]) -> None:
    Draws(posterior={"x": np.zeros((1, 2))}, attrs=attrs).write_netcdf(tmp_path / "d.nc")
    assert read_netcdf(tmp_path / "d.nc").attrs == attrs


def test_numpy_attributes_become_json(tmp_path: Path) -> None:
    attrs = {"n": np.int64(3), "a": np.arange(2), "p": Path("m.pf")}
    Draws(posterior={"x": np.zeros((1, 2))}, attrs=attrs).write_netcdf(tmp_path / "d.nc")
    assert read_netcdf(tmp_path / "d.nc").attrs == {"n": 3, "a": [0, 1], "p": "m.pf"}


def test_dates_as_labels(tmp_path: Path) -> None:
    days = np.array(["2020-01-01", "2020-01-02"], dtype="M8[D]")
    draws = Draws(posterior={"x": np.zeros((1, 2, 2))}, dims={"x": ("t",)}, coords={"t": days})
    draws.write_netcdf(tmp_path / "d.nc")
    assert read_netcdf(tmp_path / "d.nc").coords["t"].tolist() == ["2020-01-01", "2020-01-02"]


NAMES = st.text("abNKθ_", min_size=1, max_size=3).filter(str.isidentifier)
DTYPES = st.sampled_from([np.dtype(np.float64), np.dtype(np.int64), np.dtype(np.bool_), np.dtype(np.float32)])


@st.composite
def any_draws(draw: st.DrawFn) -> Draws:
    content: dict[str, dict[str, np.ndarray]] = {}
    dims: dict[str, tuple[str, ...]] = {}
    ranks: dict[str, int] = {}
    for group in draw(st.lists(st.sampled_from(GROUPS), unique=True, max_size=4)):
        leading = (
            tuple(draw(st.lists(st.integers(1, 3), min_size=2, max_size=2)))
            if group in SAMPLED_GROUPS
            else ()
        )
        variables: dict[str, np.ndarray] = {}
        for name in draw(st.lists(NAMES, unique=True, max_size=3)):
            rank = ranks.setdefault(name, draw(st.integers(0, 2)))
            shape = leading + tuple(draw(st.lists(st.integers(0, 3), min_size=rank, max_size=rank)))
            variables[name] = draw(hnp.arrays(draw(DTYPES), shape))
            if name not in dims and draw(st.booleans()):
                dims[name] = tuple(
                    draw(st.lists(st.sampled_from(["N", "K", "N-1", "a"]), min_size=rank, max_size=rank))
                )
        content[group] = variables
    used = {name for variables in content.values() for name in variables}
    attrs = draw(st.dictionaries(st.sampled_from("pqr"), st.one_of(st.text(), st.integers(), st.none())))
    return Draws(**content, dims={k: v for k, v in dims.items() if k in used}, attrs=attrs if used else {})


@settings(max_examples=60, deadline=None, derandomize=True)
@given(draws=any_draws())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, draws: Draws) -> None:
    path = tmp_path_factory.mktemp("nc") / "d.nc"
    draws.write_netcdf(path)
    assert_equal(draws, read_netcdf(path))


@pytest.mark.parametrize("content", [None, b"", b"not HDF5 at all"])
def test_files_that_hold_no_draws(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "d.nc").write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_netcdf(tmp_path / "d.nc")
    assert caught.value.problems[0].code == "PF808"


def test_a_kill_before_the_replacement_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "d.nc"
    Draws(posterior={"x": np.zeros((1, 2))}).write_netcdf(path)
    before = path.read_bytes()
    code = """
        import os, signal, sys
        import numpy as np
        from pushforward.runtime.draws import Draws
        os.replace = lambda source, target: os.kill(os.getpid(), signal.SIGKILL)
        Draws(posterior={"x": np.ones((4, 1000, 10))}).write_netcdf(sys.argv[1])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
    leftovers = [other for other in tmp_path.iterdir() if other != path]
    assert [other.suffix for other in leftovers] == [".tmp"]
    assert read_netcdf(leftovers[0])["x"].shape == (4, 1000, 10)


def test_an_error_while_writing_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "d.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as temporary:
            temporary.write_text("half of the ne")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_permissions_and_links_are_kept(tmp_path: Path) -> None:
    target, link, fresh = tmp_path / "d.txt", tmp_path / "l.txt", tmp_path / "f.txt"
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to(target)
    for path in (link, fresh):
        with replacing(path) as temporary:
            temporary.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    umask = os.umask(0)
    os.umask(umask)
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o666 & ~umask


def test_no_such_folder(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Draws(posterior={"x": np.zeros((1, 2))}).write_netcdf(tmp_path / "none" / "d.nc")
