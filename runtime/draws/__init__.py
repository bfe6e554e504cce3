"""Draws out: what a run produced, with names, as a table, as ArviZ holds it, and on disk.

    Draws(posterior={"theta": f64[chains, draws, J]}, dims={"theta": ("J",)}, attrs={"seed": 1})
    draws.summary()                  a table of means, quantiles and convergence diagnostics
    write_netcdf(draws, path)        one file in ArviZ's schema, replaced atomically
    read_netcdf(path)                the same draws again

Nothing here imports JAX; ArviZ, h5netcdf and rich are imported where they are used.
"""

from __future__ import annotations

from pushforward.runtime.draws.draws import Draws
from pushforward.runtime.draws.netcdf import read_netcdf, write_netcdf
from pushforward.runtime.draws.summary import Summary, summarise_variables
from pushforward.runtime.draws.table import plain_text, print_summary

__all__ = [
    "Draws",
    "Summary",
    "plain_text",
    "print_summary",
    "read_netcdf",
    "summarise_variables",
    "write_netcdf",
]
