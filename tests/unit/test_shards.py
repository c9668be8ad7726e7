"""Shards of a dataset, each measured without knowing of the others, and stores that become one."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tarfile
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamis import Dataset, Registry, Store, Table, compute, embed, errors
from tamis.data.shard import shard_of
from tamis.store import merging
from tests.conftest import Install, metric_module, photograph

KEYS = ["lightly.sharpness", "lightly.width"]
REGISTRY = Registry.built_in()
Measured = Callable[..., Path]


@settings(max_examples=50)
@given(st.data(), st.integers(1, 60), st.integers(1, 60))
def test_shards_are_all_samples_once_in_order(data: st.DataObject, samples: int, count: int) -> None:
    """None is empty, whatever the archives and row groups are. One no larger than a shard is in one of them."""
    count = min(count, samples)
    parts = sorted(data.draw(st.sets(st.integers(0, samples - 1))))
    units = sorted({*parts, *data.draw(st.sets(st.integers(0, samples - 1)))})
    names = [f"{number}.png" for number in range(samples)]
    shards = [shard_of(names, number + 1, count, parts, units) for number in range(count)]

    assert [shard.start for shard in shards] == [0, *(shard.stop for shard in shards[:-1])]
    assert shards[-1].stop == samples
    assert all(shard.start < shard.stop for shard in shards)
    for start, stop in zip([0, *parts], [*parts, samples], strict=True):
        if (stop - start) * count <= samples:
            assert not any(start < shard.start < stop for shard in shards)


@pytest.mark.parametrize(
    ("parts", "units", "starts"),
    [
        ((), (), [0, 3, 5, 8]),  # 2.5, 5 and 7.5
        ((0, 2, 6, 8), (), [0, 2, 6, 8]),  # the archive of four samples, which is larger than a shard, moves no cut
        ((0,), (0, 4, 5), [0, 3, 5, 8]),  # half a shard is 1.25: 4 is too far away
        ((0,), (0, 1, 6, 7), [0, 3, 6, 7]),
    ],
)
def test_shards_begin_where_archives_do(parts: Sequence[int], units: Sequence[int], starts: list[int]) -> None:
    """Else where units do; else where shards of one size would."""
    names = [str(number) for number in range(10)]

    assert [shard_of(names, number, 4, parts, units).start for number in (1, 2, 3, 4)] == starts


def test_a_shard_is_a_dataset(photographs: Path) -> None:
    """What can't be a sample is told of by the first; what there is no shard of is an error."""
    (photographs / "a" / "line\nbreak.png").write_bytes(b"")
    dataset = Dataset.from_directory(photographs, registry=REGISTRY).with_metadata({"number": list(range(10))})
    shards = [dataset.shard(number, 3) for number in (1, 2, 3)]

    assert sum((shard.samples for shard in shards), ()) == dataset.samples
    assert [len(shard.failures) for shard in shards] == [1, 0, 0]
    assert compute(shards[2], ["number"], registry=REGISTRY)["number"].values.tolist() == [7, 8, 9]
    assert dataset.sharded is shards[0].subset(shards[0].samples).sharded is None
    with pytest.raises(errors.DatasetError, match="no shard 0/3: shards of 3 are 1/3 to 3/3"):
        dataset.shard(0, 3)
    with pytest.raises(errors.DatasetError, match="10 samples make at most 10 shards, not 11"):
        dataset.shard(11, 11)
    with pytest.raises(errors.DatasetError, match="this is shard 1/3 already"):
        shards[0].shard(1, 2)


def test_shards_of_vectors_and_of_archives(tmp_path: Path) -> None:
    """Each has the vectors of its samples, and the archives that are its own."""
    vectors = np.arange(8, dtype=np.float32).reshape(4, 2)
    assert Dataset.from_embeddings("abcd", vectors).shard(2, 2).vectors.tolist() == [[4, 5], [6, 7]]  # type: ignore[union-attr]
    photograph(0).save(tmp_path / "0.png")
    for name in "abc":
        with tarfile.open(tmp_path / f"{name}.tar", "w") as archive:
            for member in "xyz":
                archive.add(tmp_path / "0.png", f"{name}{member}.png")
    dataset = Dataset.open(str(tmp_path), "tar")
    first, second = dataset.shard(1, 2), dataset.shard(2, 2)

    assert [len(first), len(second)] == [3, 6]  # or 6 and 3: 4.5 is in the middle of the second archive
    assert (first.parts, second.parts) == ((0,), (0, 3))


@pytest.fixture
def measured(photographs: Path, tmp_path: Path) -> Measured:
    """Measure a shard into a store of its own, and return that."""

    def measured(number: int, count: int = 3, name: str = "", keys: Sequence[str] = KEYS, **options: Any) -> Path:
        store = tmp_path / (name or f"{number}of{count}")
        dataset = Dataset.from_directory(photographs, registry=REGISTRY).shard(number, count)
        compute(dataset, keys, registry=REGISTRY, store=Store(store, **options))
        return store

    (photographs / "bad.jpg").write_text("no image")
    return measured


def content(store: Path) -> tuple[Any, ...]:
    """All that a store has, but for shards."""
    table = Store(store).table()
    return table.samples, {key: list(map(str, table[key].values)) for key in table.columns}, table.failures


def same(one: Table, other: Table) -> bool:
    """Bit for bit."""
    return one.failures == other.failures and all(one[key].equals(other[key]) for key in one.columns)


def test_stores_of_shards_are_the_store_of_one_run(
    measured: Measured, photographs: Path, tmp_path: Path, counted: Counter[str]
) -> None:
    """The same table, the same failures; a run with the merged one opens nothing."""
    shards = [measured(number) for number in (3, 1, 2)]
    Store(tmp_path / "merged").merge(shards)
    dataset = Dataset.from_directory(photographs, registry=REGISTRY)
    whole = compute(dataset, KEYS, registry=REGISTRY, store=tmp_path / "whole")
    counted.clear()

    assert same(compute(dataset, KEYS, registry=REGISTRY, store=tmp_path / "merged"), whole)
    assert not counted
    assert content(tmp_path / "merged") == content(tmp_path / "whole")
    assert [(str(shard), done) for shard, done in Store(tmp_path / "merged").shards()] == [
        ("1/3", True),
        ("2/3", True),
        ("3/3", True),
    ]


def test_vectors_are_merged(photographs: Path, tmp_path: Path, counted: Counter[str]) -> None:
    """Bit for bit, those of several files of a store, too."""
    dataset, expected = (
        Dataset.from_directory(photographs, registry=REGISTRY),
        embed(Dataset.from_directory(photographs, registry=REGISTRY), registry=REGISTRY)[0],
    )
    for number in (1, 2):
        for part in (dataset.shard(number, 2).samples[:2], None):
            shard = dataset.shard(number, 2)
            embed(dataset.subset(part) if part else shard, registry=REGISTRY, store=tmp_path / str(number))
    Store(tmp_path / "merged").merge([tmp_path / "1", tmp_path / "2"])
    counted.clear()
    found, failures = embed(dataset, registry=REGISTRY, store=tmp_path / "merged")

    assert found.values.tobytes() == expected.values.tobytes()
    assert not failures
    assert not counted


def test_stores_without_shards_are_merged(photographs: Path, tmp_path: Path, counted: Counter[str]) -> None:
    """Such as those of other keys. What is there twice is there once; a store that is there is added to."""
    dataset = Dataset.from_directory(photographs, registry=REGISTRY)
    compute(dataset, ["lightly.width"], registry=REGISTRY, store=tmp_path / "one")
    compute(dataset, ["lightly.width", "lightly.snr"], registry=REGISTRY, store=tmp_path / "other")
    Store(tmp_path / "one").merge([tmp_path / "other"])
    counted.clear()
    compute(dataset, ["lightly.width", "lightly.snr"], registry=REGISTRY, store=tmp_path / "one")

    assert not counted
    assert {stored.rows for stored in Store(tmp_path / "one").info()} == {10}


def test_a_run_that_was_ended_leaves_a_shard_that_is_not_done(measured: Measured, photographs: Path) -> None:
    """Merging names it. A run that finds nothing left to measure, as if it was killed last of all, marks it."""
    one, two = measured(1, 2), measured(2, 2)
    with sqlite3.connect(two / "ledger.db") as ledger:
        ledger.execute("DELETE FROM shard")
    ledger.close()
    with pytest.raises(errors.StoreError, match="shard 2/2 is missing"):
        Store(one.parent / "merged").merge([one, two])
    measured(2, 2)
    Store(one.parent / "merged").merge([one, two])

    assert [done for _, done in Store(one.parent / "merged").shards()] == [True, True]


def test_a_shard_that_is_under_way_is_not_done(measured: Measured, photographs: Path, tmp_path: Path) -> None:
    """It is named, with its store; by partial what it has is taken over."""
    one = measured(1, 2)

    def stop(progress: Any) -> None:
        if progress.done:
            raise KeyboardInterrupt

    two = Dataset.from_directory(photographs, registry=REGISTRY).shard(2, 2)
    with pytest.raises(KeyboardInterrupt):
        compute(two, KEYS, registry=REGISTRY, store=tmp_path / "two", progress=stop)
    merged = Store(tmp_path / "merged")
    with pytest.raises(errors.StoreError, match=r"shard 2/2 in '.*two' is not done: run it again, and it goes on"):
        merged.merge([one, tmp_path / "two"])
    assert not (tmp_path / "merged").exists()
    merged.merge([one, tmp_path / "two"], partial=True)
    assert [done for _, done in merged.shards()] == [True, False]

    compute(two, KEYS, registry=REGISTRY, store=tmp_path / "two")
    merged.merge([one, tmp_path / "two"])
    assert [done for _, done in merged.shards()] == [True, True]


def _two(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1), measured(2)]


def _twice(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1, 2), measured(2, 2), measured(2, 2, "again")]


def _overlapping(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1, 2), measured(2, 3), measured(3, 3)]


def _named_twice(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1, 1), photographs / ".." / "1of1"]


def _grown(measured: Measured, photographs: Path) -> list[Path]:
    one = measured(1, 2)
    photograph(50).save(photographs / "z.png")
    return [one, measured(2, 2)]


def _fingerprints(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1, 2), measured(2, 2, fingerprint="sha256")]


def _moved(measured: Measured, photographs: Path) -> list[Path]:
    one = measured(1, 2)
    shutil.copytree(photographs, photographs.parent / "elsewhere")
    dataset = Dataset.from_directory(photographs.parent / "elsewhere", registry=REGISTRY).shard(2, 2)
    compute(dataset, KEYS, registry=REGISTRY, store=photographs.parent / "two")
    return [one, photographs.parent / "two"]


def _lacking(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1, 2), measured(2, 2, keys=["lightly.sharpness"])]


def _none(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1, 1), photographs / "gone"]


def _other_files(measured: Measured, photographs: Path) -> list[Path]:
    return [measured(1, 1), photographs]


def _newer(measured: Measured, photographs: Path) -> list[Path]:
    with sqlite3.connect(measured(1, 1) / "ledger.db") as ledger:
        ledger.execute("PRAGMA user_version = 99")
    ledger.close()
    return [photographs.parent / "1of1"]


@pytest.mark.parametrize(
    ("stores", "message"),
    [
        (_two, "shard 3/3 is missing: no store has them; name those that have, or run them"),
        (_twice, "shard 2/2 is there twice, in '2of2' and in 'again': leave one of them out"),
        (_overlapping, "shard 1/2 in '1of2' and shard 2/3 in '2of3' overlap: they are of one dataset, cut in two ways"),
        (_named_twice, "'1of1' is named twice"),
        (_grown, "shard 1/2 in '1of2' is of a dataset of 11 images, and shard 2/2 in '2of2' of another, of 12"),
        (_fingerprints, "shard 1/2 in '1of2' was run with --fingerprint stat, and shard 2/2 in '2of2' with sha256"),
        (_moved, "shard 1/2 in '1of2' and shard 2/2 in 'two' are of images at two locations"),
        (_lacking, "shard 2/2 in '2of2' lacks 'lightly.width', which others have: run it for the same"),
        (_none, "there is no store in 'photographs/gone'"),
        (_other_files, "'photographs' holds other files and no store"),
        (_newer, "the store '1of1' was written by a newer version of tamis: update tamis"),
    ],
)
def test_stores_that_dont_belong_together_are_named(
    stores: Any, message: str, measured: Measured, photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do; nothing is written."""
    monkeypatch.chdir(tmp_path)
    named = [Path(os.path.relpath(path)) for path in stores(measured, photographs)]
    with pytest.raises(errors.StoreError) as found:
        Store("merged").merge(named)

    assert str(found.value).startswith(message)
    assert not Path("merged").exists()


def test_by_content_images_may_be_anywhere(measured: Measured, photographs: Path, tmp_path: Path) -> None:
    """Machines may have copies of them in folders of their own."""
    one = measured(1, 2, fingerprint="sha256")
    shutil.copytree(photographs, tmp_path / "elsewhere")
    dataset = Dataset.from_directory(tmp_path / "elsewhere", registry=REGISTRY).shard(2, 2)
    compute(dataset, KEYS, registry=REGISTRY, store=Store(tmp_path / "two", fingerprint="sha256"))
    Store(tmp_path / "merged").merge([one, tmp_path / "two"])

    assert len(Store(tmp_path / "merged").table().samples) == 11


@pytest.mark.parametrize("shared", [False, True])
def test_other_versions_are_named(shared: bool, photographs: Path, tmp_path: Path, install: Install) -> None:
    """Of a plugin of one key, with both; a shard that was run in both is there in the one that all have."""
    dataset, registry = Dataset.from_directory(photographs, registry=REGISTRY), {"environ": False}
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x"))
    compute(dataset.shard(1, 2), ["acme.x"], registry=Registry(**registry), store=tmp_path / "one")  # type: ignore[arg-type]
    shutil.rmtree(tmp_path / "site-packages" / "acme-1.0.dist-info")
    install("acme", {"tamis.metrics": {"acme.x": "acme_y"}}, version="1.1", acme_y=metric_module("acme.x"))
    for number, name in [(2, "two"), *([(1, "one")] if shared else [])]:
        compute(dataset.shard(number, 2), ["acme.x"], registry=Registry(**registry), store=tmp_path / name)  # type: ignore[arg-type]
    merged = Store(tmp_path / "merged")
    if shared:
        merged.merge([tmp_path / "one", tmp_path / "two"])
        return
    with pytest.raises(errors.StoreError, match=r"^'acme\.x' was made by acme 1\.0 in '.*one', and by acme 1\.1"):
        merged.merge([tmp_path / "one", tmp_path / "two"], partial=True)


def test_a_store_is_not_merged_into_itself(measured: Measured) -> None:
    """The others can be."""
    one, two = measured(1, 2), measured(2, 2)
    with pytest.raises(errors.StoreError, match="can't be merged into itself: the others can"):
        Store(one).merge([two, one])
    Store(one).merge([two])

    assert [str(shard) for shard, done in Store(one).shards() if done] == ["1/2", "2/2"]


def test_a_merge_that_was_ended_goes_on(
    measured: Measured, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, photographs: Path
) -> None:
    """What it took over is not stored again, and the outcome is the same."""
    monkeypatch.setattr(merging, "CHUNK", 2)
    shards, merged = [measured(number) for number in (1, 2, 3)], Store(tmp_path / "merged")

    def stop(progress: Any) -> None:
        if progress.done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        merged.merge(shards, progress=stop)
    before = {stored.output.name: stored.rows for stored in merged.info()}
    assert before["file"] == 6  # all of the first shard, of four images, and a chunk of the second
    (tmp_path / "later").mkdir()
    merged.merge(shards)
    compute(Dataset.from_directory(photographs, registry=REGISTRY), KEYS, registry=REGISTRY, store=tmp_path / "whole")

    assert content(tmp_path / "merged") == content(tmp_path / "whole")


def test_a_merge_whose_disk_is_full_says_so(
    measured: Measured, tmp_path: Path, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It loses nothing, and goes on when there is room."""
    monkeypatch.setattr(merging, "CHUNK", 1)
    resource = pytest.importorskip("resource", reason="there are no limits")
    one, two, merged = measured(1, 2), measured(2, 2), Store(tmp_path / "merged")
    merged.merge([one], partial=True)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (33_000, limits[1]))  # room for what a reader needs
    try:
        with pytest.raises(
            errors.StoreError, match=r"can't be written to .* is the disk full.* before is kept"
        ) as found:
            merged.merge([one, two])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert repr(str(tmp_path / "merged")) in str(found.value)
    assert set(content(one)[0]) <= set(content(tmp_path / "merged")[0]) < set(content(one)[0] + content(two)[0])
    merged.merge([one, two])
    compute(Dataset.from_directory(photographs, registry=REGISTRY), KEYS, registry=REGISTRY, store=tmp_path / "whole")
    assert content(tmp_path / "merged") == content(tmp_path / "whole")


def test_another_merge_into_the_same_store_is_refused(measured: Measured, tmp_path: Path) -> None:
    """While one writes."""
    merged = Store(tmp_path / "merged")
    with merged.writing(), pytest.raises(errors.StoreError, match="another run is writing to the store"):
        merged.merge([measured(1, 1)])


def test_what_is_cleared_is_no_longer_done(measured: Measured, tmp_path: Path) -> None:
    """A shard of which a key was removed lacks it."""
    one, two = measured(1, 2), measured(2, 2)
    Store(two).clear(["lightly.width"])
    with pytest.raises(errors.StoreError, match=r"shard 2/2 in '.*' lacks 'lightly\.width'"):
        Store(tmp_path / "merged").merge([one, two])


def test_what_changes_is_measured_again_before_a_shard_is_done(
    measured: Measured, photographs: Path, tmp_path: Path
) -> None:
    """The mark is taken back while there is work; the newest version of an image counts, as in one store."""
    one, two = measured(1, 2), measured(2, 2)
    photograph(77, (20, 10)).save(photographs / "a" / "0.png")
    measured(1, 2)
    Store(tmp_path / "merged").merge([one, two])
    table = Store(tmp_path / "merged").table()

    assert table["lightly.width"].values[table.samples.index("a/0.png")] == 20
