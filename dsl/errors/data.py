"""PF801 to PF811: what can be wrong with data. The sentences are made where data are read; here are the pages."""

from __future__ import annotations

from pushforward.dsl.errors.error import Error


class Missing(Error):
    """The program asks for a value that the data do not have.

    Arguments of the program must be in the data. Sizes such as `N` are read off the arrays; one that no array tells
    must be given as a key of its own. Variables may be left out: they are then unknown, and estimated. Check the
    spelling of the key; the help line names one that is close.
    """

    code = "PF801"
    title = "the data lacks `{key}`"


class WrongType(Error):
    """A value is of another type than the program declares, such as text where numbers are, or 2.5 where an int is.

    Whole numbers pass as reals; reals never pass as whole numbers. Change the data, or the declared type.
    """

    code = "PF802"
    title = "`{key}` has the wrong type"


class WrongShape(Error):
    """A value has more or fewer axes than the program declares, or its rows differ in length.

    `vector[N]` is a list, `matrix[M, N]` a list of M lists of N numbers each. Rows must be of one length.
    """

    code = "PF803"
    title = "`{key}` has the wrong shape"


class OutOfBounds(Error):
    """A value lies outside the bounds of its declared type, or an index outside its range.

    `index[N]` counts from 0 and `index1[N]` from 1, as data written for Stan or R do. A `positive` value must be
    above 0. Correct the data, or widen the type if the value is right.
    """

    code = "PF804"
    title = "`{key}` is out of bounds"


class NotANumber(Error):
    """An entry of the data is missing or is NaN.

    No density is defined there, and the whole posterior would be NaN. Drop the rows, or make the missing entries
    variables of the model.
    """

    code = "PF805"
    title = "`{key}` has an entry that is not a number"


class BrokenConstraint(Error):
    """A value does not meet the constraint of its type: a simplex that does not sum to 1, a covariance that is not
    positive definite, an ordered vector out of order.

    Small errors of rounding are allowed. Look at how the value was made; normalise it before it is written down.
    """

    code = "PF806"
    title = "`{key}` does not meet its constraint"


class SizesDisagree(Error):
    """Two values that share a dimension have different sizes along it, or a size that was given differs from that of
    an array.

    Every use of a name such as `N` stands for one number. The lines show where each size came from.
    """

    code = "PF807"
    title = "`{key}` disagrees about the size of a dimension"


class UnreadableData(Error):
    """A file of data, or of draws, does not exist or does not hold what its ending promises.

    Check the path. JSON must be one object whose keys are names; CSV has a header line; draws are netCDF files as
    `pushforward sample --output` writes them.
    """

    code = "PF808"
    title = "`{key}` cannot be read"


class UnknownFormat(Error):
    """A file of data has an ending that says nothing of its format.

    Write JSON (.json), CSV (.csv), NumPy (.npz) or Parquet (.parquet); the message lists the endings that are known.
    """

    code = "PF809"
    title = "`{key}` is in a format that is not known here"


class BackwardLoop(Error):
    """The sizes that the data give make a loop run backwards, such as `for t in 2..T` with `T = 1`.

    A loop over an empty range (`2..2`) is fine; one whose end lies before its beginning means that the program was
    written for more data than there are.
    """

    code = "PF810"
    title = "a loop over `{key}` would run backwards"


class BackwardTimes(Error):
    """The times of a path are each later than the one before: a process evolves forwards, and a step without width
    would have no law. Sort the times together with what is seen at them; where several things are seen at one time,
    give the time once.
    """

    code = "PF811"
    title = "the times `{key}` do not increase"
