"""vectorise: maps become whole-array operations and scans become `Scan` (loop planning, second half).

    map t in 1..T {                          t_1 = y[0:T - 1]
      t_1 = y[t - 1]                         t_2 = multiply(a, t_1)
      t_2 = a * t_1                          ...
      ...; factor t_9                        t_10 = sum(t_9);  factor t_10
    }

Every value has, beside its own dimensions, one *axis* for each enclosing map loop on which it depends, and no
other: what does not depend on a loop is computed once. An array's axes stand in the order of the loops,
before its own dimensions.

    values.py      a value with its axes; contexts of loops
    arrays.py      writing array operations: alignment, broadcasting, index arrays
    indexing.py    subscripts: slices where they are slices, gathers where they are not
    stores.py      containers: whole arrays where the stores cover them, updates of regions where not
    calls.py       operations on values with axes
    scans.py       recursions
    rewrite.py     statements;  vectorise(program) is the pass
"""
