"""Sharpness, the standard deviation of the grey values after a 3 x 3 Laplacian kernel.

It is the population standard deviation of the view `laplacian` over all pixels:

    sharpness = std(laplacian)

The range is 0 to 127.5, and the unit is grey levels, of which an image has 256. Low values mean blurred or featureless
images. High values mean images in focus with much detail, and also noisy ones. The value falls when an image is
enlarged: compare it among images of about the same size.

The filtered image has 8 bits. Its responses are clipped to 0 to 255, and its border is that of the unfiltered image, so
that a flat grey image does not have quite 0. These quirks belong to the number that Lightly's clients have always
shown, and it equals that of lightly-utils on RGB images. Pech-Pacheco et al. measure focus by the variance of a
Laplacian. This metric is the square root of one, with another kernel.

References:
    Lightly. lightly-utils 0.0.2 (MIT), ``lightly_utils/image_processing/metadata.py``, ``_sharpness``.

    Pech-Pacheco, J. L., Cristóbal, G., Chamorro-Martínez, J., Fernández-Valdivia, J. (2000). Diatom autofocusing in
    brightfield microscopy: a comparative study. Proceedings of the 15th International Conference on Pattern
    Recognition 3, 314-317. <https://doi.org/10.1109/ICPR.2000.903548>

Examples:
    The centre of the second image becomes ``8 * 10 = 80``, and its border stays 0. One value of 80 and eight of 0 have
    the standard deviation ``80 * sqrt(8) / 9``, which is 25.14.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> black = np.zeros((3, 3), np.uint8)
    >>> dot = np.array([[0, 0, 0], [0, 10, 0], [0, 0, 0]], np.uint8)
    >>> dataset = Dataset.from_images(["black", "dot"], [black, dot])
    >>> compute(dataset, ["lightly.sharpness"])["lightly.sharpness"].values.round(2)
    array([ 0.  , 25.14])
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
