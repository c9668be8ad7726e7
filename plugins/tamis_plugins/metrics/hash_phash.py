"""The perceptual hash of the image as a number: the 64 bits of the view `phash`.

The first bit, of row 0 and column 0, is the highest. As all whole numbers of metrics are of 64 bits with a sign, hashes
from ``2**63`` on are stored less ``2**64``. The range is -2**63 to 2**63 - 1, without a unit. Low values mean nothing.
High values mean nothing either: of two images, count the bits in which they differ. Copies in another size or
compression differ in 0 to 2 bits, and images that have nothing to do with each other in about 32. See the input
`DUPLICATES`.

Images without structure, such as a white and a gray one, have one hash.

References:
    Buchner, J. ImageHash 4.3 (BSD-2-Clause), ``imagehash.phash``. <https://github.com/JohannesBuchner/imagehash>

Examples:
    Of a flat image the highest bit is set.

    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> dataset = Dataset.from_images(["flat"], [np.full((9, 9), 7, np.uint8)])
    >>> compute(dataset, ["hash.phash"])["hash.phash"].values.view(np.uint64)
    array([9223372036854775808], dtype=uint64)
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tamis import Metric, hookimpl


def hash_phash(phash: npt.NDArray[np.bool_]) -> int:
    """Pack them."""
    return int.from_bytes(np.packbits(phash).tobytes(), "big", signed=True)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare hash.phash."""
    return [Metric("hash.phash", hash_phash, doc=__doc__ or "", dtype="int", range=(-(2**63), 2**63 - 1))]
