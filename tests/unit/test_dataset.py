"""Which samples a folder has, and what each kind of source gives."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tamis import Dataset, Images, Registry, compute, errors
from tests.conftest import photograph


def touch(root: Path, *names: str) -> Path:
    """Empty files."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return root


def test_a_dataset_stays_where_it_was_made(photographs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The host may change its working directory, as a service does that leaves its terminal."""
    monkeypatch.chdir(photographs)
    (photographs / "labels" / ".lightly").mkdir(parents=True)
    folder = Dataset.from_directory(".", lightly="labels")
    files = Dataset.from_files("a", ["0.png"])
    monkeypatch.chdir(tmp_path)

    assert compute(folder, ["lightly.width"])["lightly.width"].valid.all()
    assert compute(files, ["lightly.width"])["lightly.width"].valid.all()
    assert folder.annotations.where == str(photographs / "labels" / ".lightly")
    assert str(photographs / "a" / ".lightly") in files.annotations.where


def test_a_folder_is_listed_by_relative_path(tmp_path: Path) -> None:
    """Sub-folders too, sorted as strings, any letter case of the suffix; the rest is counted, and hidden files not."""
    touch(tmp_path, "b.jpg", "a/z.PNG", "a.jpeg", "a/b/c.TiFf", "notes.txt", "noext", ".hidden.jpg", ".lightly/x.png")
    dataset = Dataset.from_directory(tmp_path)

    assert dataset.samples == ("a.jpeg", "a/b/c.TiFf", "a/z.PNG", "b.jpg")
    assert dataset.ignored == 2
    assert dataset.ignored_kinds == {".txt": 1, "without a suffix": 1}
    assert dataset.annotations.where == str(tmp_path / ".lightly")
    assert not dataset.failures


def test_names_need_not_be_ascii_or_even_text(tmp_path: Path) -> None:
    """Emoji, 255 bytes, and bytes that are no UTF-8 survive listing and measuring."""
    names = ["emoji 🦊.png", "x" * 251 + ".png"]
    if sys.platform == "linux":
        names.append(os.fsdecode(b"latin-\xe9.png"))
    for name in names:
        photograph(0).save(tmp_path / name, "PNG")
    table = compute(Dataset.from_directory(tmp_path), ["lightly.width"], registry=Registry(environ=False))

    assert set(table.samples) == set(names)
    assert table["lightly.width"].valid.all()


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_a_name_with_a_line_break_is_left_out_and_named(tmp_path: Path) -> None:
    """A list with a name on each line can't hold it."""
    dataset = Dataset.from_directory(touch(tmp_path, "good.jpg", "two\nlines.jpg"))

    assert dataset.samples == ("good.jpg",)
    (failure,) = dataset.failures
    assert (failure.sample, failure.stage) == ("two\nlines.jpg", "list")


def test_links_are_followed_but_not_in_circles(tmp_path: Path) -> None:
    """A link to a folder elsewhere is part of the dataset; one to a folder above is named and passed over."""
    elsewhere = touch(tmp_path / "elsewhere", "x.jpg")
    root = touch(tmp_path / "root", "a/y.jpg")
    (root / "link").symlink_to(elsewhere)
    (root / "a" / "loop").symlink_to(root)
    dataset = Dataset.from_directory(root)

    assert dataset.samples == ("a/y.jpg", "link/x.jpg")
    assert [(f.sample, f.reason) for f in dataset.failures] == [
        ("a/loop", "a link to a folder that is in the dataset already")
    ]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no FIFOs here")
def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    """A FIFO, and a link to nothing, are samples that can't be opened."""
    photograph(1).save(tmp_path / "good.png")
    os.mkfifo(tmp_path / "fifo.jpg")
    (tmp_path / "dangling.jpg").symlink_to(tmp_path / "nothing")
    table = compute(Dataset.from_directory(tmp_path), ["lightly.width"], registry=Registry(environ=False))

    assert [(f.sample, f.stage, f.reason) for f in table.failures] == [
        ("dangling.jpg", "open", "No such file or directory"),
        ("fifo.jpg", "open", "not a regular file"),
    ]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("missing", "does not exist"),
        ("file.txt", "is not a folder"),
        ("empty", "no image in"),
        ("text", r"2 other files \(1 .txt, 1 .md|2 other files \(1 .md, 1 .txt"),
        ("shards", r"3 other files .*\. Images inside of such files are found by tar:.*shards or video:.*shards$"),
    ],
)
def test_a_folder_without_images_is_an_error(tmp_path: Path, name: str, message: str) -> None:
    """One line that says which folder, and what is wrong with it."""
    touch(tmp_path, "file.txt", "text/a.txt", "text/b.md", "shards/a.tar", "shards/b.TAR", "shards/c.mp4")
    (tmp_path / "empty").mkdir()

    with pytest.raises(errors.DatasetError, match=message):
        Dataset.from_directory(tmp_path / name)


def test_the_lightly_folder_may_be_elsewhere(tmp_path: Path) -> None:
    """It must exist, and is the one that holds `.lightly`, not that itself."""
    root, other = touch(tmp_path / "images", "a.jpg"), tmp_path / "other"
    other.mkdir()

    assert str(other / ".lightly") in Dataset.from_directory(root, lightly=other).annotations.where
    with pytest.raises(errors.DatasetError, match="lightly folder"):
        Dataset.from_directory(root, lightly=tmp_path / "nowhere")
    (other / ".lightly").mkdir()
    with pytest.raises(errors.DatasetError, match=r"is the one that holds \.lightly: '.*other'"):
        Dataset.from_directory(root, lightly=other / ".lightly")


def test_a_file_list_keeps_its_order(photographs: Path) -> None:
    """And a file that isn't there is a sample that can't be opened."""
    dataset = Dataset.from_files(photographs, ["b/7.png", "a/0.png", "c/none.png"])
    table = compute(dataset, ["lightly.width"], registry=Registry(environ=False))

    assert table.samples == ("b/7.png", "a/0.png", "c/none.png")
    assert table["lightly.width"].cells() == [48, 48, None]


@pytest.mark.parametrize("name", ["/etc/passwd", "../x.png", "a/../../x.png"])
def test_a_file_list_stays_in_its_folder(photographs: Path, name: str) -> None:
    """A path that leaves it is refused."""
    with pytest.raises(errors.DatasetError, match="is not a path inside"):
        Dataset.from_files(photographs, [name])


def test_images_in_memory() -> None:
    """Pillow images, colour arrays and grey arrays, in the host's order, which need not be sorted."""
    images = [Image.new("CMYK", (3, 2)), np.zeros((4, 5, 3), np.uint8), np.zeros((6, 7), np.uint8)]
    table = compute(Dataset.from_images(["z", "y", "x"], images), ["lightly.width"], registry=Registry(environ=False))

    assert table.samples == ("z", "y", "x")
    assert table["lightly.width"].cells() == [3, 5, 7]


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_function_of_the_host_opens_images(photographs: Path, jobs: int) -> None:
    """Files, bytes and Pillow images; what it raises or returns otherwise is the failure of that sample."""
    opened: list[str] = []

    def open_(name: str) -> Any:
        opened.append(name)
        path = photographs / "a" / name
        if name == "4.png":
            raise LookupError("not today")
        return path.open("rb") if name in names[:2] else path.read_bytes()

    def other(name: str) -> Any:
        return Image.open(photographs / "a" / name) if name != "1.png" else "1.png"

    names = [f"{number}.png" for number in range(5)]
    keys = ["lightly.width", "lightly.sharpness"]
    expected = compute(Dataset.from_files(photographs / "a", names[:4]), keys)
    table = compute(Dataset.from_items(names, open_), keys, jobs=jobs)
    pillow = compute(Dataset.from_items(iter(names[:2]), other), keys, jobs=jobs)

    assert sorted(opened) == names
    for key in keys:
        assert np.array_equal(table[key].values[:4], expected[key].values)
        assert pillow[key].values[0] == expected[key].values[0]
    assert [str(failure.reason) for failure in table.failures] == ["LookupError: not today"]
    assert [failure.reason for failure in pillow.failures] == [
        "TypeError: open returned str, not a binary file, bytes or a Pillow image"
    ]


class Announced(Images):
    """Images of a folder that keep what they are told, or fail at being told."""

    def __init__(self, folder: Path, fails: str = "") -> None:
        self.folder, self.fails = folder, fails
        self.told: list[str] = []
        self.shareable = False

    def open(self, name: str) -> Any:
        return (self.folder / name).open("rb")

    @contextmanager
    def reading(self, names: Sequence[str]) -> Iterator[Images]:
        self.told += names
        if self.fails == "entering":
            raise RuntimeError("no")
        yield self if not self.fails else "nothing"  # type: ignore[misc]
        if self.fails == "leaving":
            raise RuntimeError("no")


@pytest.mark.parametrize("fails", ["", "entering", "leaving"])
def test_images_are_told_which_are_going_to_be_opened(photographs: Path, fails: str) -> None:
    """Each once, in order, also those that are joined with others; where that fails, they are opened all the same."""
    parts = {name: Announced(photographs / name, fails) for name in "ab"}
    names = {"a": [f"{number}.png" for number in range(5)], "b": [f"{number}.png" for number in range(5, 10)]}
    dataset = Dataset.concat({label: Dataset(names[label], images) for label, images in parts.items()})
    table = compute(dataset, ["lightly.width"])

    assert table["lightly.width"].valid.all()
    assert {label: images.told for label, images in parts.items()} == names


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4, 4), np.uint8), np.zeros((4, 4, 3)), np.zeros((0, 4, 3), np.uint8), np.zeros(4, np.uint8), "a.jpg"],
    ids=["four channels", "float64", "no rows", "one axis", "path"],
)
def test_what_is_no_image_in_memory_is_refused_at_once(image: Any) -> None:
    """The host learns which one, before anything runs."""
    with pytest.raises(errors.DatasetError, match="image 'bad' is"):
        Dataset.from_images(["good", "bad"], [np.zeros((2, 2), np.uint8), image])


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no samples"),
        (["a", "b", "a"], "2 samples named 'a'"),
        (["a\nb"], "line break"),
        (["a", ""], "that of sample 1, is empty"),
    ],
)
def test_names_are_unique_lines(names: list[str], message: str) -> None:
    """Names are what results are keyed by."""
    with pytest.raises(errors.DatasetError, match=message):
        Dataset.from_images(names, [np.zeros((2, 2), np.uint8)] * len(names))


def test_as_many_names_as_images() -> None:
    """A mix-up of lists is not papered over."""
    with pytest.raises(errors.DatasetError, match="1 names for 2 images"):
        Dataset.from_images(["a"], [np.zeros((2, 2), np.uint8)] * 2)


def test_a_link_to_itself_costs_itself_only(tmp_path: Path) -> None:
    """Whatever else is in its folder is there."""
    root = touch(tmp_path, "a.jpg", "z.jpg", "sub/b.jpg")
    (root / "loop.jpg").symlink_to("loop.jpg")
    (root / "sub" / "loop").symlink_to("loop")
    dataset = Dataset.from_directory(root)

    assert {"a.jpg", "z.jpg", "sub/b.jpg"} <= set(dataset.samples)
    assert "sub/loop" in {failure.sample for failure in dataset.failures} | set(dataset.samples) or dataset.ignored == 1


def test_folders_that_link_to_each_other_are_listed_once(tmp_path: Path) -> None:
    """Not once for every way through them, of which there are factorially many."""
    names = [f"d{i}" for i in range(9)]
    for name in names:
        touch(tmp_path, f"{name}/x.jpg")
        for other in names:
            (tmp_path / name / f"to-{other}").symlink_to(tmp_path / other)

    assert Dataset.from_directory(tmp_path).samples == tuple(f"{name}/x.jpg" for name in names)


def test_a_deep_folder_is_no_deep_recursion(tmp_path: Path) -> None:
    """As deep as the system lets a path be."""
    deep = tmp_path
    for _ in range(1500):
        deep /= "d"
        deep.mkdir()
    (deep / "x.jpg").touch()

    assert len(Dataset.from_directory(tmp_path)) == 1
    (deep / "x.jpg").unlink()
    while deep != tmp_path:  # pytest would remove it by a recursion
        deep.rmdir()
        deep = deep.parent


def test_images_that_are_still_in_a_file_can_be_shared_by_threads(photographs: Path) -> None:
    """Pillow loads one image in one thread only; tamis sees to that."""
    paths = sorted(photographs.rglob("*.png")) * 20
    names = [str(i) for i in range(len(paths))]
    keys = ["lightly.sharpness", "lightly.snr"]
    expected = compute(Dataset.from_images(names, [np.asarray(Image.open(p)) for p in paths]), keys)
    dataset = Dataset.from_images(names, [Image.open(path) for path in paths])
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(compute(dataset, keys, jobs=3))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    for table in found:
        assert not table.failures
        assert all(np.array_equal(table[key].values, expected[key].values) for key in keys)
