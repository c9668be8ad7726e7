"""How far the lens was closed, from the image's EXIF.

It is ``FNumber``, focal length by diameter of the aperture. Nothing is decoded.

The range is 0 to unbounded, and it is a pure number. Low values mean little depth of field. High values mean
much of it, and much light or a long exposure. An image without EXIF, or whose EXIF doesn't say it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 2.8
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.fNumber"])["exif.fNumber"].values
    array([2.8])
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.tags import Tags, amount_of


def f_number(exif_tags: Tags) -> float:
    """From 0 on. Raises `NoValueError` if it isn't known."""
    return amount_of(exif_tags, "FNumber")


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.fNumber."""
    return [Metric("exif.fNumber", f_number, doc=__doc__ or "", range=(0, None))]
