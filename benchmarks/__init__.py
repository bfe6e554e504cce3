"""Benchmarks: what the compiler emits against what people write by hand, and against NumPyro.

    cases.py       the posteriors: program, data, density by hand, NumPyro's potential, in the same coordinates
    timing.py      interleaved rounds, ratios, and when noise forbids a verdict
    machine.py     on what it was measured
    children.py    fresh processes, and what they cost
    gradient.py    microseconds a gradient
    startup.py     from source to the first gradient, a fresh process each
    sampling.py    effective draws a second
    process.py     whole processes: from a model file to a posterior
    numpyro_script.py   the NumPyro half of it
    report.py      results as JSON and as a table
    __main__.py    the command: python -m benchmarks

Ratios are reported, and no test asserts a time.
"""
