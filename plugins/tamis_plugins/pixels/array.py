"""Pixels out of Pillow in one copy."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

#: The most bytes that Pillow hands out in one piece.
PIECE = 1 << 30


def array(image: Image.Image) -> npt.NDArray[np.uint8]:
    """``(H, W)`` or ``(H, W, C)`` of an image of 8 bits a channel: what `numpy.asarray` makes of it.

    That asks for pieces of 64 kB and joins them, which takes half as long again.
    """
    if not hasattr(Image, "_getencoder"):  # it is Pillow's own, which a later version may not have
        return np.asarray(image)
    image.load()
    bands = len(image.getbands())
    shape = (image.height, image.width, bands)[: 2 + (bands > 1)]
    encoder = Image._getencoder(image.mode, "raw", image.mode)
    try:
        encoder.setimage(image.im, (0, 0, *image.size))
        pieces, ended = [], 0
        while not ended:
            _, ended, piece = encoder.encode(min(PIECE, image.height * image.width * bands))
            pieces.append(piece)
    finally:
        encoder.cleanup()
    return np.frombuffer(b"".join(pieces), np.uint8).reshape(shape)
