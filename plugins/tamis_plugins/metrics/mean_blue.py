"""Mean of the blue channel, on a scale from 0 to 1.

It is the mean over all pixels of the channel's 8-bit value:

    meanBlue = mean(blue) / 255

The range is 0 to 1, without a unit. Low values mean dark images, and images without blue, such as a room in warm light.
High values mean bright images, and images full of sky, water or shade. The three channels together tell a colour cast
from brightness.

The value equals ``mean[2]`` of lightly-utils on RGB images. Images of other modes are converted to RGB first.

References:
    Lightly. lightly-utils 0.0.2 (MIT), ``lightly_utils/image_processing/metadata.py``, ``_pixel_mean``.

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> pixels = np.array([[(255, 51, 0), (0, 51, 204)]], np.uint8)
    >>> compute(Dataset.from_images(["it"], [pixels]), ["lightly.meanBlue"])["lightly.meanBlue"].values
    array([0.4])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def mean_blue(moments: npt.NDArray[np.int64]) -> float:
    """From the sum of the channel."""
    count, total, _ = moments[2].tolist()
    return float(total / count / 255)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.meanBlue."""
    return [Metric("lightly.meanBlue", mean_blue, doc=__doc__ or "", range=(0, 1))]
