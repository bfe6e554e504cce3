"""Rules for `integrate`: how a derivative passes through an integration. `integrate f from x0 over ts by tsit5() @
discrete`.

    linear_map.py   a linear map with its transpose
    <the others>    one rule a file; its name and its arguments are declared in `stdlib/rules`

A rule is a frozen dataclass with one function `tangent(field, integrator, start, times, args, dstart, dtheta)`: the
trajectory and the tangent
of its states. The function is linear in (dstart, dtheta) and can be transposed, so that derivatives exist forward and
in reverse.
Derivatives in the times are not the rule's affair: `integrate.py` has them from the field.
"""
