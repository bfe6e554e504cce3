"""The examples of objectives: they are formatted, check, and show the numbers that they must."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import pushforward as pf
from pushforward.runtime.samplers.executable import enable_x64
from tests.examples.scripts import ROOT as EXAMPLES
from tests.examples.scripts import formatted_and_checked, script

ROOT = EXAMPLES / "objectives"
FILES = sorted(ROOT.rglob("*.pf"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.parent.name)
def test_it_is_formatted_and_checks(path: Path) -> None:
    formatted_and_checked(path)


@pytest.mark.parametrize(("strategy", "variance"), [("score", 0.017143), ("mvd", 0.0525), ("loo(2)", 0.087321)])
def test_variances_of_the_flip(strategy: str, variance: float) -> None:
    """The mean is t - 1/2 (false-alarm rate 6e-5 each) and the variance is within 5 % of the exact one, which is five of
    its standard errors or more; a mean that is 0.01 off is seen."""
    draws = 40_000
    g = script("objectives/adev").flip(strategy, draws)
    error = (variance / draws) ** 0.5
    assert abs(g.mean() + 0.2) < 4 * error < 0.01
    assert abs(g.var() / variance - 1) < 0.05


def test_forward_gradients() -> None:
    """(d + 1) / k within 5 %: the relative error of the mean over the draws is below 1 %."""
    assert script("objectives/adev").line(8, 2, 40_000) == pytest.approx(4.5, rel=0.05)


def test_a_chain_reaches_the_evidence_of_a_state_space() -> None:
    """At the posterior of the chain, from the Kalman smoother, every draw of the bound is the evidence of the filter."""
    import jax

    enable_x64()
    data = json.loads((ROOT / "state_space" / "data.json").read_text(encoding="utf-8"))
    y, (a, q, r) = np.array(data["y"]), (data[k] for k in "aqr")
    size = len(y)
    mean, var, evidence = _filter(y, a, q, r)
    gain = var[:-1] * a / (a**2 * var[:-1] + q**2)  # backwards: z[t] given z[t+1]
    module = pf.load(ROOT / "state_space" / "state_space.pf")
    model = module.drift(T=size, a=a, q=q, r=r).condition(y=y)
    chain = _forwards(mean, var, a, q, gain)
    bound = module.landing(model, module.chain(T=size))
    slope, shift, scale = chain
    params = bound.params_from({"chain.a": slope, "chain.b": shift, "chain.s": np.log(scale)})
    found = np.asarray([bound.estimate(params, k) for k in jax.random.split(jax.random.key(0), 5)])
    np.testing.assert_allclose(found, evidence, rtol=1e-9)


def _filter(y: np.ndarray, a: float, q: float, r: float) -> tuple[np.ndarray, np.ndarray, float]:
    """Means and variances of z[t] given y[0..t], and log p(y)."""
    m, p, means, variances, log_p = 0.0, q**2 / (1 - a**2), [], [], 0.0
    for seen in y:
        s = p + r**2
        log_p -= 0.5 * ((seen - m) ** 2 / s + np.log(2 * np.pi * s))
        means.append(m + p / s * (seen - m))
        variances.append(p * r**2 / s)
        m, p = a * means[-1], a**2 * variances[-1] + q**2
    return np.array(means), np.array(variances), log_p


def _forwards(
    mean: np.ndarray, var: np.ndarray, a: float, q: float, gain: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Slope, shift and scale of z[t] given z[t-1] and all of y, from smoothed moments of neighbours."""
    size = len(mean)
    m, v, cross = mean.copy(), var.copy(), np.zeros(size)
    for t in range(size - 2, -1, -1):
        m[t] = mean[t] + gain[t] * (m[t + 1] - a * mean[t])
        v[t] = var[t] + gain[t] ** 2 * (v[t + 1] - (a**2 * var[t] + q**2))
        cross[t + 1] = gain[t] * v[t + 1]
    slope = np.concatenate([[0.0], cross[1:] / v[:-1]])
    shift = np.concatenate([[m[0]], m[1:] - slope[1:] * m[:-1]])
    scale = np.sqrt(np.concatenate([[v[0]], v[1:] - slope[1:] ** 2 * v[:-1]]))
    return slope, shift, scale


#: log Z of the energies of Rezende and Mohamed, by an adaptive rule to five digits.
NORMALISERS = {"u1": 1.87750, "u2": 2.14981, "u3": 2.70942, "u4": 2.77841}


@pytest.mark.parametrize("energy", NORMALISERS)
def test_normalisers_of_the_energies(energy: str) -> None:
    found, density = script("objectives/energies").on_grid(getattr(pf.load(ROOT / "energies" / "energies.pf"), energy)())
    assert found == pytest.approx(NORMALISERS[energy], abs=2e-5)
    assert density.sum() * (16 / 1600) ** 2 == pytest.approx(1, abs=1e-6)
