"""Rules: how a derivative passes through a solve. `argmin ... by newton() @ implicit(cg())`.

    <each file>    one rule; its name and its arguments are declared in `stdlib/rules`

A rule is a frozen dataclass of numbers, words and linear solvers with one function `solve(problem, solver, start,
args) -> Solution`, whose value is the solver's and whose derivative in `args` is the rule's. It is forward (jvp) and
reverse (vjp), but `penalty` and `value_function` are reverse only. All work under `vmap` and `jit`. A start decides
which solution is found, not where it lies, so the derivative in `start` is 0; only `unroll` differentiates in it too,
since it is that of the iterations.
"""
