"""Annotation formats: what is known of samples, predictions and metadata, whatever it is written in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from tamis.declarations.checks import clean, is_function, is_prefix, is_schema, may_be_function
from tamis.declarations.params import Params, Report
from tamis.errors import DatasetError, PredictionError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from tamis.data.field import Metadata, MetadataField
    from tamis.data.predictions import Predictions
    from tamis.data.task_schema import TaskSchema


class Annotations:
    """What is known of samples: prediction tasks, metadata fields, tags.

    This class knows nothing. A subclass overrides the methods of what it has. It is asked by the names of samples, as
    the dataset has them, and need not know all of them. Methods may be called several times, and from several threads.

    What is large is best read in the method that returns it. A config then pays only for what it uses, and a broken
    file hurts only the configs that use it.

    Attributes:
        where: Where it was read, for messages, such as a path.
    """

    where: str = ""

    def tasks(self) -> Collection[str]:
        """The names of its prediction tasks, each once. Raises `PredictionError` if they can't be read."""
        return ()

    def task(self, name: str) -> TaskSchema:
        """Type and categories of one of `tasks`; reads no prediction. Raises `PredictionError` if they are wrong."""
        raise PredictionError(f"no task '{name}'{_in(self.where)}{did_you_mean(name, self.tasks())}")

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """The predictions of one of `tasks`, with a row for each of these samples. `PredictionsBuilder` makes them.

        A prediction that is wrong costs its sample only, with the reason (`PredictionsBuilder.reasons`). Boxes are x,
        y, width and height in pixels, from the top left; tamis clips them to their images.

        Args:
            name: The task.
            samples: Names of the samples, which set the order of the rows.
            report: ``report(done, total)``, to be called often. It raises if the host wants to stop; let that through.

        Raises:
            PredictionError: no prediction of the task can be read.
        """
        raise PredictionError(f"no task '{name}'{_in(self.where)}")

    def fields(self) -> Mapping[str, MetadataField]:
        """Its metadata fields by key; reads no value. Raises `MetadataError` if they can't be read."""
        return {}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """The values of some of `fields`, in columns with a row for each of these samples.

        A sample without a value is not ``valid`` in the column, with the reason in ``reasons``.

        Args:
            keys: Of `fields`; each is a key of ``Metadata.columns``.
            samples: Names of the samples, which set the order of the rows.
            report: ``report(done, total)``, to be called often. It raises if the host wants to stop; let that through.

        Raises:
            MetadataError: a value is wrong. The message names the file, the key, what was expected and what was found.
        """
        from tamis.data.field import Metadata

        return Metadata({})

    def tags(self) -> Collection[str]:
        """The names of its tags, which are lists of samples."""
        return ()

    def tag(self, name: str) -> Sequence[str]:
        """The names of samples in one of `tags`, in its order. Raises `DatasetError` if it can't be read."""
        raise DatasetError(f"there is no tag {name!r}{_in(self.where)}{did_you_mean(name, self.tags())}")

    def tag_file(self, name: str) -> Path:
        """The file for a tag of this name, whether it exists or not. tamis writes the name of a sample on each line.

        Raises:
            DatasetError: no tag can have this name, or there is no place for tags.
        """
        raise DatasetError(f"the tag {name!r} can't be kept: there is no place for tags{_in(self.where)}")

    def vectors(self, name: str) -> Path | None:
        """The path of its file of vectors of this name, for the embedder ``files``; None if there is none."""
        return None


@attrs.frozen
class AnnotationFormat:
    """A format of annotations: predictions, labels and metadata of samples.

    Attributes:
        name: What ``--annotations NAME:LOCATION`` calls it. The entry-point name.
        read: ``read(location, options) -> Annotations``: opens what is at a location, such as a path. It reads only
            enough to tell that something is there; the methods of `Annotations` read the rest. May raise
            `DatasetError`, and `ParameterError` about an option.
        write: ``write(location, samples, predictions) -> where``: writes the `Predictions` of a task, whose rows are
            these samples, so that ``read`` reads them back; returns the path of what was written. All is written, or
            nothing. May raise `OutputError`. None if the format can only be read.
        check: ``check(location, task)``: raises `OutputError` if ``write`` can't write a task of this name there.
            Called before the predictions are made; writes nothing.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in.
        doc: What the format is, and what of it is read.
    """

    name: str = attrs.field(validator=is_prefix)
    read: Callable[[str, Params], Annotations] = attrs.field(validator=is_function)
    write: Callable[[str, Sequence[str], Predictions], str] | None = attrs.field(
        default=None, kw_only=True, validator=may_be_function
    )
    check: Callable[[str, str], None] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)


def _in(where: str) -> str:
    return f" in {where}" if where else ""
