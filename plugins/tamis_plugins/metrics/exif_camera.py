"""The camera that took the image, from its EXIF.

It is ``Make`` and ``Model``, or the model alone where it begins with the maker. Nothing is decoded.

The values are names as cameras write them, such as ``Canon EOS R5``. An image without EXIF, or whose EXIF doesn't say
it, has no value.

References:
    CIPA DC-008. Exchangeable image file format for digital still cameras: Exif version 3.0, 2023.
    <https://www.cipa.jp/e/std/std-sec.html>

Examples:
    >>> import tempfile
    >>> from pathlib import Path
    >>> from PIL import ExifTags, Image
    >>> from tamis import Dataset, compute
    >>> exif = Image.Exif()
    >>> exif.update({ExifTags.Base.Make: "Acme", ExifTags.Base.Model: "One"})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Image.new("RGB", (4, 3)).save(Path(folder, "it.png"), exif=exif.tobytes())
    ...     compute(Dataset.from_directory(folder), ["exif.camera"])["exif.camera"].cells()
    ['Acme One']
"""

from __future__ import annotations

from tamis import Metric, hookimpl
from tamis_plugins.exif.tags import Tags, text_of


def camera(exif_tags: Tags) -> str:
    """Maker and model. Raises `NoValueError` if there is no model."""
    model = text_of(exif_tags, "Model")
    if "Make" not in exif_tags:
        return model
    maker = text_of(exif_tags, "Make")
    return model if model.lower().startswith(maker.lower()) else f"{maker} {model}"


@hookimpl
def tamis_metrics() -> list[Metric]:
    """Declare exif.camera."""
    return [Metric("exif.camera", camera, doc=__doc__ or "", dtype="category")]
