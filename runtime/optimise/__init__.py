"""Optimising an objective of which there are only unbiased estimates.

An *estimate* is a pure function `(params, key) -> f[]` whose value is an unbiased estimate of the objective
and whose JAX gradient in `params`, a pytree of unconstrained floating arrays, is an unbiased estimate of the
objective's gradient.

    optimiser.py    which of optax's optimisers, by name, and how long: `optimiser("adam", 1e-2, steps=5_000)`
    signatures.py   the signatures of optax's optimisers without importing it, for the checker
    schedule.py     learning rates that change: optax's schedules, by name
    keywords.py     keywords checked against a signature
    descent.py      the compiled program: as many steps as the host asks for
    fit.py          the host's side: `fit(estimate, initial, sense="maximize", ...)`
    record.py       the trace, while it grows
    patience.py     early stopping
    evaluation.py   the value and the gradient at the end, with their noise
    convergence.py  whether it has converged, and the sentence that says why
    result.py       what a fit takes, reports and gives back
    plot.py         a picture of a fit

Import from the files; importing this package imports nothing else.
"""
