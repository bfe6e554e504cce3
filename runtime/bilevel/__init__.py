"""Single-loop methods for bilevel problems: the lower level is not solved at each step of the upper one, but moves too.

    minimise f(x, z*(x)),   z*(x) = argmin_z g(x, z)

A method is a solver as those of `runtime/solvers` are: frozen, with `tol`, `steps`, `init` and `step`, run by the same
loop and differentiated by the same rules. It moves one vector (x, z, v), v the solution of the linear system of the
implicit function theorem. It may look at batches of rows, drawn anew at each step from a key of its own.

    problem.py       the two losses, and the condition that holds at a solution
    sampling.py      batches, and the fixed blocks into which a table of gradients is divided
    stepping.py      the state, the lengths of steps, and when it is looked whether the problem is solved
    soba.py ...      the methods, one a file
"""
