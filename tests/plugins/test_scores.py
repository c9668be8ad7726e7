"""SCORES: the published vectors, and what samples without objects get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Column, Registry, Scorer, errors, select
from tests.plugins.lightly_folder import Folder

UNCERTAINTIES = ("uncertainty_least_confidence", "uncertainty_margin", "uncertainty_entropy")
BOX = [1, 1, 2, 2]


def scored(folder: Folder, score: str) -> Column:
    """The scores of all samples."""
    entry = {"input": {"type": "SCORES", "task": "t", "score": score}, "strategy": {"type": "WEIGHTS"}}
    registry = Registry(allow=["tamis"], environ=False)
    return select(folder.dataset, {"n_samples": 1, "strategies": [entry]}, registry=registry).columns[0]


@pytest.mark.parametrize(
    ("vectors", "expected"),
    [
        ([[0.7, 0.2, 0.1], [0.4, 0.5, 0.1]], [[0.45, 0.75], [0.5, 0.9], [0.7298467, 0.8586727]]),
        ([[0.7], [0.4]], [[0.6, 0.8], [0.6, 0.8], [0.8812909, 0.9709506]]),
        ([[1, 0, 0], [1 / 3, 1 / 3, 1 / 3], [0.5, 0.5, 0]], [[0, 1, 0.75], [0, 1, 1], [0, 1, 0.6309298]]),
    ],
)
def test_classification(tmp_path: Path, vectors: list[list[float]], expected: list[list[float]]) -> None:
    """The vectors of Lightly's own scorer tests."""
    samples = [f"{i}.png" for i in range(len(vectors))]
    folder = Folder(tmp_path, *samples)
    predictions = {str(i): [{"category_id": 0, "probabilities": vector}] for i, vector in enumerate(vectors)}
    folder.task("classification", ["a", "b", "c"][: len(vectors[0])], predictions)

    for score, values in zip(UNCERTAINTIES, expected, strict=True):
        assert scored(folder, score).values == pytest.approx(values, abs=1e-7)


def detection(tmp_path: Path, task_type: str = "object-detection", **extra: Any) -> Folder:
    """The published example: two objects, one object, none; and a sample without a file."""
    folder = Folder(tmp_path, "a.png", "b.png", "c.png", "d.png")

    def item(objectness: float, *vector: float) -> dict[str, Any]:
        return {
            "category_id": int(np.argmax(vector)),
            "score": objectness * max(vector),
            "probabilities": vector,
            "bbox": BOX,
            **extra,
        }

    predictions = {
        "a": [item(0.57573, 0.7, 0.2, 0.1), item(0.988, 0.4, 0.5, 0.1)],
        "b": [item(0.1024, 0.5, 0.41, 0.09)],
        "c": [],
    }
    folder.task(task_type, ["x", "y", "z"], predictions)
    return folder


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ("object_frequency", [1.0, 0.95, 0.9, 0]),
        ("objectness_least_confidence", [0.5514945, 0.9488, 0, 0]),
        ("uncertainty_least_confidence", [0.75, 0.75, 0, 0]),
        ("uncertainty_margin", [0.9, 0.91, 0, 0]),
    ],
)
def test_detection(tmp_path: Path, score: str, expected: list[float]) -> None:
    """The largest uncertainty of a sample's objects; 0 without objects and without a file."""
    assert scored(detection(tmp_path), score).values == pytest.approx(expected, abs=1e-7)


def test_instance_segmentation_is_scored_like_detection(tmp_path: Path) -> None:
    """Masks play no part in it."""
    folder = detection(tmp_path, "instance-segmentation", segmentation=[40, 8])

    assert scored(folder, "object_frequency").values == pytest.approx([1.0, 0.95, 0.9, 0])
    assert scored(folder, "uncertainty_margin").values == pytest.approx([0.9, 0.91, 0, 0])


def test_object_frequency_counts_categories_more_than_objects(tmp_path: Path) -> None:
    """Raw sums 2.25, 1.75 and 2.0 for [0, 0, 1], [0, 0, 0, 0] and [0, 1], between the least and the most."""
    folder = Folder(tmp_path, "a.png", "b.png", "c.png")
    labels = {"a": [0, 0, 1], "b": [0, 0, 0, 0], "c": [0, 1]}
    folder.task(
        "object-detection",
        ["x", "y"],
        {name: [{"category_id": id_, "score": 0.5, "bbox": BOX} for id_ in ids] for name, ids in labels.items()},
    )

    assert scored(folder, "object_frequency").values == pytest.approx([1.0, 0.9, 0.95])


def test_without_probabilities_the_rest_is_spread_over_the_schema(tmp_path: Path) -> None:
    """Not over the labels that happen to occur: two equal objects have one uncertainty, whatever is beside them."""
    folder = Folder(tmp_path, "a.png", "b.png")
    item = {"category_id": 1, "score": 0.6, "bbox": BOX}
    folder.task(
        "object-detection", ["w", "x", "y", "z"], {"a": [item], "b": [item, {**item, "category_id": 3, "score": 1}]}
    )
    p = np.array([0.4 / 3, 0.6, 0.4 / 3, 0.4 / 3])

    assert scored(folder, "uncertainty_entropy").values == pytest.approx([-(p * np.log2(p)).sum() / 2] * 2)


def test_keypoints(tmp_path: Path) -> None:
    """1 minus the mean over objects of their mean confidence; an object is as uncertain as its keypoints are."""
    folder = Folder(tmp_path, "a.png", "b.png", "c.png")
    item = {"category_id": 0, "score": 0.5}
    folder.task(
        "keypoint-detection",
        ["person"],
        {
            "a": [{**item, "keypoints": [1, 1, 0.2, 2, 2, 0.4]}, {**item, "keypoints": [1, 1, 0.8]}],
            "b": [{**item, "keypoints": [1, 1, 0.5]}],
            "c": [],
        },
    )

    assert scored(folder, "mean_uncertainty").values == pytest.approx([1 - (0.3 + 0.8) / 2, 0.5, 0])
    # Least confidence of a yes with p is 2 * (1 - max(p, 1 - p)): 0.4 and 0.8 average to 0.6; 0.4.
    assert scored(folder, "uncertainty_least_confidence").values == pytest.approx([0.6, 1, 0])


def test_segments_count_by_their_pixels(tmp_path: Path) -> None:
    """Twelve pixels of a certain segment and four of a fully uncertain one: a quarter."""
    folder = Folder(tmp_path, "a.png", "b.png")
    item = {"category_id": 0, "score": 0.5}
    segments = [
        {**item, "segmentation": [0, 12, 36], "probabilities": [1, 0]},
        {**item, "segmentation": [12, 4, 32], "probabilities": [0.5, 0.5]},
    ]
    folder.task("semantic-segmentation", ["x", "y"], {"a": segments, "b": []})

    for score in UNCERTAINTIES:
        assert scored(folder, score).values == pytest.approx([0.25, 0])


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"task": "t", "score": "mean_uncertainty"}, "score: 'mean_uncertainty' takes keypoint-detection tasks, and 't' is object-detection"),
        ({"task": "t", "score": "uncertainty_entropi"}, "score: no installed plugin has the scorer 'uncertainty_entropi'. Did you mean 'uncertainty_entropy'?"),
        ({"task": "tt", "score": "uncertainty_entropy"}, "task: no task 'tt' in "),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_before_anything_is_read(tmp_path: Path, entry: Any, message: str) -> None:
    """Neither an image nor a prediction."""
    folder = detection(tmp_path)
    (tmp_path / "a.png").write_bytes(b"damaged")
    (tmp_path / ".lightly/predictions/t/a.json").write_bytes(b"damaged")
    config = {"n_samples": 1, "strategies": [{"input": {"type": "SCORES", **entry}, "strategy": {"type": "WEIGHTS"}}]}

    with pytest.raises(errors.ConfigError) as caught:
        select(folder.dataset, config, registry=Registry(allow=["tamis"], environ=False))
    assert str(caught.value).startswith(f"strategies[0].input.{message}")


@pytest.mark.parametrize(
    ("score", "reason"),
    [
        (lambda predictions: 0.7, "shape () for 4 samples"),
        (lambda predictions: np.array([0.7]), "shape (1,) for 4 samples"),
        (lambda predictions: np.ma.masked_array(np.ones(4), [0, 1, 0, 0]), "shape (4,)"),
        (lambda predictions: np.ones(4, dtype=bool), "bool, not numbers"),
        (lambda predictions: 1 / 0, "ZeroDivisionError"),
    ],
)
def test_a_scorer_is_held_to_its_word(tmp_path: Path, score: Any, reason: str) -> None:
    """The error names the scorer, not the input that asked it."""
    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Scorer("odd", score, task_types=["object-detection"]))
    entry = {"input": {"type": "SCORES", "task": "t", "score": "odd"}, "strategy": {"type": "WEIGHTS"}}

    with pytest.raises(errors.BrokenPluginError, match=r"scorer 'odd' of \(in process\)") as caught:
        select(detection(tmp_path).dataset, {"n_samples": 1, "strategies": [entry]}, registry=registry)
    assert reason in str(caught.value)
