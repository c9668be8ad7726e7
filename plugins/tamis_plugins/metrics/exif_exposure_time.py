"""For how long the image was exposed, from its EXIF.

It is ``ExposureTime``. Nothing is decoded.

The range is 0 to unbounded, and the unit is seconds. Low values mean much light, or what moves. High values mean
little light, and blur where something moves. An image without EXIF, or whose EXIF doesn't say it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ExposureTime] = 0.005
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.exposureTime"])["exif.exposureTime"].values
    array([0.005])
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.tags import Tags, amount_of


def exposure_time(exif_tags: Tags) -> float:
    """From 0 on. Raises `NoValueError` if it isn't known."""
    return amount_of(exif_tags, "ExposureTime")


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.exposureTime."""
    return [Metric("exif.exposureTime", exposure_time, doc=__doc__ or "", range=(0, None), unit="s")]
