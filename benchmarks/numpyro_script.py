"""What a user of NumPyro runs to get a posterior: python -m benchmarks.numpyro_script NAME."""

from __future__ import annotations

import json
import sys
from functools import partial
from importlib import import_module

import jax
import numpyro
from numpyro.infer import MCMC, NUTS

from benchmarks.cases import POSTERIORS


def main(name: str) -> None:
    """Read the data, sample, print the table."""
    numpyro.enable_x64()
    module = import_module(f"benchmarks.numpyro_models.{name}")
    arguments = module.arguments(json.loads((POSTERIORS / name / "data.json").read_text()))
    kernel = NUTS(partial(module.model, **arguments))
    chains = MCMC(
        kernel, num_warmup=1000, num_samples=1000, num_chains=4, chain_method="sequential", progress_bar=False
    )
    chains.run(jax.random.PRNGKey(0))
    chains.print_summary()


if __name__ == "__main__":
    main(sys.argv[1])
