"""Objectives with programs for arguments, made into one program: from trees to a tree.

    objective elbo(p: model, q: model) {        objective elbo(z: real) {
      z ~ q                                       param m: vector[2] = [0, 0]
      return logp(p, z) - logp(q, z)              x ~ normal(m[0], s[0]) @ reparam
    }                                             ...
    elbo(cone() | {z = 5}, guide())               return logp { given x = x; x ~ normal(0, 10) ... } - logp { ... }
                                                }

A program is known only where it is given, so an objective is expanded there, before it is typed: drawing from a program
is its body, its density is its body with values in place of draws. What comes out has no programs in it, is
checked like anything else, and its diagnostics point into the text that each piece came from.

    names.py      fresh names, and replacing names in a tree
    values.py     what names of an objective can stand for: expressions, programs, records of choices
    expand.py     statements and expressions;  draws.py  drawing from a program;  densities.py  `logp`
    convex_update.py  a guide with the dependences of a program
    estimated.py  programs whose densities are estimates: `marginal`, `normalize`
    objective.py  the whole of it
"""

from pushforward.dsl.instantiate.objective import (
    Given,
    Instantiated,
    Origin,
    instantiate,
    instantiate_draws,
    instantiate_result,
)
from pushforward.dsl.instantiate.values import Instance

__all__ = ["Given", "Instance", "Instantiated", "Origin", "instantiate", "instantiate_draws", "instantiate_result"]
