"""Programs in which several strategies meet, with their exact values: enumerated under scored and scored under enumerated
choices, events of several numbers, slices, recursions, containers between a choice and its cost.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import special, stats

from tests.contracts.estimates import AT, Case, U, program
from tests.contracts.expectations import JUMP, gauss, line


def _coin(p: float) -> tuple[tuple[int, float], ...]:
    return ((0, 1 - p), (1, p))


def _bell(mean: float, log_sd: float) -> tuple[np.ndarray, np.ndarray]:
    return line(stats.norm(mean, np.exp(log_sd)))


def _score_under_enum() -> Case:
    def exact(p: np.ndarray) -> float:
        total = 0.0
        for z, w in _coin(special.expit(p[0])):
            x, v = _bell(z + p[0], p[1])
            total += w * float(v @ (np.cos(x) * (1 + z) + 1.0 * (x > JUMP)))
        return total

    body = (
        "  z ~ bernoulli(inv_logit(a)) @ enum\n  x ~ normal(z + a, exp(b)) @ score(baseline=0.3)\n"
        f"  return cos(x) * (1 + z) + 1.0 * (x > {JUMP})"
    )
    return Case(program(body), exact)


def _enum_under_score() -> Case:
    def exact(p: np.ndarray) -> float:
        x, v = _bell(p[0], p[1])
        q = special.expit(x + p[0])
        return float(v @ (q * np.cos(x + 1) + (1 - q) * np.cos(x) + 1.0 * (x > JUMP)))

    body = (
        "  x ~ normal(a, exp(b)) @ score(baseline=0.3)\n  z ~ bernoulli(inv_logit(x + a)) @ enum\n"
        f"  return cos(x + z) + 1.0 * (x > {JUMP})"
    )
    return Case(program(body), exact)


def _pairs_in_a_loop() -> Case:
    def exact(p: np.ndarray) -> float:
        total = 0.0
        for u in U:
            for z, w in _coin(special.expit(u * p[0])):
                x, v = _bell(z + u * p[0], p[1])
                total += w * float(v @ (np.cos(x) * (u + z)))
        return total

    body = (
        "  for i in 0..N {\n    z[i] ~ bernoulli(inv_logit(u[i] * a)) @ enum\n"
        "    x[i] ~ normal(z[i] + u[i] * a, exp(b)) @ score\n  }\n"
        "  return sum(cos(x[i]) * (u[i] + z[i]) for i in 0..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def _one_over_many() -> Case:
    def exact(p: np.ndarray) -> float:
        total = 0.0
        for g, w in _coin(special.expit(p[0])):
            for u in U:
                q = special.expit(g + u * p[1])
                total += w * (q * (1 + g) * u + g * np.sin(p[0]))
        return total

    body = (
        "  g ~ bernoulli(inv_logit(a)) @ enum\n"
        "  for i in 0..N {\n    z[i] ~ bernoulli(inv_logit(g + u[i] * b)) @ enum\n  }\n"
        "  return sum(z[i] * (1 + g) * u[i] + g * sin(a) for i in 0..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def _two_loops(by: str) -> Case:
    def exact(p: np.ndarray) -> float:
        total = 0.0
        for u in U:
            for v in U:
                q = special.expit(u * p[0] + v * p[1])
                total += (q * np.cos(1) + 1 - q) * (u + 2 * v)
        return total

    body = (
        f"  for i in 0..N {{\n    for j in 0..N {{\n      z[i, j] ~ bernoulli(inv_logit(u[i] * a + u[j] * b)) @ {by}\n    }}\n  }}\n"
        "  return sum(sum(cos(z[i, j]) * (u[i] + 2 * u[j]) for j in 0..N) for i in 0..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def _through_a_container(by: str, first: int) -> Case:
    """The cost reads what a choice has put one place further."""

    def exact(p: np.ndarray) -> float:
        total = np.cos(p[1]) * 0.5 if first == 0 else 0.0
        for i, u in enumerate(U):
            q = special.expit(u * p[0])
            total += (q * np.cos(1 + p[1]) + (1 - q) * np.cos(p[1])) * (i + 1.5)
        return float(total)

    body = (
        "  let h: vector[N + 1]\n  h[0] = 0\n"
        f"  for i in 0..N {{\n    z[i] ~ bernoulli(inv_logit(u[i] * a)) @ {by}\n    h[i + 1] = 1.0 * z[i]\n  }}\n"
        f"  return sum(cos(h[j] + b) * (j + 0.5) for j in {first}..N + 1)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def _backwards() -> Case:
    """The cost reads elements in the other direction."""

    def exact(p: np.ndarray) -> float:
        q = special.expit(U * p[0])
        return float(sum((q[i] * np.cos(1 + p[1]) + (1 - q[i]) * np.cos(p[1])) * (2.5 - i) for i in range(3)))

    body = (
        "  let h: vector[N]\n"
        "  for i in 0..N {\n    z[i] ~ bernoulli(inv_logit(u[i] * a)) @ score\n    h[N - 1 - i] = 1.0 * z[i]\n  }\n"
        "  return sum(cos(h[j] + b) * (j + 0.5) for j in 0..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def _dirichlet(by: str) -> Case:
    """An event of several numbers."""

    def exact(p: np.ndarray) -> float:
        alpha = np.exp([p[0] + 1, p[1] + 1, 1.0])
        x, w = line(stats.beta(alpha[0], alpha[1] + alpha[2]))
        y, v = line(stats.beta(alpha[1], alpha[2]))  # of what is left
        return float(w @ (np.cos(3 * x[:, None] + 2 * y * (1 - x[:, None])) @ v))

    body = f"  w ~ dirichlet([exp(a + 1), exp(b + 1), exp(1)]) @ {by}\n  return cos(3 * w[0] + 2 * w[1])"
    return Case(program(body), exact)


def _multi_normal(by: str) -> Case:
    def exact(p: np.ndarray) -> float:
        s = np.array([[1.0, 0.5], [0.5, 1.0]]) * np.exp(p[1])
        mean, var = p[0] - 0.4, s.sum()
        x, w = gauss(mean, np.sqrt(var))
        return float(w @ np.cos(x))

    body = (
        f"  x ~ multi_normal([a, -0.4], exp(b) * [[1, 0.5], [0.5, 1]]) @ {by}\n  return cos(x[0] + x[1])"
    )
    return Case(program(body), exact)


def _slices(by: str) -> Case:
    """Sites on parts of a container."""

    def exact(p: np.ndarray) -> float:
        parts = [gauss(p[0], np.exp(p[1])), gauss(p[0], np.exp(p[1])), gauss(p[1], 1.0)]
        c = [float(w @ np.cos(x)) for x, w in parts]
        s = [float(w @ np.sin(x)) for x, w in parts]
        return c[0] * c[2] + s[1]

    body = (
        f"  x: vector[3]\n  x[0:2] ~ normal(a, exp(b)) @ {by}\n  x[2] ~ normal(b, 1) @ {by}\n  return cos(x[0]) * cos(x[2]) + sin(x[1])"
    )
    return Case(program(body), exact)


def _chain() -> Case:
    """A Markov chain of scored choices."""

    def exact(p: np.ndarray) -> float:
        q, total = np.array([1.0, 0.0]), 0.0
        for t in range(3):
            up = special.expit(p[0] + np.array([0.0, 1.0]) * p[1])
            if t:
                total += float(q @ (up * np.array([0.0, 1.0]) * (t + 1)))
            one = float(q @ up)
            q = np.array([1 - one, one])
            total += one * np.cos(t)
        return total

    body = (
        "  z: int[3]\n  z[0] ~ bernoulli(inv_logit(a)) @ score(baseline=0.2)\n"
        "  for t in 1..3 {\n    z[t] ~ bernoulli(inv_logit(a + z[t - 1] * b)) @ score(baseline=0.2)\n  }\n"
        "  return sum(z[t] * cos(t) for t in 0..3) + sum(z[t] * z[t - 1] * (t + 1) for t in 1..3)"
    )
    return Case(program(body), exact)


def _regression() -> Case:
    """The evidence lower bound of a conjugate model, by its closed form."""
    y = np.array([0.5, -0.2, 1.1])

    def exact(p: np.ndarray) -> float:
        m, s2 = p[0], np.exp(2 * p[1])
        prior = -0.5 * np.log(2 * np.pi * 4) - (m**2 + s2) / 8
        data = sum(-0.5 * np.log(2 * np.pi) - ((v - m) ** 2 + s2) / 2 for v in y)
        return float(prior + data + 0.5 * np.log(2 * np.pi * np.e * s2))

    text = (
        "model p(N: int) {\n  x ~ normal(0, 2)\n  for i in 0..N {\n    y[i] ~ normal(x, 1)\n  }\n}\n"
        f"model q() {{\n  param a: real = {AT[0]}\n  param b: real = {AT[1]}\n  x ~ normal(a, exp(b)) @ score(baseline=-6)\n}}\n"
        "objective o(p: model, q: model) {\n  z ~ q\n  return logp(p, z) - logp(q, z)\n}\n"
    )
    return Case(text, exact, {"p": (("N", 3), ("y", y)), "q": ()})


def _walk() -> Case:
    """The evidence lower bound of a random walk under a guide that is a recursion: the scan counts every step once."""
    y = np.array([0.5, -0.2, 1.1])

    def exact(p: np.ndarray) -> float:
        s2 = np.exp(2 * p[1])
        mean, var, total = p[0], s2, 0.0
        entropy = 0.5 * np.log(2 * np.pi * np.e * s2)
        for t in range(3):
            if t:
                # x_t = 0.5 x_{t-1} + a + s e under q, so x_t - x_{t-1} = -0.5 x_{t-1} + a + s e
                total += -0.5 * np.log(2 * np.pi) - 0.5 * ((-0.5 * mean + p[0]) ** 2 + 0.25 * var + s2)
                mean, var = 0.5 * mean + p[0], 0.25 * var + s2
            else:
                total += -0.5 * np.log(2 * np.pi) - 0.5 * (mean**2 + var)
            total += -0.5 * np.log(2 * np.pi) - 0.5 * ((y[t] - mean) ** 2 + var) + entropy
        return float(total)

    text = (
        "model p(T: int) {\n  x: vector[T]\n  y: vector[T]\n  x[0] ~ normal(0, 1)\n  y[0] ~ normal(x[0], 1)\n"
        "  for t in 1..T {\n    x[t] ~ normal(x[t - 1], 1)\n    y[t] ~ normal(x[t], 1)\n  }\n}\n"
        f"model q(T: int) {{\n  param a: real = {AT[0]}\n  param b: real = {AT[1]}\n  x: vector[T]\n  x[0] ~ normal(a, exp(b))\n"
        "  for t in 1..T {\n    x[t] ~ normal(0.5 * x[t - 1] + a, exp(b))\n  }\n}\n"
        "objective o(p: model, q: model) {\n  z ~ q\n  return logp(p, z) - logp(q, z)\n}\n"
    )
    return Case(text, exact, {"p": (("T", 3), ("y", y)), "q": (("T", 3),)})


MIXED: Mapping[str, Case] = {
    "score_under_enum": _score_under_enum(),
    "enum_under_score": _enum_under_score(),
    "pairs_in_a_loop": _pairs_in_a_loop(),
    "one_over_many": _one_over_many(),
    "two_loops_enum": _two_loops("enum"),
    "two_loops_score": _two_loops("score"),
    "through_a_container_enum": _through_a_container("enum", 1),
    "through_a_container_score": _through_a_container("score", 0),
    "backwards": _backwards(),
    "dirichlet_reparam": _dirichlet("reparam"),
    "dirichlet_score": _dirichlet("score"),
    "dirichlet_loo": _dirichlet("loo(2)"),
    "multi_normal_reparam": _multi_normal("reparam"),
    "multi_normal_score": _multi_normal("score"),
    "multi_normal_forward": _multi_normal("forward(2)"),
    "slices_reparam": _slices("reparam"),
    "slices_score": _slices("score"),
    "chain": _chain(),
    "regression": _regression(),
    "walk": _walk(),
}
