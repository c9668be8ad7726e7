"""When the image was taken, from its EXIF.

It is ``DateTimeOriginal``, else ``DateTimeDigitized``, with its fraction of a second, in seconds since 1970-01-01 in
UTC. Cameras write the time of their clock, and newer ones its offset from UTC (``OffsetTimeOriginal``). Where there is
none the clock is taken to show UTC, so that times of one camera can be compared with each other. ``DateTime``, which
programs set when they change a file, doesn't count. Nothing is decoded.

The range is unbounded, and the unit is seconds. Low values mean images that were taken early. High values mean late
ones. An image without EXIF, or with a date that is none, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "1970:01:02 00:00:00"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.time"])["exif.time"].values
    array([86400.])
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.moment import moment_of
from tamis_plugins.exif.tags import Tags


def time(exif_tags: Tags) -> float:
    """Seconds since 1970. Raises `NoValueError` if it isn't known."""
    return moment_of(exif_tags).timestamp()


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.time."""
    return [Metric("exif.time", time, doc=__doc__ or "", unit="s")]
