"""The sensitivity at which the image was taken, from its EXIF.

It is ``PhotographicSensitivity``, which Exif called ``ISOSpeedRatings`` before version 2.3, and the first if there are
several. Nothing is decoded.

The range is 0 to unbounded, and it is a pure number. Low values mean much light. High values mean little light,
and noise. An image without EXIF, or whose EXIF doesn't say it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ISOSpeedRatings] = 100.0
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.iso"])["exif.iso"].values
    array([100.])
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.tags import Tags, amount_of


def iso(exif_tags: Tags) -> float:
    """From 0 on. Raises `NoValueError` if it isn't known."""
    return amount_of(exif_tags, "ISOSpeedRatings")


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.iso."""
    return [Metric("exif.iso", iso, doc=__doc__ or "", range=(0, None))]
