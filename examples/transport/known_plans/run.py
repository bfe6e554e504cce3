"""Bridges whose plan is known (the construction of Gushchin et al. 2023), found from draws of their ends.

    python examples/transport/known_plans/run.py [DRAWS] [DIMENSION ...]
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import softmax

from pushforward.api.bridges import between, brownian
from pushforward.runtime.samplers.executable import enable_x64

Matrix = np.ndarray[Any, np.dtype[Any]]

#: eps, and the variance of the components of the potential.
SPREAD = {0.1: 0.08, 1.0: 0.045, 10.0: 0.02}


@dataclass(frozen=True)
class Plan:
    """pi(y | x) is a mixture: weights w of x, means a + c * x, and the variance of each coordinate, c * eps."""

    log_w: Matrix
    r: Matrix
    S: Matrix
    eps: float

    def given(self, x: Matrix) -> tuple[Matrix, Matrix]:
        """Weights [n, K] and means [n, K, D] for the rows of x."""
        logits = self.log_w + x @ self.r.T / self.eps + 0.5 * (x / self.eps) ** 2 @ self.S.T
        return softmax(logits, axis=1), self.r + self.S * x[:, None, :] / self.eps

    def moments(self, x: Matrix) -> tuple[Matrix, Matrix]:
        """The exact conditional means [n, D] and covariances [n, D, D]."""
        w, m = self.given(x)
        mean = np.einsum("nk,nkd->nd", w, m)
        aside = m - mean[:, None]
        within = np.einsum("nk,kd->nd", w, self.S)[:, :, None] * np.eye(x.shape[1])
        return mean, np.einsum("nk,nki,nkj->nij", w, aside, aside) + within

    def draw(self, x: Matrix, rng: np.random.Generator) -> Matrix:
        """One y for each row of x."""
        w, m = self.given(x)
        k = (rng.random((len(x), 1)) > np.cumsum(w, axis=1)[:, :-1]).sum(1)
        drawn: Matrix = m[np.arange(len(x)), k] + np.sqrt(self.S[k]) * rng.normal(size=x.shape)
        return drawn


def known(size: int, eps: float) -> Plan:
    """Five components of equal weight whose centres lie on a sphere of radius 5."""
    rng, s = np.random.default_rng(size), SPREAD[eps]
    mu = rng.normal(size=(5, size))
    mu *= 5 / np.linalg.norm(mu, axis=1, keepdims=True)
    c = 1 / (1 / eps + 1 / s)
    r = c * mu / s
    # the density exp(-|x - y|^2 / 2 eps) N(y; mu, s) as exp(x'y / eps) times a normal one of mean r and variance c
    log_w = 0.5 * (r**2).sum(1) / c - 0.5 * (mu**2).sum(1) / s
    return Plan(log_w, r, np.full((5, size), c), eps)


def root(a: Matrix) -> Matrix:
    """The square roots of symmetric matrices [n, D, D]."""
    values, vectors = np.linalg.eigh(a)
    found: Matrix = (vectors * np.sqrt(np.maximum(values, 0))[:, None, :]) @ vectors.transpose(0, 2, 1)
    return found


def distance(found: Plan, true: Plan, x: Matrix, variance: float) -> float:
    """cBW-UVP: the mean squared Bures-Wasserstein distance of the conditional laws, in per cent of half a variance."""
    (m1, c1), (m2, c2) = true.moments(x), found.moments(x)
    r = root(c1)
    traces = np.trace(c1 + c2 - 2 * root(r @ c2 @ r), axis1=1, axis2=2)
    return float(100 * np.mean(((m1 - m2) ** 2).sum(1) + traces) / (variance / 2))


def main() -> None:
    """A line for each dimension and temperature."""
    enable_x64()
    draws = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    sizes = [int(a) for a in sys.argv[2:]] or [2, 16]
    print(f"{'D':>3} {'eps':>5} {'light':>8} {'seconds':>8} {'sinkhorn':>9} {'seconds':>8}")
    for size in sizes:
        for eps in SPREAD:
            true, rng = known(size, eps), np.random.default_rng(1)
            x, test = rng.normal(size=(draws, size)), rng.normal(size=(2000, size))
            y = true.draw(rng.normal(size=(draws, size)), rng)
            line = f"{size:>3} {eps:>5g}"
            for method, count, settings in (("light", draws, {"components": 5}), ("sinkhorn", 500, {})):
                start = time.perf_counter()
                b = between(x[:count], y[:count], brownian(eps), method, seed=0, **settings)
                seconds = time.perf_counter() - start
                found = Plan(b.found["w"], b.found["r"], b.found["S"], eps)
                line += f" {distance(found, true, test, y.var(0).sum()):8.4f} {seconds:8.1f} "
                for warning in b.warnings:
                    print(f"note: {method}: {warning}", file=sys.stderr)
            print(line, flush=True)


if __name__ == "__main__":
    main()
