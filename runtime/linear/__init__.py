"""Linear solvers of implicit derivatives: `implicit(cg(tol=1e-10))`.

    solve.py       makes any of them differentiable and transposable
    <the others>   one a file; its name and its arguments are declared in `stdlib/linear_solvers`

A linear solver is a frozen dataclass of numbers and words with one function `solve(matvec, b, symmetric)`: x with
matvec(x) = b, b [n]. `matvec` is linear, and not stored as a matrix.
"""
