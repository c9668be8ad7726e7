"""Neighbours by an index, where a selection need not be exact: most are found, and what share is measured."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest

from tamis import Column, Dataset, Kind, Registry, errors, select
from tamis.selection.notes import approximate
from tamis_plugins.neighbours import index
from tamis_plugins.strategies.similarity import Similarity

CONFIG = {
    "n_samples": 20,
    "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "TYPICALITY", "num_nearest_neighbors": 6}}],
}
REGISTRY = Registry(environ=False)


def untold(done: int, total: int) -> None:
    """Nobody is told how far it is."""


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few points are worth an index."""
    monkeypatch.setattr(index, "WORTH", 1000)
    monkeypatch.setattr(index, "SAMPLE", 200)


@pytest.fixture(scope="module")
def points() -> Any:
    """Around 30 centres, in ten dimensions."""
    rng = np.random.default_rng(0)
    return (rng.standard_normal((30, 10))[rng.integers(0, 30, 3000)] + rng.standard_normal((3000, 10))).astype("f4")


def exact(asked: Any, points: Any, count: int) -> Any:
    """The distances of each to its nearest, by all pairs."""
    apart = np.sqrt(((asked[:, None].astype(np.float64) - points[None]) ** 2).sum(axis=2))
    return np.sort(apart, axis=1)[:, :count]


@pytest.mark.parametrize("recall", [0.5, 0.9, 0.999])
def test_so_large_a_share_of_neighbours_is_found_as_was_asked_for(points: Any, recall: float) -> None:
    """As far as a sample of the queries tells; the distances are real, and the share that is told is that of all."""
    pytest.importorskip("faiss")
    found, share = index.distances(points[:1500], points, 7, recall, untold)
    real = exact(points[:1500], points, 7)

    assert share == pytest.approx((found <= real[:, -1:] * (1 + 1e-12)).mean(), abs=0.05)
    assert share > recall - 0.05
    assert (found >= real * (1 - 1e-12)).all()
    assert (np.diff(found, axis=1) >= 0).all()


def test_duplicates_and_more_neighbours_than_a_list_has(points: Any) -> None:
    """More lists are looked through where those of a query hold fewer points than are asked for."""
    pytest.importorskip("faiss")
    many = np.concatenate([points[:600], np.repeat(points[:1], 900, axis=0)])
    distances, which, share = index.neighbours(many, many, 400, 0.1, untold)

    assert distances[700] == pytest.approx(np.zeros(400), abs=0)
    assert np.isfinite(distances).all()
    assert all(len(set(each)) == 400 for each in which.tolist())
    assert 0.1 <= share <= 1


def test_a_run_tells_what_share_was_asked_for_and_found(points: Any) -> None:
    """In its manifest, and in a note; also beside two levels."""
    pytest.importorskip("faiss")
    data = Dataset.from_embeddings([f"{number:04}" for number in range(3000)], points)
    found = select(data, CONFIG, registry=REGISTRY, approximate={"recall": 0.9})
    levels = select(data, CONFIG, registry=REGISTRY, approximate={"recall": 0.9, "shards": 3, "per_shard": 20})
    near = select(data, CONFIG, registry=REGISTRY)

    told = found.manifest()["approximate"]
    assert told["recall"] == 0.9
    assert 0.8 < told["reached"]["strategies[0]"]["recall"] <= 1
    assert "neighbours to a recall of 0.9" in str(found.notes)
    assert levels.selected == found.selected
    assert len(set(found.selected) & set(near.selected)) >= 15


def test_where_an_index_cannot_tell_points_apart_their_neighbours_are_found_exactly(points: Any) -> None:
    """As where a few are so far off that the others are one point in float32."""
    pytest.importorskip("faiss")
    far = points.copy()
    far[:5] *= 1e25
    found, share = index.distances(far, far, 7, 0.95, untold)

    assert share == 1.0
    np.testing.assert_allclose(found, exact(far, far, 7), rtol=1e-12)


def test_a_share_that_was_not_reached_is_told_as_such() -> None:
    """Of the queries that it is measured of, fewer were found than of those that the lists were chosen by."""
    told = {"recall": 0.95, "reached": {"strategies[0]": {"objective": 1.0, "recall": 0.94}}}

    assert "neighbours to a recall of 0.95, which was not reached; " in approximate(told)
    told["reached"]["strategies[0]"]["recall"] = 0.96  # type: ignore[index]
    assert "not reached" not in approximate(told)


def test_faiss_writes_nothing(points: Any, capfd: pytest.CaptureFixture[str]) -> None:
    """As it does where there are too few points for the lists that they are put in."""
    pytest.importorskip("faiss")
    index.distances(points[:1100], points[:1100], 3, 0.9, untold)

    assert capfd.readouterr() == ("", "")


def test_few_points_need_no_index(points: Any) -> None:
    """Their neighbours are found exactly, all of them."""
    names = tuple(map(str, range(40)))
    query = Column("points", Kind.QUERY, points, query=points[:40].copy(), query_of="sample", query_names=names)
    found = Similarity(query, {}, untold, recall=0.5)

    assert found.reached(np.arange(3000), np.arange(1)) == {"recall": 1.0}


def test_where_no_strategy_looks_for_neighbours_the_run_says_so(points: Any) -> None:
    """Nothing of it is approximate then."""
    data = Dataset.from_embeddings([f"{number:04}" for number in range(200)], points[:200])
    config = {"n_samples": 5, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}]}
    found = select(data, config, registry=REGISTRY, approximate={"recall": 0.9})

    assert found.selected == select(data, config, registry=REGISTRY).selected
    assert "no strategy looks for neighbours" in str(found.notes)


def test_without_faiss_one_line_says_how_to_install_it(points: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is selected."""
    monkeypatch.setitem(sys.modules, "faiss", None)
    data = Dataset.from_embeddings([f"{number:04}" for number in range(3000)], points)
    with pytest.raises(errors.MissingDependencyError, match=r"pip install 'tamis\[faiss\]'"):
        select(data, CONFIG, registry=REGISTRY, approximate={"recall": 0.9})
