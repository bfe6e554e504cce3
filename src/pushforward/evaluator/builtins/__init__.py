"""Functions of scripts, one a file: a constant `BUILTIN`, named as its file."""
