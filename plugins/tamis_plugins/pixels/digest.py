"""A digest of pixels that takes a fraction of the time of a cryptographic one.

The bytes are taken as words of 64 bits, each word is multiplied with a weight of its own, drawn at random once and for
all, and the products are summed up modulo ``2**64``. Two contents that differ first in bit ``t`` of some word have the
same sum for 1 in ``2**(64 - t)`` choices of weights. So it's done twice, with other weights and the bytes of each word
in reverse: whichever bits differ, both sums are the same by a chance of at most 1 in ``2**58``.

References:
    Lemire, D., Kaser, O. (2014). Strongly universal string hashing is fast. The Computer Journal 57(11), 1624-1638.
    <https://doi.org/10.1093/comjnl/bxt070>
"""

from __future__ import annotations

from functools import cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

#: Words that are summed up at a time; what comes of them goes through BLAKE2b.
WORDS = 1 << 15

Words = npt.NDArray[np.uint64]


def digest(head: bytes, content: npt.NDArray[np.uint8]) -> int:
    """The digest, of 64 bits with a sign, of a head that tells the length of the content, and the content, flat."""
    found = blake2b(head, digest_size=8)
    for first in range(0, content.size, 8 * WORDS):
        words = _words(content[first : first + 8 * WORDS])
        one, other = _weights()[:, : len(words)]
        sums = np.array([np.dot(words, one), np.dot(words.byteswap(), other)], dtype="<u8")
        found.update(sums.tobytes())
    return int.from_bytes(found.digest(), "big", signed=True)


def _words(content: npt.NDArray[np.uint8]) -> Words:
    """Of 8 bytes each, the first the lowest; with zeros at the end, where bytes are lacking."""
    lacking = -content.size % 8
    padded = np.pad(content, (0, lacking)) if lacking else content
    return padded.view("<u8").astype(np.uint64, copy=False)


@cache
def _weights() -> Words:
    """``(2, WORDS)``: the same on every machine and for every version of NumPy."""
    weights = np.random.PCG64(2014).random_raw(2 * WORDS).reshape(2, WORDS)
    weights.flags.writeable = False
    return weights
