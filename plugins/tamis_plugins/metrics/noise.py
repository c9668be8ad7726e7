"""Noise: the standard deviation of the grain in the image, estimated after Immerkær.

The 8-bit luma, the view `gray`, goes through a kernel that is the difference of two Laplacians. It takes no notice of
flat and evenly rising parts, nor of straight edges along the rows and columns:

     1 -2  1
    -2  4 -2
     1 -2  1

The mean of the absolute responses, without padding, is scaled so that white Gaussian noise gives its own standard
deviation. ``W`` and ``H`` are width and height:

    noise = sqrt(pi / 2) / 6 * sum(abs(response)) / ((W - 2) * (H - 2))

An image with fewer than 3 rows or columns has 0. The range is 0 to 426.1, and the unit is grey levels, of which an
image has 256. Low values mean clean images; those of 8 bits that were not denoised have about 1. High values mean
grain, as of a dark scene at a high ISO speed, and also fine texture such as grass, which can't be told from it. The
estimate is of the file's own pixels, so that it falls when an image is made smaller.

References:
    Immerkær, J. (1996). Fast noise variance estimation. Computer Vision and Image Understanding 64(2), 300-302.
    <https://doi.org/10.1006/cviu.1996.0060>

Examples:
    The one response is ``4 * 10 = 40``, and ``sqrt(pi / 2) / 6 * 40`` is 8.36.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> dot = np.array([[0, 0, 0], [0, 10, 0], [0, 0, 0]], np.uint8)
    >>> compute(Dataset.from_images(["dot"], [dot]), ["tamis.noise"])["tamis.noise"].values.round(2)
    array([8.36])
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.strip import STRIP

_SCALE = math.sqrt(math.pi / 2) / 6


def noise(gray: npt.NDArray[np.uint8]) -> float:
    """Strip by strip. The kernel is a second difference along the columns, and then one along the rows."""
    height, width = gray.shape
    if min(height, width) < 3:
        return 0.0
    step = max(1, STRIP // width)
    total = 0
    for top in range(0, height - 2, step):
        down = _second_difference(gray[top : top + step + 2].astype(np.int16))
        response = _second_difference(down.T)
        total += int(np.abs(response, out=response).sum(dtype=np.int64))
    return float(_SCALE * total / ((width - 2) * (height - 2)))


def _second_difference(x: npt.NDArray[np.int16]) -> npt.NDArray[np.int16]:
    """Of each three neighbours along the first axis, the outer ones minus twice the middle."""
    found: npt.NDArray[np.int16] = x[:-2] + x[2:]
    found -= x[1:-1]
    found -= x[1:-1]
    return found


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.noise."""
    return [Metric("tamis.noise", noise, doc=__doc__ or "", range=(0, 2040 * _SCALE), unit="grey levels")]
