"""Entropy of the grey values: how many bits a pixel takes if all that is known is how often each value occurs.

It is Shannon's entropy of the histogram of the view `gray_image`, the 8-bit luma (ITU-R BT.601). ``p`` is the share of
the pixels that have a value:

    entropy = -sum(p * log2(p)) over all values that occur

The range is 0 to 8, and the unit is bits. Low values mean images of few grey values, such as a covered lens, a blank
page or a drawing in black and white; one grey value has 0. High values mean images that use all of them, as well
exposed photographs do. Where the values are in the image has no influence.

References:
    Shannon, C. E. (1948). A mathematical theory of communication. Bell System Technical Journal 27(3), 379-423.
    <https://doi.org/10.1002/j.1538-7305.1948.tb01338.x>

Examples:
    Four values that occur equally often take 2 bits.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> flat, four = np.full((2, 2), 90, np.uint8), np.array([[0, 80], [160, 240]], np.uint8)
    >>> dataset = Dataset.from_images(["flat", "four"], [flat, four])
    >>> compute(dataset, ["tamis.entropy"])["tamis.entropy"].values
    array([0., 2.])
"""

from __future__ import annotations

import math
import operator

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def entropy(gray_histogram: npt.NDArray[np.int64]) -> float:
    """Of the luma."""
    counts: list[int] = [count for count in gray_histogram.tolist() if count]
    n = sum(counts)
    bits = map(math.log2, map(n.__truediv__, counts))
    return math.fsum(map(operator.mul, counts, bits)) / n  # without a step of Python's own for each value


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.entropy."""
    return [Metric("tamis.entropy", entropy, doc=__doc__ or "", range=(0, 8), unit="bits")]
