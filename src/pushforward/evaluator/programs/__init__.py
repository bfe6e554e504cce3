"""Programs as values, one kind a file: a constant `PROGRAM`, named as its file."""
