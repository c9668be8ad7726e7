"""Pascal VOC's labels: an XML file for each image, with boxes, as a task ``detection``.

The location is a folder of XML files, such as ``Annotations``, or the folder that holds it; a path or a URL, as the
source ``url`` takes them. The categories are those that occur, in alphabetical order, or those of ``names``, such as
``names=["cat","dog"]``; then files are read when the task is used, not before. Every object counts as predicted with
score 1; ``difficult=false`` leaves out those that are marked so. Corners are taken as they are written; ``first=1``
says that the first pixel is called 1, as in VOC's own files, so that they are moved by one.

A file belongs to the image of the same path but for the suffix, or whose path ends with it, or that is the end of it,
if that is clear. A sample without a file has no objects. A file that is wrong, or whose root isn't ``annotation``,
costs its sample; a namespace changes nothing.
"""

from __future__ import annotations

from xml.etree import ElementTree

from tamis import AnnotationFormat, Params, hookimpl
from tamis_plugins.anywhere.finding import ACCESS, folder_there
from tamis_plugins.anywhere.tree import Tree
from tamis_plugins.label_files.detections import NAMES, Labelled, NamedDetections
from tamis_plugins.label_files.numbers import number_of


class Voc(NamedDetections):
    """A folder of XML files."""

    def __init__(self, tree: Tree, folder: str, options: Params) -> None:
        super().__init__(tree, folder, ".xml", options.get("names"))
        self._first, self._difficult = options["first"], options["difficult"]

    def labelled(self, content: bytes) -> list[Labelled]:
        """Its ``object`` elements."""
        try:
            root = ElementTree.fromstring(content)  # noqa: S314
        except (ElementTree.ParseError, LookupError, ValueError) as error:
            raise ValueError(f"not XML: {error}") from error
        if (found_root := root.tag.rpartition("}")[2]) != "annotation":
            raise ValueError(f"its root is <{found_root}>, not <annotation>")
        found = []
        for number, element in enumerate(root.findall("{*}object")):
            if not self._difficult and (element.findtext("{*}difficult") or "").strip() == "1":
                continue
            if element.find("{*}bndbox") is None:
                raise ValueError(f"object[{number}] has no bndbox, the box that an object needs")
            name = (element.findtext("{*}name") or "").strip()
            corners = [element.findtext(f"{{*}}bndbox/{{*}}{corner}") for corner in ("xmin", "ymin", "xmax", "ymax")]
            try:
                left, top, right, bottom = (number_of(corner or "") for corner in corners)
            except ValueError:
                raise ValueError(f"object[{number}].bndbox: {corners} are not four numbers") from None
            if not name or right < left or bottom < top:
                raise ValueError(f"object[{number}] has no name, or no box from left to right and top to bottom")
            box = (left - self._first, top - self._first, right - left + self._first, bottom - top + self._first)
            found.append(Labelled(name, box))
        return found


def read(location: str, options: Params) -> Voc:
    """Find the folder of XML files."""
    tree = folder_there(location, "VOC folder", options)
    return Voc(tree, "Annotations" if tree.is_folder("Annotations") else "", options)


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare voc."""
    schema = {
        "properties": {
            "names": NAMES,
            "difficult": {"type": "boolean", "default": True, "description": "Whether difficult objects count."},
            "first": {"enum": [0, 1], "default": 0, "description": "What the first pixel is called."},
            **ACCESS,
        }
    }
    return [AnnotationFormat("voc", read, schema=schema, doc=__doc__ or "")]
