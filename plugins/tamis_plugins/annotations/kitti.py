"""KITTI's labels: a text file for each image, with boxes, as a task ``detection``.

The location is a folder of label files, such as ``training/label_2``; a path or a URL, as the source ``url`` takes
them. A line has a category, 14 numbers, of which the fourth to the seventh are the box in the image, and, as models
write it, a score from 0 to 1; else that is 1. What is ``DontCare`` is left out. The categories are those that occur, in
alphabetical order, or those of ``names``, such as ``names=["Car","Pedestrian"]``; then files are read when the task is
used, not before.

A file belongs to the image of the same path but for the suffix, or whose path ends with it, or that is the end of it,
if that is clear. A sample without a file has no objects. A line that is wrong costs its sample.
"""

from __future__ import annotations

import math

from tamis import AnnotationFormat, Params, hookimpl
from tamis_plugins.anywhere.finding import ACCESS, folder_there
from tamis_plugins.label_files.detections import NAMES, Labelled, NamedDetections
from tamis_plugins.label_files.files import lines_in
from tamis_plugins.label_files.numbers import number_of

#: What is no object.
_IGNORED = "DontCare"
#: How many numbers follow the category, without a score.
_NUMBERS = 14


class Kitti(NamedDetections):
    """A folder of label files."""

    def labelled(self, content: bytes) -> list[Labelled]:
        """A line each."""
        found = []
        for number, line in enumerate(lines_in(content), start=1):
            tokens = line.split()
            if not tokens or tokens[0] == _IGNORED:
                continue
            words = next((position for position, token in enumerate(tokens) if _is_number(token)), len(tokens))
            name, values = " ".join(tokens[:words]), [number_of(token) for token in tokens[words:] if _is_number(token)]
            if not name or len(values) != len(tokens) - words or len(values) not in (_NUMBERS, _NUMBERS + 1):
                raise ValueError(f"line {number}: {line:.60} is not a category and {_NUMBERS} numbers, or one more")
            left, top, right, bottom = values[3:7]
            if right < left or bottom < top:
                raise ValueError(f"line {number}: no box from left to right and top to bottom")
            score = values[_NUMBERS] if len(values) > _NUMBERS else 1.0
            found.append(Labelled(name, (left, top, right - left, bottom - top), score))
        return found


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(number_of(text))
    except ValueError:
        return False


def read(location: str, options: Params) -> Kitti:
    """Find the folder."""
    return Kitti(folder_there(location, "KITTI folder", options), "", ".txt", options.get("names"))


@hookimpl
def tamis_annotation_formats() -> list[AnnotationFormat]:
    """Declare kitti."""
    schema = {
        "properties": {
            "names": NAMES,
            **ACCESS,
        }
    }
    return [AnnotationFormat("kitti", read, schema=schema, doc=__doc__ or "")]
