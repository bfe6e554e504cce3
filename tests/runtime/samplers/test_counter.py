"""Random numbers: keys as JAX makes them, numbers with the right law."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from scipy import stats

from pushforward.runtime.samplers import counter

jax.config.update("jax_enable_x64", True)


def test_fold_in_is_jaxs() -> None:
    key = jax.random.key(2**40 + 7)
    words = jax.random.key_data(key)
    for number in (0, 1, 12345, 2**32 - 1):
        ours = counter.fold_in((words[0], words[1]), jnp.uint32(number))
        np.testing.assert_array_equal(
            jnp.stack(ours), jax.random.key_data(jax.random.fold_in(key, np.uint32(number)))
        )
        assert counter.host_key(2**40 + 7, number) == tuple(int(w) for w in ours)


def test_splitmix64_reference_values() -> None:
    """The first outputs of SplitMix64 seeded with 1234567, from Vigna's public-domain reference program."""
    found = counter.words(jnp.uint64(1234567), jnp.arange(1, 4, dtype=jnp.uint64))
    assert [int(w) for w in found] == [6457827717110365317, 3203168211198807973, 9817491932198370423]


def test_laws() -> None:
    """Kolmogorov-Smirnov tests on 1e5 numbers, each with a false-alarm rate of 1e-6."""
    origin, index = jnp.uint64(42), jnp.arange(100_000, dtype=jnp.uint64)
    uniform = counter.uniforms(origin, index)
    assert stats.kstest(np.asarray(uniform), "uniform").pvalue > 1e-6
    assert stats.kstest(np.asarray(counter.normals(uniform)), "norm").pvalue > 1e-6


def test_uniforms_stay_inside() -> None:
    for word in (0, 2**64 - 1):
        inside = (np.float64(word >> 12) + 0.5) * 2.0**-52
        assert 0 < inside < 1 and np.isfinite(float(counter.normals(jnp.float64(inside))))
