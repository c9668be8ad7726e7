"""Selecting in two levels: of shards first, and then exactly from what those have chosen."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Dataset, Registry, Selection, errors, select
from tamis.selection.mapped_arrays import TooLargeError, packed
from tamis.selection.mapped_files import NamedFiles
from tests.silent import silent

DIVERSITY = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
WEIGHTS = {"input": {"type": "METADATA", "key": "w"}, "strategy": {"type": "WEIGHTS"}}
BALANCE = {"input": {"type": "METADATA", "key": "c"}, "strategy": {"type": "BALANCE", "distribution": "INPUT"}}


def names(n: int) -> list[str]:
    """As many."""
    return [f"{number:04}" for number in range(n)]


def dataset(points: Any, **metadata: Sequence[Any]) -> Dataset:
    """Of vectors, and values of each."""
    made = Dataset.from_embeddings(names(len(points)), np.asarray(points, dtype=np.float32))
    return made.with_metadata({"sample": made.samples, **metadata}) if metadata else made


#: The plugins of tamis itself.
REGISTRY = Registry(environ=False)


def selected(data: Dataset, n: int, *entries: dict[str, Any], **options: Any) -> Selection:
    """From a config of these entries."""
    return select(data, {"n_samples": n, "strategies": list(entries)}, registry=REGISTRY, **options)


def rows(selection: Selection) -> list[int]:
    """Of what was selected."""
    return [int(name) for name in selection.selected]


def farthest_first(points: Any, candidates: Sequence[int], given: Sequence[int], n: int) -> list[int]:
    """By its definition; of equal ones the lowest."""
    picked: list[int] = []
    while len(picked) < min(n, len(candidates)):
        left = [row for row in candidates if row not in picked]
        near = [min((((points[row] - points[p]) ** 2).sum() for p in [*given, *picked]), default=0) for row in left]
        picked.append(left[int(np.argmax(near))])
    return picked


@given(st.data())
@settings(max_examples=30)
def test_picks_are_those_of_the_definition_and_the_numbers_hold(data: st.DataObject) -> None:
    """For every number of shards, with ties, duplicates and preselected samples, also more shards than samples."""
    n = data.draw(st.integers(3, 9), "samples")
    points = np.array(data.draw(st.lists(st.tuples(*[st.integers(0, 4)] * 2), min_size=n, max_size=n), "points"))
    given_rows = data.draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True), "preselected")
    candidates = [row for row in range(n) if row not in given_rows]
    shards, per_shard = data.draw(st.integers(1, 12), "shards"), data.draw(st.integers(1, 4), "per shard")
    k = data.draw(st.integers(1, min(len(candidates), shards * per_shard)), "picks")
    options = {
        "approximate": {"shards": shards, "per_shard": per_shard},
        "preselected": [names(n)[r] for r in given_rows],
    }
    selection = selected(dataset(points), k, DIVERSITY, **options)

    parts = [part.tolist() for part in np.array_split(candidates, shards)]
    union = sorted(row for part in parts for row in farthest_first(points, part, given_rows, per_shard))
    if len(union) >= k:
        assert rows(selection) == farthest_first(points, union, given_rows, k)
    picks, told = rows(selection), selection.manifest()["approximate"]
    reached = told["reached"]["strategies[0]"]
    assert told["looked_at_together"] == len(union)
    apart = np.sqrt(((points[:, None] - points[None]) ** 2).sum(axis=2))
    radius = apart[:, picks + given_rows].min(axis=1).max()
    assert reached["radius"] == pytest.approx(radius, abs=1e-6)
    if len(picks + given_rows) > 1:
        others = apart[np.ix_(picks, picks + given_rows)] + 99 * np.eye(k, k + len(given_rows))
        assert reached["separation"] == pytest.approx(others.min(), abs=1e-6)
    if "factor" in reached:
        least = min(apart[:, [*some, *given_rows]].min(axis=1).max() for some in combinations(range(n), k))
        assert radius <= reached["factor"] * least + 1e-9


@given(st.data())
@settings(max_examples=10)
def test_shards_of_which_everything_is_chosen_give_the_exact_selection(data: st.DataObject) -> None:
    """Of several strategies, too; targets stay those of all candidates."""
    n = data.draw(st.integers(4, 12), "samples")
    rng = np.random.default_rng(data.draw(st.integers(0, 99), "seed"))
    made = dataset(rng.integers(0, 4, (n, 2)), w=rng.integers(-2, 4, n).tolist(), c=rng.choice(list("abc"), n).tolist())
    entries = data.draw(st.lists(st.sampled_from([DIVERSITY, WEIGHTS, BALANCE]), min_size=1, unique_by=str), "entries")
    k, shards = data.draw(st.integers(1, n), "picks"), data.draw(st.integers(1, n + 2), "shards")
    approximate = {"shards": shards, "per_shard": n}

    assert rows(selected(made, k, *entries, approximate=approximate)) == rows(selected(made, k, *entries))


def test_sums_of_weights_are_exact() -> None:
    """As the largest of all are among the largest of each shard."""
    weights = np.random.default_rng(0).integers(0, 50, 300).tolist()
    made = dataset(np.zeros((300, 1)), w=weights)
    approximate = {"shards": 7, "per_shard": 20}

    assert rows(selected(made, 20, WEIGHTS, approximate=approximate)) == rows(selected(made, 20, WEIGHTS))


def surface(n: int) -> Any:
    """Points of a smooth surface."""
    rng = np.random.default_rng(5)
    return np.sin(rng.random((n, 3)) @ rng.normal(size=(3, 24))).astype(np.float32)


def test_it_comes_close_to_the_exact_selection() -> None:
    """On a surface, the radius is hardly larger."""
    points = surface(1500)
    exact = rows(selected(dataset(points), 50, DIVERSITY))
    near = selected(dataset(points), 50, DIVERSITY, approximate={"shards": 4, "per_shard": 100})
    least = np.linalg.norm(points[:, None] - points[None, exact], axis=2).min(axis=1).max()

    assert near.manifest()["approximate"]["reached"]["strategies[0]"]["radius"] <= 1.3 * least
    assert any("approximate: picked from the 400 best of 4 shards; strategies[0]: " in note for note in near.notes)


@pytest.mark.parametrize(
    ("approximate", "message"),
    [
        ({"shards": 2}, r"approximate\.per_shard: is missing"),
        ({"shards": 0, "per_shard": 5}, r"approximate\.shards: "),
        ({"shards": 2, "per_shard": "many"}, r"approximate\.per_shard: "),
        ({"shards": 2, "per_shard": 5, "shard": 1}, "Did you mean 'shards'"),
        ({}, "approximate: names shards and per_shard, or recall, and is empty"),
        ({"recall": 1.5}, r"approximate\.recall: "),
        ({"recall": 0.9, "shards": 2}, r"approximate\.per_shard: is missing"),
        ({"shards": 2, "per_shard": 5}, "2 shards of 5 give 10 candidates at the most, and 11 are to be selected"),
    ],
)
def test_what_can_not_be_is_refused(approximate: dict[str, Any], message: str) -> None:
    """With its place, and what would be right."""
    with pytest.raises(errors.ConfigError, match=message):
        selected(dataset(surface(30)), 11, DIVERSITY, approximate=approximate)


def test_a_strategy_that_has_no_parts_is_named() -> None:
    """Rather than worked on with whatever a shard would make of it."""
    registry = Registry(environ=False)
    registry.register(silent("X"))
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "X"}}]}
    with pytest.raises(errors.ConfigError, match=r"strategies\[0\]\.strategy: X can't be worked on in shards"):
        select(dataset(surface(9)), config, registry=registry, approximate={"shards": 2, "per_shard": 2})


def test_thresholds_and_a_minimum_distance_hold() -> None:
    """They are applied before, and in every shard and in the end."""
    points = surface(1000)
    low = np.arange(1000) % 3
    made = dataset(points, w=low.tolist())
    keep = {
        "input": {"type": "METADATA", "key": "w"},
        "strategy": {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"},
    }
    apart = {**DIVERSITY, "strategy": {"type": "DIVERSITY", "stopping_condition_minimum_distance": 0.8}}
    selection = selected(made, 200, keep, apart, approximate={"shards": 4, "per_shard": 50})
    picks = rows(selection)

    assert picks
    assert (low[picks] == 2).all()
    distances = np.linalg.norm(points[picks][:, None] - points[picks][None], axis=2) + 9 * np.eye(len(picks))
    assert distances.min() >= 0.8
    assert selection.manifest()["stopped"].startswith("every candidate that is left is rejected")


def test_it_can_be_stopped() -> None:
    """While shards are worked on."""
    stop = Event()

    def progress(told: Any) -> None:
        if told.stage == "preparing":
            stop.set()

    options = {"approximate": {"shards": 8, "per_shard": 50}, "progress": progress, "cancel": stop}
    with pytest.raises(errors.Cancelled):
        selected(dataset(surface(1000)), 50, DIVERSITY, **options)


def test_a_mapped_array_travels_as_its_place(tmp_path: Path) -> None:
    """Views of it, too; if the file is another by then, that is noticed. Others travel as they are, if they may."""
    whole = np.arange(60_000, dtype=np.float32).reshape(-1, 3)
    np.save(path := tmp_path / "a.npy", whole)
    part = np.load(path, mmap_mode="r")[100:9000].view(np.ndarray)
    sent = packed([part, part[::2]], named := NamedFiles(), 1e9)

    assert len(packed(part, named, 0)) < 1000
    for found, expected in zip(pickle.loads(sent), (whole[100:9000], whole[100:9000:2]), strict=True):  # noqa: S301
        np.testing.assert_array_equal(found, expected)
    with pytest.raises(TooLargeError):
        packed(np.array(part), named, 1000)
    os.utime(path, (1, 1))
    with pytest.raises(errors.RunError, match="vectors have changed since the selection began"):
        pickle.loads(sent)  # noqa: S301
    path.unlink()
    with pytest.raises(errors.RunError, match="a worker can't map"):
        pickle.loads(sent)  # noqa: S301


@pytest.mark.parametrize("how", ["replaced", "shorter", "removed", "a copy of its own"])
def test_a_map_of_what_no_file_of_that_name_has_travels_as_it_is(how: str, tmp_path: Path) -> None:
    """Another process would read other numbers, or none."""
    whole = np.arange(60_000, dtype=np.float32).reshape(-1, 3)
    np.save(path := tmp_path / "a.npy", whole)
    mapped = np.load(path, mmap_mode="c" if how == "a copy of its own" else "r")
    if how == "a copy of its own":
        mapped[17, 1] = -5.0
    path.rename(tmp_path / "old.npy")
    if how in ("replaced", "shorter"):
        other = whole[:1000].copy() if how == "shorter" else whole.copy()
        other[17, 1] = -6.0
        np.save(path, other)
    elif how == "a copy of its own":
        (tmp_path / "old.npy").rename(path)

    with pytest.raises(TooLargeError):
        packed(mapped, NamedFiles(), 1000)
    found = pickle.loads(packed(mapped, NamedFiles(), 1e9))  # noqa: S301
    np.testing.assert_array_equal(found, mapped)
