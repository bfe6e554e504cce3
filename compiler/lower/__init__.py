"""Typed tree to structured core.

operations.py   the operators as operations
builder.py      statements written one after another, with fresh names
expressions.py  expressions to atoms; calls of functions in the language are inlined
statements.py   statements;  program.py  whole programs
"""
