"""The altitude at which the image was taken, from the GPS tags of its EXIF.

It is ``GPSAltitude``, in metres above the sea, or below 0 under it (``GPSAltitudeRef``). Nothing is decoded.

The range is unbounded, and the unit is metres. Low values mean the sea and below. High values mean mountains, and the
air. An image without EXIF, or whose EXIF doesn't say it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.GPSInfo).update({ExifTags.GPS.GPSAltitude: 408.0})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.altitude"])["exif.altitude"].values
    array([408.])
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.tags import Tags, number_of


def altitude(exif_tags: Tags) -> float:
    """Metres. Raises `NoValueError` if it isn't known."""
    metres = number_of(exif_tags, "GPSAltitude")
    return -metres if exif_tags.get("GPSAltitudeRef") in (1, b"\x01") else metres


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.altitude."""
    return [Metric("exif.altitude", altitude, doc=__doc__ or "", unit="m")]
