"""The content of an image, with the suffix that says what it is."""

from __future__ import annotations

import io
from pathlib import PurePosixPath

from PIL import Image

from tamis import Images
from tamis_plugins.image_files.putting import copy_image


def content_of(images: Images, name: str) -> tuple[str, bytes]:
    """The suffix of an image, such as ``.jpg``, and what its file holds. Raises `DatasetError` if it can't be read.

    Where its name has none that stands for a format of images, the suffix is that of the format that it is in.
    """
    file = io.BytesIO()
    copy_image(images, name, file)
    suffix = PurePosixPath(name).suffix.lower()
    if suffix not in Image.registered_extensions():
        suffix = _suffix_in(file)
    return suffix, file.getvalue()


def _suffix_in(file: io.BytesIO) -> str:
    try:
        with Image.open(file) as image:
            return f".{(image.format or 'png').lower()}"
    except (OSError, Image.DecompressionBombError):
        return ".bin"
