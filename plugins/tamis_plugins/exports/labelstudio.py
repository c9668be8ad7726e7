"""Tasks of Label Studio: one for each selected image, with what is known of it as pre-annotations.

The target is a JSON file to import into a project. ``data`` of a task has ``image``, ``sample``, which is the name, and
``rank``. ``image`` is ``root`` and the name, percent-encoded after http and https. By default the root is that of Label
Studio's local files, ``/data/local-files/?d=``: the folder of the images is then its ``LOCAL_FILES_DOCUMENT_ROOT``. For
a bucket that is connected as storage it is ``s3://bucket/photos/``, and for a web server its address.

``predictions`` are the objects of the annotations that were given, or of what the run has predicted, if it has just
been made; ``task`` says which, where there are several tasks, and is their ``model_version``. Boxes are rectangles,
outlines polygons, one for each ring, and classes of a classification choices. Masks and keypoints are left out, with a
note; the boxes around them are written. An image of which it isn't known which objects it has, has no predictions. The
labeling configuration that they fit goes beside the target, with the suffix ``.xml``. With ``predictions=false``, or
where there is no task, there are images only, and no configuration.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import PurePath
from typing import Any

from tamis import Export, Params, Selection, check_output, hookimpl, output_files
from tamis_plugins.image_files.urls import url_of
from tamis_plugins.labels.labels import Labels
from tamis_plugins.labels.tasks import TASK, task_names
from tamis_plugins.labelstudio.configuration import configuration
from tamis_plugins.labelstudio.regions import regions_of
from tamis_plugins.targets.replacing import FORCE, check_apart

#: Where Label Studio serves files of its own machine.
LOCAL_FILES = "/data/local-files/?d="


def write(selection: Selection, target: str, options: Params) -> Iterator[str]:
    """Write the tasks and the configuration, whole or not at all."""
    check(target, options)
    check_apart(target, selection, options)
    labels = None
    if options["predictions"] and ("task" in options or task_names(selection)):
        labels = Labels.of(selection, options.get("task"))
    tasks: list[dict[str, Any]] = [
        {"data": {"image": url_of(options["root"], name), "sample": name, "rank": rank}}
        for name, rank in selection.ranks.items()
    ]
    contents: dict[str, bytes] = {}
    if labels is not None:
        for task, image in zip(tasks, labels.images, strict=True):
            if image.known:
                result = [*regions_of(labels, image)]
                task["predictions"] = [{"model_version": labels.schema.name, "result": result}]
        contents[beside(target)] = configuration(labels)
    contents[target] = json.dumps(tasks).encode()
    with output_files(*contents, force=options["force"]) as files:
        for file, content in zip(files, contents.values(), strict=True):
            file.write(content)
    if labels is not None:
        yield from labels.notes
        yield from labels.unknown("they have no predictions")
        yield from labels.without("Label Studio's import", "masks", "keypoints")
        yield f"labeling configuration -> {beside(target)}"
    yield f"{len(tasks)} tasks -> {target}"


def check(target: str, options: Params) -> None:
    """Refuse a target that is there already."""
    for path in (target, beside(target)):
        check_output(path, force=options["force"])


def beside(target: str) -> str:
    """Where the labeling configuration goes."""
    path = PurePath(target)
    return str(path.with_suffix(".xml") if path.suffix.lower() == ".json" else f"{path}.xml")


@hookimpl
def tamis_exports() -> list[Export]:
    """Declare labelstudio."""
    schema = {
        "properties": {
            "task": TASK,
            "root": {"type": "string", "default": LOCAL_FILES, "description": "What stands before each name."},
            "predictions": {"type": "boolean", "default": True, "description": "Whether to write what is known."},
            "force": FORCE,
        },
        "examples": [{"task": "object-detection"}, {"predictions": False}],
    }
    return [Export("labelstudio", write, check=check, schema=schema, doc=__doc__ or "")]
