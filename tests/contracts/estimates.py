"""Programs whose expectations are known exactly: every strategy, on laws, in compositions.

A composition writes a program for a law and a strategy, and its exact value as a function of the parameters a and b. The cost of a
choice that is not pathwise jumps at `JUMP`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import special, stats

from tests.contracts.expectations import JUMP, Law, gauss, line

#: How each strategy is written in the programs. A cost with poles at +-i needs many nodes: at 40 its error is 7e-6.
WRITTEN = {
    "enum": "enum", "forward": "forward(2)", "loo": "loo(3)", "reparam": "reparam", "score": "score(baseline=0.5)", "mvd": "mvd",
    "stop": "stop", "qmc": "qmc(4)", "quadrature": "quadrature(100)",
}  # fmt: skip
PATHWISE = frozenset(("reparam", "forward", "qmc", "quadrature"))
AT = np.array([0.3, -0.2])
U = np.array([-1.0, 0.5, 1.0])


@dataclass(frozen=True)
class Case:
    """A program, the objective `o` in it, its arguments, and its exact value at (a, b)."""

    text: str
    exact: Callable[[np.ndarray], float]
    data: Mapping[str, Any] = field(default_factory=dict)
    at: np.ndarray = field(default_factory=lambda: AT)


def f(x: Any, jumps: bool) -> Any:
    """The cost of a value."""
    return np.cos(x) + 0.3 * np.sin(2 * x) + (1.0 * (x > JUMP) if jumps else 0.0)


def f_text(x: str, jumps: bool) -> str:
    """The same in the language."""
    return f"(cos({x}) + 0.3 * sin(2 * {x})" + (f" + 1.0 * ({x} > {JUMP}))" if jumps else ")")


def program(body: str, data: str = "") -> str:
    """An objective with two parameters."""
    return f"objective o({data}) {{\n  param a: real = {AT[0]}\n  param b: real = {AT[1]}\n{body}\n}}\n"


Composition = Callable[[Law, str], Case]


def alone(law: Law, strategy: str) -> Case:
    """One choice; the cost depends on the parameters too."""
    jumps = strategy not in PATHWISE

    def exact(p: np.ndarray) -> float:
        x, w = law.grid(*p)
        return float(w @ (f(x, jumps) * (1 + p[0] * x / (1 + x**2))))

    body = f"  x ~ {law.call()} @ {WRITTEN[strategy]}\n  return {f_text('x', jumps)} * (1 + a * x / (1 + x^2))"
    return Case(program(body), exact)


def of_numbers(law: Law, strategy: str) -> Case:
    """A choice whose law depends on no parameter, and a cost that does."""
    jumps = strategy not in PATHWISE

    def exact(p: np.ndarray) -> float:
        x, w = law.grid(0.2, -0.1)
        return float(w @ (f(x, jumps) * (1 + p[0] * np.sin(x + p[1]))))

    body = f"  x ~ {law.call('0.2', '-0.1')} @ {WRITTEN[strategy]}\n  return {f_text('x', jumps)} * (1 + a * sin(x + b))"
    return Case(program(body), exact)


def nested(law: Law, strategy: str) -> Case:
    """The parameter of a choice depends on another choice."""
    jumps = strategy not in PATHWISE
    binary = law.discrete

    def exact(p: np.ndarray) -> float:
        x, w = law.grid(*p)
        if binary:
            q = special.expit(np.sin(x) + p[1])
            inner = q * np.cos(1 + x) + (1 - q) * np.cos(x)
        else:
            y, v = gauss(np.sin(x) + p[0], np.exp(p[1]))
            inner = np.cos(y + x[:, None]) @ v
        return float(w @ (inner + f(x, jumps)))

    second = "bernoulli(inv_logit(sin(x) + b))" if binary else "normal(sin(x) + a, exp(b))"
    body = (
        f"  x ~ {law.call()} @ {WRITTEN[strategy]}\n  y ~ {second} @ {WRITTEN[strategy]}\n"
        f"  return cos(y + x) + {f_text('x', jumps)}"
    )
    return Case(program(body), exact)


def loop(law: Law, strategy: str) -> Case:
    """Independent choices, each with a cost of its own."""
    jumps = strategy not in PATHWISE

    def exact(p: np.ndarray) -> float:
        total = 0.0
        for u in U:
            x, w = law.grid(u * p[0], p[1])
            total += float(w @ f(x, jumps)) * u
        return total

    body = (
        f"  for i in 0..N {{\n    x[i] ~ {law.call('u[i] * a')} @ {WRITTEN[strategy]}\n  }}\n"
        f"  return sum({f_text('x[i]', jumps)} * u[i] for i in 0..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def crossing(law: Law, strategy: str) -> Case:
    """A loop of choices, and costs of two of them at once."""

    def exact(p: np.ndarray) -> float:
        x, w = law.grid(p[0], p[1])
        y, v = law.grid(-p[0], p[1])
        return float((w @ np.sin(x)) * (v @ np.cos(y)) + w @ np.cos(x + 1))

    body = (
        f"  for i in 0..2 {{\n    x[i] ~ {law.call('u[i] * a')} @ {WRITTEN[strategy]}\n  }}\n"
        "  return sin(x[0]) * cos(x[1]) + cos(x[0] + 1)"
    )
    return Case(program(body, "u: vector[2]"), exact, {"u": np.array([1.0, -1.0])})


def neighbours(law: Law, strategy: str) -> Case:
    """The cost of a turn depends on the choice of the turn before."""

    def exact(p: np.ndarray) -> float:
        moments = []
        for u in U:
            x, w = law.grid(u * p[0], p[1])
            moments.append((w @ np.sin(x), w @ np.cos(x)))
        return float(sum(moments[i][0] * moments[i - 1][1] for i in range(1, 3)))

    body = (
        f"  for i in 0..N {{\n    x[i] ~ {law.call('u[i] * a')} @ {WRITTEN[strategy]}\n  }}\n"
        "  return sum(sin(x[i]) * cos(x[i - 1]) for i in 1..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def branches(law: Law, strategy: str) -> Case:
    """One law or another, as the data say."""
    jumps = strategy not in PATHWISE

    def exact(p: np.ndarray) -> float:
        total = 0.0
        for u in U:
            x, w = law.grid(p[0], p[1]) if u > 0 else law.grid(p[1], p[0])
            total += float(w @ f(x, jumps)) * u
        return total

    by = WRITTEN[strategy]
    body = (
        f"  for i in 0..N {{\n    if u[i] > 0 {{\n      x[i] ~ {law.call()} @ {by}\n    }} else {{\n"
        f"      x[i] ~ {law.call('b', 'a')} @ {by}\n    }}\n  }}\n"
        f"  return sum({f_text('x[i]', jumps)} * u[i] for i in 0..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def one_branch(law: Law, strategy: str) -> Case:
    """A choice that is made or not, as the data say."""
    jumps = strategy not in PATHWISE

    def exact(p: np.ndarray) -> float:
        total = 0.0
        for u in U:
            x, w = law.grid(p[0], p[1])
            total += float(w @ (f(x, jumps) + p[1]) ** 2) if u > 0 else (p[0] + p[1]) ** 2
        return total

    body = (
        "  let h: vector[N]\n"
        f"  for i in 0..N {{\n    if u[i] > 0 {{\n      x[i] ~ {law.call()} @ {WRITTEN[strategy]}\n"
        f"      h[i] = {f_text('x[i]', jumps)}\n    }} else {{\n      h[i] = a\n    }}\n  }}\n"
        "  return sum((h[i] + b)^2 for i in 0..N)"
    )
    return Case(program(body, "u: vector[N]"), exact, {"u": U})


def twice(law: Law, strategy: str) -> Case:
    """Two draws from one program."""
    jumps = strategy not in PATHWISE

    def exact(p: np.ndarray) -> float:
        x, w = law.grid(*p)
        return float((w @ f(x, jumps)) * (w @ np.sin(x)) + w @ np.cos(x))

    text = (
        f"model q() {{\n  param a: real = {AT[0]}\n  param b: real = {AT[1]}\n  x ~ {law.call()} @ {WRITTEN[strategy]}\n}}\n"
        f"objective o(q: model) {{\n  z ~ q\n  w ~ q\n  return {f_text('z.x', jumps)} * sin(w.x) + cos(w.x)\n}}\n"
    )
    return Case(text, exact, {"q": ()})


def importance(law: Law, strategy: str) -> Case:
    """A function of two densities that is not linear in them, of two draws."""

    def exact(p: np.ndarray) -> float:
        x, w = law.grid(*p)
        target, v = law.grid(0.1, 0.2)
        ratio = np.log(_density(law, x, 0.1, 0.2)) - np.log(_density(law, x, *p))
        del target, v
        both = np.logaddexp(ratio[:, None], ratio[None, :]) - np.log(2)
        return float(w @ both @ w)

    text = (
        f"model p() {{\n  x ~ {law.call('0.1', '0.2')}\n}}\n"
        f"model q() {{\n  param a: real = {AT[0]}\n  param b: real = {AT[1]}\n  x ~ {law.call()} @ {WRITTEN[strategy]}\n}}\n"
        "objective o(p: model, q: model) {\n  for k in 0..2 { z[k] ~ q }\n"
        "  return logmeanexp([logp(p, z[k]) - logp(q, z[k]) for k in 0..2])\n}\n"
    )
    return Case(text, exact, {"p": (), "q": ()})


def _density(law: Law, x: np.ndarray, a: float, b: float) -> np.ndarray:
    if law.text.startswith("normal"):
        return np.asarray(stats.norm(a, np.exp(b)).pdf(x))
    if law.text.startswith("gamma"):
        return np.asarray(stats.gamma(np.exp(a + 1), scale=np.exp(-b)).pdf(x))
    return law.grid(a, b)[1]


def inside_marginal(law: Law, strategy: str) -> Case:
    """The density of the guide is estimated: what was drawn with x, and another draw from the prior."""
    del law
    by = WRITTEN[strategy]

    def exact(p: np.ndarray) -> float:
        q = special.expit(p[0])
        total = 0.0
        for u0, w0 in ((0, 1 - q), (1, q)):
            x, v = gauss(p[1] + u0, 0.7, 80)
            for u1, w1 in ((0, 0.6), (1, 0.4)):
                ratios = [
                    np.log(q if u else 1 - q) - np.log(0.4 if u else 0.6) + stats.norm(p[1] + u, 0.7).logpdf(x) for u in (u0, u1)
                ]
                total += w0 * w1 * float(v @ (stats.norm(0, 1.5).logpdf(x) - np.logaddexp(*ratios) + np.log(2)))
        return total

    text = (
        "model p() {\n  x ~ normal(0, 1.5)\n}\n"
        f"model q() {{\n  param a: real = {AT[0]}\n  param b: real = {AT[1]}\n  u ~ bernoulli(inv_logit(a)) @ {by}\n"
        "  x ~ normal(b + u, 0.7)\n}\n"
        f"model r() {{\n  u ~ bernoulli(0.4) @ {by}\n}}\n"
        "objective o(p: model, q: model, r: model) {\n  let m = marginal(q, keep=[x]) by sir(2, proposal=r)\n"
        "  z ~ m\n  return logp(p, z) - logp(m, z)\n}\n"
    )
    return Case(text, exact, {"p": (), "q": (), "r": ()})


def truncated(law: Law, strategy: str) -> Case:
    """A law that the declared type cuts."""
    jumps = strategy not in PATHWISE
    del law

    def exact(p: np.ndarray) -> float:
        s = np.exp(p[1])
        x, w = line(stats.truncnorm((0 - p[0]) / s, np.inf, p[0], s))
        return float(w @ (f(x, jumps) + p[1] * np.sin(x)))

    body = f"  x: positive ~ normal(a, exp(b)) @ {WRITTEN[strategy]}\n  return {f_text('x', jumps)} + b * sin(x)"
    return Case(program(body), exact)


def recursion(law: Law, strategy: str) -> Case:
    """A random walk, and a cost of each step."""
    del law

    def exact(p: np.ndarray) -> float:
        s = np.exp(p[1])
        total, (x, w) = 0.0, gauss(p[0], s)
        total += float(w @ np.cos(x))
        y, v = gauss(0.5 * x + p[0], s)
        total += float(w @ (np.cos(y + x[:, None]) @ v))
        z, u = gauss(0.5 * y + p[0], s)
        return total + float(w @ ((np.cos(z + y[..., None]) @ u) @ v))

    by = WRITTEN[strategy]
    body = (
        f"  x: vector[3]\n  x[0] ~ normal(a, exp(b)) @ {by}\n"
        f"  for t in 1..3 {{\n    x[t] ~ normal(0.5 * x[t - 1] + a, exp(b)) @ {by}\n  }}\n"
        "  return cos(x[0]) + sum(cos(x[t] + x[t - 1]) for t in 1..3)"
    )
    return Case(program(body), exact)


COMPOSITIONS: Mapping[str, Composition] = {
    c.__name__: c
    for c in (
        alone, of_numbers, nested, loop, crossing, neighbours, branches, one_branch, twice, importance, inside_marginal, truncated, recursion,
    )
}  # fmt: skip
