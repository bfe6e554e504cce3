"""Flags that XLA reads from the environment when its backend starts. This imports no JAX, so that a process can set
them first.
"""

from __future__ import annotations

import os


def fuse_small_loops() -> None:
    """Have XLA make one function of a loop that works on little data, where it would dispatch every fusion of
    every step by itself: two to four times faster for gradients of small models. XLA reads its flags when its
    backend starts, so this is for a process in which it has not; a loop that calls out (a factorisation) is
    left as it is. A flag that the user has set is kept.
    """
    flags = os.environ.get("XLA_FLAGS", "")
    if "xla_backend_extra_options" not in flags:
        os.environ["XLA_FLAGS"] = f"{flags} --xla_backend_extra_options={_SMALL_LOOP}".strip()


_SMALL_LOOP = "xla_cpu_small_while_loop_byte_threshold=1000000"
