"""`maximize elbo(p, q) by adam(1e-2, steps=5_000)`: an objective made large."""

from pushforward.evaluator.optimising import verb

VERB = verb("maximize", "make an objective large by moving its parameters")
