"""The raster formats that tamis decodes: which decoder reads each, and what levels out how they differ.

Decoders are Pillow's own, but for three things. What a PNG says beside its pixels costs it nothing, however long. The
orientation of a TIFF isn't applied, as it isn't for any other format, and in one that counts from white, white is white
at 16 bits as at 8. HEIC is read with pillow-heif, if that is there.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import IO

from PIL import ExifTags, Image, ImageFile, PngImagePlugin, TiffImagePlugin

#: Raster formats, the commonest first, and the modules of Pillow that read them. It would also hand EPS to Ghostscript,
#: whatever the file's name, and import three dozen more.
FORMATS = {
    "JPEG": "JpegImagePlugin",
    "PNG": "PngImagePlugin",
    "WEBP": "WebPImagePlugin",
    "GIF": "GifImagePlugin",
    "BMP": "BmpImagePlugin",
    "TIFF": "TiffImagePlugin",
    "PPM": "PpmImagePlugin",
    "AVIF": "AvifImagePlugin",
    "JPEG2000": "Jpeg2KImagePlugin",
    "QOI": "QoiImagePlugin",
}

#: Makes an image of a file, given the file and its name; and tells by the first bytes whether to try.
Opener = tuple[Callable[..., ImageFile.ImageFile], Callable[[bytes], bool | str] | None]

#: Brands of HEIC in the box that such files begin with. ``mif1`` and ``msf1`` are of AVIF, too, which comes first.
BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"))
#: What to do about a HEIC that can't be read.
HEIF_REMEDY = "HEIC is read with pillow-heif: pip install 'tamis[heif]'"


class _Stream(PngImagePlugin.PngStream):
    """The chunks of a PNG, of which those that aren't pixels are passed over where they are beyond Pillow's limits."""

    def _within_limits(self, read: Callable[[int, int], bytes], pos: int, length: int) -> bytes:
        try:
            return read(pos, length)
        except ValueError:
            assert self.fp is not None  # noqa: S101 (it is being read)
            self.fp.seek(pos)
            return ImageFile._safe_read(self.fp, length)

    def chunk_iCCP(self, pos: int, length: int) -> bytes:  # noqa: N802 (Pillow's name)
        """A colour profile."""
        return self._within_limits(super().chunk_iCCP, pos, length)

    def chunk_tEXt(self, pos: int, length: int) -> bytes:  # noqa: N802
        """Text."""
        return self._within_limits(super().chunk_tEXt, pos, length)

    def chunk_zTXt(self, pos: int, length: int) -> bytes:  # noqa: N802
        """Compressed text."""
        return self._within_limits(super().chunk_zTXt, pos, length)

    def chunk_iTXt(self, pos: int, length: int) -> bytes:  # noqa: N802
        """International text."""
        return self._within_limits(super().chunk_iTXt, pos, length)


class Png(PngImagePlugin.PngImageFile):
    """A PNG whose pixels can be had whatever comes with them."""

    # Pillow's own function, but for the class of streams that it makes. To exchange that in Pillow's module would
    # change the host's images, too.
    _open = types.FunctionType(
        PngImagePlugin.PngImageFile._open.__code__, {**vars(PngImagePlugin), "PngStream": _Stream}
    )


class Tiff(TiffImagePlugin.TiffImageFile):
    """A TIFF as it is stored: its orientation can be read, and isn't applied. What is white in it becomes white."""

    def _setup(self) -> None:
        """Without the tag, the size isn't turned."""
        orientation = self.tag_v2.get(ExifTags.Base.Orientation)
        if orientation is not None:
            del self.tag_v2[ExifTags.Base.Orientation]
        super()._setup()
        if orientation is not None:
            self.tag_v2[ExifTags.Base.Orientation] = orientation

    def load_end(self) -> None:
        """Without the tag, the pixels aren't turned."""
        orientation, exif = self.tag_v2.get(ExifTags.Base.Orientation), self.getexif()
        found = exif.get(ExifTags.Base.Orientation)
        if found is not None:
            exif[ExifTags.Base.Orientation] = 1
        super().load_end()
        if found is not None:
            exif[ExifTags.Base.Orientation] = found
        if orientation is not None:
            self.tag_v2[ExifTags.Base.Orientation] = orientation
        # Pillow inverts up to 8 bits; of a tag that is lacking it thinks the same.
        if self.mode == "I;16" and self.tag_v2.get(TiffImagePlugin.PHOTOMETRIC_INTERPRETATION, 0) == 0:
            import numpy as np

            self.im = Image.fromarray(0xFFFF - np.asarray(self)).im


@functools.cache
def openers() -> tuple[Opener, ...]:
    """Those of `FORMATS` that this build of Pillow has, in order, and HEIC."""
    for module in FORMATS.values():
        with suppress(ImportError):
            import_module(f"PIL.{module}")
    found: list[Opener] = []
    for name in FORMATS:
        if name in Image.OPEN:
            factory, accepts = Image.OPEN[name]
            found.append(({"PNG": Png, "TIFF": Tiff}.get(name, factory), accepts))
    return (*found, (_heif, _is_heif))


def _is_heif(prefix: bytes) -> bool:
    return prefix[4:8] == b"ftyp" and prefix[8:12] in BRANDS


def _heif(file: IO[bytes], name: str) -> ImageFile.ImageFile:
    """An image by pillow-heif. Raises `OSError` if it isn't installed."""
    if not has_heif():
        raise OSError(HEIF_REMEDY)
    from pillow_heif import HeifImageFile

    make: Callable[[IO[bytes], str], ImageFile.ImageFile] = HeifImageFile
    return make(file, name)


@functools.cache
def has_heif() -> bool:
    """Whether HEIC can be read here."""
    return find_spec("pillow_heif") is not None
