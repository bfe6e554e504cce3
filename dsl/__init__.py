"""The language: from text to a typed tree.

    source.py      a text with a name; spans; lines and columns
    diagnostic.py  what is told to the user: one frozen value, and how it is rendered
    errors/        every code with its page, its bad and its good program
    grammar.lark   the grammar;  parse.py reads it into  tree.py
    format.py      the one way to lay a program out
    types.py       types with symbolic dimensions;  typed.py the tree after checking
    infer/         names, types, supports, stages and the care warnings

Nothing here imports JAX.
"""
