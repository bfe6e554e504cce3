"""The NumPyro programs of `docs/coming-from.md` have the same log density as the Pushforward programs beside them."""

from __future__ import annotations

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
import pytest
from numpyro.distributions import constraints
from numpyro.infer.util import log_density

import pushforward as pf

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "coming-from.md").read_text(encoding="utf-8")

DATA = {
    "eight_schools": {"sigma": np.linspace(9.0, 18.0, 8), "y": np.linspace(-3.0, 28.0, 8)},
    "garch11": {"y": np.sin(np.arange(12.0)), "sigma1": 0.9},
    "two_normals": {"y": np.array([-1.0, 0.5, 2.0, 3.0])},
}
SIZES = {"eight_schools": {}, "garch11": {"T": 12}, "two_normals": {"N": 4}}
VALUES = {
    "eight_schools": {"mu": 1.3, "tau": 2.1, "z": np.linspace(-1.0, 1.0, 8)},
    "garch11": {"mu": 0.2, "alpha0": 0.5, "alpha1": 0.3, "beta1": 0.4},
    "two_normals": {"mu": np.array([-0.7, 1.9]), "sigma": np.array([0.8, 1.2]), "theta": 0.4},
}


def _program(language: str, name: str) -> str:
    """The block under `**language**` that defines `name`."""
    found = re.findall(rf"\*\*{language}\*\*\n\n```\w+\n(.*?)```", PAGE, re.S)
    (block,) = [b for b in found if re.search(rf"\b{name}\b", b)]
    return str(block)


@pytest.mark.parametrize("name", sorted(DATA))
def test_the_numpyro_program_has_the_same_density(name: str) -> None:
    scope = dict(jax=jax, jnp=jnp, numpyro=numpyro, dist=dist, constraints=constraints)
    exec(_program("NumPyro", name), scope)
    with jax.enable_x64(True), jax.numpy_rank_promotion("allow"):
        values = {n: jnp.asarray(v) for n, v in VALUES[name].items()}
        theirs, _ = log_density(scope[name], (), DATA[name], values)
        bound = pf.loads(_program("Pushforward", name)).only().with_data({**DATA[name], **SIZES[name]})
        ours = bound.log_density(values)
        np.testing.assert_allclose(float(ours), float(theirs), rtol=1e-12)
