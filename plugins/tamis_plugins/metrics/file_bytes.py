"""Bytes that the image takes where it is stored.

It is the same number as ``lightly.sizeInBytes``: of a file on disk its size, of a member of an archive that of the
member. Where nothing else is asked of the images, none is opened whose source knows its size: those in folders, tar
archives and buckets do, rows of Parquet files don't. So a file has a size that is no image at all, which
``lightly.sizeInBytes`` leaves out. An image in memory, or a frame of a video, is no file, and has no value.

The range is 1 to unbounded, and the unit is bytes. Low values mean thumbnails, flat images, and files that were cut
off. High values mean images with many pixels or much grain.

References:
    IEC 80000-13:2025. Quantities and units. Part 13: Information science and technology.

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tamis import Dataset, compute
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder, "it.pgm").write_bytes(b"P5 2 1 255 " + bytes(2))  # 11 bytes of header, 2 pixels
    ...     compute(Dataset.from_directory(folder), ["tamis.bytes"])["tamis.bytes"].values
    array([13])
"""

from __future__ import annotations

from tamis import Metric, errors, hookimpl


def file_bytes(file_size: int | None) -> int:
    """As its source has it. Raises `NoValueError` if the image is no file."""
    if file_size is None:
        raise errors.NoValueError("the image is no file: it has no size in bytes")
    return file_size


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.bytes."""
    return [Metric("tamis.bytes", file_bytes, doc=__doc__ or "", dtype="int", range=(1, None), unit="bytes")]
