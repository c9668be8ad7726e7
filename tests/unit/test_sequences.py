"""``selected_sequence_length``: samples that follow each other are selected together, by the mean of their vectors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tamis import Dataset, Registry, Selection, errors, select, validate

REGISTRY = Registry(allow=["tamis"], environ=False)
DIVERSITY = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}
TYPICALITY = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "TYPICALITY", "num_nearest_neighbors": 2}}


def config(*strategies: Any, **more: Any) -> dict[str, Any]:
    """A config with these."""
    return {"strategies": list(strategies or [DIVERSITY]), **more}


def vectors(count: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """Some points."""
    return np.random.default_rng(seed).normal(size=(count, 4)).astype(np.float32)


def frames(**counts: int) -> list[str]:
    """The names of so many frames in folders."""
    return [f"{folder}/{number:03}.png" for folder, count in counts.items() for number in range(count)]


@pytest.mark.parametrize("strategies", [[DIVERSITY], [DIVERSITY, TYPICALITY]])
@pytest.mark.parametrize("seed", range(3))
def test_sequences_are_selected_by_the_mean_of_their_vectors(strategies: list[Any], seed: int) -> None:
    """As if each were a sample with that vector; then its frames are selected, in their order."""
    length, points = 5, vectors(200, seed)
    names = frames(a=100, b=100)
    means = np.stack([points[start : start + length].mean(axis=0, dtype=np.float64) for start in range(0, 200, length)])
    alone = Dataset.from_embeddings([str(start) for start in range(0, 200, length)], means.astype(np.float32))
    expected = select(alone, config(*strategies, n_samples=6)).selected
    chosen = select(
        Dataset.from_embeddings(names, points),
        config(*strategies, n_samples=30, selected_sequence_length=length),
        registry=REGISTRY,
    )

    assert chosen.selected == tuple(names[int(start) + offset] for start in expected for offset in range(length))
    assert chosen.stopped == "as many samples as asked for"


def test_a_sequence_stays_within_its_folder() -> None:
    """What is left over at the end of one is in none, and is named."""
    names = frames(a=7, b=4, c=2)
    chosen = select(Dataset.from_embeddings(names, vectors(13)), config(proportion_samples=1, selectedSequenceLength=3))
    counts = chosen.manifest()["counts"]

    assert sorted(chosen.selected) == names[:6] + names[7:10]
    assert [failure.sample for failure in chosen.failures] == [names[6], *names[10:]]
    assert (counts["input"], counts["failed"], counts["candidates"], counts["selected"]) == (13, 4, 9, 9)
    assert "it is in no whole sequence of 3 samples" in chosen.explain(names[6])


@pytest.mark.parametrize(("share", "count"), [(0.01, 4), (0.5, 12), (0.55, 12), (0.6, 12), (0.65, 16), (0, 0)])
def test_a_share_is_rounded_up_to_whole_sequences(share: float, count: int) -> None:
    """Of 20 samples, in sequences of 4."""
    dataset = Dataset.from_embeddings(frames(a=20), vectors(20))

    assert len(select(dataset, config(proportion_samples=share, selected_sequence_length=4)).selected) == count


def test_every_frame_is_explained(tmp_path: Path) -> None:
    """Those of a sequence that was picked, and those of one that wasn't; of what was written, too."""
    names = frames(a=12)
    chosen = select(Dataset.from_embeddings(names, vectors(12)), config(n_samples=6, selected_sequence_length=3))
    chosen.write(tmp_path / "out")
    read = Selection.read(tmp_path / "out")
    others = [name for name in names if name not in chosen.selected]

    assert read.selected == chosen.selected
    for rank, name in enumerate(chosen.selected, start=1):
        assert f"was picked as number {rank} of 6" in read.explain(name)
    assert len(others) == len(read.standings()) == 6
    for name in others:
        assert "for the next pick" in read.explain(name)
        assert read.explain(name) == chosen.explain(name)


def test_frames_that_take_no_part_take_their_sequence_with_them() -> None:
    """And one that was preselected its sequence, which isn't picked again."""
    names = frames(a=12)
    dataset = Dataset.from_embeddings(names, vectors(12))
    asked = config(n_samples=6, selected_sequence_length=3)
    chosen = select(dataset, asked, exclude=[names[4]], preselected=[names[7]])

    assert sorted(chosen.selected) == names[:3] + names[9:]
    assert chosen.manifest()["preselected"] == names[6:9]
    assert {failure.sample for failure in chosen.failures} == {names[3], names[5]}


def test_a_length_of_1_changes_nothing() -> None:
    """Samples are selected one by one."""
    dataset = Dataset.from_embeddings(frames(a=12), vectors(12))
    one = select(dataset, config(n_samples=5, selected_sequence_length=1))

    assert one.selected == select(dataset, config(n_samples=5)).selected


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (config(n_samples=5, selected_sequence_length=3), r"n_samples: 5 samples are no whole .*: ask for 3 or 6"),
        (config(n_samples=2, selected_sequence_length=3), r"n_samples: 2 samples are no whole .*: ask for 3"),
        (config(n_samples=2, selected_sequence_length=0), "selected_sequence_length: 0"),
        (config(n_samples=2, selected_sequence_length=1.5), "selected_sequence_length: 1.5"),
        (
            config(
                DIVERSITY,
                {"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}},
                n_samples=4,
                selected_sequence_length=2,
            ),
            r"strategies\[1\].input: RANDOM can't be used with selected_sequence_length",
        ),
    ],
)
def test_what_is_wrong_is_said_before_any_work(given: dict[str, Any], problem: str) -> None:
    """With what to do about it."""
    with pytest.raises(errors.ConfigError, match=problem):
        select(Dataset.from_embeddings(frames(a=12), vectors(12)), given, registry=REGISTRY)
    with pytest.raises(errors.ConfigError, match=problem):
        validate(given, registry=REGISTRY)


def test_samples_of_which_there_is_no_whole_sequence() -> None:
    """Are none to select from."""
    dataset = Dataset.from_embeddings(frames(a=2, b=2), vectors(4))
    with pytest.raises(errors.RunError, match="no whole sequence of 3"):
        select(dataset, config(n_samples=3, selected_sequence_length=3))
