"""The objects of a task on each selected image."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import attrs

from tamis import Selection, TaskSchema
from tamis_plugins.labels.objects import LabelledObject, objects_of
from tamis_plugins.labels.tasks import check_usable, chosen, notes_of, predictions_of, read_of, sizes_of, unknown_of

#: What objects may have beside a category and a box.
FEATURES: dict[str, Callable[[LabelledObject], bool]] = {
    "scores": lambda labelled: labelled.score < 1,
    "outlines": lambda labelled: bool(labelled.rings),
    "masks": lambda labelled: labelled.runs is not None,
    "keypoints": lambda labelled: len(labelled.keypoints) > 0,
}


@attrs.frozen(eq=False)
class LabelledImage:
    """A selected image.

    Attributes:
        name: The sample.
        width: In pixels.
        height: In pixels.
        known: Whether it is known which objects it has, be it none.
        objects: These.
    """

    name: str
    width: int
    height: int
    known: bool
    objects: tuple[LabelledObject, ...]


@attrs.frozen(eq=False)
class Labels:
    """The labels of a selection.

    Attributes:
        schema: The task.
        images: In the order picked.
        notes: What the user should know of them.
    """

    schema: TaskSchema
    images: tuple[LabelledImage, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, selection: Selection, task: str | None) -> Labels:
        """Of a task; None for the only one that there is.

        Raises:
            ParameterError: there is no such task, or several.
            PredictionError: there is none at all, it can't be read, or no sample of the dataset has labels of it.
            DatasetError: an image can't be read.
        """
        name = chosen(selection, task)
        read = read_of(selection, name)
        check_usable(read, selection.samples)
        sizes = sizes_of(selection.dataset, selection.selected)
        predictions = predictions_of(selection, read, sizes, masks=False)
        known = predictions.known.tolist()
        images = tuple(
            LabelledImage(sample, width, height, known[row], objects_of(predictions, row, width, height))
            for row, (sample, (width, height)) in enumerate(zip(selection.selected, sizes, strict=True))
        )
        notes = [*notes_of(selection, predictions)]
        return cls(predictions.schema, images, tuple(notes))

    def known(self) -> tuple[LabelledImage, ...]:
        """The images of which it is known which objects they have."""
        return tuple(image for image in self.images if image.known)

    def unknown(self, outcome: str) -> Iterator[str]:
        """What there is to say of the others, and what becomes of them."""
        yield from unknown_of([image.name for image in self.images if not image.known], outcome)

    def objects(self) -> Iterator[LabelledObject]:
        """Of all images."""
        for image in self.images:
            yield from image.objects

    def category(self, labelled: LabelledObject) -> str:
        """The name of an object's category."""
        return self.schema.category_names[labelled.category]

    def without(self, form: str, *features: str) -> Iterator[str]:
        """What there is to say of objects that have what a form has no place for: some of `FEATURES`."""
        objects = tuple(self.objects())
        for feature in features:
            if count := sum(map(FEATURES[feature], objects)):
                yield f"{form} has no place for {feature}: those of {count} objects are left out"
