"""PREDICTIONS, and the reading of prediction files: every file is used, or named with its reason."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamis import Column, Dataset, Kind, Registry, Selection, Strategy, errors, select
from tests.plugins.lightly_folder import Folder

BOX = [1, 1, 2, 2]
GOOD = {"category_id": 0, "score": 0.5, "bbox": BOX}


def run(dataset: Dataset, **entry: Any) -> Selection:
    """Select all by a PREDICTIONS input, of whatever kind."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Strategy("ANY", accepts=set(Kind), filter=lambda column, params: column.valid))
    config = {
        "proportion_samples": 1,
        "strategies": [{"input": {"type": "PREDICTIONS", "task": "t", **entry}, "strategy": {"type": "ANY"}}],
    }
    return select(dataset, config, registry=registry)


def run_strictly(dataset: Dataset) -> Selection:
    """The same, where anything that fails is an error."""
    entry = {"input": {"type": "PREDICTIONS", "task": "t", "name": "CATEGORY_COUNT"}, "strategy": {"type": "WEIGHTS"}}
    return select(dataset, {"n_samples": 1, "strategies": [entry]}, strict=True)


def counted(folder: Folder, *categories: str) -> Column:
    """CATEGORY_COUNT."""
    entry = {"categories": list(categories)} if categories else {}
    return run(folder.dataset, name="CATEGORY_COUNT", **entry).columns[0]


def objects(*names: str) -> list[dict[str, Any]]:
    """One object of each category: car, person or dog."""
    return [{**GOOD, "category_id": ["car", "person", "dog"].index(name)} for name in names]


@pytest.fixture
def street(tmp_path: Path) -> Folder:
    """The mission's example, a sample without objects, and one without a file."""
    folder = Folder(tmp_path, "a.png", "sub/b.png", "c.png")
    folder.task(
        "object-detection",
        ["car", "person", "dog"],
        {"a": objects("car", "car", "person", "dog"), "sub/b": []},
    )
    return folder


def test_the_missions_example(street: Folder) -> None:
    """Two cars, one person and one dog: three of car and person, four of all, in dataset order."""
    assert street.dataset.samples == ("a.png", "c.png", "sub/b.png")
    assert counted(street, "car", "person").cells() == [3, 0, 0]
    assert counted(street).cells() == [4, 0, 0]


def test_missing_files_are_counted_in_the_manifest(street: Folder) -> None:
    """They have zeros, and that is said."""
    selection = run(street.dataset, name="CATEGORY_COUNT")
    manifest = selection.manifest()

    assert manifest["predictions"] == {"t": {"present": 2, "missing": 1, "invalid": 0, "objects": 4}}
    assert manifest["counts"]["failed"] == 0
    assert repr(selection.predictions[0]) == "<Predictions of task 't': 4 objects in 3 samples>"


def test_category_names_are_case_sensitive(street: Folder) -> None:
    """An unknown one is refused, with the nearest that there is."""
    with pytest.raises(errors.ConfigError, match=r"categories: task 't' has no 'Car'\. Did you mean 'car'\?"):
        counted(street, "Car")


def test_predictions_in_another_folder_are_told_from_none(tmp_path: Path) -> None:
    """Where a file was looked for, and one that is there and belongs to no sample."""
    folder = Folder(tmp_path, "sub/a.png")
    folder.task("object-detection", ["x"], {"a": []})

    with pytest.raises(errors.PredictionError) as caught:
        run(folder.dataset, name="CATEGORY_COUNT")
    assert str(caught.value).endswith("; a.json belongs to no sample, and samples are named like sub/a.png")


def test_class_distribution_sums_over_objects(tmp_path: Path) -> None:
    """Class vectors where there are any, and one for the category where there are none."""
    folder = Folder(tmp_path, "a.png", "b.png")
    folder.task(
        "object-detection",
        [{"id": 7, "name": "car"}, {"id": 2, "name": "dog"}],
        {"a": [{**GOOD, "category_id": 7, "probabilities": [0.75, 0.25]}, {**GOOD, "category_id": 2}], "b": []},
    )
    column = run(folder.dataset, name="CLASS_DISTRIBUTION").columns[0]

    assert column.kind is Kind.DISTRIBUTION
    assert column.labels == ("car", "dog")
    assert column.values.tolist() == [[0.75, 1.25], [0, 0]]


def test_a_classification_gives_its_vector(tmp_path: Path) -> None:
    """Scaled to a sum of 1 where rounding has left it a little off."""
    folder = Folder(tmp_path, "a.png")
    folder.task("classification", ["x", "y"], {"a": [{"category_id": 0, "probabilities": [0.7, 0.3005]}]})

    values = run(folder.dataset, name="CLASS_DISTRIBUTION").columns[0].values

    assert values[0] == pytest.approx([0.7 / 1.0005, 0.3005 / 1.0005])


def test_categories_go_with_counting_only(street: Folder) -> None:
    """A distribution is over all of them."""
    with pytest.raises(errors.ConfigError, match="categories: goes with CATEGORY_COUNT"):
        run(street.dataset, name="CLASS_DISTRIBUTION", categories=["car"])


VECTOR = {"category_id": 0, "probabilities": [0.5, 0.5]}
DAMAGED = {
    "object-detection": {
        "not JSON": (b"{", "not JSON"),
        "no predictions": ({"file_name": "a.png"}, "not an object with a list of predictions"),
        "another's name": ({"file_name": "../a.png", "predictions": []}, "its file_name is '../a.png'"),
        "no category": ([{"score": 0.5, "bbox": BOX}], "predictions[0].category_id: is missing"),
        "no box": ([GOOD, {"category_id": 0, "score": 1}], "predictions[1].bbox: is missing"),
        "null score": ([{**GOOD, "score": None}], "predictions[0].score: null is not a number"),
        "null box": ([{**GOOD, "bbox": None}], "predictions[0].bbox: null is not a list"),
        "too deep": (b'{"predictions": [{"category_id": ' + b"[" * 900 + b"]" * 900 + b', "score": 1, "bbox": [0, 0, 1, 1]}]}', ""),
        "negative score": ([{**GOOD, "score": -0.1}], "predictions[0].score: -0.1 is less than the minimum of 0"),
        "score above 1": ([GOOD, {**GOOD, "score": 1.5}], "predictions[1].score: 1.5 is greater than the maximum"),
        "score as text": ([{**GOOD, "score": "0.5"}], 'predictions[0].score: "0.5" is not a number'),
        "score is true": ([{**GOOD, "score": True}], "predictions[0].score: true is not a number"),
        "NaN": (b'{"predictions": [{"category_id": 0, "score": NaN, "bbox": [1, 1, 2, 2]}]}', "predictions[0].score is nan, not a finite number"),
        "infinite": (b'{"predictions": [{"category_id": 0, "score": 1, "bbox": [1, 1, Infinity, 2]}]}', "predictions[0].bbox[2] is inf, not a"),
        "huge": ([GOOD, {**GOOD, "bbox": [1, 10**400, 2, 2]}], "predictions[1].bbox[1] is a number that is too large"),
        "far down": ([GOOD] * 1499 + [{**GOOD, "bbox": None}, GOOD], "predictions[1499]"),
        "unknown category": ([{**GOOD, "category_id": 9}], "predictions[0].category_id is 9, which the schema"),
        "true category": ([{**GOOD, "category_id": True}], "predictions[0].category_id: true is not an integer"),
        "an object is none": ([5], "predictions[0]: 5 is not an object"),
        "three numbers": ([{**GOOD, "bbox": [1, 2, 3]}], "predictions[0].bbox"),
        "negative width": ([{**GOOD, "bbox": [1, 1, -2, 2]}], "is not of a width and height from 0"),
        "vector too long": ([{**GOOD, "probabilities": [1, 0, 0]}], "probabilities: their number: 3 is not the 2 of the categories"),
        "vector not summing to 1": ([{**GOOD, "probabilities": [0.5, 0.4]}], "probabilities: their sum: 0.9 is not 1"),
        "negative probability": ([{**GOOD, "probabilities": [1.5, -0.5]}], "predictions[0].probabilities[0]: 1.5 is greater"),
    },
    "keypoint-detection": {
        "two of three": ([{"category_id": 0, "score": 1, "keypoints": [1, 2]}], "has 2 numbers, not three for each"),
        "confidence": ([{"category_id": 0, "score": 1, "keypoints": [1, 2, 3]}], "a confidence between 0 and 1"),
    },
    "semantic-segmentation": {
        "short": ([{"category_id": 0, "score": 1, "segmentation": [1, 2]}], "is of 3 pixels, and the image of 8 x 6"),
        "overflow": ([{"category_id": 0, "score": 1, "segmentation": [2**63 - 1, 2**63 - 1, 50]}], "pixels, and the image of 8 x 6"),
        "negative": ([{"category_id": 0, "score": 1, "segmentation": [50, -2]}], "segmentation[1]: -2 is less than"),
        "floats": ([{"category_id": 0, "score": 1, "segmentation": [47.5, 0.5]}], "47.5 is not an integer"),
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("task_type", "content", "reason"),
    [(task, *case) for task, cases in DAMAGED.items() for case in cases.values()],
    ids=[name for cases in DAMAGED.values() for name in cases],
)
def test_a_bad_file_costs_its_sample_and_is_explained(
    tmp_path: Path, task_type: str, content: Any, reason: str
) -> None:
    """The sample is left out with what is wrong and where; others in the same batch are not."""
    folder = Folder(tmp_path, "a.png", "b.png")
    folder.task(task_type, ["x", "y"], {"b": []})
    folder.write("predictions/t/a.json", {"predictions": content} if isinstance(content, list) else content)
    selection = run(folder.dataset, name="CATEGORY_COUNT")

    assert selection.selected == ("b.png",)
    (failure,) = selection.failures
    assert (failure.sample, failure.stage) == ("a.png", "input")
    assert reason in failure.reason
    assert selection.manifest()["predictions"]["t"]["invalid"] == 1


def test_a_box_that_sticks_out_is_clipped(tmp_path: Path) -> None:
    """Detectors overshoot by a pixel; the object counts."""
    folder = Folder(tmp_path, "a.png")
    folder.task("object-detection", ["x"], {"a": [{**GOOD, "bbox": [-1, 2, 20, 3.5]}]})
    predictions = run(folder.dataset, name="CATEGORY_COUNT").predictions[0]

    assert predictions.boxes.tolist() == [[0, 2, 8, 3.5]]


def test_a_box_beside_its_image_costs_its_object_with_a_note(tmp_path: Path) -> None:
    """Up to a pixel beyond the edge counts as on the edge. Under strict, the sample is left out instead."""
    folder = Folder(tmp_path, "a.png", "b.png")  # 8 x 6
    edge, beyond = {**GOOD, "bbox": [8.9, 1, 2, 2]}, {**GOOD, "bbox": [1, 6.5, 1, 1]}
    far, high = {**GOOD, "bbox": [20, 1, 2, 2]}, {**GOOD, "bbox": [1, 7.5, 2, 2]}
    folder.task("object-detection", ["x"], {"a": [GOOD, far, edge, high, beyond], "b": [GOOD]})
    selection = run(folder.dataset, name="CATEGORY_COUNT")
    predictions = selection.predictions[0]

    assert predictions.boxes.tolist() == [BOX, [8, 1, 0, 2], [1, 6, 1, 0], BOX]
    assert predictions.counts.tolist() == [3, 1]
    (note,) = [note for note in selection.manifest()["notes"] if "left out" in note]
    assert "objects of 1 sample are left out, such as a.png: predictions[1].bbox: [20.0, 1.0, 2.0, 2.0]" in note
    assert "is not within the image of 8 x 6" in note
    with pytest.raises(errors.RunError, match=r"strict: 1 .*a\.png.*predictions\[1\]\.bbox"):
        run_strictly(folder.dataset)


def test_a_box_of_the_turned_image_is_told_from_others(tmp_path: Path) -> None:
    """It is the usual reason why a box is not within its image."""
    folder = Folder(tmp_path, "a.png", "b.png")  # 8 x 6
    folder.task("object-detection", ["x"], {"a": [{**GOOD, "bbox": [1, 7.5, 2, 0.5]}], "b": [GOOD]})
    (note,) = [note for note in run(folder.dataset, name="CATEGORY_COUNT").manifest()["notes"] if "left out" in note]

    assert "the image of 8 x 6, though within one of 6 x 8: boxes are of the stored image, to which no EXIF" in note


def test_numbers_off_by_rounding_are_taken(tmp_path: Path) -> None:
    """Scores as float32 rounds them, whole numbers written as floats, keypoints just beyond the edge."""
    over = float(np.nextafter(np.float32(1), np.float32(2)))
    folder = Folder(tmp_path, "a.png")
    rounded = {"category_id": 1.0, "score": over, "bbox": BOX, "probabilities": [over, -1e-8]}
    folder.task("object-detection", ["x", "y"], {"a": [rounded]})
    found = run(folder.dataset, name="CATEGORY_COUNT").predictions[0]
    assert (found.categories.tolist(), found.scores.tolist(), found.probabilities.tolist()) == ([1], [1], [[1, 0]])

    folder.task("keypoint-detection", ["x"], {"a": [{"category_id": 0, "score": 1, "keypoints": [-0.1, 2, over]}]})
    assert run(folder.dataset, name="CATEGORY_COUNT").predictions[0].keypoints.tolist() == [[0, 2, 1]]

    mask = {"category_id": 0, "score": 1, "segmentation": [40.0, 8.0]}
    folder.task("semantic-segmentation", ["x"], {"a": [mask]})
    assert run(folder.dataset, name="CATEGORY_COUNT").predictions[0].areas.tolist() == [8]


def test_masks_are_row_major_and_start_with_zeros(tmp_path: Path) -> None:
    """[2, 2, 1, 3, 3, 1] has 6 ones; a mask that starts with ones starts with a run of 0."""
    folder = Folder(tmp_path, "a.png")
    item = {"category_id": 0, "score": 1}
    masks = [[2, 2, 1, 3, 3, 1, 36], [0, 2, 46]]
    folder.task("semantic-segmentation", ["x"], {"a": [{**item, "segmentation": mask} for mask in masks]})

    assert run(folder.dataset, name="CATEGORY_COUNT").predictions[0].areas.tolist() == [6, 2]


def test_two_images_of_one_file_are_both_left_out(tmp_path: Path) -> None:
    """It could belong to either; both are named."""
    folder = Folder(tmp_path, "a.png", "a.jpg", "b.png")
    folder.task("object-detection", ["x"], {"a": [GOOD], "b": [GOOD]})
    selection = run(folder.dataset, name="CATEGORY_COUNT")

    assert selection.selected == ("b.png",)
    assert {f.sample for f in selection.failures} == {"a.jpg", "a.png"}
    assert all("a.json would belong to a.jpg and a.png" in f.reason for f in selection.failures)


def test_an_image_named_schema_is_left_out(tmp_path: Path) -> None:
    """Its file would be the schema."""
    folder = Folder(tmp_path, "schema.png", "b.png")
    folder.task("object-detection", ["x"], {"b": [GOOD]})
    selection = run(folder.dataset, name="CATEGORY_COUNT")

    assert [(f.sample, f.reason) for f in selection.failures] == [
        ("schema.png", "schema.json is not its file but the schema")
    ]


def test_odd_files_are_not_waited_for(tmp_path: Path) -> None:
    """A FIFO, a folder and a link to itself in the place of a file."""
    folder = Folder(tmp_path, "a.png", "b.png", "c.png", "d.png")
    folder.task("object-detection", ["x"], {"d": [GOOD]})
    task = tmp_path / ".lightly/predictions/t"
    os.mkfifo(task / "a.json")
    (task / "b.json").mkdir()
    (task / "c.json").symlink_to("c.json")
    selection = run(folder.dataset, name="CATEGORY_COUNT")

    assert selection.selected == ("d.png",)
    assert len(selection.failures) == 3


@pytest.mark.parametrize("files", [{}, {"a": b"{", "b": b"{"}])
def test_no_usable_prediction_is_an_error(tmp_path: Path, files: dict[str, bytes]) -> None:
    """All missing, or all invalid: not a dataset of zeros."""
    folder = Folder(tmp_path, "a.png", "b.png")
    folder.task("object-detection", ["x"], files)

    with pytest.raises(
        errors.PredictionError, match=r"task 't': all predictions in .* are missing \(\d\) or invalid \(\d\)"
    ):
        run(folder.dataset, name="CATEGORY_COUNT")


@pytest.mark.parametrize(
    ("path", "data", "message"),
    [
        ("tasks.json", None, "there are no predictions in "),
        ("tasks.json", b"[", "not JSON"),
        ("tasks.json", {"t": 1}, "not a list of task names"),
        ("tasks.json", ["../t"], "can't be the name of a task"),
        ("tasks.json", ["other"], "no task 't'"),
        ("t/schema.json", None, "schema.json is missing"),
        ("t/schema.json", [], "not an object"),
        ("t/schema.json", {"task_type": "detection", "categories": [{"id": 0, "name": "x"}]}, "not one of classification"),
        ("t/schema.json", {"task_type": "classification", "categories": []}, "categories is not a list of at least one"),
        ("t/schema.json", {"task_type": "classification", "categories": [{"id": -1, "name": "x"}]}, "categories[0].id is -1"),
        ("t/schema.json", {"task_type": "classification", "categories": [{"id": 0}]}, "categories[0].name is None"),
        ("t/schema.json", {"task_type": "classification", "categories": [{"id": 0, "name": "x"}, {"id": 0, "name": "y"}]}, "2 categories have the id 0"),
    ],
)  # fmt: skip
def test_a_task_that_is_not_described_right_is_refused(street: Folder, path: str, data: Any, message: str) -> None:
    """Before any image is opened, with the file."""
    file = street.write(f"predictions/{path}", data)
    if data is None:
        file.unlink()

    with pytest.raises(errors.ConfigError) as caught:
        run(street.dataset, name="CATEGORY_COUNT")
    assert str(caught.value).startswith("strategies[0].input.task: ")
    assert message in str(caught.value)


def test_files_that_belong_to_no_image_are_named(street: Folder) -> None:
    """They are not lost without a word: a misspelt folder would be."""
    for stem in ("d", "Sub/b", "e", "f"):
        street.write(f"predictions/t/{stem}.json", {"predictions": []})

    assert run(street.dataset, name="CATEGORY_COUNT").notes[0] == (
        "task 't': 4 files belong to no sample: Sub/b.json, d.json, e.json, ..."
    )


numbers = st.one_of(st.floats(0, 1), st.integers(-1, 2), st.sampled_from([float("nan"), "0.5", None, True, [], {}]))
items = st.fixed_dictionaries(
    {},
    optional={
        "category_id": st.one_of(st.sampled_from([3, 5, 3, 5, 3, 5, 0, "3", None, 3.0, True]), numbers),
        "score": st.one_of(st.floats(0, 1), numbers),
        "bbox": st.one_of(st.just(BOX), st.lists(numbers, max_size=5)),
        "probabilities": st.one_of(st.just([0.5, 0.5]), st.lists(numbers, max_size=3), st.none()),
        "extra": numbers,
    },
)
good_items = st.fixed_dictionaries(
    {"category_id": st.sampled_from([3, 5]), "score": st.floats(0, 1), "bbox": st.just(BOX)},
    optional={"probabilities": st.just([0.25, 0.75])},
)
contents = st.one_of(
    st.none(),
    st.lists(good_items, max_size=4),
    st.lists(st.one_of(good_items, items), max_size=3),
    st.sampled_from([b"", b"{}", b"[]", b"null", b'{"predictions": {}}', b"\xff"]),
)


def is_good(item: Any) -> bool:
    """The rules for an object, one by one, the slow way; categories are 3 and 5, images 8 x 6."""

    def number(value: Any, low: float = 0, high: float = 1) -> bool:
        return type(value) in (int, float) and np.isfinite(value) and low <= value <= high

    box, vector = item.get("bbox"), item.get("probabilities")
    return (
        type(item.get("category_id")) is int
        and item["category_id"] in (3, 5)
        and number(item.get("score"))
        and isinstance(box, list)
        and len(box) == 4
        and all(number(value, -np.inf, np.inf) for value in box)
        and min(box[2:]) >= 0
        and box[0] <= 8
        and box[1] <= 6
        and box[0] + box[2] >= 0
        and box[1] + box[3] >= 0
        and (vector is None or (len(vector) == 2 and all(map(number, vector)) and abs(sum(vector) - 1) <= 1e-3))
    )


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(contents, min_size=1, max_size=6))
def test_every_file_is_used_or_named(tmp_path_factory: pytest.TempPathFactory, files: list[Any]) -> None:
    """Folders of good, damaged and missing files: exactly the bad ones are named, and counts are of the good."""
    folder = Folder(tmp_path_factory.mktemp("any"), "good.png", *(f"{i}.png" for i in range(len(files))))
    folder.task("object-detection", [{"id": 3, "name": "x"}, {"id": 5, "name": "y"}], {"good": []})
    expected: dict[str, int] = {"good.png": 0}
    bad = set()
    for number, content in enumerate(files):
        sample = f"{number}.png"
        if isinstance(content, list):
            folder.write(f"predictions/t/{number}.json", json.dumps({"predictions": content}).encode())
        elif content is not None:
            folder.write(f"predictions/t/{number}.json", content)
        if content is None:
            expected[sample] = 0
        elif isinstance(content, list) and all(map(is_good, content)):
            expected[sample] = len(content)
        else:
            bad.add(sample)
    selection = run(folder.dataset, name="CATEGORY_COUNT")

    assert {failure.sample for failure in selection.failures} == bad
    assert set(selection.selected) == expected.keys()
    column = selection.columns[0]
    for row, sample in enumerate(selection.dataset.samples):
        if sample in expected:
            assert column.values[row] == expected[sample]


def test_an_object_without_a_box_has_the_outline_of_its_keypoints(tmp_path: Path) -> None:
    """Of those that were seen; a box that is given stays."""
    folder = Folder(tmp_path, "a.png", "b.png")
    points = [{"category_id": 0, "score": 1, "keypoints": [3, 4, 0.9, 0, 0, 0, 7, 6, 0.5]}]
    boxed = [{**points[0], "bbox": [1, 1, 2, 2]}, {"category_id": 0, "score": 1, "keypoints": [0, 0, 0]}]
    folder.task("keypoint-detection", ["pose"], {"a": points, "b": boxed})
    predictions = run(folder.dataset, name="CATEGORY_COUNT").predictions[0]

    assert predictions.outlines[:2].tolist() == [[3, 4, 4, 2], [1, 1, 2, 2]]
    assert np.isnan(predictions.outlines[2]).all()
