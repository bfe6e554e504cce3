"""Flows trained on three densities of the plane: test negative log likelihoods, distances of samples, a picture.

python examples/flows/densities_2d/run.py [--steps 4000]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

import pushforward as pf
from pushforward.runtime.draws.plane import plane

FOLDER = Path(__file__).parent
SIZE, TEST = 20_000, 4000
#: The entropy: what the negative log likelihood of the density itself is on average, in nats.
BEST = {"eight_gaussians": 2.8314, "checkerboard": np.log(32), "two_moons": 2.3850}

Array = np.ndarray[Any, np.dtype[Any]]


def made(name: str, size: int, seed: int) -> Array:
    """Points of a density, as they are made for FFJORD (Grathwohl et al. 2019)."""
    rng = np.random.default_rng(seed)
    match name:
        case "eight_gaussians":
            angle = rng.integers(0, 8, size) * np.pi / 4
            centre = 4 * np.stack([np.cos(angle), np.sin(angle)], axis=1)
            return (centre + 0.5 * rng.normal(size=(size, 2))) / np.sqrt(2)
        case "checkerboard":
            x = 4 * rng.random(size) - 2
            y = rng.random(size) - 2 * rng.integers(0, 2, size) + np.floor(x) % 2
            return 2 * np.stack([x, y], axis=1)
        case _:
            angle, upper = np.pi * rng.random(size), rng.random(size) < 0.5
            x = np.where(upper, np.cos(angle), 1 - np.cos(angle))
            y = np.where(upper, np.sin(angle), 0.5 - np.sin(angle))
            return 2 * (np.stack([x, y], axis=1) + 0.1 * rng.normal(size=(size, 2)))


def distance(x: Array, y: Array) -> float:
    """The Wasserstein distance of two samples of one size along a line, averaged over 64 lines."""
    angle = np.arange(64) * np.pi / 64
    lines = np.stack([np.cos(angle), np.sin(angle)])
    return float(np.mean(np.abs(np.sort(x @ lines, axis=0) - np.sort(y @ lines, axis=0))))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=4000)
    settings = {"steps": parser.parse_args().steps, "samples": 256, "schedule": "cosine"}
    m, lib = pf.load(FOLDER / "flows.pf"), pf.library
    clouds: dict[str, Array] = {}
    print(f"{'':28}{'NLL':>8}{'best':>8}{'distance':>10}{'floor':>8}{'seconds':>9}")

    def row(title: str, name: str, flow: Any, seconds: float, *, by: str = "tsit5()", density: bool = True) -> None:
        test, drawn = made(name, TEST, 1), np.asarray(flow.generate(TEST, by=by).group("posterior")["x"][0])
        nll = f"{-np.mean(flow.log_density(test, rtol=1e-4)):8.3f}{BEST[name]:8.3f}" if density else " " * 16
        floor = distance(made(name, TEST, 2), test)
        print(f"{title:28}{nll}{distance(drawn, test):10.3f}{floor:8.3f}{seconds:9.0f}", flush=True)
        clouds[title] = drawn

    def fitted(objective: Any) -> tuple[Any, float]:
        began = time.perf_counter()
        fit = objective.minimize("adam", 2e-3, **settings)
        return fit.processes["v"], time.perf_counter() - began

    for name in BEST:
        data = lib.empirical(made(name, SIZE, 0))
        row(name, name, *fitted(lib.flow_matching(m.flow(m.base()), data)))
    name = "two_moons"
    data = lib.empirical(made(name, SIZE, 0))
    row("moons, interpolant", name, *fitted(lib.stochastic_interpolant(m.flow(m.base()), m.flow(m.base()), data, 0.5)))
    for D in (16, 128):
        flow = lib.denoising_flow(m.heavy(D, 10.0), 10.0, 128)
        row(f"moons, PFGM++ D={D}", name, *fitted(lib.denoising(flow, data)), density=False)
    flow = lib.denoising_flow(m.wide(10.0), 10.0, 128)
    row("moons, diffusion", name, *fitted(lib.denoising(flow, data)), density=False)
    plane(clouds, FOLDER / "densities.png")


if __name__ == "__main__":
    main()
