"""Images that a function of the host opens."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO, TYPE_CHECKING, Any

import attrs

from tamis.declarations.source import Images

if TYPE_CHECKING:
    from PIL import Image


@attrs.frozen(eq=False)
class FunctionImages(Images):
    """Images by name. A function of the host may hold anything: it stays in its process, and nothing is stored of it.

    Attributes:
        function: Returns what `Images.open` does, or bytes.
    """

    function: Callable[[str], Any]
    shareable = False

    def open(self, name: str) -> AbstractContextManager[IO[bytes] | Image.Image]:
        """What the function returns."""
        found = self.function(name)
        if isinstance(found, (bytes, bytearray, memoryview)):
            return io.BytesIO(found)
        if not hasattr(found, "__enter__"):
            raise TypeError(f"open returned {type(found).__name__}, not a binary file, bytes or a Pillow image")
        return found  # type: ignore[no-any-return]  # what it is around is looked at where it is decoded
