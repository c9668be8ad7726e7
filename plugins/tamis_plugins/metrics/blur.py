"""Blur: how little an image loses if it is blurred once more, after Crété et al., whatever its resolution.

What is in focus loses much of the differences between its pixels when it is blurred, and what is blurred already loses
little. It is computed in these steps:

1. The 8-bit luma, the view `gray_image`, is resized with a Hamming filter so that its longer side has 192 pixels. A
   larger image is averaged before that over blocks of as many whole pixels as fit into three quarters of the factor.
   So the same photograph has about the same value at any resolution, and blur counts by its share of the picture.
2. It is averaged over 11 pixels along the rows. ``sharp`` and ``blurred`` are the absolute responses to the Sobel
   kernel along the rows before and after that. The edge of the image is mirrored, and its outermost 2 pixels don't
   count.
3. The share that is left along the rows is ``1 - sum(max(sharp - blurred, 0)) / sum(sharp)``.
4. The same is done along the columns. The value is the larger share: a camera that moved blurs one direction only.

An image whose grey values have a standard deviation below 2 at that size has 0, as there is nothing in it that could
be blurred. So has one with fewer than 6 rows or columns.

The range is 0 to 1, without a unit. Low values mean images with fine detail, or flat ones, which ``tamis.entropy``
tells apart from them. High values mean blur. Photographs in focus were found to have 0.14 to 0.52; a
Gaussian blur of 0.4 % of the longer side adds about 0.09, and one of 0.8 % about 0.22. A picture of fewer than 192
pixels is enlarged, and counts as blurred as it looks then.

``lightly.sharpness`` is of the file's own pixels instead, and depends on how many there are.

References:
    Crété, F., Dolmiere, T., Ladret, P., Nicolas, M. (2007). The blur effect: perception and estimation with a new
    no-reference perceptual blur metric. Human Vision and Electronic Imaging XII, Proceedings of SPIE 6492, 64920I.
    <https://doi.org/10.1117/12.702790>

    scikit-image, ``skimage/measure/_blur_effect.py``, which steps 2 to 4 follow.

Examples:
    >>> import numpy as np
    >>> from PIL import Image, ImageFilter
    >>> from tamis import Dataset, compute
    >>> board = Image.fromarray(((np.indices((256, 256)) // 16).sum(axis=0) % 2 * 255).astype(np.uint8))
    >>> images = [board, board.filter(ImageFilter.GaussianBlur(4)), Image.new("L", (256, 256), 90)]
    >>> dataset = Dataset.from_images(["sharp", "blurred", "flat"], images)
    >>> compute(dataset, ["tamis.blur"])["tamis.blur"].values.round(2)
    array([0.2 , 0.71, 0.  ])
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Metric, hookimpl
from tamis_plugins.pixels.array import array
from tamis_plugins.pixels.deviation import deviation_of_bytes

#: The longer side at which blur is measured, in pixels.
SIDE = 192
#: How many times larger than that an image may be and not be averaged over whole pixels first.
GAP = 4 / 3
#: How many pixels are averaged.
WINDOW = 11
#: A standard deviation of grey values below which an image is flat.
FLAT = 2.0
#: Rows or columns below which it is a line.
LINE = 6

#: Any sum that comes up fits: 44 times 255 is the most.
Grays = npt.NDArray[np.int16]


def blur(gray_image: Image.Image) -> float:
    """In whole numbers, so that nothing is rounded."""
    scale = SIDE / max(gray_image.size)
    width, height = (max(1, round(side * scale)) for side in gray_image.size)
    small = array(gray_image.resize((width, height), Image.Resampling.HAMMING, reducing_gap=GAP))
    if min(small.shape) < LINE or deviation_of_bytes(small) < FLAT:
        return 0.0
    return max(_left(each.astype(np.int16, order="C")) for each in (small, small.T))


def _left(grays: Grays) -> float:
    """The share of the differences along the first axis that another blur leaves.

    Differences are four times the response to the Sobel kernel. That of two sums of 11 neighbours, two apart, is that
    of the two pixels at either end, as they have the others in common.
    """
    weighed = np.empty_like(grays)
    middle, flat = weighed.reshape(-1)[1:-1], grays.reshape(-1)  # of both ends of a row, sums mean nothing
    np.add(flat[:-2], flat[2:], out=middle)
    middle += flat[1:-1]
    middle += flat[1:-1]
    across = weighed[:, 2:-1]
    margin = WINDOW // 2
    padded = np.concatenate([across[margin - 1 :: -1], across, across[: -margin - 1 : -1]])
    sharp = _absolute(padded[margin + 3 : -margin] - padded[margin + 1 : -margin - 2])
    sharp *= np.int16(WINDOW)
    pairs = padded[:-1] + padded[1:]
    blurred = _absolute(pairs[WINDOW + 1 :] - pairs[1:-WINDOW])
    there, left = _sum(sharp), _sum(blurred)
    lost = _sum(np.maximum(sharp, blurred, out=sharp)) - left  # of all that is lost, where any is
    return 1 - lost / there if there else 0.0


def _absolute(differences: Grays) -> Grays:
    return np.abs(differences, out=differences)


def _sum(values: Grays) -> int:
    return int(values.sum(dtype=np.int32))  # at most SIDE * SIDE times 44 * 255


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.blur."""
    return [Metric("tamis.blur", blur, doc=__doc__ or "", range=(0, 1))]
