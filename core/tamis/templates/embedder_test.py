"""What the embedder gives for an image made by hand."""

import numpy as np

from tamis.templates import embedder as plugin


def test_an_image_of_one_colour() -> None:
    """Every number is that of its channel."""
    image = np.full((20, 30, 3), (255, 0, 51), dtype=np.uint8)
    (vector,) = plugin.embed([plugin.preprocess(image)])

    assert np.allclose(vector.reshape(-1, 3), [1, 0, 0.2])
