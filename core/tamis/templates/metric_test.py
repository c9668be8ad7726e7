"""What the metric gives for an image made by hand."""

import numpy as np

from tamis.templates import metric as plugin


def test_half_of_the_pixels_are_white() -> None:
    """Two of four."""
    gray = np.array([[255, 0], [254, 255]], dtype=np.uint8)

    assert plugin.measure(gray) == 0.5
