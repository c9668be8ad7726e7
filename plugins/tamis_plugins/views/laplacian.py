"""The luma after a 3 x 3 Laplacian kernel, 8 in the centre and -1 around it.

It is an ``(H, W)`` array of uint8 from 0 to 255. It equals what Pillow's ``ImageFilter.Kernel`` makes of `gray`, bit
for bit, and is computed several times faster. Responses are clipped to 0 to 255, so that negative ones are lost. The
pixels of the border are copied from `gray`. An image with fewer than 3 rows or columns comes back as it is.

Examples:
    The response in the centre is ``8 * 20 - 8 * 9 = 88``. The border keeps its 9.

    >>> import numpy as np
    >>> from tamis_plugins.views.laplacian import laplacian
    >>> laplacian(np.array([[9, 9, 9], [9, 20, 9], [9, 9, 9]], np.uint8))
    array([[ 9,  9,  9],
           [ 9, 88,  9],
           [ 9,  9,  9]], dtype=uint8)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import View, hookimpl
from tamis_plugins.pixels.kernel import response
from tamis_plugins.pixels.strip import STRIP

_LIMITS = np.int16(0), np.int16(255)


def laplacian(gray: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """Filter it, strip by strip."""
    height, width = gray.shape
    if min(height, width) < 3:
        return gray
    result: npt.NDArray[np.uint8] = gray.copy()
    step = max(1, STRIP // width)
    for top in range(0, height - 2, step):
        inner = response(gray[top : top + step + 2].astype(np.int16))
        inner.clip(*_LIMITS, out=inner)
        result[top + 1 : top + 1 + len(inner), 1:-1] = inner[:, :-2]
    return result


@hookimpl
def tamis_views() -> list[View]:
    """Declare laplacian."""
    return [View("laplacian", laplacian, doc=__doc__ or "")]
