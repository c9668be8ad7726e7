"""Numbers that hosts pass beside a config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Store, Workers, compare_embedders, compute, embed, errors, inspect, select

MADE = Dataset.from_embeddings([f"s{row}" for row in range(6)], np.eye(6))
IMAGES = Dataset.from_images(["a/1", "b/1"], [np.zeros((8, 8, 3), np.uint8)] * 2)
CONFIG = {"n_samples": 2, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}


def selecting(**given: Any) -> Any:
    """A selection of vectors."""
    return select(MADE, CONFIG, **given)


NO_NUMBER = [None, "2", True, 0, -5, 2.5, float("nan"), float("inf"), 10**400, [2]]


@pytest.mark.parametrize("value", NO_NUMBER)
@pytest.mark.parametrize(
    "run",
    [
        selecting,
        lambda jobs: embed(MADE, jobs=jobs),
        lambda jobs: compute(IMAGES, ["tamis.bytes"], jobs=jobs),
        lambda jobs: inspect(IMAGES, issues=["dark"], jobs=jobs),
        lambda jobs: compare_embedders(IMAGES, ["descriptor"], jobs=jobs),
        lambda jobs: Workers(jobs),
    ],
)
def test_a_number_of_jobs_is_one_wherever_it_is_given(run: Callable[..., Any], value: object) -> None:
    """Whatever else it is, is told with its place, before anything is done."""
    with pytest.raises(errors.ConfigError, match=r"^jobs: is a number of \w+, from 1, not "):
        run(jobs=value)


@pytest.mark.parametrize(
    ("run", "message"),
    [
        (lambda: selecting(shards="2"), "shards: is a number of shards, from 1, not '2'"),
        (lambda: selecting(shards=True), "shards: is a number of shards, from 1, not True"),
        (lambda: selecting(memory="4GB"), "memory: is a number of bytes, from 1, not '4GB'"),
        (lambda: selecting(memory=-5), "memory: is a number of bytes, from 1, not -5"),
        (lambda: Workers(1, memory=-1), "memory: is a number of bytes, from 0, not -1"),
        (lambda: Workers(1, timeout="5"), "timeout: is a number of seconds, from 0, not '5'"),  # type: ignore[arg-type]
        (lambda: Store("kept", patience=-1), "patience: is a number of seconds, from 0, not -1"),
        (lambda: Store("kept", patience="x"), "patience: is a number of seconds, from 0, not 'x'"),  # type: ignore[arg-type]
        (lambda: Store("kept", patience=None), "patience: is a number of seconds, from 0, not None"),  # type: ignore[arg-type]
        (lambda: inspect(IMAGES, deviations=0), "deviations: is a number above 0, not 0"),
        (lambda: compare_embedders(IMAGES, [], neighbours=0), "neighbours: is a number of samples, from 1, not 0"),
        (lambda: selecting(approximate=0.95), 'approximate: is an object, such as {"recall": 0.95}, not 0.95'),
        (lambda: selecting(approximate={1: 2}), "approximate: the name 1 is not a string"),
    ],
)
def test_others_are_told_with_what_they_are(run: Callable[[], Any], message: str) -> None:
    """In the words of config errors, with the name of the argument."""
    with pytest.raises(errors.ConfigError) as raised:
        run()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "run",
    [
        lambda given: select(given, CONFIG),
        embed,
        lambda given: compute(given, ["tamis.bytes"]),
        inspect,
        lambda given: compare_embedders(given, ["descriptor"]),
    ],
)
@pytest.mark.parametrize("given", ["photos", None, {"a": 1}])
def test_a_path_is_no_dataset(run: Callable[[Any], Any], given: object) -> None:
    """It is said what makes one of it."""
    with pytest.raises(errors.DatasetError, match=r"^a tamis\.Dataset is needed, such as Dataset\.open gives of a fol"):
        run(given)


def test_whole_numbers_may_be_of_any_type() -> None:
    """Those of numpy, and floats without a fraction, are taken as the integers that they are."""
    for given in ({"shards": np.int64(2)}, {"shards": 2.0}, {"memory": 4e9}, {"jobs": np.float64(1)}):
        assert selecting(**given).selected == selecting().selected, given
    assert selecting(approximate={"shards": 2.0, "per_shard": 3}).manifest()["approximate"]["shards"] == 2


@pytest.mark.parametrize("seconds", [0, 2.5, np.float32(2), float("inf")])
def test_the_patience_of_a_store_is_any_number_of_seconds(seconds: float) -> None:
    """Infinity is for as long as it takes."""
    assert Store("kept", patience=seconds).patience == seconds
