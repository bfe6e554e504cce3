"""Arithmetic on dimension names, and sizes solved from shapes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pushforward.runtime.data.dimensions import Equation, evaluate, names, parse, solve, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("N", 7),
        ("3", 3),
        ("N - 1", 6),
        ("N - 1 - 1", 5),
        ("2 * N + K", 18),
        ("2 * (N + K)", 22),
        ("K * (K - 1) / 2", 6),
        ("N // 2", 3),
        ("-1 + N", 6),
        ("  K*N ", 28),
        ("λ_1", 5),
    ],
)
def test_arithmetic(text: str, value: int) -> None:
    assert whole(parse(text), {"N": 7, "K": 4, "λ_1": 5}) == value


@pytest.mark.parametrize("text", ["N / 2", "K - N", "N / (K - 4)", "M"])
def test_no_size(text: str) -> None:
    assert whole(parse(text), {"N": 7, "K": 4}) is None


@pytest.mark.parametrize(
    "text", ["", "N +", "(N", "N K", "N ** 2", "f(N)", "1.5", "N)", "N; M", "__import__('os')"]
)
def test_what_is_no_arithmetic(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse(text)


def test_names() -> None:
    assert names(parse("N * (K - 1) + N")) == {"N", "K"}


def equation(text: str, size: int, key: str = "x", axis: int = 0) -> Equation:
    return Equation(key, axis, text, size)


def test_names_are_read_off_and_the_rest_follows() -> None:
    found = solve([equation("N * K", 12), equation("K - 1", 2), equation("M + N", 9)], {})
    assert dict(found.sizes) == {"K": 3, "N": 4, "M": 5}
    assert found.origins["K"] == "from axis 0 of `x`"
    assert found.problems == ()


def test_a_square_is_solved() -> None:
    assert dict(solve([equation("K * K", 9)], {}).sizes) == {"K": 3}
    assert dict(solve([equation("K * (K - 1) / 2", 10)], {}).sizes) == {"K": 5}


def test_an_ambiguous_size_is_not_guessed() -> None:
    found = solve([equation("N // 2", 3)], {})
    assert dict(found.sizes) == {}
    assert found.problems == ()


def test_disagreement_names_both_places() -> None:
    (problem,) = solve([equation("N", 8, "y"), equation("N", 7, "x", 1)], {}).problems
    assert (problem.code, problem.key) == ("PF807", "x")
    assert problem.expected == "N entries along axis 1, where N = 8 from axis 0 of `y`"
    assert problem.found == "7 along axis 1"


def test_given_sizes_come_first() -> None:
    (problem,) = solve([equation("K - 1", 5)], {"K": 4}).problems
    assert problem.expected == "K - 1 = 3 entries along axis 0, where K = 4 from the key `K`"


def test_a_number_is_a_shape() -> None:
    (problem,) = solve([equation("3", 2)], {}).problems
    assert (problem.code, problem.expected) == ("PF803", "3 entries along axis 0")


def test_an_equation_without_a_root() -> None:
    (problem,) = solve([equation("2 * N", 7)], {}).problems
    assert problem.found == "7, which no whole number N gives"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    sizes=st.fixed_dictionaries({"N": st.integers(0, 30), "K": st.integers(0, 30), "M": st.integers(0, 30)}),
    texts=st.lists(
        st.sampled_from(["N", "K", "N + K", "2 * M + 1", "M + N", "N * 3", "K + 2", "M * M"]), max_size=6
    ),
)
def test_whatever_is_solved_is_right(sizes: dict[str, int], texts: list[str]) -> None:
    found = solve([equation(text, int(evaluate(parse(text), sizes))) for text in texts], {})
    assert found.problems == ()
    assert all(sizes[name] == size for name, size in found.sizes.items())
