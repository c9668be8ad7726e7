"""When an image was taken."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

from tamis.errors import NoValueError
from tamis_plugins.exif.tags import Tags, text_of

#: The moment of the shot, and that of digitizing, which in a camera is the same; what is to be added to each.
_MOMENTS = (
    ("DateTimeOriginal", "SubsecTimeOriginal", "OffsetTimeOriginal"),
    ("DateTimeDigitized", "SubsecTimeDigitized", "OffsetTimeDigitized"),
)


def moment_of(tags: Tags) -> datetime:
    """By the camera's clock, in UTC if there is no offset. Raises `NoValueError` if it isn't known."""
    date, fraction, offset = next((names for names in _MOMENTS if names[0] in tags), _MOMENTS[0])
    text = text_of(tags, date)
    try:
        moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=_zone(tags, offset))
    except ValueError:
        raise NoValueError(f"its {date} in EXIF is {text!r:.60}, not a moment") from None
    digits = str(tags.get(fraction, "")).strip("\0 ")
    return moment + timedelta(seconds=float(f"0.{digits}")) if re.fullmatch(r"[0-9]{1,9}", digits) else moment


def _zone(tags: Tags, offset: str) -> timezone:
    found = re.fullmatch(r"([+-])(\d\d):(\d\d)", str(tags.get(offset, "")).strip("\0 "), re.ASCII)
    if found is None:
        return timezone.utc
    east = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(east if found[1] == "+" else -east)
