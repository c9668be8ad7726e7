"""The latitude at which the image was taken, from the GPS tags of its EXIF.

It is degrees, minutes and seconds of ``GPSLatitude`` as one number. Nothing is decoded.

The range is -90 to 90, and the unit is degrees. Low values mean the south. High values mean the north.
An image without a position, or with one that is nowhere, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> position = exif.get_ifd(ExifTags.IFD.GPSInfo)
    >>> position.update({ExifTags.GPS.GPSLatitudeRef: "S", ExifTags.GPS.GPSLatitude: (8.0, 30.0, 0.0)})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.latitude"])["exif.latitude"].values
    array([-8.5])
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.position import degrees_of
from tamis_plugins.exif.tags import Tags


def latitude(exif_tags: Tags) -> float:
    """Degrees. Raises `NoValueError` if it isn't known."""
    return degrees_of(exif_tags, "GPSLatitude", "N", "S", 90)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.latitude."""
    return [Metric("exif.latitude", latitude, doc=__doc__ or "", range=(-90, 90), unit="degrees")]
