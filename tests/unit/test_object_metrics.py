"""Metrics of the objects of a task: cut out of the image that is decoded anyway, in configs and in tables."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tamis import Annotations, Dataset, Metric, Progress, Registry, Store, compute, errors, select, validate
from tamis.cli import cli
from tests.conftest import photograph

REGISTRY = Registry(environ=False)
SHARPNESS, LUMINANCE = "lightly.sharpness", "lightly.luminance"
KEYS = (SHARPNESS, LUMINANCE, "lightly.width", "tamis.blur", "tamis.format")
#: Of each image, x, y, width and height of its objects; the third of ``a.png`` has no pixel.
BOXES: dict[str, list[list[float]]] = {
    "a.png": [[0, 0, 20, 10], [30.7, 20.2, 100, 12.9], [5, 5, 0.2, 0.2]],
    "b.jpg": [[10, 10, 16, 16]],
    "c.png": [],
}


def written(root: Path, boxes: dict[str, list[list[float]]] = BOXES, task_type: str = "object-detection") -> Dataset:
    """Images, and predictions of the task ``detector`` beside them."""
    folder = root / ".lightly" / "predictions" / "detector"
    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "tasks.json").write_text('["detector"]')
    categories = [{"id": 0, "name": "car"}, {"id": 1, "name": "bus"}]
    (folder / "schema.json").write_text(json.dumps({"task_type": task_type, "categories": categories}))
    for number, (name, found) in enumerate(boxes.items()):
        if not (root / name).exists():
            photograph(number, (64, 48)).save(root / name)
        objects = [{"category_id": place % 2, "bbox": box, "score": 0.5} for place, box in enumerate(found)]
        document = {"file_name": name, "predictions": objects}
        (folder / Path(name).with_suffix(".json")).write_text(json.dumps(document))
    return Dataset.from_directory(root, lightly=root)


def crop(root: Path, name: str, *corners: int) -> dict[str, Any]:
    """What metrics give of a part of an image that is an image by itself."""
    with Image.open(root / name) as image:
        part = image.crop(corners)
    keys = [key for key in KEYS if key != "tamis.format"]
    return {key: column.values[0] for key, column in compute(Dataset.from_images(["it"], [part]), keys).columns.items()}


@pytest.mark.parametrize("jobs", [1, 2])
def test_an_object_has_the_values_of_its_crop(jobs: int, tmp_path: Path) -> None:
    """A row for each, whatever its image has; of a box that ends outside, what is inside; of no pixel, nothing."""
    said: list[Progress] = []
    table = compute(written(tmp_path), KEYS, task="detector", registry=REGISTRY, jobs=jobs, progress=said.append)
    rows = list(table.rows())
    expected = [
        crop(tmp_path, "a.png", 0, 0, 20, 10),
        crop(tmp_path, "a.png", 30, 20, 64, 33),
        crop(tmp_path, "b.jpg", 10, 10, 26, 26),
    ]

    assert table.samples == ("a.png", "a.png", "a.png", "b.jpg")
    assert [row["object"] for row in rows] == [0, 1, 2, 0]
    assert [row["category"] for row in rows] == ["car", "bus", "car", "car"]
    assert [rows[1][name] for name in ("left", "top", "width", "height")] == [30, 20, 34, 13]
    assert [{key: row[key] for key in expected[0]} for row in (rows[0], rows[1], rows[3])] == expected
    assert [row["tamis.format"] for row in rows] == ["PNG", "PNG", None, "JPEG"]
    assert {rows[2][key] for key in (*KEYS, "left", "width")} == {None}
    assert [each.note for each in said if each.note] == ["task 'detector': objects without a box or a pixel: 1"]
    assert not table.failures


def config(task: str = "detector", key: str = SHARPNESS, **options: Any) -> dict[str, Any]:
    """The sharpest, by a metric of objects."""
    given = {"type": "METADATA", "key": key, "task": task, **options}
    return {"n_samples": 1, "strategies": [{"input": given, "strategy": {"type": "WEIGHTS"}}]}


@pytest.mark.parametrize(("how", "reduced"), [("min", min), ("max", max), ("mean", np.mean), (None, np.mean)])
def test_a_config_takes_one_number_of_them(how: str | None, reduced: Callable[..., float], tmp_path: Path) -> None:
    """Of those that have one; an image without any has none, and is told why."""
    dataset = written(tmp_path)
    selection = select(dataset, config(**({"aggregate": how} if how else {})), registry=REGISTRY)
    name = f"{SHARPNESS} {how or 'mean'} of detector"
    values = [crop(tmp_path, "a.png", 0, 0, 20, 10)[SHARPNESS], crop(tmp_path, "a.png", 30, 20, 64, 33)[SHARPNESS]]
    cells = selection.table()[name].cells()

    assert cells[:2] == pytest.approx([reduced(values), crop(tmp_path, "b.jpg", 10, 10, 26, 26)[SHARPNESS]])
    assert cells[2] is None
    assert [str(failure) for failure in selection.failures] == [
        f"c.png: input {name}: it has no objects of task 'detector'"
    ]
    notes = selection.manifest["notes"] if isinstance(selection.manifest, dict) else selection.manifest()["notes"]
    assert any("1 objects without a box, a pixel or such a value are left out" in note for note in notes)


def test_an_image_is_decoded_once(tmp_path: Path) -> None:
    """For its own metrics, and those of all its objects."""
    opened: list[str] = []
    dataset = written(tmp_path)

    def look(image: Image.Image) -> int:
        opened.append(f"{image.width}x{image.height}")
        return 0

    registry = Registry(environ=False)
    registry.register(Metric("acme.look", look, dtype="int"))
    whole = {"input": {"type": "METADATA", "key": "acme.look"}, "strategy": {"type": "WEIGHTS"}}
    of_objects = config(key="acme.look")["strategies"][0]
    selection = select(dataset, {"n_samples": 1, "strategies": [whole, of_objects]}, registry=registry)

    assert sorted(opened) == sorted(["64x48"] * 3 + ["20x10", "34x13", "16x16"])
    assert len(selection.failures) == 1


def test_a_store_keeps_them_until_boxes_change(tmp_path: Path) -> None:
    """Of another box an object is measured anew; another metric doesn't undo the first."""
    root = tmp_path / "images"
    root.mkdir()
    dataset, store = written(root), Store(tmp_path / "store")
    first = compute(dataset, [SHARPNESS, "tamis.format"], task="detector", registry=REGISTRY, store=store)
    again = compute(dataset, [SHARPNESS, LUMINANCE, "tamis.format"], task="detector", registry=REGISTRY, store=store)
    assert first[SHARPNESS].equals(again[SHARPNESS])
    assert first["tamis.format"].equals(again["tamis.format"])
    moved = written(root, {**BOXES, "a.png": [[1, 0, 20, 10]]})
    found = compute(moved, [SHARPNESS], task="detector", registry=REGISTRY, store=store)
    assert found[SHARPNESS].cells()[0] == crop(root, "a.png", 1, 0, 21, 10)[SHARPNESS]
    assert found[SHARPNESS].cells()[1] == first[SHARPNESS].cells()[3]


def test_a_second_run_opens_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is stored is enough."""
    from tamis.measuring.one_image import OneImage

    root = tmp_path / "images"
    root.mkdir()
    dataset, store = written(root), Store(tmp_path / "store")
    first = compute(dataset, KEYS, task="detector", registry=REGISTRY, store=store)
    monkeypatch.setattr(OneImage, "run", lambda *args: pytest.fail("it was measured again"))
    again = compute(dataset, KEYS, task="detector", registry=REGISTRY, store=store)

    assert all(first[key].equals(again[key]) for key in KEYS)


def test_a_metric_that_fails_on_one_object_costs_that_object(tmp_path: Path) -> None:
    """The failure says which; what says that an object has no such value is no failure."""

    def fail(image: Image.Image) -> float:
        if image.width == 20:
            raise ValueError("too wide")
        if image.width == 16:
            raise errors.NoValueError("it has none")
        return 2.0

    registry = Registry(environ=False)
    registry.register(Metric("acme.fail", fail))
    table = compute(written(tmp_path), ["acme.fail"], task="detector", registry=registry)

    assert table["acme.fail"].cells() == [None, 2.0, None, None]
    assert len(table.failures) == 1
    assert "a.png: object acme.fail of detector: object 1 of 3: ValueError: too wide" in str(table.failures[0])


def test_an_image_that_cannot_be_read_keeps_its_rows(tmp_path: Path) -> None:
    """They are empty, and the reason is that of the image."""
    dataset = written(tmp_path)
    (tmp_path / "a.png").write_bytes(b"nothing")
    table = compute(dataset, [SHARPNESS], task="detector", registry=REGISTRY)

    assert [cell is None for cell in table[SHARPNESS].cells()] == [True, True, True, False]
    assert [failure.stage for failure in table.failures] == ["open"]


TILES = {"type": "TILING", "name": "tiles", "num_rows": 2, "num_cols": 2}


def test_objects_of_an_auto_task_are_measured_too(tmp_path: Path) -> None:
    """They are predicted in the same pass."""
    photograph(0, (64, 48)).save(tmp_path / "a.png")
    tasks = {"auto_tasks": [TILES]}
    selection = select(
        Dataset.from_directory(tmp_path),
        {**config("tiles", key="lightly.width", aggregate="max"), **tasks},
        registry=REGISTRY,
    )

    assert selection.table()["lightly.width max of tiles"].cells() == [32]


@pytest.mark.parametrize(
    ("given", "path", "message"),
    [
        (config(key="tamis.format"), "key", "'tamis.format' is a category"),
        (config(key="lightly.sharpnes"), "key", "Did you mean 'lightly.sharpness'"),
        (config("detectors"), "task", "detectors"),
        (config(aggregate="median"), "aggregate", "median"),
        (
            {
                "n_samples": 1,
                "strategies": [
                    {
                        "input": {"type": "METADATA", "key": SHARPNESS, "aggregate": "min"},
                        "strategy": {"type": "WEIGHTS"},
                    }
                ],
            },
            "aggregate",
            'name it by "task"',
        ),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_opened(
    given: dict[str, Any], path: str, message: str, tmp_path: Path
) -> None:
    """With its place in the config."""
    with pytest.raises(errors.ConfigError) as raised:
        validate(given, registry=REGISTRY, dataset=written(tmp_path))

    (problem,) = raised.value.problems
    assert problem.path == f"strategies[0].input.{path}"
    assert message in problem.message


def test_a_task_without_boxes_has_no_objects_to_measure(tmp_path: Path) -> None:
    """It is refused, in a config and in a table."""
    dataset = written(tmp_path, task_type="classification")

    with pytest.raises(errors.ConfigError, match="metrics of objects are of object-detection"):
        validate(config(), registry=REGISTRY, dataset=dataset)
    with pytest.raises(errors.PredictionError, match="'detector' is classification"):
        compute(dataset, [SHARPNESS], task="detector", registry=REGISTRY)


def test_a_task_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    """And where to name predictions, if there are none."""
    dataset = written(tmp_path)

    with pytest.raises(errors.PredictionError, match=r"no task 'detektor'.* Did you mean 'detector'"):
        compute(dataset, [SHARPNESS], task="detektor", registry=REGISTRY)
    with pytest.raises(errors.PredictionError, match="name predictions by --lightly"):
        compute(attrs.evolve(dataset, annotations=Annotations()), [SHARPNESS], task="detector", registry=REGISTRY)


def test_the_command_prints_a_row_for_each_object(tmp_path: Path) -> None:
    """As CSV."""
    written(tmp_path)
    command = ["compute", SHARPNESS, "--input", str(tmp_path), "--task", "detector", "--no-store", "-q"]
    done = CliRunner().invoke(cli, command)
    rows = list(csv.DictReader(done.stdout.splitlines()))

    assert done.exit_code == 0, done.output
    assert [(row["sample"], row["object"]) for row in rows] == [
        *(("a.png", str(number)) for number in range(3)),
        ("b.jpg", "0"),
    ]
    assert float(rows[0][SHARPNESS]) == crop(tmp_path, "a.png", 0, 0, 20, 10)[SHARPNESS]
