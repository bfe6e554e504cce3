"""The library in the language itself.

distributions/   one file a distribution: density, mass, quantiles, draws
functions/       functions by family
catalogue.py     what is declared and where; a declaration is parsed when it is first used
"""
