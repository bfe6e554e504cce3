"""What `diagnose` looks at. These import JAX, so they stand apart from the verbs, which every start imports.

gradients.py  gradients against finite differences
costs.py      what gradients cost
influence.py  what depends on what
"""
