"""Arrays of Arrow, made of their buffers.

`pyarrow.array` imports pandas wherever that is installed, which takes longer than many a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow


def number_array(values: npt.NDArray[Any], valid: npt.NDArray[np.bool_] | None = None) -> pyarrow.Array:
    """``(n,)`` numbers, null where they aren't valid."""
    import pyarrow as pa

    native = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("="))
    buffers = [_validity(valid), pa.py_buffer(native)]
    return pa.Array.from_buffers(pa.from_numpy_dtype(native.dtype), len(native), buffers)


def text_array(texts: Sequence[str | None]) -> pyarrow.StringArray:
    """Texts, null where there is none. Raises `OverflowError` for 2 GB of them, more than one array may hold."""
    import pyarrow as pa

    encoded = [b"" if text is None else text.encode() for text in texts]
    ends = np.array([0, *accumulate(map(len, encoded))], dtype=np.int32)
    valid = np.array([text is not None for text in texts], dtype=bool)
    buffers = [_validity(valid), pa.py_buffer(ends), pa.py_buffer(b"".join(encoded))]
    return pa.Array.from_buffers(pa.string(), len(encoded), buffers)


def _validity(valid: npt.NDArray[np.bool_] | None) -> pyarrow.Buffer | None:
    """A bit for each value, the first the lowest; None if all are valid."""
    import pyarrow as pa

    if valid is None or valid.all():
        return None
    return pa.py_buffer(np.packbits(valid, bitorder="little"))
