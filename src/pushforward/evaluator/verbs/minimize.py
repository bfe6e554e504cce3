"""`minimize elbo(p, q) by adam(1e-2, steps=5_000)`: an objective made small."""

from pushforward.evaluator.optimising import verb

VERB = verb("minimize", "make an objective small by moving its parameters")
