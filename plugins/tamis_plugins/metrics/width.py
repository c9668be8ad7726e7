"""Width of the stored image in pixels.

It is the number of pixel columns in the file's header. The EXIF orientation is not applied, so that a photograph which
was taken with the camera upright may have width and height exchanged. Nothing is decoded.

The range is 1 to unbounded, and the unit is pixels. Low values mean thumbnails, and other images with too few pixels to
show small objects. High values mean images that take more memory, and more time to label and to train on.

References:
    Lightly. Selection input, key `lightly.width`. <https://docs.lightly.ai/docs/selection-input>

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> pixels = np.zeros((20, 30), np.uint8)  # 20 rows of 30 pixels
    >>> compute(Dataset.from_images(["it"], [pixels]), ["lightly.width"])["lightly.width"].values
    array([30])
"""

from __future__ import annotations

from tamis import Header, Metric, hookimpl


def width(header: Header) -> int:
    """As the header has it."""
    return header.width


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare lightly.width."""
    return [Metric("lightly.width", width, doc=__doc__ or "", dtype="int", range=(1, None), unit="px")]
