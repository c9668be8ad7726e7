"""Read exports by the programs that they are for and that are too large for CI: in an environment of its own,

``pip install -e '.[parquet]' webdataset datasets label-studio-sdk lxml lightly-studio embedding-atlas``, then
``python -m tests.benchmarks.reading_exports`` in the clone. It prints a line for each, and fails where one is read
otherwise than it was written; what isn't installed is passed over. ``tests/plugins`` reads the rest.

``STUDIO_DATABASE`` is the address of an empty database for LightlyStudio, such as one of PostgreSQL with pgvector:
``postgresql://user@host/studio``; by default it is a file. ``LABEL_STUDIO_URL`` and ``LABEL_STUDIO_API_KEY`` are those
of a server of Label Studio, to which projects are added: such as of ``label-studio start --user-token KEY``, once
legacy tokens are enabled in its organization.
"""

from __future__ import annotations

import json
import os
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from tamis import Selection
from tests.plugins.exported import HEIGHT, NAMES, labels_of, make_result, read_result, width_of

SELECTED = list(NAMES[1:])


def read_by_webdataset(selection: Selection, folder: Path) -> None:
    """WebDataset finds each image with what is known of it."""
    selection.export("tar", folder / "tar", samples=3)
    shards = [str(path) for path in sorted((folder / "tar").iterdir())]
    samples = list(import_module("webdataset").WebDataset(shards, shardshuffle=False).decode("pil"))
    assert [sample["json"]["name"] for sample in samples] == SELECTED
    assert [sample["png"].size for sample in samples] == [(width_of(name), HEIGHT) for name in SELECTED]


def read_by_datasets(selection: Selection, folder: Path) -> None:
    """`datasets` decodes each image, and has types for all columns."""
    selection.export("huggingface", folder / "hf")
    cache = str(folder / "cache")
    rows = import_module("datasets").load_dataset(str(folder / "hf"), cache_dir=cache)["train"]
    assert [row["sample"] for row in rows] == SELECTED
    assert [row["image"].size for row in rows] == [(width_of(name), HEIGHT) for name in SELECTED]
    assert rows.column_names == ["image", "sample", "rank", "lightly.width"]


def read_by_embedding_atlas(selection: Selection, folder: Path) -> None:
    """Embedding Atlas has each image and its values in its database, from Parquet with images and from tables."""
    selection.export("huggingface", folder / "atlas")
    paths = [folder / "atlas/data/train-00000-of-00001.parquet"]
    for suffix in ("csv", "jsonl", "parquet"):
        paths.append(folder / f"atlas.{suffix}")
        selection.export("table", paths[-1])
    load = import_module("embedding_atlas.utils").load_pandas_data
    connect = import_module("embedding_atlas.server").make_duckdb_connection
    expected = [(name, rank, width_of(name)) for rank, name in enumerate(SELECTED, start=1)]
    for path in paths:
        database = connect(load(str(path)))
        columns = 'sample, rank, "lightly.width"'
        assert database.sql(f"SELECT {columns} FROM dataset ORDER BY rank").fetchall() == expected  # noqa: S608
    rows = connect(load(str(paths[0]))).sql("SELECT image.bytes FROM dataset ORDER BY rank").fetchall()
    assert [content for (content,) in rows] == [(folder / "photos" / name).read_bytes() for name in SELECTED]


def read_by_label_studio(selection: Selection, folder: Path) -> None:
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


def read_by_a_label_studio_server(selection: Selection, folder: Path) -> None:
    """A server takes the configuration and the tasks, and gives the same data and regions back."""
    if not (address := os.environ.get("LABEL_STUDIO_URL")):
        raise ModuleNotFoundError("no server is named by LABEL_STUDIO_URL")
    client = import_module("label_studio_sdk").LabelStudio(base_url=address, api_key=os.environ["LABEL_STUDIO_API_KEY"])
    for task in ("detection", "segmentation"):
        path = folder / f"server-{task}.json"
        selection.export("labelstudio", path, task=task)
        written = json.loads(path.read_text())
        project = client.projects.create(title=task, label_config=path.with_suffix(".xml").read_text())
        client.projects.import_tasks(project.id, request=written)
        taken = sorted(client.tasks.list(project=project.id, fields="all"), key=lambda each: each.data["rank"])
        assert [each.data for each in taken] == [each["data"] for each in written]
        for one, other in zip(taken, written, strict=True):
            assert [each.result for each in one.predictions] == [each["result"] for each in other["predictions"]]


def read_by_lxml(selection: Selection, folder: Path) -> None:
    """Lxml, which most readers of VOC and CVAT use, takes the text."""
    selection.export("cvat", folder / "cvat.xml", task="segmentation")
    selection.export("voc", folder / "voc", task="detection")
    for path in (folder / "cvat.xml", *(folder / "voc").rglob("*.xml")):
        assert len(import_module("lxml.etree").fromstring(path.read_text()))


def read_by_lightlystudio(selection: Selection, folder: Path) -> None:
    """LightlyStudio has all images of COCO's file and of the YOLO data set, with their objects; and the tag."""
    os.environ["LIGHTLY_STUDIO_ANALYTICS_ENABLED"] = "false"
    studio = import_module("lightly_studio")
    database = os.environ.get("STUDIO_DATABASE", f"duckdb:///{folder}/studio.db")
    studio.database.db_manager.connect(db_url=database)
    without: dict[str, Any] = {"embed": False, "embed_annotations": False}
    coco, yolo = (studio.ImageDataset.create(name=name) for name in ("coco", "yolo"))
    selection.export("coco", folder / "studio.json", task="detection")
    coco.add_samples_from_coco(folder / "studio.json", folder / "photos", **without)
    selection.export("yolo", folder / "studio", task="detection")
    yolo.add_samples_from_yolo(folder / "studio" / "data.yaml", **without)
    for dataset in (coco, yolo):
        found = {sample.file_name: len(sample.annotations) for sample in dataset}
        assert found == {name: len(labels_of(name)) for name in SELECTED}
    selection.export("lightlystudio", database, dataset="coco", tag="batch 1")
    fields = import_module("lightly_studio.core.dataset_query").ImageSampleField
    tagged = coco.match(fields.tags.contains("batch 1"))
    assert {sample.file_path_abs for sample in tagged} == {str(folder / "photos" / name) for name in SELECTED}


def main() -> None:
    """All of them."""
    with tempfile.TemporaryDirectory() as name:
        make_result(Path(name))
        selection = read_result(Path(name))
        readers = (
            read_by_webdataset,
            read_by_datasets,
            read_by_embedding_atlas,
            read_by_label_studio,
            read_by_a_label_studio_server,
            read_by_lxml,
            read_by_lightlystudio,
        )
        for read in readers:
            try:
                read(selection, Path(name))
            except ModuleNotFoundError as error:
                click.echo(f"{read.__name__}: {error}")
            else:
                click.echo(f"{read.__name__}: as it was written")


if __name__ == "__main__":
    main()
