"""Arrays beyond a bound of memory are in temporary files, and look and behave like others."""

from __future__ import annotations

import gc
import io
import os
import pickle
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tamis import (
    Column,
    Dataset,
    Kind,
    Memory,
    Objective,
    Progress,
    Registry,
    Strategy,
    errors,
    read_embeddings,
    select,
)

MIB = 1 << 20
DIVERSITY = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}}


def is_mapped(array: np.ndarray) -> bool:
    """Whether its numbers are in a file."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return isinstance(array, np.memmap)


def test_what_fits_is_in_memory_and_the_rest_in_files_until_something_is_freed() -> None:
    """Three MiB hold one array of two; there is room for another once that is gone."""
    memory = Memory(3 * MIB)
    first, second = memory.empty(2 * MIB, np.uint8), memory.empty((2, MIB), np.uint8)

    assert not is_mapped(first)
    assert is_mapped(second)
    second[:] = 7
    assert second.shape == (2, MIB)
    assert (second == 7).all()
    del first
    gc.collect()
    assert not is_mapped(memory.empty(2 * MIB, np.uint8))
    assert not is_mapped(Memory().empty(64 * MIB, np.uint8))
    assert pickle.loads(pickle.dumps(memory)).bound == 3 * MIB  # noqa: S301


def test_the_files_have_no_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So nothing is left of them, however the process ends."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    array = Memory(0).empty(MIB, np.uint8)

    assert is_mapped(array)
    if os.name == "posix":
        assert not list(tmp_path.iterdir())


def test_a_folder_without_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is written: later, the system would end the process."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(errors.RunError, match=r"no room for .*TMPDIR"):
        Memory(0).empty(1 << 60, np.uint8)


@pytest.mark.parametrize("rows", [[3, 4, 5], [5, 4, 3], [0, 2, 2], [-1, 0, 1], [], list(range(0, 3000, 2))])
def test_rows_are_those_that_numpy_takes(rows: list[int]) -> None:
    """Views where they follow each other, copies where they don't."""
    array = np.arange(3000 * 200, dtype=np.float32).reshape(3000, 200)
    taken = Memory(0).take(array, np.array(rows, dtype=np.intp))

    np.testing.assert_array_equal(taken, array[rows])
    assert np.shares_memory(taken, array) == (rows == [3, 4, 5])
    assert is_mapped(taken) == (len(rows) > 1000)


def test_a_column_of_some_rows_may_be_in_a_file() -> None:
    """As where a threshold removes samples."""
    column = Column("x", Kind.VECTOR, np.ones((3000, 200), dtype=np.float32))

    assert is_mapped(column.take(np.arange(0, 3000, 2), Memory(0)).values)
    assert not is_mapped(column.take(np.arange(0, 3000, 2)).values)


def test_an_objective_that_takes_rows_gets_the_column_as_it_is() -> None:
    """So nothing is copied where some samples take no part."""
    vectors, seen = np.eye(5, dtype=np.float32), []

    class Flat(Objective):
        def __init__(self, column: Column, params: Any, rows: np.ndarray) -> None:
            seen.append((np.shares_memory(column.values, vectors), len(column), rows.tolist()))

        def values(self, rows: np.ndarray) -> np.ndarray:
            return np.ones(len(rows))

        def add(self, row: int) -> None:
            pass

    registry = Registry(allow=["tamis"], environ=False)
    registry.register(Strategy("FLAT", accepts={Kind.VECTOR}, objective=Flat))
    entry = {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "FLAT"}}
    selection = select(
        Dataset.from_embeddings(list("abcde"), vectors),
        {"n_samples": 2, "strategies": [entry]},
        registry=registry,
        exclude=["a", "d"],
    )

    assert seen == [(True, 5, [1, 2, 4])]
    assert selection.selected == ("b", "c")


def points(n: int = 4000, d: int = 100, seed: int = 0) -> np.ndarray:
    """Some, of lengths that differ."""
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


def test_picks_do_not_depend_on_where_arrays_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scaled to unit length, and with samples left out, so that vectors have to be copied twice."""
    for what in ("AT_LEAST", "PER_SAMPLE"):
        monkeypatch.setattr(f"tamis.selection.select.{what}", 0)
    monkeypatch.setattr("tamis.selection.select.taken", lambda: 0)
    np.save(tmp_path / "v.npy", points(400, 2000))
    names = [f"{number:04}.png" for number in range(400)]
    (tmp_path / "v.txt").write_text("\n".join(reversed(names)))
    Image.new("L", (1, 1)).save(image := io.BytesIO(), "png")
    dataset = Dataset.from_items(names, lambda name: image.getvalue())
    options = {"embedder": f"files:file={tmp_path / 'v.npy'}", "exclude": names[::7]}
    config = {"n_samples": 40, "strategies": [DIVERSITY]}

    bounded = select(dataset, config, memory=MIB, **options)
    assert bounded.selected == select(dataset, config, **options).selected


def rewritten(file: Path) -> None:
    """Other numbers in the same file, as by somebody who maps it, too."""
    written = np.load(file, mmap_mode="r+")
    written *= 2
    written.flush()


@pytest.mark.parametrize("strategy", ["DIVERSITY", "TYPICALITY"])
def test_vectors_that_change_while_they_are_selected_from_end_the_run(tmp_path: Path, strategy: str) -> None:
    """Under a memory map: by the name of the file, whatever is made of the vectors; with samples left out, too."""
    np.save(file := tmp_path / "v.npy", points(3000, 8))
    names = [f"{number:04}" for number in range(3000)]
    dataset = Dataset.from_embeddings(names, np.load(file, mmap_mode="r"))

    def write(progress: Progress) -> None:
        if progress.stage == "selecting" and progress.done == 5:
            rewritten(file)

    config = {"n_samples": 50, "strategies": [{"input": {"type": "EMBEDDINGS"}, "strategy": {"type": strategy}}]}
    message = r"^strategies\[0\].input: .*v.npy: vectors have changed since the selection began"
    with pytest.raises(errors.RunError, match=message):
        select(dataset, config, progress=write, exclude=names[::3])


def test_another_file_in_the_place_of_a_mapped_one_changes_nothing(tmp_path: Path) -> None:
    """Since what is mapped is still there."""
    np.save(file := tmp_path / "v.npy", points(3000, 8))
    np.save(other := tmp_path / "w.npy", points(10, 3))
    names = [f"{number:04}" for number in range(3000)]
    config = {"n_samples": 50, "strategies": [DIVERSITY]}
    expected = select(Dataset.from_embeddings(names, np.load(file)), config).selected
    dataset = Dataset.from_embeddings(names, np.load(file, mmap_mode="r"))

    def replace(progress: Progress) -> None:
        if progress.stage == "selecting" and progress.done == 5:
            other.replace(file)

    assert select(dataset, config, progress=replace).selected == expected
    assert not other.exists()


def test_a_cancelled_run_is_cancelled_whatever_has_changed(tmp_path: Path) -> None:
    """It has no result that vectors could have spoilt."""
    np.save(file := tmp_path / "v.npy", points(3000, 8))
    dataset = Dataset.from_embeddings([f"{number:04}" for number in range(3000)], np.load(file, mmap_mode="r"))
    cancel = threading.Event()

    def stop(progress: Progress) -> None:
        if progress.stage == "selecting" and progress.done == 5:
            rewritten(file)
            cancel.set()

    with pytest.raises(errors.Cancelled):
        select(dataset, {"n_samples": 50, "strategies": [DIVERSITY]}, progress=stop, cancel=cancel)


def test_vectors_of_a_store_are_no_different(
    photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whether they are made, or read from the parts that an earlier run has kept."""
    dataset, config = Dataset.from_directory(photographs), {"n_samples": 4, "strategies": [DIVERSITY]}
    in_memory = select(dataset, config).selected
    monkeypatch.setattr("tamis.data.memory.SMALL", 1)
    monkeypatch.setattr("tamis.selection.select.taken", lambda: 0)
    monkeypatch.setattr("tamis.selection.select.PER_SAMPLE", 0)
    monkeypatch.setattr("tamis.selection.select.AT_LEAST", 0)

    for _ in range(2):
        assert select(dataset, config, memory=1, store=tmp_path / "store").selected == in_memory


def test_a_bound_that_is_too_low_is_refused() -> None:
    """With what it would take."""
    dataset = Dataset.from_embeddings(["a", "b"], np.eye(2))
    with pytest.raises(errors.RunError, match=r"memory: 0\.00 GB is not enough: to select from 2 samples takes 0\.\d+"):
        select(dataset, {"n_samples": 1, "strategies": [DIVERSITY]}, memory=1)


@pytest.mark.parametrize("form", ["npy", "parquet"])
def test_float16_stays_float16(tmp_path: Path, form: str) -> None:
    """Half the bytes; picks are those of the same numbers in float32."""
    half = points(300, 20).astype(np.float16)
    names = [f"{number:03}" for number in range(300)]
    if form == "npy":
        np.save(tmp_path / "v.npy", half)
        (tmp_path / "v.txt").write_text("\n".join(names))
    else:
        pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
        lists = pa.FixedSizeListArray.from_arrays(pa.array(half.ravel()), 20)
        parquet.write_table(pa.table({"filenames": names, "embedding": lists}), tmp_path / "v.parquet")
    config = {"n_samples": 30, "strategies": [DIVERSITY]}
    found = read_embeddings(tmp_path / f"v.{form}", names, memory=Memory(0))

    assert found.values.dtype == np.float16
    np.testing.assert_array_equal(found.values, half)
    of_half = select(Dataset.from_embeddings(names, half), config)
    assert of_half.selected == select(Dataset.from_embeddings(names, half.astype(np.float32)), config).selected


def test_vectors_of_unit_length_are_not_copied(tmp_path: Path) -> None:
    """So that those scaled before may stay mapped, however they were rounded."""
    from tamis.data.vectors import unit

    vectors = points(1000, 64)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    assert unit(vectors)[0] is vectors
    scaled, directed = unit(np.array([[3.0, 4.0], [0.0, 0.0], [0.0, 1.0]], dtype=np.float32))
    np.testing.assert_array_equal(scaled, np.array([[0.6, 0.8], [0, 0], [0, 1]], dtype=np.float32))
    np.testing.assert_array_equal(directed, [True, False, True])
