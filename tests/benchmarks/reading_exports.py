"""Read exports by the programs that they are for and that are too large for CI: in an environment of its own,

``pip install -e '.[parquet]' webdataset datasets label-studio-sdk lxml``, then
``python -m tests.benchmarks.reading_exports`` in the clone. It prints a line for each, and fails where one is read
otherwise than it was written. ``tests/plugins`` reads the rest.
"""

from __future__ import annotations

import json
import tempfile
from importlib import import_module
from pathlib import Path

import click

from tamis import Selection
from tests.plugins.exported import HEIGHT, NAMES, make_result, read_result, width_of

SELECTED = list(NAMES[1:])


def read_tar(selection: Selection, folder: Path) -> None:
    """WebDataset finds each image with what is known of it."""
    selection.export("tar", folder / "tar", samples=3)
    shards = [str(path) for path in sorted((folder / "tar").iterdir())]
    samples = list(import_module("webdataset").WebDataset(shards, shardshuffle=False).decode("pil"))
    assert [sample["json"]["name"] for sample in samples] == SELECTED
    assert [sample["png"].size for sample in samples] == [(width_of(name), HEIGHT) for name in SELECTED]


def read_huggingface(selection: Selection, folder: Path) -> None:
    """`datasets` decodes each image, and has types for all columns."""
    selection.export("huggingface", folder / "hf")
    cache = str(folder / "cache")
    rows = import_module("datasets").load_dataset(str(folder / "hf"), cache_dir=cache)["train"]
    assert [row["sample"] for row in rows] == SELECTED
    assert [row["image"].size for row in rows] == [(width_of(name), HEIGHT) for name in SELECTED]
    assert rows.column_names == ["image", "sample", "rank", "lightly.width"]


def read_labelstudio(selection: Selection, folder: Path) -> None:
    """Label Studio takes the configuration, and finds nothing wrong with a task or a prediction."""
    interface = import_module("label_studio_sdk.label_interface").LabelInterface
    for task in ("detection", "segmentation"):
        path = folder / f"{task}.json"
        selection.export("labelstudio", path, task=task)
        configured = interface(path.with_suffix(".xml").read_text())
        for each in json.loads(path.read_text()):
            assert configured.validate_task({"data": each["data"]})
            for prediction in each["predictions"]:
                assert configured.validate_prediction(prediction, return_errors=True) == []


def read_xml(selection: Selection, folder: Path) -> None:
    """Lxml, which most readers of VOC and CVAT use, takes the text."""
    selection.export("cvat", folder / "cvat.xml", task="segmentation")
    selection.export("voc", folder / "voc", task="detection")
    for path in (folder / "cvat.xml", *(folder / "voc").rglob("*.xml")):
        assert len(import_module("lxml.etree").fromstring(path.read_text()))


def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as name:
        make_result(Path(name))
        selection = read_result(Path(name))
        for read in (read_tar, read_huggingface, read_labelstudio, read_xml):
            read(selection, Path(name))
            click.echo(f"{read.__name__}: as it was written")


if __name__ == "__main__":
    main()
