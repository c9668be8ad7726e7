"""What an image looks like in the small: where its edges run, and its colours. Needs no model.

The image is averaged down to 32 x 32 pixels, whatever its proportions. In each of 4 x 4 cells of that, the gradients
of the strongest channel are collected by 9 orientations (Dalal & Triggs, "Histograms of Oriented Gradients for Human
Detection", 2005); the 144 square roots are scaled to a length below 1. To them come the mean colours of the cells,
(v / 255 - 0.5) / 10 for each of three channels, and a constant 0.1, so that no image is the zero vector: 193 numbers.

It tells images apart by composition and colour, which finds near-duplicates and spreads a selection over what looks
different. It is not semantic: it knows nothing of what is in an image. For that, bring a trained model (see onnx).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Embedder, hookimpl

SIDE, CELLS, ORIENTATIONS = 32, 4, 9
DIM = CELLS * CELLS * (ORIENTATIONS + 3) + 1
_COLOR_WEIGHT, _CONSTANT = 0.1, 0.1

Floats = npt.NDArray[np.float32]


def describe(rgb: npt.NDArray[np.uint8]) -> Floats:
    """``(193,)`` the descriptor of an image, ``(H, W, 3)``."""
    small = Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small, dtype=np.float32) / np.float32(255)
    edges = np.sqrt(_oriented(pixels)).ravel()
    edges /= np.sqrt(edges @ edges + 1)
    colors = (_cells(pixels).mean(axis=(1, 3)) - 0.5) * _COLOR_WEIGHT
    return np.concatenate([edges, colors.ravel(), [_CONSTANT]], dtype=np.float32)


def _oriented(pixels: npt.NDArray[Any]) -> Floats:
    """``(4, 4, 9)`` the gradient lengths of each cell by orientation, each shared out between the two nearest."""
    padded = np.pad(pixels, ((1, 1), (1, 1), (0, 0)), mode="edge")
    across, down = padded[1:-1, 2:] - padded[1:-1, :-2], padded[2:, 1:-1] - padded[:-2, 1:-1]
    lengths = np.hypot(across, down)
    strongest = lengths.argmax(axis=2)[..., None]
    across, down, lengths = (np.take_along_axis(of, strongest, 2)[..., 0] for of in (across, down, lengths))
    angle = (np.arctan2(down, across) % np.pi) * (ORIENTATIONS / np.pi) - 0.5
    lower = np.floor(angle)
    shares = np.zeros((SIDE, SIDE, ORIENTATIONS), dtype=np.float32)
    for bin_, share in ((lower, 1 - (angle - lower)), (lower + 1, angle - lower)):
        index = (bin_.astype(np.intp) % ORIENTATIONS)[..., None]
        np.put_along_axis(shares, index, (share * lengths)[..., None], 2)
    summed: Floats = _cells(shares).sum(axis=(1, 3))
    return summed


def _cells(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """``(4, 8, 4, 8, c)`` of ``(32, 32, c)``."""
    return array.reshape(CELLS, SIDE // CELLS, CELLS, SIDE // CELLS, -1)


def stack(images: Sequence[Floats]) -> Floats:
    """Each is a descriptor already."""
    return np.stack(images)


NOTE = (
    "it sees edges and colours, and not what is in an image; --embedder pretrained does, once pip has installed "
    "'tamis[pretrained]'"
)


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare descriptor."""
    return [Embedder("descriptor", stack, preprocess=describe, dim=DIM, version="1", note=NOTE, doc=__doc__ or "")]
