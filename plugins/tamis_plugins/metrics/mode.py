"""How the image's pixels are stored, such as ``RGB`` or ``I;16``.

It is the mode in which the file is read, before tamis converts it to RGB for other metrics. Nothing is decoded.

The values are Pillow's names of modes: ``1`` (one bit), ``L`` (grey), ``P`` (a palette), ``RGB``, ``RGBA`` and ``LA``
(with alpha), ``CMYK``, ``I;16`` (16 bits of grey), ``F`` (floats), and so on. A dataset of photographs with a few
images of another mode often has images in it that don't belong there.

References:
    Pillow. Concepts, "Modes", and "Image file formats". <https://pillow.readthedocs.io>

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> gray, color = np.zeros((2, 2), np.uint8), np.zeros((2, 2, 3), np.uint8)
    >>> compute(Dataset.from_images(["gray", "color"], [gray, color]), ["tamis.mode"])["tamis.mode"].cells()
    ['L', 'RGB']
"""

from __future__ import annotations

from tamis import Header, Metric, hookimpl


def mode(header: Header) -> str:
    """Of the header."""
    return header.mode


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.mode."""
    return [Metric("tamis.mode", mode, doc=__doc__ or "", dtype="category")]
