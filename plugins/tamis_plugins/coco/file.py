"""What a COCO file holds: images, categories and annotations, checked where others depend on it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import attrs

from tamis import TaskSchema
from tamis.errors import PredictionError
from tamis_plugins.anywhere.file import File
from tamis_plugins.coco.ids import ListedIds, number_of_id
from tamis_plugins.json_files.parsing import parsed


@attrs.frozen(eq=False)
class CocoFile:
    """Annotations by image.

    Attributes:
        names: ``file_name`` of each image, unique.
        ids: The id of each, unique.
        sizes: Width and height of each; None where they aren't said.
        categories: ``(id, name)`` of each.
        annotations: Of the images that have some, by id.
        strangers: How many annotations are of images that aren't listed.
        listed_in: The file that lists the images.
        results: Whether it is what a model has predicted, with a score for each object.
    """

    names: tuple[str, ...]
    ids: tuple[Any, ...]
    sizes: tuple[tuple[int, int] | None, ...]
    categories: tuple[tuple[int, str], ...]
    annotations: Mapping[Any, list[Any]]
    strangers: int
    listed_in: str
    results: bool

    def schema(self, name: str, task_type: Any, where: str) -> TaskSchema:
        """A task with its categories. Raises `PredictionError`."""
        try:
            return TaskSchema(
                name, task_type, [id_ for id_, _ in self.categories], [name for _, name in self.categories]
            )
        except ValueError as error:
            raise PredictionError(f"{where}: {error}") from error


def read_coco(file: File, images_from: File | None) -> CocoFile:
    """Read ground truth; or results, whose images and categories are in another file.

    Raises:
        PredictionError: it can't be read, isn't such a file, or images have the same id or name.
    """
    path, content = file.where, parsed_file(file)
    results = isinstance(content, list)
    if results and images_from is None:
        raise PredictionError(f"{path}: a list of results; say images_from=FILE, the ground truth that has the images")
    listing, source = (parsed_file(images_from), images_from.where) if results and images_from else (content, path)
    annotations = content if results else listing.get("annotations") if isinstance(listing, dict) else None
    if not isinstance(listing, dict) or not isinstance(annotations, list):
        raise PredictionError(
            f"{path}: neither an object with images, categories and annotations, nor a list of results"
        )
    images = _images(listing.get("images"), source)
    ids, names = tuple(image["id"] for image in images), tuple(image["file_name"] for image in images)
    by_image: dict[Any, list[Any]] = {}
    listed = ListedIds(ids)
    strangers = 0
    for number, annotation in enumerate(annotations):
        if not isinstance(annotation, dict) or not isinstance(image := annotation.get("image_id"), (int, str)):
            where = f"{'' if results else 'annotations'}[{number}]"
            raise PredictionError(f"{path}: {where} is not an object with the image_id that it belongs to")
        if (id_ := listed.find(image)) is not None:
            by_image.setdefault(id_, []).append(annotation)
        else:
            strangers += 1
    return CocoFile(
        names,
        ids,
        tuple(map(size_of, images)),
        categories_of(listing.get("categories"), source),
        by_image,
        strangers,
        source,
        results,
    )


def parsed_file(file: File) -> Any:
    """The data of a JSON file. Raises `PredictionError`."""
    try:
        with file.open() as source:
            content = source.read()
    except OSError as error:
        raise PredictionError(f"{file.where}: can't be read: {error.strerror or error}") from error
    return parsed(content, PredictionError, file.where)


def _images(images: Any, path: str) -> list[dict[str, Any]]:
    if not isinstance(images, list):
        raise PredictionError(f"{path}: images is not a list")
    for number, image in enumerate(images):
        if not (
            isinstance(image, dict)
            and isinstance(image.get("id"), (int, str))
            and isinstance(image.get("file_name"), str)
            and image["file_name"]
        ):
            raise PredictionError(f"{path}: images[{number}] is not an object with an id and a file_name")
    for key in ("id", "file_name"):
        value, count = Counter(image[key] for image in images).most_common(1)[0] if images else (None, 1)
        if count > 1:
            raise PredictionError(f"{path}: {count} images have the {key} {value!r}")
    return images


def size_of(image: dict[str, Any]) -> tuple[int, int] | None:
    """Width and height, as an image or a video has them; None if they aren't said."""
    width, height = image.get("width"), image.get("height")
    return (width, height) if type(width) is int and type(height) is int and min(width, height) > 0 else None


def categories_of(categories: Any, path: str) -> tuple[tuple[int, str], ...]:
    """Id and name of each. An id that is the text of a number is that number. Raises `PredictionError`."""
    if not isinstance(categories, list) or not all(
        isinstance(category, dict) and {"id", "name"} <= category.keys() for category in categories
    ):
        raise PredictionError(f"{path}: categories is not a list of objects with an id and a name")
    return tuple((number_of_id(category["id"]), category["name"]) for category in categories)
