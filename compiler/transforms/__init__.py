"""One pass a file: each a pure function of a program of the core, named for what it does.

score.py        replace draws whose value is known by scores          (condition)
truncation.py   the normaliser of a law cut by a declared type
density.py      spell scores out as arithmetic and factors
draws.py        spell draws out as calls of the library's samplers
unconstrain.py  variables as functions of a vector without constraints, with the log-Jacobian
predicate.py    statements under a condition as arithmetic under a condition
distribute.py   loops split into the smallest loops, each a map or a scan     (loop planning, first half)
vectorise.py    maps as whole-array operations, scans as `Scan`              (loop planning, second half)
fold.py         arithmetic of literals; reads of what was just stored
rotate.py       recursions that carry the simplest state
contract.py     sums of products as matrix products
groups.py       arithmetic on the groups rather than on their members
powers.py       powers and logarithms of exponentials and of square roots
small_products.py   products with a small matrix as sums of elementwise products
design.py       what is linear in the unknowns as one product with a data matrix
dead_code.py    drop what nobody reads
hoist.py        split off what depends on the data alone
"""
