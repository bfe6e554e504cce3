"""What `--what solvers` compares: a file in Python and one in the language for each problem.

`NAME.pf` holds programs that solve one problem, by one solver and rule each: the unknown `theta` is what the derivative
is taken in, `z` what is solved for. `NAME.py` has

    data()        the arguments of the programs, with `theta`
    jaxopt()      {what is used: (theta, data) -> z}, by JAXopt
    optimistix()  the same, by Optimistix

JAXopt and Optimistix are imported inside of the functions: neither is needed to look at the problems, and JAXopt is no
dependency of Pushforward.
"""

#: what a solver is asked for, in its own measure of how far it is
TOLERANCE = 1e-8
#: what a linear solver of a derivative is asked for
LINEAR = 1e-10
