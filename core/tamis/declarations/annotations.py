"""Annotation formats: what is known of samples, predictions and metadata, whatever it is written in."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from tamis.declarations.checks import clean, is_function, is_name, is_schema, may_be_function
from tamis.declarations.params import Params, Report
from tamis.errors import DatasetError, PredictionError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path

    from tamis.data.field import Metadata, MetadataField
    from tamis.data.predictions import Predictions
    from tamis.data.task_schema import TaskSchema


class Annotations:
    """What is known of samples: prediction tasks, metadata, tags. By itself, nothing.

    A subclass overrides what it has. What it holds is found by the names of the samples, as the dataset has them, so
    that one may be used for any dataset. Methods may be called from several threads, and again; reading is put off to
    the method that needs it, so that a config pays for what it uses and a broken file costs nobody else.

    Attributes:
        where: Where it was read from, for messages, such as a path.
    """

    where: str = ""

    def tasks(self) -> Collection[str]:
        """The names of its prediction tasks. Raises `PredictionError` if they can't be read."""
        return ()

    def task(self, name: str) -> TaskSchema:
        """What one of `tasks` predicts, before any prediction is read. Raises `PredictionError` if that is wrong."""
        raise PredictionError(f"no task '{name}'{_in(self.where)}{did_you_mean(name, self.tasks())}")

    def predictions(self, name: str, samples: Sequence[str], report: Report) -> Predictions:
        """The predictions of one of `tasks`, a row for each of these samples; made with a `PredictionsBuilder`.

        One bad prediction costs that sample, with its reason. Boxes are in pixels; tamis clips them to their images.

        Args:
            name: The task.
            samples: Names of the samples.
            report: To be called with how many are done of how many; raises if the host wants to stop.

        Raises:
            PredictionError: nothing of it can be read.
        """
        raise PredictionError(f"no task '{name}'{_in(self.where)}")

    def fields(self) -> Mapping[str, MetadataField]:
        """Its metadata fields by key, before any value is read. Raises `MetadataError` if they can't be read."""
        return {}

    def metadata(self, keys: Collection[str], samples: Sequence[str], report: Report) -> Metadata:
        """The values of some of `fields` for these samples.

        Raises:
            MetadataError: a value is wrong; the message names file, key, expected and found.
        """
        from tamis.data.field import Metadata

        return Metadata({})

    def tags(self) -> Collection[str]:
        """The names of its tags: lists of samples."""
        return ()

    def tag(self, name: str) -> Sequence[str]:
        """The names of samples in one of `tags`, in its order. Raises `DatasetError` if it can't be read."""
        raise DatasetError(f"there is no tag {name!r}{_in(self.where)}{did_you_mean(name, self.tags())}")

    def tag_file(self, name: str) -> Path:
        """The file that keeps a tag of this name, or would: a name of a sample on each line.

        Raises:
            DatasetError: no tag can be called so, or there is no place for tags.
        """
        raise DatasetError(f"the tag {name!r} can't be kept: there is no place for tags{_in(self.where)}")

    def vectors(self, name: str) -> Path | None:
        """The file of vectors that it keeps under this name; None if there is none."""
        return None


@attrs.frozen
class AnnotationFormat:
    """A format of annotations: predictions, labels and metadata of samples.

    Attributes:
        name: What ``--annotations NAME:LOCATION`` calls it. The entry-point name.
        read: ``read(location, options) -> Annotations``: opens what is at a location, such as a path. Reads as little
            as tells whether it is there; the rest is read when it is asked for. May raise `DatasetError` and
            `ParameterError`.
        write: ``write(location, samples, predictions) -> where``: writes the `Predictions` of a task for these samples,
            whole or not at all, so that ``read`` reads them back. None if it writes nothing. May raise `OutputError`.
        check: ``check(location, task)``: raises `OutputError` if ``write`` could not write a task of this name there,
            before the work whose result it is to be.
        schema: JSON Schema (2020-12) of its options. Every option is named in ``properties``; others are refused. A
            ``default`` is filled in.
        doc: What the format is, and what of it is read.
    """

    name: str = attrs.field(validator=is_name)
    read: Callable[[str, Params], Annotations] = attrs.field(validator=is_function)
    write: Callable[[str, Sequence[str], Predictions], str] | None = attrs.field(
        default=None, kw_only=True, validator=may_be_function
    )
    check: Callable[[str, str], None] | None = attrs.field(default=None, kw_only=True, validator=may_be_function)
    schema: Mapping[str, Any] = attrs.field(factory=dict, kw_only=True, validator=is_schema, hash=False)
    doc: str = attrs.field(default="", kw_only=True, converter=clean)


def _in(where: str) -> str:
    return f" in {where}" if where else ""
