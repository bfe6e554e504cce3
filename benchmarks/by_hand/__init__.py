"""Log densities as a careful user of JAX writes them, one posterior a file.

Each file has `prepare(data)`, which computes with NumPy what the data alone determine, and
`log_density(q, data)` in the same unconstrained coordinates as the emitted density, up to a constant.
Rules of the game: constants are dropped, scales stay on the log scale where they are given so, designs
are made once, with one row a coefficient, which XLA multiplies fastest, and residuals are squared before
they are divided. What is not done: sufficient statistics (a Gram matrix, say), which would change the
arithmetic of the likelihood.
"""
