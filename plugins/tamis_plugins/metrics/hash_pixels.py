"""A digest of the pixels: equal for images that look the same to every metric, whatever their files.

It is a digest of 64 bits, as a number with a sign, of the width and height, 4 bytes each, the lowest first, and of the
bytes of the view `rgb`, row by row. The bytes are filled up with zeros to words of 8, the first byte the lowest. Of
each 8,192 words, two sums of products modulo ``2**64`` are taken: of the words, and of the words with their bytes in
reverse, each word with a weight of its own. The weights are the first 16,384 numbers of PCG64 seeded with 2014, half of
them for either sum. The value is the BLAKE2b digest of 8 bytes, the first byte the highest, of width and height and the
sums in order, 8 bytes each, the lowest first.

So a PNG and the BMP it was made of have one digest, with or without EXIF, and so have images that differ in what
`rgb_image` drops: alpha, and the low 8 of 16 bits. A JPEG that was encoded again has another.

The range is -2**63 to 2**63 - 1, without a unit. Low values mean nothing. High values mean nothing either: two values
are equal, or not. Two different images have one digest by a chance of 1 in ``2**57`` at the most, and mostly of 1 in
``2**64``: among a million images it is 1 in 288,000 at the most that any two do. It is no cryptographic digest: who
knows the weights can make two images that have one. The input `DUPLICATES` asks for equal sizes, too.

References:
    Lemire, D., Kaser, O. (2014). Strongly universal string hashing is fast. The Computer Journal 57(11), 1624-1638.
    <https://doi.org/10.1093/comjnl/bxt070>

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> gray, rgb = np.full((2, 2), 7, np.uint8), np.full((2, 2, 3), 7, np.uint8)
    >>> values = compute(Dataset.from_images(["gray", "rgb"], [gray, rgb]), ["hash.pixels"])["hash.pixels"].values
    >>> len(set(values.tolist()))
    1
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl
from tamis_plugins.pixels.digest import digest


def hash_pixels(rgb: npt.NDArray[np.uint8]) -> int:
    """Digest their size and them."""
    height, width, _ = rgb.shape
    size = np.array([width, height], dtype="<u4").tobytes()
    return digest(size, np.ascontiguousarray(rgb).reshape(-1))


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare hash.pixels."""
    return [Metric("hash.pixels", hash_pixels, doc=__doc__ or "", dtype="int", range=(-(2**63), 2**63 - 1))]
