"""Width of the stored image in pixels. EXIF orientation is not applied. Read from the header: nothing is decoded."""

from __future__ import annotations

from tamis import Header, Metric, hookimpl


def width(header: Header) -> int:
    """As the header has it."""
    return header.width


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.width."""
    return [Metric("lightly.width", width, doc=__doc__ or "", dtype="int", range=(1, None), unit="px")]
