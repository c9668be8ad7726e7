"""Count, sum and sum of squares of the 8-bit values of each channel.

It is a ``(3, 3)`` array of int64. Its rows are red, green and blue, and its columns are the count, the sum and the sum
of squares. No value is negative. The sums are exact, and cheaper than sums over pixels, as they come from `histogram`.

Examples:
    The one pixel has red 1, green 2 and blue 3. The other has red 3, green 2 and blue 5.

    >>> import numpy as np
    >>> from PIL import Image
    >>> from tamis_plugins.views.histogram import histogram
    >>> from tamis_plugins.views.moments import moments
    >>> moments(histogram(Image.fromarray(np.array([[(1, 2, 3), (3, 2, 5)]], np.uint8))))
    array([[ 2,  4, 10],
           [ 2,  4,  8],
           [ 2,  8, 34]])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import View, hookimpl

_POWERS = np.arange(256)[:, None] ** np.arange(3)


def moments(histogram: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Weigh the counts with powers of the values."""
    return histogram @ _POWERS


@hookimpl
def tamis_views() -> list[View]:
    """Declare moments."""
    return [View("moments", moments, doc=__doc__ or "")]
