"""RANDOM: who has numpy can repeat it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Registry, select

DATASET = Dataset.from_images([f"{i:03}" for i in range(100)], [np.zeros((1, 1, 3), np.uint8)] * 100)


def entry(**params: Any) -> dict[str, Any]:
    """RANDOM with WEIGHTS."""
    return {"input": {"type": "RANDOM", **params}, "strategy": {"type": "WEIGHTS"}}


def columns(*entries: dict[str, Any]) -> list[list[float]]:
    """The numbers of each entry."""
    config = {"n_samples": 1, "strategies": list(entries)}
    return [c.values.tolist() for c in select(DATASET, config, registry=Registry(environ=False)).columns]


@pytest.mark.parametrize("seed", [0, 42, 2**63])
def test_numbers_are_numpys(seed: int) -> None:
    """The stream of a seed is that of ``numpy.random.default_rng``."""
    assert columns(entry(random_seed=seed)) == [np.random.default_rng(seed).random(100).tolist()]


def test_without_a_seed_it_is_zero() -> None:
    """Nothing hangs on the clock."""
    assert columns(entry()) == columns(entry(random_seed=0))


def test_entries_draw_independent_streams() -> None:
    """The same seed twice gives two streams, and the order of other entries has no influence on either."""
    first, second, other = columns(entry(random_seed=7), entry(random_seed=7), entry(random_seed=8))

    assert abs(np.corrcoef(first, second)[0, 1]) < 0.3
    assert columns(entry(random_seed=8), entry(random_seed=7), entry(random_seed=7)) == [other, first, second]


def test_negative_seeds_are_seeds() -> None:
    """Any integer is accepted, and two of them differ."""
    assert columns(entry(random_seed=-1)) != columns(entry(random_seed=-2))


def test_with_weights_it_is_a_uniform_sample() -> None:
    """The ten largest numbers are selected: a random subset."""
    config = {"n_samples": 10, "strategies": [entry(random_seed=3)]}
    numbers = np.random.default_rng(3).random(100)

    selection = select(DATASET, config, registry=Registry(environ=False))

    assert list(selection.selected) == [f"{i:03}" for i in np.argsort(-numbers)[:10]]
    assert selection.manifest()["seeds"] == {"strategies[0].input.random_seed": 3}
