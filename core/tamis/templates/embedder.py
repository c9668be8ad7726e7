"""A thumbnail of each image as a vector: 4 x 4 pixels of mean colour, 48 numbers from 0 to 1."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from tamis import Embedder, hookimpl

SIDE = 4


def preprocess(rgb: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """What waits for the batch, of one image, ``(H, W, 3)``: small, so that many can wait."""
    thumbnail = Image.fromarray(rgb).resize((SIDE, SIDE), Image.Resampling.BOX)
    return (np.asarray(thumbnail, dtype=np.uint8) / 255).astype(np.float32)


def embed(images: Sequence[npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """``(k, dim)``: a vector for each of a batch of k."""
    return np.stack([image.reshape(-1) for image in images])


@hookimpl
def tamis_embedders() -> list[Embedder]:
    """Declare the embedder. Change ``version`` whenever the vectors change: stored ones are reused by it."""
    return [Embedder("template_key", embed, preprocess=preprocess, dim=3 * SIDE * SIDE, version="1", doc=__doc__ or "")]
