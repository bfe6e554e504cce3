"""Rules: how a derivative passes through a solve. `argmin ... by newton() @ implicit(cg())`.

    <each file>    one rule; its name and its arguments are declared in `stdlib/rules`

A rule is a frozen dataclass of numbers, words and linear solvers with one function `solve(problem, solver, start,
args) -> Solution`, whose value is the solver's and whose derivative in `args` is the rule's. It is forward (jvp) and
reverse (vjp), works under `vmap` and `jit`, and none differentiates in `start`: a start decides which solution is
found, not where it lies (`unroll` and `truncated` say what they do with it).
"""
