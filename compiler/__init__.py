"""From a typed tree to JAX source.

    core/        the intermediate representation and its companions: show, read, check, walk
    lower/       typed tree to core
    analyses/    facts about a program: stages, dependences, costs
    transforms/  one pass a file, each a pure function core -> core
    emit/        core to Python text
    pipeline.py  what each thing asked of a program means, as a list of passes

Nothing here imports JAX.
"""
