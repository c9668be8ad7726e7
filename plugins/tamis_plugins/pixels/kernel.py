"""The 8-neighbour Laplacian kernel that sharpness and uniformRowRatio are defined by."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import numpy.typing as npt

T = TypeVar("T", bound=np.integer)


def response(x: npt.NDArray[T]) -> npt.NDArray[T]:
    """Eight times each pixel minus its eight neighbours, in x's own dtype, for rows 1 to h - 2: ``(h - 2, w)``.

    Works on the flattened array, where every shift is one contiguous slice. The last two columns are therefore
    no responses: ignore them. Column 0 is that of pixel 1. Overwrites x if it is contiguous.
    """
    width = x.shape[1]
    flat = np.ascontiguousarray(x).reshape(-1)
    box = flat[: -2 * width] + flat[width:-width]
    box += flat[2 * width :]
    inner = flat[width + 1 : -width - 1]
    inner *= x.dtype.type(9)
    for shifted in (box[:-2], box[1:-1], box[2:]):
        inner -= shifted
    return flat[width + 1 :][: len(box)].reshape(-1, width)
