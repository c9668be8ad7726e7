"""How an image is scaled to the size that a model takes: what is cut off, and what its sides become."""

from __future__ import annotations


def centred(image: tuple[int, int], size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest box in the middle of an image that has the proportions of a size: left, top, right, bottom.

    The side that limits it is the image's own. Computed from the other, it could come out longer, by rounding.
    """
    (width, height), (across, down) = image, (float(image[0]), float(image[1]))
    if width * size[1] <= height * size[0]:
        down = min(width * size[1] / size[0], down)
    else:
        across = min(height * size[0] / size[1], across)
    left, top = (width - across) / 2, (height - down) / 2
    return left, top, min(left + across, width), min(top + down, height)


def shortened(image: tuple[int, int], edge: int) -> tuple[int, int]:
    """The size of an image whose shorter side has so many pixels, the longer rounded down."""
    short = min(image)
    width, height = (edge if side == short else edge * side // short for side in image)
    return width, height


def fitting(image: tuple[int, int], size: tuple[int, int]) -> tuple[int, int]:
    """The largest size of an image's proportions within a size, of at least a pixel."""
    scale = min(size[0] / image[0], size[1] / image[1])
    width, height = (max(1, round(side * scale)) for side in image)
    return width, height
