"""Tasks that predict from the images: TILING, a detector as an ONNX file, and a third party's."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import pytest
from click.testing import CliRunner
from PIL import Image

from tamis import Dataset, Predictions, Registry, Selection, Task, errors, select, write_predictions
from tamis.cli import cli
from tamis_plugins.coco.detector_labels import LAYOUTS

TILES = {"type": "TILING", "name": "tiles", "num_rows": 2, "num_cols": 3}


def run(
    dataset: Dataset, *auto_tasks: dict[str, Any], task: str, registry: Registry | None = None, tasks: Any = ()
) -> Selection:
    """Select all by CATEGORY_COUNT of a task."""
    registry = registry or Registry(allow=["tamis"], environ=False)
    count = {"type": "PREDICTIONS", "task": task, "name": "CATEGORY_COUNT"}
    config = {
        "proportion_samples": 1,
        "auto_tasks": list(auto_tasks),
        "strategies": [{"input": count, "strategy": {"type": "WEIGHTS"}}],
    }
    return select(dataset, config, registry=registry, tasks=tasks)


def images(*sizes: tuple[int, int]) -> Dataset:
    """Black images of these sizes."""
    return Dataset.from_images([f"{i}.png" for i in range(len(sizes))], [Image.new("RGB", size) for size in sizes])


def predicted(dataset: Dataset, *auto_tasks: dict[str, Any], **options: Any) -> Predictions:
    """What the task predicts."""
    return run(dataset, *auto_tasks, **options).predictions[0]


def test_tiles_cover_the_image_row_by_row() -> None:
    """Two rows and three columns of an image of 60 x 40, and of one of 6 x 4."""
    found = predicted(images((60, 40), (6, 4)), TILES, task="tiles")

    assert found.schema.category_names == ("tile",)
    assert found.counts.tolist() == [6, 6]
    assert found.boxes[:4].tolist() == [[0, 0, 20, 20], [20, 0, 20, 20], [40, 0, 20, 20], [0, 20, 20, 20]]
    assert found.boxes[-1].tolist() == [4, 2, 2, 2]


@pytest.mark.parametrize("overlap", [0, 0.1, 0.5, 1])
def test_overlapping_tiles_share_that_part_and_cover_the_image(overlap: float) -> None:
    """Each has that share of itself in common with the next, and the last ends where the image does."""
    found = predicted(images((90, 50)), {**TILES, "overlap": overlap}, task="tiles").boxes
    x, width = found[:3, 0], found[0, 2]

    assert np.diff(x) == pytest.approx([width * (1 - overlap)] * 2)
    assert x[2] + width == pytest.approx(90)
    assert found[3, 1] + found[3, 3] == pytest.approx(50)


def test_crops_are_the_same_shares_of_every_image() -> None:
    """Boxes are x, y, width, height, as in prediction files, in the order of the config; thirds may end at the edge."""
    third = 0.333333333333333315  # three of them are 1 as decimals are read, and a little more when added up
    crop = {"type": "CROP", "name": "halves", "bboxs": [[0.5, 0, 0.5, 1], [0, 0.25, 0.25, 0.5], [0.7, 0, 0.3, third]]}
    found = predicted(images((60, 40), (6, 4)), crop, task="halves")

    assert found.schema.category_names == ("crop",)
    assert found.counts.tolist() == [3, 3]
    assert found.scores.tolist() == [1] * 6
    assert found.boxes == pytest.approx(
        np.array(
            [
                *([30, 0, 30, 40], [0, 10, 15, 20], [42, 0, 18, 40 / 3]),
                *([3, 0, 3, 4], [0, 1, 1.5, 2], [4.2, 0, 1.8, 4 / 3]),
            ]
        )
    )


def test_embeddings_are_of_what_crops_show() -> None:
    """The left half is black in both images, the right half black and white: vectors differ only there."""
    black, half = Image.new("RGB", (64, 32)), Image.new("RGB", (64, 32))
    half.paste("white", (32, 0, 64, 32))
    config = {
        "n_samples": 2,
        "autoTasks": [{"type": "CROP", "name": "halves", "bboxs": [[0, 0, 0.5, 1], [0.5, 0, 0.5, 1]]}],
        "strategies": [{"input": {"type": "EMBEDDINGS", "task": "halves"}, "strategy": {"type": "DIVERSITY"}}],
    }
    dataset = Dataset.from_images(["black", "half"], [black, half])
    selection = select(dataset, config, registry=Registry(allow=["tamis"], environ=False), normalize=False)
    (column,) = selection.columns

    assert column.offsets is not None
    assert column.offsets.tolist() == [0, 2, 4]
    left, right = column.values[[0, 2]], column.values[[1, 3]]
    assert (left[0] == left[1]).all()
    assert (right[0] != right[1]).any()


def test_names_of_the_wire_format() -> None:
    """autoTasks, numRows and numCols."""
    count = {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"}
    config = {
        "nSamples": 1,
        "autoTasks": [{"type": "TILING", "name": "t", "numRows": 1, "numCols": 2}],
        "strategies": [{"input": count, "strategy": {"type": "WEIGHTS"}}],
    }
    selection = select(images((6, 4)), config, registry=Registry(allow=["tamis"], environ=False))

    assert selection.predictions[0].counts.tolist() == [2]
    assert selection.config["auto_tasks"][0]["overlap"] == 0


def test_a_task_that_no_input_uses_is_not_made() -> None:
    """It costs nothing."""
    calls: list[int] = []

    def predict(header: Any) -> list[dict[str, Any]]:
        calls.append(1)
        return []

    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Task("ACME", predict, task_type="object-detection", categories=lambda params: ["x"]))
    run(images((6, 4)), TILES, {"type": "ACME", "name": "unused"}, task="tiles", registry=registry)

    assert not calls


def test_the_manifest_names_the_task_plugin_and_counts_its_objects() -> None:
    """Beside what was read from files."""
    manifest = run(images((6, 4), (9, 9)), TILES, task="tiles").manifest()

    assert {"task"} == {p["kind"] for p in manifest["plugins"] if p["key"] == "TILING"}
    assert manifest["predictions"]["tiles"] == {"present": 2, "missing": 0, "invalid": 0, "objects": 12}


def test_what_a_third_partys_task_does_wrong_costs_that_sample() -> None:
    """It raises on one image, and predicts nonsense on another; both are named, the third is there."""

    def predict(header: Any) -> list[dict[str, Any]]:
        if header.width == 1:
            raise RuntimeError("no idea")
        score = 2 if header.width == 2 else 0.5
        return [{"category_id": 0, "score": score, "bbox": [0, 0, 1, 1]}]

    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Task("ACME", predict, task_type="object-detection", categories=lambda params: ["x"]))
    selection = run(images((1, 4), (2, 4), (3, 4)), {"type": "ACME", "name": "a"}, task="a", registry=registry)

    assert selection.selected == ("2.png",)
    assert {failure.sample for failure in selection.failures} == {"0.png", "1.png"}
    assert any("RuntimeError: no idea ((in process)" in f.reason for f in selection.failures)
    assert any("2 is greater than the maximum of 1 ((in process)" in f.reason for f in selection.failures)


def test_a_task_may_return_what_its_model_gives_it() -> None:
    """Numbers and arrays of NumPy; anything that a prediction can't hold costs that sample."""

    def predict(header: Any) -> list[dict[str, Any]]:
        box = np.array([0, 0, 1, header.width], dtype=np.float32)
        score = object() if header.width == 2 else np.float32(0.5)
        return [{"category_id": np.int64(1), "score": score, "bbox": box, "probabilities": np.array([0.25, 0.75])}]

    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Task("ACME", predict, task_type="object-detection", categories=lambda params: ["x", "y"]))
    selection = run(images((1, 4), (2, 4)), {"type": "ACME", "name": "a"}, task="a", registry=registry)

    assert selection.predictions[0].categories.tolist() == [1]
    assert selection.predictions[0].scores.tolist() == [0.5]
    assert selection.predictions[0].boxes.tolist() == [[0, 0, 1, 1]]
    assert selection.predictions[0].probabilities.tolist() == [[0.25, 0.75]]
    (why,) = [failure.reason for failure in selection.failures if failure.stage == "task"]
    assert why.startswith("TypeError: returned objects with a value of type object, which a prediction can't hold (")


@pytest.mark.parametrize(
    ("boxes", "message"),
    [
        ([], "bboxs: needs at least 1 item"),
        ([[0, 0, 1]], "bboxs[0]: "),
        ([[0, 0, 2, 1]], "bboxs[0][2]: 2 is greater than the maximum of 1"),
        ([[0, 0, 1, 1], [0, 0, 0, 1]], "bboxs[1]: [0, 0, 0, 1] has no area"),
        (
            [[0.5, 0.5, 0.6, 0.4]],
            "bboxs[0]: [0.5, 0.5, 0.6, 0.4] ends outside the image: a box is [x, y, width, height]",
        ),
        (
            [[0.5, 0.25, 0.75, 1]],
            "bboxs[0]: [0.5, 0.25, 0.75, 1] ends outside the image: a box is [x, y, width, height]; if these are two "
            "corners, write [0.5, 0.25, 0.25, 0.75]",
        ),
    ],
)
def test_boxes_of_crops_lie_within_the_image(boxes: list[Any], message: str) -> None:
    """Those that look like two corners are said to, with what to write."""
    with pytest.raises(errors.ConfigError) as caught:
        run(images((6, 4)), {"type": "CROP", "bboxs": boxes}, task="CROP")
    assert any(str(problem).startswith(f"auto_tasks[0].{message}") for problem in caught.value.problems)


@pytest.mark.parametrize(
    ("auto_tasks", "task", "message"),
    [
        ([{**TILES, "num_rows": 0}], "tiles", "auto_tasks[0].num_rows: 0 is less than the minimum of 1"),
        ([{**TILES, "overlap": 2}], "tiles", "auto_tasks[0].overlap: 2 is greater than the maximum of 1"),
        ([{**TILES, "rows": 1}], "tiles", "auto_tasks[0].rows: unknown key"),
        ([{**TILES, "type": "CRIP"}], "tiles", "auto_tasks[0].type: no installed plugin has the task 'CRIP'. Did you"),
        ([TILES, TILES], "tiles", "auto_tasks[1].name: another auto task is named 'tiles'"),
        ([{**TILES, "rows": 1}], "tiles", "strategies[0].input.task: the auto task 'tiles' has a problem of its own"),
        ([TILES], "lightly_pretagging", "strategies[0].input.task: 'lightly_pretagging' is made by tamis"),
        ([TILES], "tile", "strategies[0].input.task: "),
    ],
)
def test_auto_tasks_are_checked_like_the_rest(auto_tasks: list[Any], task: str, message: str) -> None:
    """With path and advice."""
    with pytest.raises(errors.ConfigError) as caught:
        run(images((6, 4)), *auto_tasks, task=task)
    assert any(str(problem).startswith(message) for problem in caught.value.problems)


def detector(path: Path, outputs: tuple[str, str, str] = ("boxes", "labels", "scores")) -> Path:
    """An ONNX model that finds three boxes; the score of the first is the mean of its input."""
    tensor, constant = onnx.helper.make_tensor_value_info, onnx.numpy_helper.from_array
    boxes = np.array([[1, 2, 5, 6], [0, 0, 10, 20], [2, 2, 4, 4]], dtype=np.float32)
    graph = onnx.helper.make_graph(
        [
            onnx.helper.make_node("ReduceMean", ["image"], ["mean"], keepdims=0),
            onnx.helper.make_node("Reshape", ["mean", "one"], ["first"]),
            onnx.helper.make_node("Concat", ["first", "rest"], [outputs[2]], axis=0),
            onnx.helper.make_node("Identity", ["the_boxes"], [outputs[0]]),
            onnx.helper.make_node("Identity", ["the_labels"], [outputs[1]]),
        ],
        "detector",
        [tensor("image", onnx.TensorProto.FLOAT, [1, 3, "h", "w"])],
        [
            tensor(outputs[0], onnx.TensorProto.FLOAT, [3, 4]),
            tensor(outputs[1], onnx.TensorProto.INT64, [3]),
            tensor(outputs[2], onnx.TensorProto.FLOAT, [3]),
        ],
        [
            constant(boxes, "the_boxes"),
            constant(np.array([3, 5, 9]), "the_labels"),
            constant(np.array([0.9, 0.95], dtype=np.float32), "rest"),
            constant(np.array([1]), "one"),
        ],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def pretagging(model: Path, **options: Any) -> dict[str, Any]:
    """Its configuration."""
    return {"type": "lightly_pretagging", "model": str(model), **options}


def test_pretagging_by_a_model_of_ones_own(tmp_path: Path) -> None:
    """Labels are counted from ``first_label``; label 9 is no class, and the dark image's first box scores 0.2."""
    model = detector(tmp_path / "detector.onnx")
    dataset = Dataset.from_images(["dark.png", "light.png"], [Image.new("RGB", (10, 20), (v, v, v)) for v in (51, 204)])
    found = predicted(dataset, tasks=[pretagging(model, first_label=1)], task="lightly_pretagging")

    assert found.schema.category_names == ("bicycle", "bus", "car", "motorcycle", "person", "train", "truck")
    assert found.counts.tolist() == [1, 2]
    assert [found.schema.category_names[i] for i in found.categories] == ["person", "car", "person"]
    assert found.scores == pytest.approx([0.9, 0.8, 0.9])
    assert found.boxes.tolist() == [[0, 0, 10, 20], [1, 2, 4, 4], [0, 0, 10, 20]]


@pytest.mark.parametrize(("layout", "expected"), [("coco80", ["bus", "car"]), ("coco91", ["airplane", "motorcycle"])])
def test_pretagging_knows_how_public_detectors_number_labels(tmp_path: Path, layout: str, expected: list[str]) -> None:
    """Label 5 is the bus or, by COCO's own ids, the airplane; 9, which is the traffic light or the boat, isn't kept."""
    classes = ["motorcycle", "bus", "car", "airplane"]
    model = pretagging(labelled(tmp_path / "detector.onnx", [5, 9, {"coco80": 2, "coco91": 4}[layout]]))
    dataset = Dataset.from_images(["x.png"], [Image.new("RGB", (10, 20), (204, 204, 204))])
    found = predicted(dataset, {**model, "layout": layout, "classes": classes}, task="lightly_pretagging")

    assert [found.schema.category_names[i] for i in found.categories] == expected
    default = predicted(dataset, {**model, "layout": layout}, task="lightly_pretagging")
    assert [default.schema.category_names[i] for i in default.categories] == [e for e in expected if e != "airplane"]


def labelled(path: Path, labels: list[int]) -> Path:
    """The detector with other labels of its three boxes, of which the first and last are sure enough."""
    model = onnx.load(detector(path))
    for each in model.graph.initializer:
        if each.name in ("the_labels", "rest"):
            new = np.array(labels, dtype=np.int64) if each.name == "the_labels" else np.array([0.9, 0.9], "f4")
            each.CopyFrom(onnx.numpy_helper.from_array(new, each.name))
    onnx.save(model, path)
    return path


def test_layouts_are_those_of_public_detectors() -> None:
    """As torchvision lists them for its own weights; without gaps they are the 80 of COCO."""
    detection = pytest.importorskip("torchvision.models.detection", exc_type=ImportError)
    theirs = detection.FasterRCNN_ResNet50_FPN_Weights.COCO_V1.meta["categories"]
    named = tuple("" if name in ("N/A", "__background__") else name for name in theirs)

    assert LAYOUTS["torchvision"] == LAYOUTS["coco91"] == named
    assert LAYOUTS["coco80"] == tuple(name for name in named if name)


def test_a_task_is_named_with_its_options_on_the_command_line(tmp_path: Path) -> None:
    """As an embedder is; the one of two images that shows a car is taken."""
    model = labelled(tmp_path / "detector.onnx", [2, 9, 9])
    for name, value in (("dark.png", 51), ("light.png", 204)):
        Image.new("RGB", (10, 20), (value, value, value)).save(tmp_path / name)
    count = {"type": "PREDICTIONS", "task": "lightly_pretagging", "name": "CATEGORY_COUNT"}
    (tmp_path / "c.json").write_text(
        json.dumps({"n_samples": 1, "strategies": [{"input": count, "strategy": {"type": "WEIGHTS"}}]})
    )
    task = f"lightly_pretagging:model={model},layout=coco80"
    command = ["select", str(tmp_path / "c.json"), "--input", str(tmp_path), "--task", task, "--no-store", "-j", "1"]
    done = CliRunner().invoke(cli, command)

    assert (done.exit_code, done.stdout) == (0, "light.png\n"), done.output


def test_pretagging_scales_boxes_back_and_normalises(tmp_path: Path) -> None:
    """From 10 x 20, to which the image is resized, to its own 20 x 10; the score is the mean of what the model sees."""
    model = detector(tmp_path / "detector.onnx", ("b", "l", "s"))
    dataset = Dataset.from_images(["x.png"], [Image.new("RGB", (20, 10), (178, 178, 178))])
    options = pretagging(
        model,
        name="cars",
        input_size=[10, 20],
        mean=[0.5] * 3,
        std=[0.25] * 3,
        outputs={"boxes": "b", "labels": "l", "scores": "s"},
        classes=["zero", "one", "two", "three"],
        score_threshold=0.1,
    )
    found = predicted(dataset, options, task="cars")

    assert found.boxes.tolist() == [[2, 1, 8, 2]]
    assert found.scores == pytest.approx([(178 / 255 - 0.5) / 0.25], abs=1e-5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "missing.onnx"}, "auto_tasks[0].model: 'missing.onnx' is not a file"),
        ({"model": __file__}, "can't be loaded"),
        ({"outputs": {"boxes": "b", "labels": "labels", "scores": "scores"}}, "the model has no output 'b'"),
        ({"score_threshold": 2}, "auto_tasks[0].score_threshold: 2 is greater than the maximum of 1"),
        ({"std": [1, 1, 0]}, "auto_tasks[0].std[2]: "),
        ({"layout": "coco80", "first_label": 1}, "auto_tasks[0].first_label: goes without layout"),
        ({"layout": "coco80", "classes": ["catt"]}, "COCO has no category 'catt'. Did you mean 'cat'?"),
    ],
)
def test_a_model_that_doesnt_fit_is_refused_before_any_image(tmp_path: Path, options: Any, message: str) -> None:
    """With the parameter that is wrong."""
    task = {**pretagging(detector(tmp_path / "detector.onnx")), **options}

    with pytest.raises(errors.ConfigError) as caught:
        run(images((6, 4)), tasks=[task], task="lightly_pretagging")
    assert message in str(caught.value)


def test_without_onnxruntime_there_is_one_line(tmp_path: Path) -> None:
    """With the command that installs it."""
    model = detector(tmp_path / "detector.onnx")
    entry = {"input": {"type": "PREDICTIONS", "task": "lightly_pretagging", "name": "CATEGORY_COUNT"}}
    config = {"n_samples": 1, "strategies": [{**entry, "strategy": {"type": "WEIGHTS"}}]}
    for name, content in (("config", config), ("task", pretagging(model))):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    code = (
        "import sys; sys.modules['onnxruntime'] = None\n"
        "from tamis.cli import main\n"
        "sys.argv = ['tamis', 'select', 'config.json', '--input', '.', '--task', 'task.json']\nmain()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)

    assert done.returncode == 2
    assert done.stderr.endswith("lightly_pretagging needs onnxruntime: pip install 'tamis[onnx]'\n")


def test_predictions_are_written_and_read_back(tmp_path: Path) -> None:
    """As a ``.lightly`` folder that gives the same predictions; and not over one that is there."""
    model = detector(tmp_path / "detector.onnx")
    root = tmp_path / "images"
    for name, value in (("a.png", 51), ("sub/b.png", 204)):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (10, 20), (value, value, value)).save(root / name)
    made = predicted(Dataset.from_directory(root), tasks=[pretagging(model, name="cars")], task="cars")
    folder = write_predictions(root, ("a.png", "sub/b.png"), made)
    read = predicted(Dataset.from_directory(root), task="cars")

    assert folder == root / ".lightly" / "predictions" / "cars"
    for field in ("categories", "scores", "boxes", "offsets", "present"):
        assert np.array_equal(getattr(read, field), getattr(made, field))
    with pytest.raises(errors.OutputError, match="exists already"):
        write_predictions(root, ("a.png", "sub/b.png"), made)
    with pytest.raises(errors.ConfigError, match=r"is in .* and in auto_tasks"):
        predicted(Dataset.from_directory(root), {**TILES, "name": "cars"}, task="cars")


def test_the_command_line_writes_predictions(tmp_path: Path) -> None:
    """Below the folder that it's told, and lists the task beside others; what is there already is no wasted run."""
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    count = {"type": "PREDICTIONS", "task": "tiles", "name": "CATEGORY_COUNT"}
    strategies = [{"input": count, "strategy": {"type": "WEIGHTS"}}]
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"n_samples": 1, "auto_tasks": [TILES], "strategies": strategies}))
    predictions = tmp_path / "out" / ".lightly" / "predictions"
    predictions.mkdir(parents=True)
    (predictions / "tasks.json").write_text('["other"]')
    command = ["select", str(config), "--input", str(tmp_path), "--jobs", "1"]
    command += ["--write-predictions", str(tmp_path / "out")]
    done, again = CliRunner().invoke(cli, command), CliRunner().invoke(cli, command)

    assert (done.exit_code, done.stdout) == (0, "a.png\n")
    assert (again.exit_code, again.stdout) == (2, "")
    assert "tiles' exists already: remove it" in again.stderr
    assert json.loads((predictions / "tasks.json").read_text()) == ["other", "tiles"]
    assert len(json.loads((predictions / "tiles" / "a.json").read_text())["predictions"]) == 6


def test_a_task_may_be_an_option(tmp_path: Path) -> None:
    """The JSON itself in the place of a file; what is wrong with it is said."""
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    count = {"type": "PREDICTIONS", "task": "tiles", "name": "CATEGORY_COUNT"}
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"n_samples": 1, "strategies": [{"input": count, "strategy": {"type": "WEIGHTS"}}]}))
    command = ["select", str(config), "--input", str(tmp_path), "-q", "--jobs", "1", "--task"]
    done, wrong = (CliRunner().invoke(cli, [*command, task]) for task in (json.dumps(TILES), "{"))

    assert (done.exit_code, done.stdout) == (0, "a.png\n")
    assert (wrong.exit_code, wrong.stderr.startswith("tamis: --task: not JSON")) == (2, True)


@pytest.mark.parametrize("name", ["../esc", "/abs", "x/../../y", ".", "a/.", "nl\n"])
def test_a_tasks_name_stays_in_its_folder(name: str) -> None:
    """It is a folder when the predictions are written."""
    with pytest.raises(errors.ConfigError, match=r"auto_tasks\[0\]\.name: "):
        run(images((6, 4)), {**TILES, "name": name}, task="tiles")


@pytest.mark.parametrize("name", ["../evil.png", "/evil.png", "schema.png", "nul\0.png"])
def test_a_samples_name_stays_in_the_tasks_folder(tmp_path: Path, name: str) -> None:
    """And is not that of the schema. Nothing is left behind."""
    dataset = Dataset.from_images([name], [np.zeros((4, 4), np.uint8)])
    found = predicted(dataset, TILES, task="tiles")

    with pytest.raises(errors.OutputError):
        write_predictions(tmp_path / "out", dataset.samples, found)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_as_many_names_as_predictions(tmp_path: Path) -> None:
    """Not part of a task."""
    found = predicted(images((6, 4), (6, 4)), TILES, task="tiles")

    with pytest.raises(errors.OutputError, match="1 names for the predictions of 2 samples"):
        write_predictions(tmp_path, ("0.png",), found)


@pytest.mark.parametrize("labels", [[], ["a", "a"], [1], [""]])
def test_categories_are_different_names(labels: Any) -> None:
    """What else they are is the plugin's trouble, by name."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Task("ACME", lambda header: [], task_type="object-detection", categories=lambda params: labels))

    with pytest.raises(errors.BrokenPluginError, match=r"auto_tasks\[0\]: task 'ACME' of \(in process\)"):
        run(images((6, 4)), {"type": "ACME", "name": "a"}, task="a", registry=registry)


@pytest.mark.parametrize("auto_tasks", [{}, 5, "abc"])
def test_odd_auto_tasks_beside_an_option(auto_tasks: Any) -> None:
    """A problem of the config, not of the option."""
    config = {
        "n_samples": 1,
        "auto_tasks": auto_tasks,
        "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}],
    }

    with pytest.raises(errors.ConfigError, match=r"auto_tasks: .* is not a list"):
        select(images((6, 4)), config, registry=Registry(allow=["tamis"], environ=False), tasks=[TILES])


@pytest.mark.parametrize(
    ("task_type", "fields"),
    [
        ("classification", {"probabilities": [1.0]}),
        ("object-detection", {"bbox": [1, 2, 3, 1], "score": 0.5, "probabilities": [0.25]}),
        ("keypoint-detection", {"keypoints": [1, 2, 0.5, 3, 1, 1], "score": 0.5}),
        ("instance-segmentation", {"segmentation": [2, 3, 19], "bbox": [1, 1, 2, 2], "score": 0.25}),
        ("semantic-segmentation", {"segmentation": [0, 5, 19], "score": 0.25}),
    ],
)
def test_every_task_type_is_written_and_read_back(tmp_path: Path, task_type: Any, fields: dict[str, Any]) -> None:
    """What a task plugin predicted is what its files hold, object by object."""
    Image.new("RGB", (6, 4)).save(tmp_path / "a.png")
    Image.new("RGB", (6, 4)).save(tmp_path / "b.png")
    dataset = Dataset.from_directory(tmp_path)
    registry = Registry(allow=["tamis"], environ=False)
    item = {"category_id": 0, **fields}
    registry.register(Task("ACME", lambda header: [item, item], task_type=task_type, categories=lambda params: ["x"]))
    made = run(dataset, {"type": "ACME", "name": "a"}, task="a", registry=registry).predictions[0]
    folder = write_predictions(tmp_path, dataset.samples, made)
    read = predicted(dataset, task="a")

    assert json.loads((folder / "b.json").read_text())["predictions"][1] == item
    for name in (
        "categories",
        "scores",
        "probabilities",
        "boxes",
        "keypoints",
        "areas",
        "runs",
        "run_offsets",
        "offsets",
    ):
        assert np.array_equal(getattr(read, name), getattr(made, name), equal_nan=True)
