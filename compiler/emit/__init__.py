"""Array core to Python text.

names.py        where the targets of operations live, and what must be imported
python.py       expressions, as Python `ast`
function.py     one program as one function, a comment a statement with its `.pf` line
module.py       a module: what is asked of a program, one function each
standalone.py   the text of what a module imports from the runtime, so that it runs without it
"""
