"""Verbs of scripts, one a file: a constant `VERB`, named as its file."""
