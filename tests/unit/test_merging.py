"""Predictions of groups of samples, put together: what is merged is what would have been read in one go."""

from __future__ import annotations

import attrs
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tamis import Predictions, PredictionsBuilder, TaskSchema
from tamis.data.merging import merged, renamed
from tamis.data.task_schema import TASK_TYPES

#: Samples, each with objects, None where there is no prediction, or a text where it is invalid.
Sample = list[dict[str, object]] | None | str

unit = st.floats(0, 1, width=16)
length = st.integers(0, 9)


@st.composite
def objects(draw: st.DrawFn, task_type: str) -> dict[str, object]:
    """One object of a task with two categories, with whatever that type of task has."""
    found: dict[str, object] = {"category_id": draw(st.sampled_from([4, 7])), "score": draw(unit)}
    if draw(st.booleans()):
        first = draw(st.sampled_from([0.0, 0.25, 1.0]))
        found["probabilities"] = [first, 1 - first]
    if task_type in ("object-detection", "instance-segmentation"):
        found["bbox"] = [draw(length), draw(length), draw(length), draw(length)]
    if task_type == "keypoint-detection":
        found["keypoints"] = [number for _ in range(draw(st.integers(0, 3))) for number in (draw(length), 1, 0.5)]
    if "segmentation" in task_type:
        found["segmentation"] = draw(st.lists(length, max_size=4))
    return found


@st.composite
def datasets(draw: st.DrawFn) -> tuple[TaskSchema, list[Sample], list[int]]:
    """A task, its samples, and the group of each."""
    task_type = draw(st.sampled_from(TASK_TYPES))
    sample = st.one_of(st.none(), st.just("no JSON"), st.lists(objects(task_type), max_size=3))
    samples = draw(st.lists(sample, min_size=1, max_size=8))
    groups = draw(st.lists(st.integers(0, 3), min_size=len(samples), max_size=len(samples)))
    return TaskSchema("t", task_type, (4, 7), ("car", "bus")), samples, groups


def built(schema: TaskSchema, samples: list[Sample], where: str = "") -> Predictions:
    """Their predictions, read in one go."""
    builder = PredictionsBuilder(schema, len(samples))
    builder.reasons |= {row: each for row, each in enumerate(samples) if isinstance(each, str)}
    builder.add({row: each for row, each in enumerate(samples) if isinstance(each, list)})
    return builder.build(where=where)


def assert_same(one: Predictions, other: Predictions) -> None:
    """All arrays, and all else but where they were read."""
    for field in attrs.fields(Predictions):
        left, right = getattr(one, field.name), getattr(other, field.name)
        if isinstance(left, np.ndarray):
            np.testing.assert_array_equal(left, right, err_msg=field.name)
            assert left.dtype == right.dtype, field.name
            assert not left.flags.writeable
        elif field.name not in ("where", "orphans"):
            assert left == right, field.name


@given(datasets())
def test_groups_merged_are_the_whole(case: tuple[TaskSchema, list[Sample], list[int]]) -> None:
    """However samples are split into groups, of whatever type of task."""
    schema, samples, groups = case
    parts = []
    for group in sorted(set(groups)):
        rows = np.array([row for row, of in enumerate(groups) if of == group], dtype=np.int64)
        parts.append((rows, built(schema, [samples[row] for row in rows])))

    assert_same(merged(schema, len(samples), parts), built(schema, samples))


@given(datasets())
def test_samples_of_no_group_have_no_prediction(case: tuple[TaskSchema, list[Sample], list[int]]) -> None:
    """They are as if nothing had been read of them; without any group, nobody has one."""
    schema, samples, groups = case
    rows = np.array([row for row, of in enumerate(groups) if of == 0], dtype=np.int64)
    lacking: list[Sample] = [sample if of == 0 else None for sample, of in zip(samples, groups, strict=True)]
    parts = [(rows, built(schema, [samples[row] for row in rows]))] if len(rows) else []

    assert_same(merged(schema, len(samples), parts), built(schema, lacking))


def test_places_and_orphans_are_kept() -> None:
    """Each place once, in order; all that belongs to no sample."""
    schema = TaskSchema("t", "classification", (0,), ("car",))
    parts = [
        (np.array([row]), attrs.evolve(built(schema, [[]]), where=where, orphans=orphans))
        for row, (where, orphans) in enumerate([("a", ("x",)), ("b", ()), ("a", ("y", "z")), ("", ())])
    ]
    found = merged(schema, 5, parts)

    assert found.where == "a, b"
    assert found.orphans == ("x", "y", "z")
    assert found.present.tolist() == [True, True, True, True, False]


def test_a_task_is_renamed_and_nothing_else() -> None:
    """Objects are shared, not copied."""
    before = built(TaskSchema("t", "classification", (0,), ("car",)), [[{"category_id": 0}]])
    after = renamed(before, "other")

    assert after.schema == TaskSchema("other", "classification", (0,), ("car",))
    assert after.categories is before.categories
