"""Categories from the EXIF of images: ``exif.camera``, ``exif.lens``, ``exif.time.month`` and ``exif.time.hour``.

The location is the folder that the samples' names are relative to, usually that of the images themselves:
``--input photos --annotations exif:photos``. Only the headers of files are read, once more than by the pass that
measures, and only if a config uses one of these keys; no pixel is decoded. Numbers from EXIF need no annotations:
``exif.time``, ``exif.latitude`` and others are metrics.

``exif.camera`` is maker and model, ``exif.lens`` the model of the lens. The month (``01`` to ``12``) and the hour
(``00`` to ``23``) are those of the camera's clock, whatever its offset. A sample whose EXIF doesn't say it, or is
damaged, has no value, and the reason is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

import attrs

from tamis import (
    AnnotationFormat,
    Annotations,
    Dataset,
    Kind,
    Metadata,
    MetadataField,
    Params,
    Report,
    column_of,
    hookimpl,
)
from tamis.errors import DatasetError, MetadataError
from tamis_plugins.exif.moment import moment_of
from tamis_plugins.exif.tags import Tags, tags_of, text_of

#: Files between two looks at whether the host wants to stop.
BATCH = 256


def camera(tags: Tags) -> str:
    """Maker and model; of a model that begins with its maker, the model."""
    model = text_of(tags, "Model")
    if "Make" not in tags:
        return model
    maker = text_of(tags, "Make")
    return model if model.lower().startswith(maker.lower()) else f"{maker} {model}"


#: What each key is of the tags. Raises `ValueError` if they don't say it.
FIELDS: Mapping[str, Callable[[Tags], str]] = {
    "exif.camera": camera,
    "exif.lens": lambda tags: text_of(tags, "LensModel"),
    "exif.time.month": lambda tags: f"{moment_of(tags):%m}",
    "exif.time.hour": lambda tags: f"{moment_of(tags):%H}",
}


class ExifCategories(Annotations):
    """What the headers of the images in a folder say.

    Args:
        folder: The folder.
    """

    def __init__(self, folder: Path) -> None:
        self.where, self._folder = str(folder), folder

    def fields(self) -> Mapping[str, MetadataField]:
        """All of them: which there are in files isn't looked at."""
        return {key: MetadataField(key, Kind.CATEGORY) for key in FIELDS}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """Of each sample, from one look at its header."""
        try:
            images = Dataset.from_files(self._folder, samples)
        except DatasetError as error:
            raise MetadataError(f"EXIF can't be read from {self.where}: {error}") from error
        values: dict[str, list[str | None]] = {key: [] for key in keys}
        reasons: dict[str, dict[int, str]] = {key: {} for key in keys}
        for row, sample in enumerate(samples):
            if row % BATCH == 0:
                report(row, len(samples))
            tags, problem = _tags(images, sample)
            for key in keys:
                value, reason = (None, problem) if problem else _value(key, tags)
                values[key].append(value)
                if reason:
                    reasons[key][row] = reason
        return Metadata({key: attrs.evolve(column_of(key, values[key])[0], reasons=reasons[key]) for key in keys})


def _tags(images: Dataset, sample: str) -> tuple[Tags, str]:
    """The tags of a file; or why they can't be read."""
    try:
        with images.image(sample) as image:
            return tags_of(image.getexif()), ""
    except Exception as error:  # noqa: BLE001 (what is damaged raises all sorts of things)
        return {}, getattr(error, "strerror", None) or str(error) or type(error).__name__


def _value(key: str, tags: Tags) -> tuple[str | None, str]:
    """What the tags say; or why they don't."""
    try:
        return FIELDS[key](tags), ""
    except ValueError as error:
        return None, str(error)


def read(location: str, options: Params) -> ExifCategories:
    """Look whether there is a folder."""
    if not location:
        raise DatasetError("which folder's images? The samples' names are relative to it: exif:FOLDER")
    if not Path(location).is_dir():
        raise DatasetError(f"{location} is not a folder: EXIF is read from files of this machine")
    return ExifCategories(Path(location))


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare exif."""
    return [AnnotationFormat("exif", read, doc=__doc__ or "")]
