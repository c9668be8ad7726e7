"""Size of the image's file in bytes.

It is the number of bytes that the source hands out: of a file on disk its size, of a member of an archive that of the
member. Nothing is decoded. An image in memory, or a frame of a video, is no file, and has no value. Lightly's client
once encoded each image again and took the size of that; its documentation says the size of the file, as it is here.

The range is 1 to unbounded, and the unit is bytes. Low values mean thumbnails, images that are flat and compress well,
and files that were cut off. High values mean images with many pixels or much grain, and files that take long to read.

References:
    Lightly. Selection, key `lightly.sizeInBytes`, documentation of 2022.
    <https://docs.lightly.ai/docs/selection-input>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from tamis import Dataset, compute
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder, "it.pgm").write_bytes(b"P5 2 1 255 " + bytes(2))  # 11 bytes of header, 2 pixels
    ...     compute(Dataset.from_directory(folder), ["lightly.sizeInBytes"])["lightly.sizeInBytes"].values
    array([13])
"""

from __future__ import annotations

from tamis import Header, Metric, errors, hookimpl


def size_in_bytes(header: Header) -> int:
    """As the file has it. Raises `NoValueError` if the image is no file."""
    if header.file_size is None:
        raise errors.NoValueError("the image is no file: it has no size in bytes")
    return header.file_size


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.sizeInBytes."""
    return [Metric("lightly.sizeInBytes", size_in_bytes, doc=__doc__ or "", dtype="int", range=(1, None), unit="bytes")]
