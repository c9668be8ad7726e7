"""Signal-to-noise ratio, the mean of all colour values divided by their standard deviation.

Mean and population standard deviation are those of the values of all pixels and all three channels together:

    snr = mean(rgb) / std(rgb)

The range is 0 to unbounded, without a unit. Low values mean images that vary much for their brightness, by contrast,
texture or noise. High values mean nearly uniform images, such as fog, a blank wall or overexposure. An image of one
value has 0, although it varies least. All variation counts as noise, so that the metric can't tell grain from texture.

The value equals that of lightly-utils on RGB images. Images of other modes are converted to RGB first, where that
package would count an alpha channel or palette indices as colour.

References:
    Lightly. lightly-utils 0.0.2 (MIT), ``lightly_utils/image_processing/metadata.py``, ``_signal_to_noise_ratio``.

Examples:
    The values 1 and 3 have the mean 2 and the standard deviation 1. The values 101 and 103 have the mean 102 and the
    same standard deviation.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> varied, even = np.array([[1, 3]], np.uint8), np.array([[101, 103]], np.uint8)
    >>> dataset = Dataset.from_images(["varied", "even"], [varied, even])
    >>> compute(dataset, ["lightly.snr"])["lightly.snr"].values
    array([  2., 102.])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.deviation import deviation


def snr(moments: npt.NDArray[np.int64]) -> float:
    """From the sums of all channels together."""
    n, total, squares = (sum(column) for column in zip(*moments.tolist(), strict=True))
    noise = deviation(n, total, squares)
    return total / n / noise if noise else 0.0


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.snr."""
    return [Metric("lightly.snr", snr, doc=__doc__ or "", range=(0, None))]
