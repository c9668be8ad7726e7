"""What the format reads, in a run, and what the kit says of it."""

import json
from pathlib import Path

import numpy as np

import tamis
from tamis.templates import annotation as plugin
from tamis.testing import SAMPLES, check_annotation_format


def written(folder: Path, labels: dict[str, str]) -> Path:
    """A file of labels."""
    path = folder / "labels.json"
    path.write_text(json.dumps(labels))
    return path


def test_the_labels_can_be_balanced(tmp_path: Path) -> None:
    """The only dog is among the two that are selected."""
    (annotation_format,) = plugin.tamis_annotation_formats()
    registry = tamis.Registry(block=[annotation_format.name])
    registry.register(plugin)
    names = ["a.png", "b.png", "c.png"]
    path = written(tmp_path, {"a.png": "cat", "b.png": "cat", "c.png": "dog"})
    dataset = tamis.Dataset.from_images(names, [np.zeros((4, 4, 3), dtype=np.uint8)] * 3)
    dataset = dataset.annotate(annotation_format.name, path, registry=registry)
    entry = {
        "input": {"type": "PREDICTIONS", "task": "label", "name": "CLASS_DISTRIBUTION"},
        "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
    }
    result = tamis.select(dataset, {"n_samples": 2, "strategies": [entry]}, registry=registry)

    assert set(result.selected) == {"a.png", "c.png"}


def test_conformance(tmp_path: Path) -> None:
    """No check fails on labels of the kit's samples."""
    (annotation_format,) = plugin.tamis_annotation_formats()
    path = written(tmp_path, {name: ("cat", "dog")[number % 2] for number, name in enumerate(SAMPLES.values())})
    results = check_annotation_format(annotation_format, location=str(path))

    assert [result for result in results if result.status == "failed"] == []
