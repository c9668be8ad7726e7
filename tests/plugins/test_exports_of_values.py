"""The exports of values and images, from a result folder alone, each read back by what it is for."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import sys
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet
import pytest
from click.testing import CliRunner
from PIL import Image

from tamis import Dataset, Kind, Registry, Selection, errors, select
from tamis.cli import cli
from tests.plugins.exported import NAMES, labels_of, make_result, read_result, width_of

REGISTRY = Registry(environ=False)
SELECTED = NAMES[1:]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a result."""
    folder = tmp_path_factory.mktemp("exports")
    make_result(folder)
    return folder


@pytest.fixture(scope="module")
def selection(folder: Path) -> Selection:
    """Read back."""
    return read_result(folder)


# table


def rows_in(path: Path) -> list[dict[str, Any]]:
    """The rows of a table, read without tamis."""
    if path.suffix == ".parquet":
        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(path).to_pylist()
        return rows
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_bytes().decode().split("\n") if line]
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_tables_have_ranks_and_values(suffix: str, selection: Selection, tmp_path: Path) -> None:
    """In the order picked, with names as they are; of all samples, those that weren't picked have no rank."""
    path = tmp_path / f"out.{suffix}"
    assert selection.export("table", path) == (f"7 rows -> {path}",)
    rows = rows_in(path)

    assert list(rows[0])[:3] == ["sample", "rank", "lightly.width"]
    assert "selected" not in rows[0]
    found = [(row["sample"], int(row["rank"]), float(row["lightly.width"])) for row in rows]
    assert found == [(name, rank, width_of(name)) for rank, name in enumerate(SELECTED, start=1)]

    selection.export("table", path, all=True, force=True)
    rows = rows_in(path)
    assert {row["sample"]: int(row["selected"]) for row in rows} == {name: int(name in SELECTED) for name in NAMES}
    assert {row["sample"] for row in rows if row["rank"] in (None, "")} == {NAMES[0]}


def test_the_order_is_that_of_ranks_if_all_are_selected(tmp_path: Path) -> None:
    """Not that of the dataset."""
    images = [np.zeros((4, width, 3), np.uint8) for width in (5, 9, 7)]
    width = {"type": "METADATA", "key": "lightly.width"}
    config = {"n_samples": 3, "strategies": [{"input": width, "strategy": {"type": "WEIGHTS"}}]}
    select(Dataset.from_images("abc", images), config, registry=REGISTRY).export("table", tmp_path / "out.csv")
    assert [(row["sample"], row["lightly.width"]) for row in rows_in(tmp_path / "out.csv")] == [
        ("b", "9"),
        ("c", "7"),
        ("a", "5"),
    ]


def test_a_suffix_that_stands_for_no_table(selection: Selection, tmp_path: Path) -> None:
    """Is refused, and nothing written; unless the suffix is said."""
    with pytest.raises(errors.OutputError, match=r"'.xlsx' is not a table format: use .csv, .jsonl, .parquet"):
        selection.export("table", tmp_path / "out.xlsx")
    assert not list(tmp_path.iterdir())
    selection.export("table", tmp_path / "out", suffix="jsonl")
    assert len((tmp_path / "out").read_text().split("\n")) == 8


# tar


@pytest.mark.parametrize(("options", "held"), [({}, [7]), ({"samples": 3}, [3, 3, 1])])
def test_shards(options: dict[str, Any], held: list[int], selection: Selection, folder: Path, tmp_path: Path) -> None:
    """As WebDataset groups members: an image and what is known of it. tamis reads them again."""
    target = tmp_path / "out"
    notes = selection.export("tar", target, **options)
    assert notes == (f"7 images in {len(held)} shards -> {target}",)
    samples: dict[str, dict[str, bytes]] = {}
    for number, count in enumerate(held):
        with tarfile.open(target / f"shard-{number:06}.tar") as archive:
            members = archive.getmembers()
            assert len(members) == 2 * count
            assert {(member.mtime, member.uid, member.uname) for member in members} == {(0, 0, "")}
            for member in members:
                key, ending = re.fullmatch(r"((?:.*/|)[^.]+)[.]([^/]*)", member.name).groups()  # type: ignore[union-attr]
                file = archive.extractfile(member)
                assert file is not None
                samples.setdefault(key, {})[ending] = file.read()
    assert list(samples) == [f"{rank:06}" for rank in range(1, 8)]
    for (rank, name), sample in zip(enumerate(SELECTED, start=1), samples.values(), strict=True):
        assert sample["png"] == (folder / "photos" / name).read_bytes()
        described = json.loads(sample["json"])
        assert (described["name"], described["rank"], described["lightly.width"]) == (name, rank, width_of(name))

    again = Dataset.open(str(target), "tar", registry=REGISTRY)
    column = again.annotations.metadata(["name"], again.samples, lambda done, total: None).columns["name"]
    assert column.cells() == list(SELECTED)
    with again.image(again.samples[2]) as image:
        assert image.size == (width_of(SELECTED[2]), 30)


def test_no_shard_is_larger_than_it_may_be(tmp_path: Path) -> None:
    """But for a sample that is larger by itself. What is in memory is saved, with a suffix that says as what."""
    noise = np.random.default_rng(0)
    images = [noise.integers(0, 256, (side, 400, 3), np.uint8) for side in (250, 240, 230, 900, 220)]
    height = {"type": "METADATA", "key": "lightly.height"}
    config = {"n_samples": 5, "strategies": [{"input": height, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(Dataset.from_images([*"abcde"], images), config, registry=REGISTRY)
    selection.export("tar", tmp_path / "out", megabytes=1)
    shards = sorted((tmp_path / "out").iterdir())
    names = []
    for shard in shards:
        with tarfile.open(shard) as archive:
            names.append(archive.getnames())
    assert names[0] == ["000001.png", "000001.json"]
    assert [len(each) // 2 for each in names] == [1, 3, 1]
    assert [shard.stat().st_size < 1_010_000 for shard in shards] == [False, True, True]


# lightly


def test_a_lightly_folder(selection: Selection, folder: Path, tmp_path: Path) -> None:
    """Its tag, values and predictions are the selection's: the same ones are picked by them, without a metric."""
    target = tmp_path / "out"
    selection.export("lightly", target, tag="batch 1")
    again = Dataset.from_directory(folder / "photos", lightly=target, registry=REGISTRY)
    known = again.annotations

    assert list(known.tag("batch 1")) == list(SELECTED)
    assert sorted(known.tasks()) == ["detection", "segmentation"]
    assert known.fields()["values.lightly_width"].kind is Kind.SCALAR
    found = known.metadata(["values.rank", "values.lightly_width"], SELECTED, lambda done, total: None)
    assert found.columns["values.rank"].cells() == [*range(1, 8)]
    assert found.columns["values.lightly_width"].cells() == [width_of(name) for name in SELECTED]
    boxes = known.predictions("detection", SELECTED, lambda done, total: None)
    assert not boxes.orphans
    assert boxes.boxes.tolist() == [each["bbox"] for name in SELECTED for each in labels_of(name)]
    masks = known.predictions("segmentation", SELECTED, lambda done, total: None)
    assert masks.areas[0] == pytest.approx(134, abs=12)  # 84 and 50, but for pixels on their edges

    value = {"type": "METADATA", "key": "values.lightly_width"}
    config = {"n_samples": 7, "strategies": [{"input": value, "strategy": {"type": "WEIGHTS"}}]}
    assert select(again, config, registry=REGISTRY).selected == SELECTED


def test_tasks_and_tags_that_can_not_be(selection: Selection, tmp_path: Path) -> None:
    """Are said, and nothing is written."""
    with pytest.raises(errors.ConfigError, match=r"tasks\[1\]: 'cats' is none of the tasks detection, segmentation"):
        selection.export("lightly", tmp_path / "out", tasks=["detection", "cats"])
    with pytest.raises(errors.ConfigError, match=r"export\.tag: a tag can't be named"):
        selection.export("lightly", tmp_path / "out", tag="../x")
    assert not list(tmp_path.iterdir())
    selection.export("lightly", tmp_path / "out", tasks=[])
    assert not (tmp_path / "out/.lightly/predictions").exists()


# huggingface


def test_a_dataset_of_hugging_face(selection: Selection, folder: Path, tmp_path: Path) -> None:
    """The images are in it, as they are; types are said as `datasets` says them; tamis reads names and images again."""
    target = tmp_path / "out"
    assert selection.export("huggingface", target) == (f"7 images -> {target}",)
    (path,) = (target / "data").iterdir()
    table = pyarrow.parquet.read_table(path)

    assert [row["bytes"] for row in table["image"].to_pylist()] == [
        (folder / "photos" / name).read_bytes() for name in SELECTED
    ]
    assert table["sample"].to_pylist() == [row["path"] for row in table["image"].to_pylist()] == list(SELECTED)
    assert table["rank"].to_pylist() == [*range(1, 8)]
    features = json.loads(table.schema.metadata[b"huggingface"])["info"]["features"]
    assert features == {
        "image": {"_type": "Image"},
        "sample": {"dtype": "string", "_type": "Value"},
        "rank": {"dtype": "int64", "_type": "Value"},
        "lightly.width": {"dtype": "int64", "_type": "Value"},
    }
    again = Dataset.open(path, registry=REGISTRY)
    assert again.samples == SELECTED
    for name in SELECTED:
        with again.image(name) as image:
            assert image.size == (width_of(name), 30)


# All of them


def test_nothing_is_left_of_exports_that_fail(tmp_path: Path) -> None:
    """One line says which image can't be read; nothing is written, and what was there stays."""
    make_result(tmp_path)
    found = read_result(tmp_path)
    assert len(found.dataset.samples) == len(NAMES)
    (tmp_path / "photos" / SELECTED[-2]).unlink()
    before = sorted(tmp_path.rglob("*"))

    for format_ in ("coco", "cvat", "files", "huggingface", "labelstudio", "lightly", "tar", "voc", "yolo"):
        labelled = "task" in REGISTRY.export(format_).schema["properties"]
        options = {"task": "detection"} if labelled else {}
        with pytest.raises(errors.DatasetError, match=r"the .*image '%41 ü #1\?\.png' can't be read: No such file"):
            found.export(format_, tmp_path / "out.json", **options)
        assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_names_that_are_no_text(tmp_path: Path) -> None:
    """As Linux allows them: every export writes them, and what tamis reads again is theirs."""
    name = os.fsdecode(b"\xff \xe9.png")
    (tmp_path / "photos").mkdir()
    Image.new("RGB", (9, 9)).save(tmp_path / "photos" / name)
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "cat"}]}
    objects = [[{"category_id": 0, "score": 1, "bbox": [0, 0, 3, 3]}]]
    dataset = Dataset.from_directory(tmp_path / "photos")
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    selection = select(dataset.with_predictions("cats", schema, objects), config, registry=REGISTRY)
    for format_ in sorted({*REGISTRY.keys("export")} - {"lightlystudio", "report"}):
        selection.export(format_, tmp_path / format_, **({"suffix": "csv"} if format_ == "table" else {}))

    assert (tmp_path / "files" / name).exists()
    for format_ in ("coco", "voc", "yolo"):
        known = dataset.annotate(format_, tmp_path / format_, registry=REGISTRY).annotations
        assert known.predictions("detection", [name], lambda done, total: None).counts.tolist() == [1]
    known = Dataset.from_directory(tmp_path / "photos", lightly=tmp_path / "lightly").annotations
    assert list(known.tag("selected")) == [name]
    assert known.predictions("cats", [name], lambda done, total: None).counts.tolist() == [1]


# Where images and annotations are now


def test_images_and_annotations_that_were_moved(folder: Path, tmp_path: Path) -> None:
    """`--input` says where images are, `--annotations` where labels; those that are where they were are found."""
    for name in ("photos", "result"):
        shutil.copytree(folder / name, tmp_path / name)
    shutil.copy(folder / "labels.json", tmp_path / "labels.json")
    manifest = tmp_path / "result/selection.json"
    manifest.write_text(manifest.read_text().replace(str(folder), str(tmp_path)))
    (tmp_path / "photos").rename(tmp_path / "moved")
    result, moved, labels = str(tmp_path / "result"), str(tmp_path / "moved"), tmp_path / "labels.json"

    def export(target: str, *options: str) -> Any:
        arguments = ["export", result, "coco", str(tmp_path / target), "task=detection", *options]
        return CliRunner().invoke(cli, arguments)

    done = export("one.json", "--input", moved)
    assert (done.exit_code, done.stderr) == (0, f"12 objects of 7 images -> {tmp_path}/one.json\n")
    labels.rename(tmp_path / "new.json")
    done = export("two.json", "--input", moved)
    assert done.exit_code == 2
    assert "labels.json' does not exist: left out" in done.stderr
    assert "\ntamis: there are no objects: the dataset has no annotations with a task" in done.stderr
    done = export("two.json", "--input", moved, "--annotations", f"coco:{tmp_path / 'new.json'}")
    assert (done.exit_code, done.stderr) == (0, f"12 objects of 7 images -> {tmp_path}/two.json\n")
    (tmp_path / "moved").rename(tmp_path / "photos")
    done = export("three.json", "--annotations", f"coco:{tmp_path / 'new.json'}")
    assert (done.exit_code, done.stderr) == (0, f"12 objects of 7 images -> {tmp_path}/three.json\n")
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "three.json").read_bytes()
    done = export("new.json", "--annotations", f"coco:{tmp_path / 'new.json'}", "--force")
    assert done.exit_code == 2
    assert done.stderr.endswith("new.json', a source of the dataset: it can't be replaced\n")

    done = CliRunner().invoke(
        cli, ["export", result, "files", str(tmp_path / "files"), "--input", str(tmp_path / "photos")]
    )
    assert done.exit_code == 0
    assert "labels.json' does not exist: left out, unless --annotations or --lightly says where" in done.stderr
