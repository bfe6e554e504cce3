"""The same posteriors as a user of NumPyro writes them, one a file.

Each file has `arguments(data)`, which gives what the model is called with, and `model(...)`, whose latent
sites have the names and the order of the program's variables, so that the unconstrained coordinates are
the same. Matrices and transformed columns are made in `arguments`, once. `arK` and `garch11` are written
with `numpyro.contrib.control_flow.scan`.
"""
