"""Objects of an image as regions, in percent of its width and height."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from tamis_plugins.labels.labels import LabelledImage, Labels
from tamis_plugins.labels.objects import LabelledObject
from tamis_plugins.labels.xml import fit

#: What the tag of the configuration is called that an image is shown by.
IMAGE = "image"
#: What the tags that regions are drawn with are called, by the type of regions.
TAGS = {"rectanglelabels": "box", "polygonlabels": "outline", "choices": "class"}


def regions_of(labels: Labels, image: LabelledImage) -> Iterator[dict[str, Any]]:
    """All regions of an image, each with an id."""
    found = [region for labelled in image.objects for region in _regions(labels, labelled, image)]
    for number, region in enumerate(found, start=1):
        yield {"id": f"r{number}", **region}


def type_of(labels: Labels, labelled: LabelledObject) -> str:
    """The type of an object's regions."""
    if labels.schema.task_type == "classification":
        return "choices"
    return "polygonlabels" if labelled.rings else "rectanglelabels"


def _regions(labels: Labels, labelled: LabelledObject, image: LabelledImage) -> Iterator[dict[str, Any]]:
    type_ = type_of(labels, labelled)
    common = {"type": type_, "from_name": TAGS[type_], "to_name": IMAGE, "score": labelled.score}
    value = {type_: [fit(labels.category(labelled))]}
    if type_ == "choices":
        yield {**common, "value": value}
        return
    common |= {"original_width": image.width, "original_height": image.height, "image_rotation": 0}
    percent = 100 / np.array([image.width, image.height])
    for ring in labelled.rings:
        yield {**common, "value": {"points": (ring * percent).tolist(), "closed": True, **value}}
    if not labelled.rings and labelled.box is not None:
        x, y, width, height = (np.array(labelled.box) * np.tile(percent, 2)).tolist()
        yield {**common, "value": {"x": x, "y": y, "width": width, "height": height, "rotation": 0, **value}}
