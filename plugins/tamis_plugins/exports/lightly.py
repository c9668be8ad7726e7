"""A ``.lightly`` folder of the selected samples: a tag, their values as custom metadata, and predictions.

The target is the folder that will hold ``.lightly``: what ``--lightly`` takes, beside the images.

- ``tags/NAME.txt`` lists the samples in the order picked; ``tag`` is NAME, by default ``selected``.
- ``metadata`` has the rank of each, and every number and category that the config used, below ``values``, with ``_`` in
  place of dots and brackets: ``lightly.sharpness`` is ``values.lightly_sharpness``.
- ``predictions`` has all tasks of the annotations that were given, and those that the run has predicted, if it has just
  been made; ``tasks`` says which. Outlines become masks. A sample of which it isn't known which objects it has, has no
  file there.

Two samples that would share a file, such as ``a.jpg`` and ``a.png``, are refused. What is at the target already is
kept, and the export refused, unless ``force`` is true; it is then replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tamis import Export, Params, Predictions, Selection, hookimpl, name_lines, output_folder
from tamis.errors import DatasetError, ParameterError
from tamis_plugins.labels.tasks import notes_of, predictions_of, read_of, sizes_of, task_names, unknown_of
from tamis_plugins.lightly_folder.metadata_writing import write_metadata
from tamis_plugins.lightly_folder.prediction_writing import write_task
from tamis_plugins.lightly_folder.tags import tag_file
from tamis_plugins.selected.values import values_of
from tamis_plugins.targets.replacing import FORCE, check_apart, check_folder


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the folder, whole or not at all."""
    check_apart(target, selection, options)
    tasks = _tasks(selection, options)
    sizes = sizes_of(selection.dataset, selection.selected) if tasks else ()
    notes: list[str] = []
    with output_folder(target, force=options["force"]) as folder:
        tag = _tag(folder / ".lightly" / "tags", options["tag"])
        tag.parent.mkdir(parents=True)
        tag.write_bytes(b"".join(name_lines(selection.selected)))
        write_metadata(folder, values_of(selection))
        for task in tasks:
            predictions = predictions_of(selection, read_of(selection, task), sizes, masks=True)
            write_task(folder, selection.selected, predictions)
            notes += [f"task '{task}': {note}" for note in _notes(selection, predictions)]
    yield from notes
    yield f"{len(selection.selected)} samples, {len(tasks)} tasks -> {target}"


def _notes(selection: Selection, predictions: Predictions) -> Iterator[str]:
    """What the user should know of those of a task."""
    yield from notes_of(selection, predictions)
    known = predictions.known.tolist()
    without = [sample for sample, is_known in zip(selection.selected, known, strict=True) if not is_known]
    yield from unknown_of(without, "they have no file")


def _tasks(selection: Selection, options: Params) -> tuple[str, ...]:
    """Those to write. Raises `ParameterError` about one that there isn't."""
    if options.get("tasks") == []:
        return ()
    names = task_names(selection)
    for number, task in enumerate(options.get("tasks", ())):
        if task not in names:
            raise ParameterError(f"tasks[{number}]", f"{task!r} is none of the tasks {', '.join(names) or '(none)'}")
    return tuple(options.get("tasks", names))


def _tag(folder: Path, name: str) -> Path:
    """The file of a tag. Raises `ParameterError` if none can be called so."""
    try:
        return tag_file(folder, name)
    except DatasetError as error:
        raise ParameterError("tag", str(error)) from error


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare lightly."""
    schema = {
        "properties": {
            "tag": {"type": "string", "minLength": 3, "default": "selected", "description": "What the tag is called."},
            "tasks": {
                "type": "array",
                "items": {"type": "string", "minLength": 1},
                "uniqueItems": True,
                "description": "The prediction tasks; by default all that there are.",
            },
            "force": FORCE,
        }
    }
    return [Export("lightly", write, check=check_folder, schema=schema, doc=__doc__ or "")]
