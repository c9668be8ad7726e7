"""What the task predicts for an image."""

from tamis import Header
from tamis.templates import task as plugin


def test_the_left_quarter() -> None:
    """Of an image of 80 x 60."""
    (found,) = plugin.predict(Header(80, 60, "RGB", "JPEG"), {"share": 0.25})

    assert found["bbox"] == [0, 0, 20, 60]
