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

from collections.abc import Iterator
from functools import cache
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

#: Words that have a sum of their own, few enough for a processor's cache, and how many such sums are made at a time.
WORDS, ROWS = 1 << 13, 16

Bytes = npt.NDArray[np.uint8]


def digest(head: bytes, content: Bytes) -> int:
    """The digest, of 64 bits with a sign, of a head that tells the length of the content, and the content, flat."""
    found = blake2b(head, digest_size=8)
    one, other = _weights()
    for rows in _rows(content):
        sums = np.stack([np.vecdot(rows.view("<u8"), one), np.vecdot(rows.view(">u8"), other)], axis=1)
        found.update(sums.astype("<u8", copy=False).tobytes())
    return int.from_bytes(found.digest(), "big", signed=True)


def _rows(content: Bytes) -> Iterator[Bytes]:
    """``(k, 8 * WORDS)``; with zeros at the end, which add nothing to a sum."""
    whole = content.size - content.size % (8 * WORDS)
    for first in range(0, whole, 8 * WORDS * ROWS):
        yield content[first : min(whole, first + 8 * WORDS * ROWS)].reshape(-1, 8 * WORDS)
    if whole < content.size:
        last = np.zeros((1, 8 * WORDS), np.uint8)
        last[0, : content.size - whole] = content[whole:]
        yield last


@cache
def _weights() -> npt.NDArray[np.uint64]:
    """``(2, WORDS)``: the same on every machine and for every version of NumPy."""
    weights = np.random.PCG64(2014).random_raw(2 * WORDS).reshape(2, WORDS)
    weights.flags.writeable = False
    return weights
