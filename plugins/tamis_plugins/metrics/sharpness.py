"""Sharpness: standard deviation of the luma after a 3 x 3 Laplacian kernel.

Population standard deviation over the pixels of `laplacian`, a filtered 8-bit image: its responses are clipped to
0..255, and its border is that of the unfiltered image, so that a flat grey image is not quite 0. These quirks are
part of the number that Lightly's clients have always shown: it equals lightly-utils 0.0.2 on RGB images.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.deviation import deviation_of_bytes


def sharpness(laplacian: npt.NDArray[np.uint8]) -> float:
    """Of the filtered pixels."""
    return deviation_of_bytes(laplacian)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.sharpness."""
    return [Metric("lightly.sharpness", sharpness, doc=__doc__ or "", range=(0, 127.5))]
