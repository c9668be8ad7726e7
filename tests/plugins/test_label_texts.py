"""Half a character in labels: a text that no file can hold is spelled out where it enters, whatever the format."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tamis import Column, Dataset, Kind, Registry, TaskSchema, column_of
from tamis.cli import cli

#: Half a character, as JSON can hold it and UTF-8 can't; and what is to be read in its place.
HALF, SPELLED = "caf\ud800", "caf\\ud800"


def tamis(*arguments: str) -> None:
    """The program, in this process, which ends well."""
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output


def photographs(root: Path) -> Path:
    """Three images."""
    folder = root / "photos"
    folder.mkdir()
    for number, name in enumerate("abc"):
        Image.new("RGB", (8, 8), (number * 80, 0, 0)).save(folder / f"{name}.png")
    return folder


def table(root: Path) -> tuple[list[str], dict[str, Any]]:
    """JSON lines, of which one has half a character in a value and in the name of a column."""
    path = root / "meta.jsonl"
    rows = [{"sample": "a.png", "place": HALF, "n" + HALF: 1}, {"sample": "b.png", "place": "bar"}]
    rows += [{"sample": f"{HALF}.png", "place": HALF}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return [f"table:{path}"], {"type": "METADATA", "key": "place"}


def lightly(root: Path) -> tuple[list[str], dict[str, Any]]:
    """A field of categories."""
    folder = root / "labels" / ".lightly" / "metadata"
    folder.mkdir(parents=True)
    entry = {"name": "place", "path": "place", "defaultValue": "bar", "valueDataType": "CATEGORICAL_STRING"}
    (folder / "schema.json").write_text(json.dumps([entry]))
    (folder / "a.json").write_text(json.dumps({"type": "image", "metadata": {"place": HALF}}))
    return [f"lightly:{root / 'labels'}"], {"type": "METADATA", "key": "place"}


def coco(root: Path) -> tuple[list[str], dict[str, Any]]:
    """A category."""
    path = root / "coco.json"
    images = [{"id": 1, "file_name": "a.png"}, {"id": 2, "file_name": f"{HALF}.png"}]
    objects = [{"id": 1, "image_id": 1, "category_id": 0, "bbox": [0, 0, 4, 4]}]
    categories = [{"id": 0, "name": HALF}, {"id": 1, "name": "bar"}]
    path.write_text(json.dumps({"images": images, "categories": categories, "annotations": objects}))
    return [f"coco:{path}"], {"type": "PREDICTIONS", "task": "detection", "name": "CLASS_DISTRIBUTION"}


@pytest.mark.parametrize("annotations", [table, lightly, coco])
def test_a_run_ends_and_spells_it_out(
    annotations: Callable[[Path], tuple[list[str], dict[str, Any]]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A target calls it as it is shown; the results are UTF-8."""
    monkeypatch.chdir(tmp_path)
    located, chosen = annotations(tmp_path)
    strategy = {"type": "BALANCE", "target": {SPELLED: 0.5}}
    config = {"n_samples": 1, "strategies": [{"input": chosen, "strategy": strategy}]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    arguments = ["--input", str(photographs(tmp_path)), *(f"--annotations={each}" for each in located)]
    tamis("validate", "config.json", *arguments, "--data")
    tamis("select", "config.json", *arguments, "-o", "out", "--no-store", "--jobs", "1")
    tamis("report", "out")

    assert (tmp_path / "out" / "selected.txt").read_text("utf-8") == "a.png\n"
    for path in (tmp_path / "out").iterdir():
        if path.suffix in (".csv", ".json", ".txt", ".html"):
            path.read_bytes().decode("utf-8")


def test_categories_are_spelled_out_whoever_makes_them() -> None:
    """In columns and in tasks, so that a third party's format need not think of it."""
    codes = np.array([1, 0])

    assert Column("x", Kind.CATEGORY, codes, labels=("bar", HALF)).cells() == [SPELLED, "bar"]
    assert TaskSchema("t", "classification", (0, 1), ("caf\udce9", HALF)).category_names == ("caf\\udce9", SPELLED)
    assert column_of("x", [HALF, None])[0].cells() == [SPELLED, None]


def test_no_column_is_named_so() -> None:
    """A key is written in configs and headers: it is refused."""
    with pytest.raises(ValueError, match=r"column 'caf\\ud800': .* half a character"):
        Column(HALF, Kind.SCALAR, np.zeros(2))


def test_a_field_of_a_schema_is_not_named_so(tmp_path: Path) -> None:
    """The error has the file, the entry and the path."""
    lightly(tmp_path)
    path = tmp_path / "labels" / ".lightly" / "metadata" / "schema.json"
    path.write_text(path.read_text().replace('"path": "place"', '"path": "pl\\ud800ace"'))
    dataset = Dataset.from_images(["a.png"], [np.zeros((2, 2, 3), np.uint8)])
    found = dataset.annotate("lightly", tmp_path / "labels", registry=Registry(allow=["tamis"], environ=False))
    with pytest.raises(Exception, match=r"schema.json: \[0\]: 'pl\\ud800ace' is not a path such as"):
        found.annotations.fields()


def test_folders_whose_names_are_no_text_are_classes(tmp_path: Path) -> None:
    """The class is spelled out; images are in it all the same."""
    (tmp_path / "caf\udce9").mkdir()
    (tmp_path / "bar").mkdir()
    samples = ["bar/1.png", "caf\udce9/1.png"]
    dataset = Dataset.from_images(samples, [np.zeros((2, 2, 3), np.uint8)] * 2)
    annotations = dataset.annotate("folders", tmp_path, registry=Registry(allow=["tamis"], environ=False)).annotations
    found = annotations.predictions("folder", samples, lambda done, total: None)

    assert found.schema.category_names == ("bar", "caf\\udce9")
    assert found.categories.tolist() == [0, 1]
