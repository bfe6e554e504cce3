"""Processes: laws on paths, made into sites and loops of the model that observes or draws them. From trees to a tree.

    process ou(theta: positive, mu: real, s: positive) {       model m(ts: vector[T]) {
      x ~ normal(mu, s / sqrt(2 * theta))                         xs: real[size(ts)]
      dx = theta * (mu - x) dt + s dW                             xs[0] ~ normal(0, 1 / sqrt(2 * 3))
    }                                                             for i in 1..size(ts) {
    model m(ts: vector[T]) {                            ->          let h = ts[i] - ts[i - 1]; let x = xs[i - 1]
      xs ~ ou(3, 0, 1) at ts by euler_maruyama                     xs[i] ~ normal(x + 3 * (0 - x) * h, sqrt(h))
    }                                                             }
                                                                }

What comes out is checked and compiled like anything that a user wrote: a path in a density is one call on shifted
slices, and a simulated path is a scan. Schemes are models of the library (`stdlib/schemes`), one file each.

    reading.py   what a process says: states, drift, noise
    linear.py    whether the transition law is known
    schemes.py   one step of a scheme
    paths.py     a site on a process
    alone.py     a process by itself: the model that draws a path of it
"""

from pushforward.dsl.processes.alone import alone
from pushforward.dsl.processes.paths import observes_paths, with_paths, written_out

__all__ = ["alone", "observes_paths", "with_paths", "written_out"]
