"""How the image has to be turned to be upright, from its EXIF.

It is ``Orientation``: 1 as it is, 3 by 180 degrees, 6 by 90 degrees clockwise, 8 by 90 degrees counterclockwise; 2, 4,
5 and 7 are mirror images of these. tamis turns no image; this says which ones a viewer would turn. Nothing is decoded.

The range is 1 to 8, a pure number. Low values mean images that are upright, 1, or upside down. High values mean a
camera that was held sideways. An image without EXIF, or whose EXIF doesn't say it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif[ExifTags.Base.Orientation] = 6
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.orientation"])["exif.orientation"].values
    array([6])
"""

from __future__ import annotations

from tamis import Metric, errors, hookimpl
from tamis_plugins.exif.tags import Tags, number_of


def orientation(exif_tags: Tags) -> int:
    """From 1 to 8. Raises `NoValueError` if it is something else."""
    number = number_of(exif_tags, "Orientation")
    if number not in range(1, 9):
        raise errors.NoValueError(f"its Orientation in EXIF is {number:g}, not 1 to 8")
    return int(number)


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.orientation."""
    return [Metric("exif.orientation", orientation, doc=__doc__ or "", dtype="int", range=(1, 8))]
