"""RMS contrast: population standard deviation of the luma divided by 255.

Luma is Pillow's 8-bit greyscale (ITU-R 601). Half of all pixels black and half white give the largest value, 0.5.
The definition is the standard one (Peli, 1990); no code of Lightly's for it was ever published.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.deviation import deviation_of_bytes


def contrast(gray: npt.NDArray[np.uint8]) -> float:
    """Of the luma."""
    return deviation_of_bytes(gray) / 255


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.contrast."""
    return [Metric("lightly.contrast", contrast, doc=__doc__ or "", range=(0, 0.5))]
