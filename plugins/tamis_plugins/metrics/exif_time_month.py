"""The month in which the image was taken, from its EXIF.

It is that of the camera's clock, whatever its offset from UTC, at the moment that ``exif.time`` is. Nothing is decoded.

The values are ``01`` to ``12``. An image without EXIF, or with a date that is none, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2024:05:01 12:30:15"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.time.month"])["exif.time.month"].cells()
    ['05']
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.moment import moment_of
from tamis_plugins.exif.tags import Tags


def month(exif_tags: Tags) -> str:
    """Two digits. Raises `NoValueError` if it isn't known."""
    return f"{moment_of(exif_tags):%m}"


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.time.month."""
    return [Metric("exif.time.month", month, doc=__doc__ or "", dtype="category")]
