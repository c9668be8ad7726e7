"""The plugins of acme-doors: what they do in a run, and what tamis asks of them."""

from __future__ import annotations

import json
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import tamis
from tamis.testing import SAMPLES, check_annotation_format, check_source, parametrize_with_checks

LABELS = "image,label,price,town\na.png,cat,3,Bern\nb.png,dog,,Ulm\nc.png,cat,5.5,\nnobody.png,cat,1,Bern\n"


def zipped(path: Path, *names: str, color: int = 90) -> Path:
    """An archive of small images, and of a text."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "no image")
        for number, name in enumerate(names):
            with archive.open(name, "w") as file:
                Image.new("RGB", (8 + number, 6), (color, 0, 0)).save(file, "PNG")
    return path


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """Labels of three images."""
    path = tmp_path / "labels.csv"
    path.write_text(LABELS)
    return path


def dataset() -> tamis.Dataset:
    """Those images."""
    return tamis.Dataset.from_images(["a.png", "b.png", "c.png"], [np.zeros((10, 10, 3), dtype=np.uint8)] * 3)


@parametrize_with_checks("acme-doors")
def test_conformance(check: Callable[[], None]) -> None:
    """Each check of the kit is a test; those that need something to read follow below."""
    check()


def passed(results: list[tamis.testing.CheckResult]) -> bool:
    """Whether all checks were made, and none fails."""
    assert [result for result in results if result.status != "passed"] == []
    return bool(results)


def test_the_source_conforms(tmp_path: Path) -> None:
    """On one archive and on a folder of two."""
    source = tamis.Registry().source("acme_zip")
    (tmp_path / "many").mkdir()
    for name in ("one", "many/2023", "many/2024"):
        zipped(tmp_path / f"{name}.zip", "b.png", "a/c.png")

    assert passed(check_source(source, location=str(tmp_path / "one.zip")))
    assert passed(check_source(source, location=str(tmp_path / "many")))


def test_the_format_conforms(tmp_path: Path) -> None:
    """On labels of the kit's own samples, with a column of another name, too."""
    annotation_format = tamis.Registry().annotation_format("acme_csv")
    rows = "".join(f"{name},{('cat', 'dog')[number % 2]},{number}\n" for number, name in enumerate(SAMPLES.values()))
    results = []
    for key in ("image", "file"):
        path = tmp_path / f"{key}.csv"
        path.write_text(f"{key},label,price\n{rows}")
        results += check_annotation_format(annotation_format, location=str(path), options={"key": key})

    assert {result.name for result in results if result.status == "skipped"} == {"writes"}
    assert [result for result in results if result.status == "failed"] == []


def test_archives_of_a_folder_are_parts(tmp_path: Path) -> None:
    """Each is read in one go; a damaged one costs itself."""
    zipped(tmp_path / "2023.zip", "b.png", "a.png")
    zipped(tmp_path / "2024.zip", "b.png")
    zipped(tmp_path / "2025.zip")
    (tmp_path / "damaged.zip").write_bytes(b"PK nothing")
    found = tamis.Dataset.open(tmp_path, "acme_zip")

    assert found.samples == ("2023/a.png", "2023/b.png", "2024/b.png")
    assert (found.parts, found.ignored) == ((0, 2), 3)
    assert [failure.sample for failure in found.failures] == ["damaged"]
    widths = tamis.compute(found, ["lightly.width"], registry=tamis.Registry())["lightly.width"].values
    assert widths.tolist() == [9, 8, 8]


def test_what_was_measured_is_found_again_by_its_check_sum(tmp_path: Path) -> None:
    """Of an archive that was written anew, only what changed is measured again."""
    path, counts = zipped(tmp_path / "p.zip", "a.png", "b.png"), []

    def run() -> list[Any]:
        done: list[int] = []
        table = tamis.compute(
            tamis.Dataset.open(path),
            ["lightly.meanRed"],
            registry=tamis.Registry(),
            store=tmp_path / "store",
            progress=lambda at: done.append(at.done),
        )
        counts.append(done[0])
        return table["lightly.meanRed"].cells()

    before = run()
    zipped(path, "a.png", "b.png")
    assert run() == before
    zipped(path, "a.png", "b.png", color=200)
    assert run() != before
    assert counts == [0, 2, 0]


@pytest.mark.parametrize("damage", ["gone", "truncated", "no archive"])
def test_an_archive_that_can_not_be_read(tmp_path: Path, damage: str) -> None:
    """Is a `DatasetError` when it is opened; later, the failure of its samples and of no others."""
    path, _ = zipped(tmp_path / "p.zip", "a.png"), zipped(tmp_path / "q.zip", "a.png")
    found = tamis.Dataset.open(tmp_path, "acme_zip")
    content = path.read_bytes()
    path.unlink()
    if damage != "gone":
        path.write_bytes(content[:50] if damage == "truncated" else b"text")

    with pytest.raises(tamis.errors.DatasetError):
        tamis.Dataset.open(path, "acme_zip")
    table = tamis.compute(found, ["lightly.width"], registry=tamis.Registry())
    assert table["lightly.width"].cells() == [None, 8]
    assert [(failure.sample, failure.stage) for failure in table.failures] == [("p/a.png", "open")]


def test_labels_are_a_task_and_other_columns_metadata(labels: Path) -> None:
    """With types by their values; a row of no sample is noted."""
    found = dataset().annotate("acme_csv", labels).annotations

    assert found.task("label").category_names == ("cat", "dog")
    predictions = found.predictions("label", dataset().samples, lambda done, total: None)
    assert predictions.categories.tolist() == [0, 1, 0]
    assert predictions.orphans == ("nobody.png",)
    assert {key: field.kind.name for key, field in found.fields().items()} == {"price": "SCALAR", "town": "CATEGORY"}
    columns = found.metadata(["town", "price"], dataset().samples, lambda done, total: None).columns
    assert columns["price"].cells() == [3, None, 5.5]
    assert columns["town"].cells() == ["Bern", "Ulm", None]


def test_a_name_is_the_tasks_and_before_the_keys(labels: Path) -> None:
    """As one gives it."""
    found = dataset().annotate("acme_csv", labels, "animals").annotations

    assert list(found.tasks()) == ["animals"]
    assert set(found.fields()) == {"animals.price", "animals.town"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"file,label\n", r"annotations\.key: .* has no column 'image' \(there is file, label\)"),
        (b"image,label\n\xe9.png,cat\n", "not a CSV file in UTF-8"),
        (b'image,label\n"a.png"x,cat\n', "not a CSV file in UTF-8"),
        (None, "can't be read: No such file or directory"),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: bytes | None, message: str) -> None:
    """One line."""
    if content is not None:
        (tmp_path / "labels.csv").write_bytes(content)

    with pytest.raises(tamis.errors.TamisError, match=message):
        dataset().annotate("acme_csv", tmp_path / "labels.csv")


def test_boxes_go_to_the_coco_file(tmp_path: Path) -> None:
    """With the ids of the schema, in the order picked."""
    schema = {"task_type": "object-detection", "categories": [{"id": 3, "name": "car"}, {"id": 5, "name": "bus"}]}
    boxes = {"c.png": [{"category_id": 5, "score": 0.5, "bbox": [1, 2, 3, 4]}], "a.png": []}
    given = dataset().with_predictions("objects", schema, boxes).with_metadata({"price": [1, 2, 3]})
    entry = {"input": {"type": "METADATA", "key": "price"}, "strategy": {"type": "WEIGHTS"}}
    selection = tamis.select(given, {"n_samples": 2, "strategies": [entry]}, registry=tamis.Registry())
    notes = selection.export("acme_coco", tmp_path / "coco.json", task="objects")

    assert notes == (f"2 images, 1 boxes -> {tmp_path / 'coco.json'}",)
    assert json.loads((tmp_path / "coco.json").read_text()) == {
        "images": [
            {"id": 1, "file_name": "c.png", "width": 10, "height": 10},
            {"id": 2, "file_name": "b.png", "width": 10, "height": 10},
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 5, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0, "score": 0.5}
        ],
        "categories": [{"id": 3, "name": "car"}, {"id": 5, "name": "bus"}],
    }
    with pytest.raises(tamis.errors.OutputError, match="exists already"):
        selection.export("acme_coco", tmp_path / "coco.json")
    with pytest.raises(tamis.errors.PredictionError, match="no task 'object'"):
        selection.export("acme_coco", tmp_path / "other.json", task="object")


def test_the_budget_adds_up() -> None:
    """In the order picked: the dearest first, and those without a price for nothing."""
    given = dataset().with_metadata({"price": [1.0, float("nan"), 5.5]})
    entry = {"input": {"type": "METADATA", "key": "price"}, "strategy": {"type": "WEIGHTS"}}
    selection = tamis.select(given, {"n_samples": 2, "strategies": [entry]})
    subject = tamis.Subject.of_selection(selection)
    (budget,) = subject.make_sections(["acme_budget"])
    told, lines = budget.blocks

    assert isinstance(told, tamis.blocks.Text)
    assert told.text == "The picks cost 6.5 in total."
    assert isinstance(lines, tamis.blocks.Lines)
    assert lines.values["selected"].tolist() == [5.5, 6.5]
    assert tamis.Subject.of_dataset(given).make_sections(["acme_budget"])[0].blocks == ()


def test_a_run_in_the_pool_can_be_stopped(tmp_path: Path) -> None:
    """And gives what any other gives."""
    found = tamis.Dataset.open(zipped(tmp_path / "p.zip", *(f"{number}.png" for number in range(20))))
    here = tamis.compute(found, ["lightly.meanRed"], registry=tamis.Registry())
    there = tamis.compute(found, ["lightly.meanRed"], registry=tamis.Registry(), executor="acme_pool:jobs=2")
    assert here["lightly.meanRed"].equals(there["lightly.meanRed"])
    stop = threading.Event()
    stop.set()

    with pytest.raises(tamis.errors.Cancelled):
        tamis.compute(found, ["lightly.snr"], registry=tamis.Registry(), executor="acme_pool", cancel=stop)
