"""Networks: what `param f: mlp(in=D, out=K, hidden=[64, 64])` is when a program runs.

The file `mlp.py` offers the function `mlp(*, SETTINGS, seed)`, which gives a network with fresh random weights: an
Equinox module all of whose leaves are arrays, so that it is a tree of parameters for JAX's transformations and for
optimisers; what is not an array (an activation) is static. A keyword of Python gets an underscore: `in_`. It is called
with arrays [..., length] and gives arrays [..., length]: batches are axes in front, which broadcast against one another
if there are several inputs, and a batch is one matrix product, with no `vmap`.

    affine.py     affine maps, which all of them are made of, and random keys
    <the others>  one kind a file; the settings are declared in `dsl/networks`
"""
