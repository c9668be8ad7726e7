"""What the view gives for an image made by hand."""

import numpy as np

from tamis.templates import view as plugin


def test_neighbours_differ() -> None:
    """Without wrapping round at 0."""
    gray = np.array([[10, 30, 20]], dtype=np.uint8)

    assert plugin.derive(gray).tolist() == [[20, 10]]
