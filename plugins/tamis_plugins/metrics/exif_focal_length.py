"""The focal length of the lens, from the image's EXIF.

It is ``FocalLength`` of the lens itself, not of what would be its like on 35 mm film. Nothing is decoded.

The range is 0 to unbounded, and the unit is mm. Low values mean a wide angle. High values mean
what is far away. An image without EXIF, or whose EXIF doesn't say it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FocalLength] = 35.0
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.focalLength"])["exif.focalLength"].values
    array([35.])
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.tags import Tags, amount_of


def focal_length(exif_tags: Tags) -> float:
    """From 0 on. Raises `NoValueError` if it isn't known."""
    return amount_of(exif_tags, "FocalLength")


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.focalLength."""
    return [Metric("exif.focalLength", focal_length, doc=__doc__ or "", range=(0, None), unit="mm")]
