"""Selecting in shards: the picks of one machine, whatever is combined and wherever it is cut."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Column, Dataset, Kind, Registry, Selection, errors, select
from tamis.measuring.run import Run
from tamis.progress import Monitor
from tamis.selection.checking import checked
from tamis.selection.greedy import Pick, pick
from tamis.selection.offers import Call, Factor, ShardedCandidates
from tamis.selection.scoring import Term
from tamis.selection.sharded import sharded
from tamis_plugins.neighbours.nearer import nearer
from tamis_plugins.objectives.closeness import Closeness
from tamis_plugins.strategies.diversity import Spread
from tamis_plugins.strategies.weights import Weights
from tests.silent import silent

DIVERSITY = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
WEIGHTS = {"input": {"type": "METADATA", "key": "w"}, "strategy": {"type": "WEIGHTS"}}
REGISTRY = Registry(environ=False)
RUN = Run(REGISTRY, Monitor())


def points(rng: np.random.Generator, n: int, kind: str) -> Any:
    """With ties, with none, all alike, and with duplicates and others that are hardly apart."""
    lattice = rng.integers(0, 3, (n, 2))
    made = {"lattice": lattice, "apart": rng.random((n, 2)), "alike": 0 * lattice}
    return made.get(kind, lattice + 1e-4 * rng.integers(0, 3, (n, 2)))


def terms(data: st.DataObject, n: int) -> Any:
    """Makes the same terms anew: DIVERSITY, and what is combined with it."""
    rng = np.random.default_rng(data.draw(st.integers(0, 999), "seed"))
    vectors = points(rng, n, data.draw(st.sampled_from(["lattice", "apart", "alike", "close"]), "points"))
    dtype = data.draw(st.sampled_from(["f2", "f4", "f8"]), "dtype")
    minimum = data.draw(st.sampled_from([{}, {}, {"stopping_condition_minimum_distance": 1.0}]), "parameters")
    found: list[tuple[Any, Column, dict[str, Any], float]] = [
        (Spread, Column("e", Kind.VECTOR, vectors.astype(dtype)), minimum, data.draw(st.sampled_from([1.0, 0.5, 2.0])))
    ]
    if data.draw(st.booleans(), "WEIGHTS"):
        weights = rng.integers(-1, 4, n) if data.draw(st.booleans(), "repeated") else rng.random(n)
        range_ = data.draw(st.sampled_from([{}, {"target_range": {"max_sum": 6.0}}])) if min(weights) >= 0 else {}
        strength = data.draw(st.sampled_from([1.0, -1.0, 0.5]))
        found.append((Weights, Column("w", Kind.SCALAR, weights.astype(float)), range_, strength))
    if data.draw(st.booleans(), "BALANCE"):
        column = Column("c", Kind.CATEGORY, rng.integers(0, 3, n), labels=("a", "b", "c"))
        found.append((Closeness, column, {"distribution": "INPUT"}, 1.0))
    found = data.draw(st.permutations(found))

    def make() -> dict[Any, Term]:
        entries = [SimpleEntry(f"strategies[{number}]", SimpleNamespace(type="DIVERSITY")) for number in range(3)]
        return {
            entry: Term(checked(made(column, params), n, nullcontext()), strength)
            for entry, (made, column, params, strength) in zip(entries, found, strict=False)
        }

    return make


class SimpleEntry(SimpleNamespace):
    """As much of a config's entry as is asked for; a key of mappings."""

    def __init__(self, path: str, strategy: Any) -> None:
        super().__init__(path=path, strategy=strategy)

    __hash__ = object.__hash__


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_picks_are_those_without_shards(data: st.DataObject) -> None:
    """With everything that is told of each, and why there are no more; for every number of shards, many rounds each."""
    n = data.draw(st.integers(1, 24), "samples")
    make = terms(data, n)
    first = data.draw(st.lists(st.integers(0, n - 1), max_size=2, unique=True), "preselected")
    candidates = np.setdiff1d(np.arange(data.draw(st.integers(0, n // 3), "skipped"), n), first)
    limit, count = data.draw(st.integers(1, n + 1), "picks"), data.draw(st.integers(1, n + 2), "shards")

    def found(in_shards: bool) -> tuple[list[Pick], str]:
        made = make()
        if not in_shards:
            return pick(list(made.values()), candidates, limit, RUN.monitor, first)
        with sharded(count, made, candidates, first, n, RUN, least=1) as find:
            return pick(list(made.values()), candidates, limit, RUN.monitor, first, find)

    assert found(in_shards=True) == found(in_shards=False)


@given(st.integers(0, 999), st.sampled_from(["f2", "f4", "f8", "i4"]))
@settings(max_examples=25, deadline=None)
def test_distances_are_those_that_float64_sums_up(seed: int, dtype: str) -> None:
    """To the last bit; also far from the origin, hardly apart, or too small for float32."""
    rng = np.random.default_rng(seed)
    vectors = points(rng, 60, rng.choice(["lattice", "apart", "alike", "close"]))
    vectors = vectors * {"f4": 10.0 ** rng.integers(-12, 3), "f8": 10.0 ** rng.integers(-100, 3)}.get(dtype, 1)
    vectors = (vectors + rng.choice([0, 50])).astype(dtype)
    wide = vectors.astype(np.float64)
    rows, distances, added = np.arange(3, 60), np.full(57, 1e300), np.arange(0)
    for count in (0, 1, 4, 30):
        more = rng.integers(0, 60, count)
        distances, added = nearer(vectors, rows, distances, more), np.append(added, more)
        differences = wide[rows][:, None] - wide[added][None]
        assert (distances == np.vecdot(differences, differences).min(axis=1, initial=1e300)).all()


def dataset(vectors: Any, **metadata: Sequence[Any]) -> Dataset:
    """Of vectors, and values of each."""
    made = Dataset.from_embeddings([f"{number:04}" for number in range(len(vectors))], vectors)
    return made.with_metadata({"sample": made.samples, **metadata}) if metadata else made


def selected(data: Dataset, n: int, *entries: dict[str, Any], **options: Any) -> Selection:
    """From a config of these entries."""
    return select(data, {"n_samples": n, "strategies": list(entries)}, registry=REGISTRY, **options)


def test_what_can_not_be_worked_on_in_shards_is_named() -> None:
    """With its place, and why; it needn't be where nothing is to be kept up to date."""
    registry = Registry(environ=False)
    registry.register(silent("X"))
    made = dataset(np.arange(12.0).reshape(6, 2), w=[1, 2, 3, 4, 5, 6])
    x = {"input": {"type": "RANDOM"}, "strategy": {"type": "X"}}
    away = {**DIVERSITY, "strategy": {"type": "DIVERSITY", "strength": -1}}
    again = {"type": "WEIGHTS", "target_range": {"max_sum": 3}}
    shifted = dataset(np.arange(12.0).reshape(6, 2), w=[-1, 2, 3, 4, 5, 6])
    for data, entries, message in (
        (made, [x], r"strategies\[0\].strategy: X can't be worked on in shards here, since it tells nothing"),
        (made, [WEIGHTS, away], r"strategies\[1\].*DIVERSITY .* its strength is negative: select without shards"),
        (shifted, [DIVERSITY, {**WEIGHTS, "strategy": again}], r"strategies\[1\].*it rejects samples that it may"),
    ):
        with pytest.raises(errors.ConfigError, match=message):
            select(data, {"n_samples": 2, "strategies": entries}, registry=registry, shards=2)
    assert selected(made, 2, WEIGHTS, shards=2).selected == ("0005", "0004")
    for shards, approximate in ((0, None), (2, {"shards": 2, "per_shard": 2})):
        with pytest.raises(errors.ConfigError, match=r"shards: (is a number|goes without)"):
            selected(made, 2, DIVERSITY, shards=shards, approximate=approximate)


def test_gains_of_a_shard_are_kept_and_made_again_where_they_are_lost(tmp_path: Path) -> None:
    """So it doesn't matter who has worked on it, or how often; a folder that a worker doesn't see is named."""
    values = np.array([[0.0], [1.0], [5.0], [9.0]])
    spread = Spread(Column("e", Kind.VECTOR, values), {})
    factor = Factor("strategies[0]", spread, 1.0, np.full(4, 400.0), 4)

    def gains(folder: Path, picks: list[int], before: int) -> list[float]:
        candidates = ShardedCandidates(np.arange(4), np.arange(0), (factor,), str(folder))
        call = Call(slice(1, 4), np.array(picks), before, np.array(picks), (0.0,), np.empty(0), 9)
        return candidates.offer(call).gains[0].tolist()

    assert gains(tmp_path, [0], 0) == [1.0, 25.0, 81.0]
    assert gains(tmp_path, [0, 3], 1) == gains(tmp_path, [0, 3], 1) == [1.0, 16.0]
    (kept,) = tmp_path.iterdir()
    kept.write_bytes(kept.read_bytes()[:140])
    assert gains(tmp_path, [0, 3], 1) == [1.0, 16.0]
    with pytest.raises(errors.RunError, match=r"can't write to '.*elsewhere'.*TMPDIR"):
        gains(tmp_path / "elsewhere", [0], 0)
