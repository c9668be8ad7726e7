"""COCO's JSON: objects in boxes, with masks and with keypoints; ground truth, or what a model has predicted.

The location is the file, a path or a URL as the source ``url`` takes them. Ground truth is an object with ``images``,
``categories`` and ``annotations``; each of its objects counts as predicted with score 1. Results are a list, as COCO's
evaluation takes it; ``images_from`` is then the ground truth that has the images and categories.

The tasks are ``detection`` (boxes), ``segmentation`` (polygons and run lengths, whose masks are those of COCO's own
tools) and ``keypoints``: those that the file has something for, or the one that ``task`` names. With ``--annotations
NAME=coco:FILE`` they are called ``NAME.detection`` and so on, or ``NAME`` if it is one. An object that has nothing for
a task is left out of it. A keypoint has confidence 1 if it was labelled, else 0.

An image is the sample of the same name as its ``file_name``, else the one whose path ends with it, or that is the end
of it, if that is clear. A sample that the file lists without annotations has no objects. Crowds (``iscrowd``) count as
an object each, which a note says; ``crowd=false`` leaves them out. An id that is the text of a number, as ``"12"``, is
taken as that number. What is wrong with one annotation costs its sample.
"""

from __future__ import annotations

from tamis import AnnotationFormat, Params, hookimpl
from tamis_plugins.anywhere.file import File
from tamis_plugins.anywhere.finding import ACCESS, file_of, file_there
from tamis_plugins.coco.file import CocoFile, read_coco
from tamis_plugins.coco.labels import CocoLabels
from tamis_plugins.coco.objects import TASKS


class Coco(CocoLabels):
    """A COCO file.

    Args:
        file: The file.
        images_from: That which has the images and categories of results.
        options: The format's.
    """

    def __init__(self, file: File, images_from: File | None, options: Params) -> None:
        super().__init__(file.where, options.get("task"), crowd=options["crowd"])
        self._source, self._images_from = file, images_from

    def read(self) -> CocoFile:
        """The file, and the other."""
        return read_coco(self._source, self._images_from)


def read(location: str, options: Params) -> Coco:
    """Open the file; it is read later."""
    return Coco(file_there(location, "COCO file", options), file_of("images_from", options), options)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare coco."""
    schema = {
        "properties": {
            "task": {"enum": list(TASKS), "description": "The only one to take; by default all that there are."},
            "images_from": {
                "type": "string",
                "minLength": 1,
                "description": "Of results: the ground truth that has their images and categories.",
            },
            "crowd": {"type": "boolean", "default": True, "description": "Whether crowds count as objects."},
            **ACCESS,
        }
    }
    return [AnnotationFormat("coco", read, schema=schema, doc=__doc__ or "")]
