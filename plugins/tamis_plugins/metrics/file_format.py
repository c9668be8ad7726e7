"""The format of the image's file, such as ``JPEG`` or ``PNG``.

It is what the file's content is, whatever its name ends in. Nothing is decoded. An image that was never a file has no
value.

The values are Pillow's names of formats: ``JPEG``, ``PNG``, ``TIFF``, ``WEBP``, ``MPO`` (a JPEG file with a second
picture in it, as some cameras write), and so on.

References:
    Pillow. Concepts, "Modes", and "Image file formats". <https://pillow.readthedocs.io>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import Image
    >>> from tamis import Dataset, compute
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.jpg"), "PNG")
    ...     compute(Dataset.from_directory(folder), ["tamis.format"])["tamis.format"].cells()
    ['PNG']
"""

from __future__ import annotations

from tamis import Header, Metric, errors, hookimpl


def file_format(header: Header) -> str:
    """Of the header. Raises `NoValueError` if there is none."""
    if not header.format:
        raise errors.NoValueError("the image was never a file: it has no format")
    return header.format


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.format."""
    return [Metric("tamis.format", file_format, doc=__doc__ or "", dtype="category")]
