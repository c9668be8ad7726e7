"""The tags of the image's EXIF by name: those of the image, of the shot and of the position.

It is a mapping of the names in EXIF's own standard, such as ``DateTimeOriginal``, to what Pillow reads: texts, numbers,
fractions, tuples of them, bytes. It is empty if the file has no EXIF; of EXIF in which no tag can be read, there is
none. Nothing is checked: EXIF may hold anything.

Examples:
    >>> from PIL import ExifTags, Image
    >>> from tamis_plugins.views.exif_tags import exif_tags
    >>> exif = Image.Exif()
    >>> exif[ExifTags.Base.Orientation] = 6
    >>> exif_tags(exif.tobytes())
    {'Orientation': 6}
"""

from __future__ import annotations

from PIL import Image

from tamis import View, hookimpl
from tamis.errors import NoValueError
from tamis_plugins.exif.tags import Tags, tags_of


def exif_tags(exif: bytes) -> Tags:
    """Read them. Raises `ValueError` if they can't be, and `NoValueError` if there are none."""
    found = Image.Exif()
    try:
        found.load(exif)
    except Exception as error:
        raise ValueError(f"its EXIF is damaged: {error}") from error
    tags = tags_of(found)
    if exif and not tags:
        raise NoValueError("its EXIF is empty or cut off: no tag of it can be read")
    return tags


@hookimpl
def tamis_views() -> list[View]:
    """Declare exif_tags."""
    return [View("exif_tags", exif_tags, doc=__doc__ or "")]
