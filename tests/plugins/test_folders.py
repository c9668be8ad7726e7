"""Class folders as a classification task."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Predictions, Registry, errors, select
from tamis.testing import check_annotation_format
from tamis_plugins.annotations import folders as plugin

REGISTRY = Registry(allow=["tamis"], environ=False)


def photos(root: Path, *names: str) -> Path:
    """Small images."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (4, 4)).save(root / name)
    return root


def labels(predictions: Predictions) -> list[str | None]:
    """The class of each sample."""
    names = iter(predictions.schema.category_names[number] for number in predictions.categories)
    return [next(names) if count else None for count in predictions.counts]


@pytest.mark.parametrize("prefix", ["", "train"])
def test_the_class_is_the_folder(prefix: str, tmp_path: Path) -> None:
    """In alphabetical order, as ImageFolder numbers them, wherever in the folder of the samples they are."""
    base = f"{prefix}/" if prefix else ""
    names = [f"{base}cat/1.png", f"{base}cat/deep/2.png", f"{base}dog/1.png", f"{base}ape/1.png", "loose.png"]
    root = photos(tmp_path, *names)
    (root / prefix / ".hidden").mkdir()
    dataset = Dataset.open(root, registry=REGISTRY).annotate("folders", root / prefix, registry=REGISTRY)
    found = dataset.annotations.predictions("folder", names, lambda done, total: None)

    assert found.schema.category_names == ("ape", "cat", "dog")
    assert found.schema.task_type == "classification"
    assert labels(found) == ["cat", "cat", "dog", "ape", None]
    assert found.present.tolist() == [True] * 4 + [False]
    assert found.notes == ("1 samples are in none of the folders, such as loose.png",)


def test_a_list_of_classes_will_do(tmp_path: Path) -> None:
    """In its order, for images that are in no folder of this machine; the task can be called otherwise."""
    (tmp_path / "classes.txt").write_text("dog\ncat\n")
    names = ["x/cat/1.png", "x/dog/2.png", "x/dog/3.png"]
    dataset = Dataset.from_images(names, [np.zeros((2, 2, 3), np.uint8)] * 3)
    dataset = dataset.annotate("folders", tmp_path / "classes.txt", "animal", registry=REGISTRY)
    entry = {
        "input": {"type": "PREDICTIONS", "task": "animal", "name": "CLASS_DISTRIBUTION"},
        "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
    }
    result = select(dataset, {"n_samples": 2, "strategies": [entry]}, registry=REGISTRY)

    assert dataset.annotations.task("animal").category_names == ("dog", "cat")
    assert set(result.selected) == {"x/cat/1.png", "x/dog/2.png"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no folder in it, so there is no class"),
        ("", "no line, so"),
        ("a\na\n", "2 categories have the name 'a'"),
    ],
)
def test_no_class_is_an_error(content: str | None, message: str, tmp_path: Path) -> None:
    """With its place."""
    location = tmp_path if content is None else tmp_path / "classes.txt"
    if content is not None:
        location.write_text(content)
    dataset = Dataset.from_images(["a/1.png"], [np.zeros((2, 2, 3), np.uint8)])
    with pytest.raises(errors.TamisError, match=f"{location}: {message}"):
        dataset.annotate("folders", location, registry=REGISTRY).annotations.task("folder")


def test_conformance(tmp_path: Path) -> None:
    """No check of the kit fails, though its samples are in no folder."""
    (declared,) = plugin.tamis_annotation_formats()
    results = check_annotation_format(declared, location=str(photos(tmp_path, "cat/a.png")))

    assert [result for result in results if result.status == "failed"] == []
