"""Integrators: how the value of `integrate f from x0 over ts` is computed.

    integrate.py    what emitted programs call
    trajectory.py   what came of it, the record of its steps, and what an integrator is
    adaptive.py     the loop of the integrators that choose their steps
    fixed.py        the loop of the others
    sweep.py        derivatives of recorded steps, forward and in reverse
    tableau.py      one step of an explicit Runge-Kutta method; stiff.py one of an implicit method with an error
    estimate
    loop.py         a loop that records, inside `vmap` as well
    rules/          how the derivative passes: one rule a file, declared in `stdlib/rules`
    <the others>    one integrator a file; its name and its arguments are declared in `stdlib/integrators`

An integrator is a frozen dataclass of numbers. A field is `field(t, y, args)`, where y is a flat vector and `args` the
pair (vector
of the numbers that have derivatives, tree of the others), passed by hand and never closed over.
"""
