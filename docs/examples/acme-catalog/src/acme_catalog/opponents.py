"""The opponent colour channels of the image: ``(2, H, W)`` float32, red-green and yellow-blue, -255 to 255.

``rg = R - G`` and ``yb = (R + G) / 2 - B``, after Hasler and Süsstrunk (2003).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import View, hookimpl


def opponents(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """Of ``(H, W, 3)``."""
    red, green, blue = np.moveaxis(rgb.astype(np.float32), -1, 0)
    return np.stack([red - green, (red + green) / 2 - blue])


@hookimpl
def tamis_views() -> list[View]:
    """Declare acme_opponents."""
    return [View("acme_opponents", opponents, doc=__doc__ or "")]
