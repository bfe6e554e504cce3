"""Functions of the language that jax.numpy and jax.scipy do not have, or do not have safely.

The library names them in `extern rt.FILE.FUNCTION`. Each file stands alone (it imports JAX and
nothing of this package), so that its text can be inlined in a standalone program;
public names are unique across the folder. Elementwise functions broadcast; all work in float64 under
`jax_numpy_rank_promotion="raise"` and accept integers where they accept reals.
"""
