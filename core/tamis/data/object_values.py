"""A metric of the objects of a dataset."""

from __future__ import annotations

import attrs
import numpy as np
import numpy.typing as npt

#: A value of an object; None if it was left out.
Value = float | int | str | None


@attrs.frozen(eq=False)
class ObjectValues:
    """A metric of each object of a task.

    Attributes:
        values: ``(m,)`` of objects, those of sample i at ``offsets[i]`` to ``offsets[i + 1]``, in the order of its
            prediction; None where an object was left out, because it has no box, no pixel or no such value.
        offsets: ``(n + 1,)`` integers, ascending from 0 to m.
        known: ``(n,)`` bool: of which samples the objects were measured, be there any or not.
    """

    values: tuple[Value, ...]
    offsets: npt.NDArray[np.int64]
    known: npt.NDArray[np.bool_]
