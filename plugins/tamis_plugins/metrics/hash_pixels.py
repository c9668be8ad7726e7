"""A digest of the pixels: equal for images that look the same to every metric, whatever their files.

It is the BLAKE2b digest of 8 bytes of the width and height, 4 bytes each, the lowest first, and the bytes of the view
`rgb`, row by row, as a number with a sign, the first byte the highest. So a PNG and the BMP it was made of have one
digest, with or without EXIF, and so have images that differ in what `rgb_image` drops: alpha, and the low 8 of 16 bits.
A JPEG that was encoded again has another.

The range is -2**63 to 2**63 - 1, without a unit. Low values mean nothing. High values mean nothing either: two values
are equal, or not. Two different images have one digest by a chance of 1 in ``2**64``:
among a million images it is 1 in 37 million that any two do. The input `DUPLICATES` asks for equal sizes, too.

References:
    Saarinen, M.-J., Aumasson, J.-P. (2015). The BLAKE2 cryptographic hash and message authentication code (MAC).
    RFC 7693. <https://doi.org/10.17487/RFC7693>

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> gray, rgb = np.full((2, 2), 7, np.uint8), np.full((2, 2, 3), 7, np.uint8)
    >>> values = compute(Dataset.from_images(["gray", "rgb"], [gray, rgb]), ["hash.pixels"])["hash.pixels"].values
    >>> len(set(values.tolist()))
    1
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def hash_pixels(rgb: npt.NDArray[np.uint8]) -> int:
    """Digest their size and them."""
    height, width, _ = rgb.shape
    digest = blake2b(np.array([width, height], dtype="<u4").tobytes(), digest_size=8)
    digest.update(np.ascontiguousarray(rgb).data)
    return int.from_bytes(digest.digest(), "big", signed=True)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare hash.pixels."""
    return [Metric("hash.pixels", hash_pixels, doc=__doc__ or "", dtype="int", range=(-(2**63), 2**63 - 1))]
