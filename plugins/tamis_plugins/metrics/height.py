"""Height of the stored image in pixels. EXIF orientation is not applied. Read from the header: nothing is decoded."""

from __future__ import annotations

from tamis import Header, Metric, hookimpl


def height(header: Header) -> int:
    """As the header has it."""
    return header.height


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.height."""
    return [Metric("lightly.height", height, doc=__doc__ or "", dtype="int", range=(1, None), unit="px")]
