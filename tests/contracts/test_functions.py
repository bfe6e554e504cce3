"""Every function of the library, compiled: its values against its oracle, its gradients against differences."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from tests.contracts.calls import NAMES, Call, calls
from tests.contracts.laws import Job, compute
from tests.contracts.sampling import every
from tests.contracts.slopes import Line, agree, lines, slopes
from tests.stdlib.functions.oracles import ORACLES

#: Derivatives that take seconds to compile: the slow suite has them.
COSTLY = frozenset({"gamma_p", "gamma_q", "log_modified_bessel_first_kind", "modified_bessel_first_kind", "matrix_exp",
                    "linear_flow", "linear_shift", "linear_spread", "sinkhorn_divergence", "light_potential",
                    "cloud_potential", "unbalanced_transport", "bridge_drift", "inc_beta"})  # fmt: skip


def test_every_function_has_an_oracle() -> None:
    assert set(NAMES) == set(ORACLES)


@pytest.mark.parametrize("name", NAMES)
def test_value(name: str) -> None:
    """In each case, and with the shape and the kind of number that the oracle gives."""
    cases = calls(name)
    job = (
        lambda given: [c.value(a) for c, a in zip(cases, given, strict=True)],
        ([c.arrays for c in cases],),
    )
    for call, found in zip(cases, compute(job), strict=True):
        wanted = np.asarray(call.oracle.reference(*call.arguments))
        assert np.shape(found) == wanted.shape, call.text
        np.testing.assert_allclose(
            call.oracle.compared(found),
            call.oracle.compared(wanted),
            rtol=call.oracle.rtol,
            atol=1e-13,
            err_msg=call.text,
        )


# ---------------------------------------------------------------- slopes


def _smooth(call: Call) -> bool:
    real = any(a.dtype.kind == "f" for a in call.arrays.values())
    if call.name == "stop":
        return False  # its derivative is meant not to be that of its value
    return real and not {"kinked", "step"} & set(call.declaration.modifiers)


def _lines(call: Call) -> dict[str, Line]:
    """A direction in every real argument, the same on every call; a line is one row here."""
    function = call.declaration
    types = {f"a{i}": p.type.name for i, p in enumerate(function.parameters) if p.type}
    arrays = {n: v for n, v in call.arrays.items() if v.dtype.kind == "f"}
    # Entries of very different sizes: each moves in units of its own.
    kinds = {n: "positive" if _elementwise(call) and v.all() else types[n] for n, v in arrays.items()}
    return lines(kinds, {n: v[None] for n, v in arrays.items()}, np.random.default_rng(list(call.program.encode())))


def _elementwise(call: Call) -> bool:
    return "elementwise" in call.declaration.modifiers


def _weights(call: Call, shape: tuple[int, ...]) -> Any:
    """What the values are multiplied by before they are summed: something that tells them apart, unless they are apart."""
    size = max(int(np.prod(shape)), 1)
    return np.ones(shape) if _elementwise(call) else 1.0 + np.arange(size).reshape(shape) / size


def _slopes(call: Call) -> Job:
    """The gradient of the weighted sum of the values, and the values [lines * steps, ...] at the points of every line."""
    moving = _lines(call)
    fixed = {n: v for n, v in call.arrays.items() if n not in moving}
    displaced = {
        n: np.concatenate([line.points[:, 0] if m == n else line.still(call.arrays[n]) for m, line in moving.items()])
        for n in moving
    }

    def value(moved: dict[str, Any], others: dict[str, Any]) -> Any:
        return jnp.asarray(call.value({**others, **moved}), float)

    def total(moved: dict[str, Any], others: dict[str, Any]) -> Any:
        result = value(moved, others)
        return jnp.sum(result * _weights(call, result.shape))

    def both(at: dict[str, Any], on_lines: dict[str, Any], others: dict[str, Any]) -> Any:
        return jax.grad(total)(at, others), jax.vmap(value, in_axes=(0, None))(on_lines, others)

    return both, ({n: call.arrays[n] for n in moving}, displaced, fixed)


def _rows(call: Call, line: Line, gradient: Any, values: Any) -> tuple[Any, Any]:
    """The slopes [rows] along a line and the values [steps, rows] on it: a row for each entry if they are apart, else one."""
    if _elementwise(call) and gradient.shape == values.shape[1:]:
        return np.ravel(gradient * line.directions[0]), values.reshape(len(values), -1)
    total = (values * _weights(call, values.shape[1:])).reshape(len(values), -1).sum(axis=1, keepdims=True)
    return line.derivative(gradient[None]), total


SMOOTH = sorted({n for n in NAMES if n in ORACLES and any(map(_smooth, calls(n)))})


@pytest.mark.parametrize("name", [*every([n for n in SMOOTH if n not in COSTLY], 2), *(pytest.param(n, marks=pytest.mark.slow) for n in sorted(COSTLY & set(SMOOTH)))])
def test_the_gradient_is_that_of_the_value(name: str) -> None:
    """Of the overloads that are declared smooth, against central differences of fourth order, inside the domain."""
    cases = [call for call in calls(name) if _smooth(call)]
    jobs = [_slopes(call) for call in cases]
    found = compute(
        (
            lambda inputs: [job(*given) for (job, _), given in zip(jobs, inputs, strict=True)],
            ([i for _, i in jobs],),
        )
    )
    compared = 0
    for call, (gradient, values) in zip(cases, found, strict=True):
        moving = _lines(call)
        for (argument, line), on_line in zip(moving.items(), np.split(values, len(moving)), strict=True):
            derivative, rows = _rows(call, line, gradient[argument], on_line)
            difference, usable = slopes(rows)
            wrong = usable & ~agree(derivative, difference, rows)
            assert not wrong.any(), f"{argument} = {call.arrays[argument]} in\n{call.text}{derivative}\n{difference}"
            compared += int(usable.sum())
    assert compared, "nowhere compared"
