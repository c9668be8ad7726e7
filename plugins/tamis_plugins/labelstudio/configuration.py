"""The labeling configuration of a project that regions fit into."""

from __future__ import annotations

from xml.etree import ElementTree

from tamis_plugins.labels.labels import Labels
from tamis_plugins.labels.xml import add, document
from tamis_plugins.labelstudio.regions import IMAGE, TAGS, type_of

#: The tag that regions of a type are drawn with, and that of one of its labels.
_DRAWN = {
    "rectanglelabels": ("RectangleLabels", "Label"),
    "polygonlabels": ("PolygonLabels", "Label"),
    "choices": ("Choices", "Choice"),
}


def configuration(labels: Labels) -> bytes:
    """An XML file: the image, and the tags that its regions are drawn with, with all categories of the task."""
    root = ElementTree.Element("View")
    add(root, "Image", name=IMAGE, value=f"${IMAGE}")
    otherwise = "choices" if labels.schema.task_type == "classification" else "rectanglelabels"
    for type_ in sorted({type_of(labels, labelled) for labelled in labels.objects()} or {otherwise}):
        tag, label = _DRAWN[type_]
        drawn = add(root, tag, name=TAGS[type_], toName=IMAGE)
        for name in labels.schema.category_names:
            add(drawn, label, value=name)
    return document(root)
