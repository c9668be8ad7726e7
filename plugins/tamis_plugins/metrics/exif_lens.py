"""The lens through which the image was taken, from its EXIF.

It is ``LensModel``. Nothing is decoded.

The values are names as cameras write them. An image without EXIF, or whose EXIF doesn't say it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.LensModel] = "Acme 35 mm"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.lens"])["exif.lens"].cells()
    ['Acme 35 mm']
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.tags import Tags, text_of


def lens(exif_tags: Tags) -> str:
    """Its model. Raises `NoValueError` if it isn't known."""
    return text_of(exif_tags, "LensModel")


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.lens."""
    return [Metric("exif.lens", lens, doc=__doc__ or "", dtype="category")]
