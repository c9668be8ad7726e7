"""Images that the host holds."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from threading import Lock
from typing import TYPE_CHECKING, Any

import attrs

from tamis.declarations.source import Images

if TYPE_CHECKING:
    from PIL import Image


@attrs.frozen(eq=False)
class MemoryImages(Images):
    """Images in memory. What is handed out is a copy, or a view that copies when written to.

    Attributes:
        images: Pillow images or arrays, by name.
    """

    images: Mapping[str, Any]
    shareable = False
    _loading: Lock = attrs.field(factory=Lock, init=False, repr=False)

    def open(self, name: str) -> AbstractContextManager[Image.Image]:
        """The image."""
        from PIL import Image

        image = self.images[name]
        if hasattr(image, "dtype"):
            return nullcontext(Image.fromarray(image))
        with self._loading:  # an image that is still in a file can be loaded by one thread only
            return nullcontext(image.copy())


def problem_of(image: Any) -> str | None:
    """Why something is no image; None if it is one."""
    shape, dtype = tuple(getattr(image, "shape", ())), getattr(image, "dtype", None)
    is_array = dtype == "uint8" and len(shape) in (2, 3) and shape[2:] in ((), (3,)) and 0 not in shape
    is_image = hasattr(image, "getbands") and 0 not in image.size
    if is_array or is_image:
        return None
    found = f"a {dtype} array of shape {shape}" if dtype else f"a {type(image).__name__}"
    return f"{found}, neither a Pillow image nor an (H, W, 3) or (H, W) uint8 array"
