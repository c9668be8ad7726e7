"""The EMBEDDINGS input, and datasets that are vectors and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Column, Dataset, Kind, Params, Registry, Selection, Strategy, compute, errors, select

POINTS = [[3.0, 4.0], [0.0, 2.0], [-1.0, 0.0]]


def run(dataset: Dataset, seen: list[Column] | None = None, **input_: Any) -> Selection:
    """Select all by a strategy that takes anything in space, and shows what it was given."""

    def show(column: Column, params: Params) -> Any:
        if seen is not None:
            seen.append(column)
        return np.ones(len(column), dtype=bool)

    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Strategy("SHOW", accepts={Kind.VECTOR, Kind.VECTORS, Kind.QUERY}, filter=show))
    config = {
        "proportion_samples": 1,
        "strategies": [{"input": {"type": "EMBEDDINGS", **input_}, "strategy": {"type": "SHOW"}}],
    }
    return select(dataset, config, registry=registry)


def vectors(dataset: Dataset) -> Any:
    """What the strategy was given."""
    seen: list[Column] = []
    run(dataset, seen)
    assert seen[0].kind is Kind.VECTOR
    return seen[0].values


def test_the_hosts_own_vectors_are_taken_as_they_are() -> None:
    """In order, as float32, not scaled."""
    found = vectors(Dataset.from_embeddings(["a", "b", "c"], POINTS))

    assert found.dtype == np.float32
    assert found.tolist() == POINTS


def test_the_hosts_own_vectors_are_scaled_on_request() -> None:
    """3, 4 is 5 long."""
    found = vectors(Dataset.from_embeddings(["a", "b", "c"], POINTS, normalize=True))

    assert found == pytest.approx(np.array([[0.6, 0.8], [0, 1], [-1, 0]]))


def test_vectors_of_the_right_type_are_neither_copied_nor_changed() -> None:
    """They may be large, and mapped from a file."""
    array = np.array(POINTS, dtype=np.float32)
    dataset = Dataset.from_embeddings(["a", "b", "c"], array)

    assert np.shares_memory(dataset.vectors, array)  # type: ignore[arg-type]
    assert array.flags.writeable
    assert not dataset.vectors.flags.writeable  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("names", "points", "normalize", "message"),
    [
        (["a"], POINTS, False, "1 names for 3 vectors"),
        (["a", "b", "c"], [[1, 2], [1, np.nan], [1, 2]], False, "the vector of 'b' has a number that is not finite"),
        (["a", "b", "c"], [[1, 2], [1, 2], [1e300, 2]], False, "the vector of 'c' has a number that is not finite"),
        (["a", "b", "c"], [[1, 2], [0, 0], [1, 2]], True, "the vector of 'b' is zero"),
        (["a", "b", "c"], [1, 2, 3], False, r"vectors are int64 of shape \(3,\)"),
        (["a", "b", "c"], np.zeros((3, 0)), False, r"of shape \(3, 0\)"),
        (["a", "b", "c"], [["x", "y"]] * 3, False, "vectors are <U1"),
        (["a", "a", "c"], POINTS, False, "2 samples named 'a'"),
    ],
)
def test_vectors_that_cannot_be_used_are_refused(names: list[str], points: Any, normalize: bool, message: str) -> None:
    """With the name of the sample."""
    with pytest.raises(errors.DatasetError, match=message):
        Dataset.from_embeddings(names, points, normalize=normalize)


def test_what_needs_an_image_is_refused_where_there_are_vectors_only() -> None:
    """A dataset of vectors has no width."""
    with pytest.raises(errors.DatasetError, match=r"has no images, and lightly\.width has to be measured on them"):
        compute(Dataset.from_embeddings(["a", "b", "c"], POINTS), ["lightly.width"])


@pytest.mark.parametrize(
    ("input_", "problem"),
    [
        ({"dataset_id": "other"}, "input.tag_name: is missing: a query has it beside 'dataset_id'"),
        ({"tag_name": "initial-tag"}, "input.dataset_id: is missing: a query has it beside 'tag_name'"),
        ({"dataset_id": "o", "tag_name": "initial-tag", "task": "t"}, "input.task: a query is of whole images"),
        ({"task": "t"}, "input.task: no task 't'"),
        ({"task": "weather"}, "input.task: object embeddings are of object-detection or keypoint-detection tasks, and"),
        ({"datasetId": "o"}, "input.tag_name: is missing"),
        ({"data_set": "o"}, "input.data_set: unknown key"),
    ],
)
def test_what_an_input_cannot_be_is_said_before_any_image_is_opened(
    tmp_path: Path, input_: dict[str, Any], problem: str
) -> None:
    """With its place; the images are not there at all."""
    predictions = tmp_path / ".lightly" / "predictions"
    (predictions / "weather").mkdir(parents=True)
    (predictions / "tasks.json").write_text('["weather"]')
    schema = '{"task_type": "classification", "categories": [{"id": 0, "name": "sunny"}]}'
    (predictions / "weather" / "schema.json").write_text(schema)

    with pytest.raises(errors.ConfigError) as caught:
        run(Dataset.from_files(tmp_path, ["missing.png"]), **input_)
    assert str(caught.value).startswith(f"strategies[0].{problem}")
