"""COCO's files: which objects, whose, and that masks are those of COCO's own tools."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools import mask as coco_masks

from tamis import Dataset, Predictions, PredictionsBuilder, Registry, TaskSchema, errors, select, write_predictions
from tamis.data.fitting import fitted
from tamis.testing import SAMPLES, check_annotation_format
from tamis_plugins.annotations import coco as plugin
from tamis_plugins.coco.masks import runs_of

REGISTRY = Registry(allow=["tamis"], environ=False)
WIDTH, HEIGHT = 40, 30
CATEGORIES = [{"id": 1, "name": "cat"}, {"id": 18, "name": "dog"}]


def document(annotations: Sequence[dict[str, Any]], *names: str) -> dict[str, Any]:
    """Ground truth; image i has the id 100 + i."""
    images = [
        {"id": 100 + number, "file_name": name, "width": WIDTH, "height": HEIGHT} for number, name in enumerate(names)
    ]
    return {"images": images, "categories": CATEGORIES, "annotations": list(annotations)}


def written(folder: Path, content: Any, name: str = "instances.json") -> Path:
    """A file."""
    path = folder / name
    path.write_text(json.dumps(content))
    return path


def read(path: Path, task: str, samples: Sequence[str], **options: Any) -> Predictions:
    """As a run has them, with images of `WIDTH` x `HEIGHT`."""
    images = [np.zeros((2, 2, 3), np.uint8)] * len(samples)
    annotations = Dataset.from_images(samples, images).annotate("coco", path, registry=REGISTRY, **options).annotations
    found = annotations.predictions(task, samples, lambda done, total: None)
    return fitted(found, np.full((len(samples), 2), (WIDTH, HEIGHT)))


def mask_of(predictions: Predictions, number: int) -> npt.NDArray[np.uint8]:
    """The pixels of an object."""
    runs = predictions.runs[slice(*predictions.run_offsets[number : number + 2])]
    flat = np.repeat(np.arange(len(runs)) % 2, runs)
    return flat.reshape(HEIGHT, WIDTH).astype(np.uint8)


def test_ground_truth_counts_as_predictions_with_score_1(tmp_path: Path) -> None:
    """Of the images that are listed; one without annotations has no objects, one that isn't listed no prediction."""
    annotations = [
        {"id": 1, "image_id": 101, "category_id": 18, "bbox": [1.5, 2, 10, 20], "iscrowd": 0},
        {"id": 2, "image_id": 100, "category_id": 1, "bbox": [0, 0, 4, 4], "iscrowd": 0},
        {"id": 3, "image_id": 101, "category_id": 1, "bbox": [30, 20, 20, 20], "iscrowd": 0},
        {"id": 4, "image_id": 999, "category_id": 1, "bbox": [0, 0, 1, 1], "iscrowd": 0},
    ]
    path = written(tmp_path, document(annotations, "a.jpg", "b.jpg", "c.jpg", "gone.jpg"))
    found = read(path, "detection", ["c.jpg", "b.jpg", "new.jpg", "a.jpg"])

    assert found.counts.tolist() == [0, 2, 0, 1]
    assert found.present.tolist() == [True, True, False, True]
    assert [found.schema.category_names[number] for number in found.categories] == ["dog", "cat", "cat"]
    assert found.scores.tolist() == [1, 1, 1]
    assert found.boxes.tolist() == [[1.5, 2, 10, 20], [30, 20, 10, 10], [0, 0, 4, 4]]
    assert found.orphans == ("gone.jpg",)
    assert found.notes == (f"1 objects are of images that {path} doesn't list",)


def test_results_have_scores_and_images_of_another_file(tmp_path: Path) -> None:
    """And without that file, the error says what is missing."""
    truth = written(tmp_path, document([], "a.jpg", "b.jpg"), "truth.json")
    results = written(tmp_path, [{"image_id": 101, "category_id": 18, "bbox": [1, 2, 3, 4], "score": 0.25}], "r.json")
    found = read(results, "detection", ["a.jpg", "b.jpg"], images_from=str(truth))

    assert (found.counts.tolist(), found.scores.tolist()) == ([0, 1], [0.25])
    with pytest.raises(errors.PredictionError, match=r"r\.json: a list of results; say images_from=FILE"):
        read(results, "detection", ["a.jpg"])


def test_objects_of_images_that_are_not_listed_are_told_with_the_file_that_lists_them(tmp_path: Path) -> None:
    """Of results, that is the other file."""
    truth = written(tmp_path, document([], "a.jpg"), "truth.json")
    box = {"category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}
    results = written(tmp_path, [{**box, "image_id": id_} for id_ in (100, "0100", "a", 101)], "r.json")
    found = read(results, "detection", ["a.jpg"], images_from=str(truth))

    assert found.counts.tolist() == [1]
    assert found.notes == (f"3 objects are of images that {truth} doesn't list",)


@pytest.mark.parametrize("text_in", ["images", "categories", "annotations"])
def test_an_id_may_be_written_as_text_in_one_place_and_as_a_number_in_another(text_in: str, tmp_path: Path) -> None:
    """Ground truth and results have the objects of the number that it is the text of."""
    annotation = {"image_id": 101, "category_id": 18, "bbox": [1, 2, 3, 4], "score": 1}
    content = document([annotation], "a.jpg", "b.jpg")
    content[text_in] = [
        {key: str(value) if key.endswith("id") else value for key, value in item.items()} for item in content[text_in]
    ]
    truth = written(tmp_path, content)
    results = written(tmp_path, content["annotations"], "r.json")

    for found in (
        read(truth, "detection", ["a.jpg", "b.jpg"]),
        read(results, "detection", ["a.jpg", "b.jpg"], images_from=str(truth)),
    ):
        assert found.counts.tolist() == [0, 1]
        assert (found.schema.category_ids, found.categories.tolist()) == ((1, 18), [1])
        assert (found.reasons, found.notes) == ({}, ())


def test_a_number_and_its_text_may_be_ids_of_two_images(tmp_path: Path) -> None:
    """Then each is taken as it is written."""
    images = [{"id": 12, "file_name": "a.jpg"}, {"id": "12", "file_name": "b.jpg"}]
    boxes = [{"image_id": id_, "category_id": 1, "bbox": [0, 0, side, 1]} for id_, side in ((12, 3), ("12", 4))]
    path = written(tmp_path, {"images": images, "categories": CATEGORIES, "annotations": boxes})

    assert read(path, "detection", ["a.jpg", "b.jpg"]).boxes[:, 2].tolist() == [3, 4]


@pytest.mark.parametrize("size", [(WIDTH, HEIGHT), (-1, -1)])
@pytest.mark.parametrize("ring", [[0.0, 0.0, 0.0, 1e9, 1e9, 1e9], [0.0, 0.0, 0.0, 9.0, 90_000.0, 8.0] * 100])
def test_an_outline_too_long_to_follow_costs_its_object(ring: list[float], size: tuple[int, int]) -> None:
    """With a note that says which, and not all memory; the object beside it has its mask."""
    builder = PredictionsBuilder(TaskSchema("t", "instance-segmentation", [0], ["x"]), 1)
    item = {"category_id": 0, "score": 1.0, "bbox": [0, 0, 1, 1]}
    builder.add({0: [{**item, "polygons": [ring]}, {**item, "polygons": [[0.0, 0.0, 4.0, 0.0, 4.0, 4.0, 0.0, 4.0]]}]})
    read = builder.build()
    found = fitted(read, np.array([size]))

    assert found.dropped == {0: "predictions[0]: its outline is too long, or encloses too much, to be an object's"}
    assert found.areas.tolist() == [16]
    assert fitted(read, np.array([size]), strict=True).reasons == found.dropped


polygon = st.lists(st.tuples(st.floats(-9, WIDTH + 9), st.floats(-9, HEIGHT + 9)), min_size=3, max_size=9)


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")  # pycocotools' own
@settings(max_examples=150)
@given(rings=st.lists(polygon, min_size=1, max_size=3))
def test_masks_of_polygons_are_those_of_pycocotools(rings: list[list[tuple[float, float]]]) -> None:
    """Pixel by pixel, whatever crosses itself, overlaps, or lies outside the image."""
    flat = [[float(number) for point in ring for number in point] for ring in rings]
    builder = PredictionsBuilder(TaskSchema("t", "instance-segmentation", [0], ["x"]), 1)
    builder.add({0: [{"category_id": 0, "score": 1.0, "bbox": [0, 0, 1, 1], "polygons": flat}]})
    found = fitted(builder.build(), np.array([[WIDTH, HEIGHT]]))
    expected = coco_masks.decode(coco_masks.merge(coco_masks.frPyObjects(flat, HEIGHT, WIDTH)))

    assert np.array_equal(mask_of(found, 0), expected)
    assert found.areas[0] == expected.sum()


@settings(max_examples=150)
@given(data=st.data(), width=st.integers(1, 70), height=st.integers(1, 70))
def test_run_lengths_are_those_of_pycocotools(data: st.DataObject, width: int, height: int) -> None:
    """As text and as counts; the box around them, too."""
    seed, share = data.draw(st.integers(0, 999)), data.draw(st.sampled_from([0.0, 0.01, 0.5, 0.99, 1.0]))
    mask = np.asfortranarray(np.random.default_rng(seed).random((height, width)) < share).astype(np.uint8)
    mask[: height // 2] = share > 0.5
    rle = coco_masks.encode(np.asfortranarray(mask))
    columns = mask.ravel(order="F")
    borders = np.flatnonzero(np.diff(columns)) + 1
    counts = np.diff(np.concatenate([[0] * (1 + columns[0]), borders, [mask.size]])).tolist()

    for form in ({"size": [height, width], "counts": rle["counts"].decode()}, {**rle, "counts": counts}):
        runs, box = runs_of(form)
        assert np.array_equal(np.repeat(np.arange(len(runs)) % 2, runs).reshape(height, width), mask)
        assert box == (coco_masks.toBbox(rle).tolist() if mask.any() else None)


def test_segmentation_takes_polygons_and_run_lengths(tmp_path: Path) -> None:
    """Crowds count, and a note says so; what has no mask is left out, and another says that."""
    crowd = np.zeros((HEIGHT, WIDTH), np.uint8)
    crowd[5:9, 30:] = 1
    rle = coco_masks.encode(np.asfortranarray(crowd))
    common = {"image_id": 100, "category_id": 1}
    annotations = [
        {**common, "bbox": [1, 1, 10, 10], "segmentation": [[1, 1, 11, 1, 11, 11, 1, 11], [2, 2, 3, 3]]},
        {**common, "segmentation": {"size": [HEIGHT, WIDTH], "counts": rle["counts"].decode()}, "iscrowd": 1},
        {**common, "bbox": [1, 1, 1, 1], "segmentation": []},
    ]
    path = written(tmp_path, document(annotations, "a.jpg"))
    found = read(path, "segmentation", ["a.jpg"])

    assert found.areas.tolist() == [100, 40]
    assert found.boxes.tolist() == [[1, 1, 10, 10], [30, 5, 10, 4]]
    assert np.array_equal(mask_of(found, 1), crowd)
    assert found.notes == (
        "1 objects are crowds, and count as one object each",
        "1 objects have no segmentation, and are left out",
    )
    assert read(path, "segmentation", ["a.jpg"], crowd=False).areas.tolist() == [100]


def test_keypoints_are_certain_if_they_were_labelled(tmp_path: Path) -> None:
    """Visible or not; the scores of a model's keypoints stay."""
    points = [3, 4, 2, 5, 6, 1, 0, 0, 0]
    annotation = {"image_id": 100, "category_id": 1, "keypoints": points, "bbox": [1, 1, 9, 9], "score": 0.5}
    truth = written(tmp_path, document([annotation], "a.jpg"))
    results = written(tmp_path, [{**annotation, "keypoints": [3, 4, 0.75, 5, 6, 7.5]}], "r.json")

    assert read(truth, "keypoints", ["a.jpg"]).keypoints.tolist() == [[3, 4, 1], [5, 6, 1], [0, 0, 0]]
    found = read(results, "keypoints", ["a.jpg"], images_from=str(truth))
    assert (found.keypoints.tolist(), found.scores.tolist()) == ([[3, 4, 0.75], [5, 6, 1]], [0.5])


def test_the_tasks_are_those_that_there_is_something_for(tmp_path: Path) -> None:
    """Under a name, each is called ``name.task``, a single one ``name``."""
    both = [{"image_id": 100, "category_id": 1, "bbox": [0, 0, 9, 9], "segmentation": [[0, 0, 9, 0, 9, 9]]}]
    path = written(tmp_path, document(both, "a.jpg"))
    dataset = Dataset.from_images(["a.jpg"], [np.zeros((2, 2, 3), np.uint8)])

    def tasks(name: str | None = None, **options: Any) -> list[str]:
        return list(dataset.annotate("coco", path, name, registry=REGISTRY, **options).annotations.tasks())

    assert tasks() == ["detection", "segmentation"]
    assert tasks("truth") == ["truth.detection", "truth.segmentation"]
    assert tasks("truth", task="detection") == ["truth"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": [{"id": 1, "file_name": "a"}, {"id": 1, "file_name": "b"}]}, r"2 images have the id 1"),
        ({"images": [{"id": 1, "file_name": "a"}, {"id": 2, "file_name": "a"}]}, r"2 images have the file_name 'a'"),
        ({"images": [{"id": 1}]}, r"images\[0\] is not an object with an id and a file_name"),
        ({"images": None}, r"images is not a list"),
        ({"categories": []}, r"categories are not a list of at least one"),
        ({"categories": [{"id": 1, "name": "a"}, {"id": 2, "name": "a"}]}, r"2 categories have the name 'a'"),
        ({"annotations": [{"bbox": [1, 2, 3, 4]}]}, r"annotations\[0\] is not an object with the image_id"),
        ({"annotations": 3}, r"neither an object with images"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(change: dict[str, Any], message: str, tmp_path: Path) -> None:
    """With its place."""
    path = written(tmp_path, {**document([], "a.jpg"), **change})
    with pytest.raises(errors.PredictionError, match=rf"instances\.json: .*{message}|instances\.json: {message}"):
        read(path, "detection", ["a.jpg"])


@pytest.mark.parametrize(
    ("task", "annotation", "message"),
    [
        ("detection", {"category_id": 5, "bbox": [1, 2, 3, 4]}, "category_id is 5, which the schema does not have"),
        ("detection", {"category_id": 1, "bbox": [1, 2, 3]}, "bbox"),
        (
            "segmentation",
            {"category_id": 1, "bbox": [1, 2, 3, 4], "segmentation": [[1, 2, 3, 4, 5, 6, 7]]},
            "7 numbers",
        ),
        (
            "segmentation",
            {"category_id": 1, "segmentation": {"size": [3, 3], "counts": [4]}},
            "annotation 7: segm.* 3 x 3",
        ),
        ("segmentation", {"category_id": 1, "segmentation": {"size": [3, 3], "counts": "\x7f"}}, "no run lengths"),
        ("segmentation", {"category_id": 1, "segmentation": "x"}, "neither polygons nor run lengths"),
        ("segmentation", {"category_id": 1, "segmentation": {"size": [3, 3], "counts": [9]}}, "is of 9 pixels, and"),
        ("keypoints", {"category_id": 1, "keypoints": [1, 2]}, "not x, y and visibility"),
    ],
)
def test_a_wrong_annotation_costs_its_sample(
    task: str, annotation: dict[str, Any], message: str, tmp_path: Path
) -> None:
    """With the reason; the others are as they were."""
    good = {"image_id": 101, "category_id": 1, "bbox": [1, 2, 3, 4], "segmentation": [[1, 1, 5, 1, 5, 5]]}
    good["keypoints"] = [1, 1, 2]
    path = written(tmp_path, document([{"id": 7, "image_id": 100, **annotation}, good], "a.jpg", "b.jpg"))
    found = read(path, task, ["a.jpg", "b.jpg"])

    assert found.valid.tolist() == [False, True]
    assert found.counts.tolist() == [0, 1]
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(found.reasons[0])


def test_file_names_are_matched_by_the_ends_of_paths(tmp_path: Path) -> None:
    """As most files call images by their names alone; a note says so."""
    boxes = [{"image_id": 100 + number, "category_id": 1, "bbox": [0, 0, 1 + number, 1]} for number in range(3)]
    path = written(tmp_path, document(boxes, "1.jpg", "/data/coco/x/2.jpg", "3.jpg"))
    found = read(path, "detection", ["train/1.jpg", "x/2.jpg", "train/3.jpg", "val/3.jpg"])

    assert found.counts.tolist() == [1, 1, 0, 0]
    assert found.boxes[:, 2].tolist() == [1, 2]
    assert "2 samples are matched by the ends of their paths, such as train/1.jpg with 1.jpg" in found.notes
    assert found.orphans == ("3.jpg",)


def test_a_selection_by_ground_truth_says_what_there_is_to_say(tmp_path: Path) -> None:
    """The image with a dog is picked; its notes are those of the run."""
    (tmp_path / "photos" / "x").mkdir(parents=True)
    for number in range(4):
        Image.new("RGB", (WIDTH, HEIGHT), (number, 0, 0)).save(tmp_path / "photos" / "x" / f"{number}.png")
    boxes = [{"image_id": 100 + number, "category_id": 18 if number == 2 else 1, "bbox": [0, 0, 4, 4], "iscrowd": 1}
             for number in range(4)]  # fmt: skip
    path = written(tmp_path, document(boxes, *(f"{number}.png" for number in range(4))))
    entry = {
        "input": {"type": "PREDICTIONS", "task": "truth", "name": "CATEGORY_COUNT", "categories": ["dog"]},
        "strategy": {"type": "WEIGHTS"},
    }
    dataset = Dataset.open(tmp_path / "photos", registry=REGISTRY)
    dataset = dataset.annotate("coco", path, "truth", registry=REGISTRY, task="detection")
    result = select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY)

    assert result.selected == ("x/2.png",)
    assert "task 'truth': 4 objects are crowds, and count as one object each" in result.manifest()["notes"]


def test_what_a_selection_used_can_be_written_for_others(tmp_path: Path) -> None:
    """As a ``.lightly`` folder, with the masks; before images are measured, polygons can't."""
    Image.new("RGB", (WIDTH, HEIGHT)).save(tmp_path / "a.png")
    square = {"image_id": 100, "category_id": 18, "bbox": [2, 3, 4, 5], "segmentation": [[2, 3, 6, 3, 6, 8, 2, 8]]}
    path = written(tmp_path, document([square], "a.png"))
    dataset = Dataset.open(tmp_path, registry=REGISTRY).annotate("coco", path, registry=REGISTRY)
    entry = {
        "input": {"type": "PREDICTIONS", "task": "segmentation", "name": "CATEGORY_COUNT"},
        "strategy": {"type": "WEIGHTS"},
    }
    result = select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY)
    write_predictions(tmp_path / "out", result.samples, result.predictions[0], registry=REGISTRY)
    again = Dataset.open(tmp_path, registry=REGISTRY).unannotated()
    again = again.annotate("lightly", tmp_path / "out", registry=REGISTRY)
    found = again.annotations.predictions("segmentation", again.samples, lambda done, total: None)
    expected = np.zeros((HEIGHT, WIDTH), np.uint8)
    expected[3:8, 2:6] = 1

    assert np.array_equal(mask_of(found, 0), expected)
    raw = dataset.annotations.predictions("segmentation", dataset.samples, lambda done, total: None)
    with pytest.raises(errors.OutputError, match=r"are polygons, or shares .*Selection\.predictions"):
        write_predictions(tmp_path / "raw", dataset.samples, raw, registry=REGISTRY)


def test_several_inputs_may_have_polygons(tmp_path: Path) -> None:
    """Joined in the order of the samples, each its own."""
    parts = {}
    for label, side in (("one", 4), ("two", 8)):
        square = [[0, 0, side, 0, side, side, 0, side]]
        annotation = {"image_id": 100, "category_id": 1, "bbox": [0, 0, side, side], "segmentation": square}
        (tmp_path / label).mkdir()
        path = written(tmp_path / label, document([annotation], "a.png"))
        images = [np.zeros((HEIGHT, WIDTH, 3), np.uint8)] * 2
        parts[label] = Dataset.from_images(["a.png", "b.png"], images).annotate("coco", path, registry=REGISTRY)
    joined = Dataset.concat(parts)
    found = joined.annotations.predictions("segmentation", joined.samples[::-1], lambda done, total: None)
    areas = fitted(found, np.full((4, 2), (WIDTH, HEIGHT)))

    assert (areas.counts.tolist(), areas.areas.tolist()) == ([0, 1, 0, 1], [64, 16])


def test_conformance(tmp_path: Path) -> None:
    """No check of the kit fails."""
    boxes = [{"image_id": 100 + number, "category_id": 1, "bbox": [0, 0, 1, 1], "segmentation": [[0, 0, 1, 0, 1, 1]]}
             for number in range(len(SAMPLES) - 1)]  # fmt: skip
    (declared,) = plugin.tamis_annotation_formats()
    results = check_annotation_format(declared, location=str(written(tmp_path, document(boxes, *SAMPLES.values()))))

    assert [result for result in results if result.status == "failed"] == []


@pytest.mark.parametrize("listed", [True, False])
def test_run_lengths_larger_than_the_image_cost_its_sample(listed: bool, tmp_path: Path) -> None:
    """Before memory is taken for their pixels: be the image's size listed, or nothing known but what can be decoded."""
    rle = {"size": [50_000, 60_000], "counts": [0, 3_000_000_000]}
    content = document(
        [{"id": 1, "image_id": 100, "category_id": 1, "bbox": [0, 0, 4, 4], "segmentation": rle}], "a.jpg", "b.jpg"
    )
    if not listed:
        del content["images"][0]["width"]
    path = written(tmp_path, content)
    tracemalloc.start()
    found = read(path, "segmentation", ["a.jpg", "b.jpg"])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 100 << 20
    limit = f"{WIDTH * HEIGHT} of the image" if listed else "any image"
    assert (
        f"annotation 1: segmentation: its run lengths are of 60000 x 50000 pixels, more than {limit}"
        in found.reasons[0]
    )
    assert found.counts.tolist() == [0, 0]


@pytest.mark.parametrize("box", [[1e308, 0, 1e308, 1], [0, 0, 1e300, 1], [0, 10**30, 1, 1]])
def test_a_box_that_no_image_can_hold_costs_its_sample(box: list[float], tmp_path: Path) -> None:
    """Without a word of numpy's: a warning would be an error here."""
    path = written(tmp_path, document([{"id": 1, "image_id": 100, "category_id": 1, "bbox": box}], "a.jpg"))

    assert "bbox" in (reason := read(path, "detection", ["a.jpg"]).reasons[0])
    assert "too large" in reason


def test_a_polygon_that_no_image_can_hold_costs_its_sample(tmp_path: Path) -> None:
    """The box around it is not even a number."""
    ring = [-1e308, 0, 1e308, 0, 1e308, 1]
    path = written(tmp_path, document([{"id": 1, "image_id": 100, "category_id": 1, "segmentation": [ring]}], "a.jpg"))

    assert "too large" in read(path, "segmentation", ["a.jpg"]).reasons[0]


@pytest.mark.parametrize("visibility", [7, -1, 0.5])
def test_visibility_of_ground_truth_is_0_1_or_2(visibility: float, tmp_path: Path) -> None:
    """As COCO says; what a model writes there is its own."""
    labelled = {"id": 1, "image_id": 100, "category_id": 1, "keypoints": [1, 1, 2, 3, 3, visibility]}
    path = written(tmp_path, document([labelled], "a.jpg"))
    reason = f"annotation 1: keypoints: a visibility is {float(visibility):g}, not 0, 1 or 2"

    assert reason in read(path, "keypoints", ["a.jpg"]).reasons[0]
