"""Where no more is asked than how large files are, none is opened."""

from __future__ import annotations

import tarfile
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event
from typing import IO, Any

import attrs
import pytest
from PIL import Image

from tamis import Dataset, Images, Registry, compute, errors, select
from tamis_plugins.local_files.images import LocalImages

REGISTRY = Registry(allow=["tamis"], environ=False)
NAMES = ("a.png", "b.jpg", "c.txt")


@attrs.frozen
class Counted(Images):
    """Files of a folder, and which of them have been opened."""

    files: LocalImages
    opened: list[str]
    shareable = False

    def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
        """One more."""
        self.opened.append(name)
        return self.files.open(name)

    def size(self, name: str) -> int | None:
        """As the files have it."""
        return self.files.size(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images, and a file that is none."""
    Image.new("RGB", (9, 7)).save(tmp_path / "a.png")
    Image.effect_noise((60, 50), 40).save(tmp_path / "b.jpg")
    (tmp_path / "c.txt").write_bytes(b"no image")
    return tmp_path


def counted(folder: Path, names: tuple[str, ...] = NAMES) -> tuple[Dataset, list[str]]:
    """The folder's files as a dataset, and the list of those that are opened."""
    opened: list[str] = []
    return Dataset(names, Counted(LocalImages(str(folder)), opened)), opened


def config(operation: str, threshold: float, key: str = "tamis.bytes") -> dict[str, Any]:
    """Keep files of some sizes."""
    strategy = {"type": "THRESHOLD", "threshold": threshold, "operation": operation}
    return {"proportion_samples": 1, "strategies": [{"input": {"type": "METADATA", "key": key}, "strategy": strategy}]}


def test_sizes_are_had_without_opening_a_file(folder: Path) -> None:
    """They are those of the file system, of what is no image, too."""
    dataset, opened = counted(folder)
    table = compute(dataset, ["tamis.bytes"], registry=REGISTRY)

    assert table["tamis.bytes"].values.tolist() == [(folder / name).stat().st_size for name in NAMES]
    assert (table.failures, opened) == ((), [])


def test_a_config_that_asks_for_sizes_opens_no_file(folder: Path) -> None:
    """What it keeps is what `select` is told by the file system."""
    dataset, opened = counted(folder)
    selection = select(dataset, config("BIGGER", 8), registry=REGISTRY)

    assert set(selection.selected) == {"a.png", "b.jpg"}
    assert opened == []


@pytest.mark.parametrize("key", ["lightly.sizeInBytes", "lightly.width"])
def test_what_else_is_asked_opens_each_file_once(folder: Path, key: str) -> None:
    """Then one that is no image has no size."""
    dataset, opened = counted(folder)
    table = compute(dataset, ["tamis.bytes", key], registry=REGISTRY)

    assert table["tamis.bytes"].valid.tolist() == [True, True, False]
    assert sorted(opened) == sorted(NAMES)


def test_a_file_that_is_gone_or_empty_is_told(folder: Path) -> None:
    """It is opened, since its size isn't known, and only it."""
    (folder / "c.txt").write_bytes(b"")
    dataset, opened = counted(folder, (*NAMES, "d.png"))
    table = compute(dataset, ["tamis.bytes"], registry=REGISTRY)

    assert opened == ["c.txt", "d.png"]
    assert [(failure.sample, failure.stage) for failure in table.failures] == [("c.txt", "open"), ("d.png", "open")]
    assert table["tamis.bytes"].valid.tolist() == [True, True, False, False]
    with pytest.raises(errors.RunError, match="strict"):  # as of any other failure
        compute(dataset, ["tamis.bytes"], registry=REGISTRY, strict=True)


def test_sizes_are_not_taken_from_a_store(folder: Path, tmp_path: Path) -> None:
    """They are of today, and nothing is kept of what costs nothing: a file that has become an image is one."""
    store = tmp_path / "store"
    dataset, opened = counted(folder)
    first = compute(dataset, ["tamis.bytes"], registry=REGISTRY, store=store)["tamis.bytes"].values.tolist()
    Image.new("RGB", (30, 20), "red").save(folder / "c.txt", "PNG")
    second = compute(dataset, ["tamis.bytes"], registry=REGISTRY, store=store)["tamis.bytes"].values.tolist()
    third = compute(dataset, ["tamis.bytes", "lightly.width"], registry=REGISTRY, store=store)

    assert opened == list(NAMES)
    assert (first[:2], first[2]) == (second[:2], len(b"no image"))
    assert third["tamis.bytes"].values.tolist() == second
    assert third["lightly.width"].values.tolist() == [9, 60, 30]


def test_an_archive_knows_the_sizes_of_its_members(folder: Path, tmp_path: Path) -> None:
    """They are those of the members, not of the archive."""
    archive = tmp_path / "it.tar"
    with tarfile.open(archive, "w") as tar:
        for name in NAMES[:2]:
            tar.add(folder / name, name)
    dataset = Dataset.open(str(archive), registry=REGISTRY)
    assert dataset.images is not None

    sizes = [(folder / name).stat().st_size for name in NAMES[:2]]
    assert [dataset.images.size(name) for name in dataset.samples] == sizes
    joined = Dataset.concat({"x": dataset, "y": Dataset.from_directory(folder)})
    values = compute(joined, ["tamis.bytes"], registry=REGISTRY)["tamis.bytes"].values
    assert values.tolist() == [*sizes, *sizes]


def test_it_can_be_cancelled_between_many() -> None:
    """As any other pass: no more is asked once the host wants to stop."""

    class Many(Images):
        asked = 0

        def open(self, name: str) -> AbstractContextManager[IO[bytes]]:
            raise AssertionError

        def size(self, name: str) -> int | None:
            self.asked += 1
            return 1

    images, cancel, names = Many(), Event(), [f"{number}.png" for number in range(40_000)]
    with pytest.raises(errors.Cancelled):
        compute(
            Dataset(names, images),
            ["tamis.bytes"],
            registry=REGISTRY,
            cancel=cancel,
            progress=lambda told: cancel.set(),
        )

    assert images.asked < len(names)


def test_images_in_memory_have_no_size() -> None:
    """That is said of each."""
    dataset = Dataset.from_images(["it", "other"], [Image.new("L", (3, 3)), Image.new("L", (4, 4))])
    with pytest.raises(errors.RunError, match="it has no size in bytes"):
        compute(dataset, ["tamis.bytes"], registry=REGISTRY)
