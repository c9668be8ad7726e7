"""A digest of the file: equal for files that are the same, byte by byte.

It is the BLAKE2b digest of 8 bytes of the view ``content``, all bytes that the source hands out, as a number with a
sign, the first byte the highest. Nothing is decoded. An image in memory, or a frame of a video, is no file, and has no
value.

The range is -2**63 to 2**63 - 1, without a unit. Low values mean nothing. High values mean nothing either: two values
are equal, or not. Two different files have one digest by a chance of 1 in ``2**64``:
among a million files it is 1 in 37 million that any two do. The input `DUPLICATES` asks for equal sizes, too.

References:
    Saarinen, M.-J., Aumasson, J.-P. (2015). The BLAKE2 cryptographic hash and message authentication code (MAC).
    RFC 7693. <https://doi.org/10.17487/RFC7693>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tamis import Dataset, compute
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder, "it.pgm").write_bytes(b"P5 2 1 255 " + bytes(2))
    ...     compute(Dataset.from_directory(folder), ["hash.bytes"])["hash.bytes"].values
    array([-372270699982490160])
"""

from __future__ import annotations

from hashlib import blake2b

from tamis import Metric, hookimpl


def hash_bytes(content: bytes) -> int:
    """Digest them."""
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "big", signed=True)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare hash.bytes."""
    return [Metric("hash.bytes", hash_bytes, doc=__doc__ or "", dtype="int", range=(-(2**63), 2**63 - 1))]
