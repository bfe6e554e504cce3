"""Commands of the REPL, one a file: a constant `COMMAND`, named as its file."""
