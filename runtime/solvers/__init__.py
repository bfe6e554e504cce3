"""Solvers: how the value of `argmin`, `argmax`, `root`, `fixpoint` and `saddle` is computed.

    problem.py     what is solved: a loss, equations, a map or a payoff, and the condition that holds at its solution
    solution.py    what came of it: the point, and whether it can be trusted
    iterate.py     the one loop that every solver is run by
    <the others>   one solver a file; its name and its arguments are declared in `stdlib/solvers`

A solver is a frozen dataclass of numbers, words and other solvers, with the fields `tol` and `steps` and two pure
functions: `init(problem, z, args)` makes the first `State`, `step(problem, state, args)` the next one. A solver that
has
multipliers takes a z without them, or with those of an earlier solution behind it. Every point is a
flat vector; `args` is a tree of arrays, passed by hand and never closed over, so that derivatives in it are found. A
step can itself be differentiated, which the rules `unroll`, `truncated` and `onestep` do.
"""
