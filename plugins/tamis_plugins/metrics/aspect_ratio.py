"""Aspect ratio: the image's width divided by its height.

Both are those of the stored raster, as ``lightly.width`` and ``lightly.height`` are: the EXIF orientation is not
applied. Nothing is decoded.

The range is 0 to unbounded, without a unit. Low values mean tall images. High values mean wide ones, such as panoramas.
A square has 1. Far from it, on either side, are banners, strips and crops gone wrong, of which a model that takes
squares sees little.

References:
    ISO 12231-1:2024. Digital imaging. Vocabulary. Part 1: Fundamental terms.

Examples:
    >>> import numpy as np
    >>> from tamis import Dataset, compute
    >>> pixels = np.zeros((20, 30), np.uint8)  # 20 rows of 30 pixels
    >>> compute(Dataset.from_images(["it"], [pixels]), ["tamis.aspectRatio"])["tamis.aspectRatio"].values
    array([1.5])
"""

from __future__ import annotations

from tamis import Header, Metric, hookimpl


def aspect_ratio(header: Header) -> float:
    """Of the header."""
    return header.width / header.height


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare tamis.aspectRatio."""
    return [Metric("tamis.aspectRatio", aspect_ratio, doc=__doc__ or "", range=(0, None))]
