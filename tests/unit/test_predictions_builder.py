"""Objects of samples taken in, whatever the calls they come in."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamis import Predictions, PredictionsBuilder, TaskSchema, fitted

DETECTION = TaskSchema("t", "object-detection", (0, 1), ("cat", "dog"))


def box(x: float, category: int = 0) -> dict[str, object]:
    """An object that its left edge tells from others."""
    return {"category_id": category, "bbox": [x, 0, 1, 1], "score": 1}


def lefts(predictions: Predictions) -> list[list[float]]:
    """The left edges of the objects of each sample."""
    return [predictions.boxes[predictions.rows == row, 0].tolist() for row in range(len(predictions))]


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=8))
def test_objects_are_of_the_rows_they_were_added_for(calls: list[tuple[int, int]]) -> None:
    """Whatever the order of rows, and in however many calls a row's objects come: in the order of those calls."""
    builder = PredictionsBuilder(DETECTION, 5)
    expected: list[list[float]] = [[] for _ in range(5)]
    for call, (row, count) in enumerate(calls):
        found = [float(call * 10 + number) for number in range(count)]
        builder.add({row: [box(x) for x in found]})
        expected[row] += found
    built = builder.build()

    assert lefts(built) == expected
    assert built.present.tolist() == [row in {row for row, _ in calls} for row in range(5)]


def test_rows_of_one_call_may_descend() -> None:
    """A mapping has no order that matters."""
    builder = PredictionsBuilder(DETECTION, 3)
    builder.add({2: [box(20), box(21)], 0: [box(0)]})

    assert lefts(builder.build()) == [[0], [], [20, 21]]


def test_all_that_is_of_an_object_goes_with_it() -> None:
    """Probabilities, masks and polygons of different lengths, added from the last row to the first."""
    schema = TaskSchema("t", "instance-segmentation", (0, 1), ("cat", "dog"))
    objects = [
        {"category_id": 0, "bbox": [0, 0, 1, 1], "score": 0, "segmentation": [1, 2, 3], "probabilities": [0.25, 0.75]},
        {"category_id": 1, "bbox": [1, 0, 1, 1], "score": 1, "polygons": [[0, 0, 4, 0, 4, 4]]},
        {"category_id": 1, "bbox": [2, 0, 1, 1], "score": 1, "segmentation": [], "probabilities": [1, 0]},
    ]
    builder = PredictionsBuilder(schema, 3)
    for row in (2, 1, 0):
        builder.add({row: [objects[row]]})
    found = builder.build()

    assert found.boxes[:, 0].tolist() == [0, 1, 2]
    assert found.probabilities.tolist() == [[0.25, 0.75], [1, 0]]
    assert found.has_probabilities.tolist() == [True, False, True]
    assert (found.run_offsets.tolist(), found.runs.tolist()) == ([0, 3, 3, 3], [1, 2, 3])
    assert found.polygons.offsets.tolist() == [0, 0, 1, 1]
    np.testing.assert_array_equal(found.areas, [2, np.nan, 0])


@pytest.mark.parametrize("row", [-1, 3, 10**9])
def test_a_row_of_no_sample_is_refused(row: int) -> None:
    """With its number and how many samples there are, be it objects that are of it or a reason."""
    builder = PredictionsBuilder(DETECTION, 3)
    with pytest.raises(ValueError, match=rf"row {row} is of none of the 3 samples"):
        builder.add({row: [box(0)]})
    builder.reasons[row] = "not labelled"
    with pytest.raises(ValueError, match=rf"row {row} is of none of the 3 samples"):
        builder.build()


def test_an_invalid_sample_has_no_objects() -> None:
    """Neither those that were good in another call, nor those of a sample that has a reason anyway."""
    builder = PredictionsBuilder(DETECTION, 3)
    builder.add({0: [box(0)], 1: [box(10)], 2: [box(20)]})
    builder.add({1: [{"category_id": 9, "bbox": [0, 0, 1, 1], "score": 1}]})
    builder.reasons[2] = "blurred"
    found = builder.build()

    assert lefts(found) == [[0], [], []]
    assert found.valid.tolist() == [True, False, False]


def test_numbers_and_arrays_of_numpy_are_taken() -> None:
    """As models return them: a number is one, whoever's type it is."""
    builder = PredictionsBuilder(DETECTION, 2)
    builder.add(
        {0: [{"category_id": np.int64(1), "bbox": np.array([1, 2, 3, 4], np.float32), "score": np.float32(0.5)}]}
    )
    builder.add({1: [{"category_id": 0, "bbox": (np.int32(5), 0, 1, 1), "score": np.float64(1)}]})
    found = builder.build()

    assert not found.reasons
    assert found.boxes.tolist() == [[1, 2, 3, 4], [5, 0, 1, 1]]
    assert found.scores.tolist() == [0.5, 1]
    assert found.categories.tolist() == [1, 0]


def test_samples_can_be_taken_out_in_any_order() -> None:
    """Each comes with its own objects, and with what is wrong with it, whatever rows it had before."""
    builder = PredictionsBuilder(DETECTION, 5)
    builder.add({0: [box(0)], 2: [box(20), box(21)], 4: []})
    builder.reasons[3] = "broken"
    sizes = np.full((4, 2), 100)
    found = fitted(builder.build(), sizes, rows=np.array([3, 2, 1, 0]))

    assert lefts(found) == [[], [20, 21], [], [0]]
    assert found.reasons == {0: "broken"}
    assert found.present.tolist() == [False, True, False, True]
