"""What a stored value depends on: all of it is in its identity, and what passes by itself isn't kept."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFile

from tamis import Dataset, Images, Store, Table, Workers, compute, errors
from tamis.dataset.images import fingerprint
from tests.conftest import Install, metric_module

RED = ["lightly.meanRed"]


def grey(folder: Path, value: int, name: str = "0.bmp") -> Path:
    """A folder with one image, whose time of modification is that of many an archive."""
    folder.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (20, 20), (value,) * 3).save(folder / name)
    os.utime(folder / name, (0, 0))
    return folder


def red(dataset: Dataset, store: Any) -> list[Any]:
    """The mean red of each image, in 0..255."""
    return [
        None if value is None else round(value * 255) for value in compute(dataset, RED, store=store)[RED[0]].cells()
    ]


def measured(table: Table, key: str = RED[0]) -> list[bool]:
    """Which samples have a value."""
    return table[key].valid.tolist()


def test_two_folders_may_share_a_store(tmp_path: Path) -> None:
    """Files of one name, size and time are told apart by their folder, whatever way leads to it."""
    first, second = (Dataset.from_directory(grey(tmp_path / name, value)) for name, value in (("v1", 10), ("v2", 200)))
    store = Store(tmp_path / "store")
    assert (red(first, store), red(second, store), red(first, store)) == ([10], [200], [10])

    (tmp_path / "link").symlink_to(tmp_path / "v2")
    assert red(Dataset.from_directory(tmp_path / "link"), store) == [200]
    files = [stored.rows for stored in store.info() if stored.output.name == RED[0]]
    assert files == [2]


def test_joined_datasets_may_share_a_store(tmp_path: Path) -> None:
    """Each part is known by itself, so that another beside it changes nothing."""
    folders = [Dataset.from_directory(grey(tmp_path / f"v{value}", value)) for value in (10, 200, 90)]
    store = tmp_path / "store"
    assert red(Dataset.concat({"a": folders[0], "b": folders[1]}), store) == [10, 200]
    assert red(Dataset.concat({"a": folders[1], "b": folders[0]}), store) == [200, 10]
    assert red(Dataset.concat({"a": folders[0], "b": folders[1], "c": folders[2]}), store) == [10, 200, 90]
    assert [stored.rows for stored in Store(store).info() if stored.output.name == RED[0]] == [5]


def test_content_is_the_same_wherever_it_is(tmp_path: Path, counted: Any) -> None:
    """By sha256, a folder that has moved needs no new look at its pixels."""
    store = Store(tmp_path / "store", fingerprint="sha256")
    assert red(Dataset.from_directory(grey(tmp_path / "old", 10)), store) == [10]
    shutil.move(tmp_path / "old", tmp_path / "new")
    counted.clear()

    assert red(Dataset.from_directory(tmp_path / "new"), store) == [10]
    assert not counted


class Elsewhere(Images):
    """A source that says nothing of its identity."""

    def __init__(self, place: str) -> None:
        self.place = place

    def open(self, name: str) -> Any:
        """A file."""
        return Path(self.place, name).open("rb")

    def fingerprint(self, name: str) -> str:
        """Of all alike."""
        return "1"


def test_a_source_is_told_from_others_without_its_doing(tmp_path: Path) -> None:
    """By all that it consists of, unless it can't leave the process: then nothing is stored of it."""
    places = [str(grey(tmp_path / name, value)) for name, value in (("v1", 10), ("v2", 200))]
    store = tmp_path / "store"
    assert [red(Dataset(["0.bmp"], Elsewhere(place)), store) for place in places] == [[10], [200]]
    assert Elsewhere(places[0]).identity == Elsewhere(places[0]).identity

    bound = Elsewhere(places[0])
    bound.shareable = False
    assert fingerprint(bound, "0.bmp", "stat") is None


def test_settings_of_the_decoder_are_part_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A torn file has pixels where the host says so, and none where it doesn't, whatever is stored."""
    folder, store = grey(tmp_path / "in", 10, "whole.png"), tmp_path / "store"
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(noise).save(folder / "torn.jpg")
    (folder / "torn.jpg").write_bytes((folder / "torn.jpg").read_bytes()[:-200])
    dataset = Dataset.from_directory(folder)
    for truncated in (False, True, False, True):
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", truncated)
        assert measured(compute(dataset, RED, store=store)) == [truncated, True]


def test_limits_are_asked_about_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Any) -> None:
    """An image that was too large isn't when the limit is raised, and is when it is lowered; others aren't touched."""
    folder, store = grey(tmp_path / "in", 10, "small.png"), tmp_path / "store"
    Image.new("L", (300, 200)).save(folder / "large.png")
    dataset = Dataset.from_directory(folder)
    opens = []
    for limit in (10_000, 10_000, None, 10_000, None):
        monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
        counted.clear()
        table = compute(dataset, RED, store=store)
        assert measured(table) == [limit is None, True]
        assert [failure.sample for failure in table.failures] == ["large.png"] * (limit is not None)
        opens.append(counted["open"])
    assert opens == [2, 1, 1, 1, 0]

    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10_000)
    assert measured(compute(dataset, ["lightly.width"], store=store), "lightly.width") == [True, True]


@pytest.mark.parametrize(
    ("body", "timeout", "stage"),
    [
        ("import time; time.sleep({gone} and 60)", 0.5, "timeout"),
        ("import os, signal; {gone} and os.kill(os.getpid(), signal.SIGKILL)", None, "crash"),
        ("import os; {gone} and os._exit(3)", None, "crash"),
        ("if {gone}: raise MemoryError", None, "metric"),
    ],
    ids=["too slow", "killed", "exited", "no memory"],
)
def test_circumstances_are_no_failures_of_a_file(
    photographs: Path, tmp_path: Path, install: Install, body: str, timeout: float | None, stage: str
) -> None:
    """A time limit, a process that was killed, memory that ran out: the next run tries again."""
    gone = f"(header.width == 7 and not os.path.exists({str(tmp_path / 'better')!r}))"
    body = f"import os; {body.format(gone=gone)}" if not body.startswith("if") else body.format(gone=gone)
    body = "\n    ".join(["import os", body.removeprefix("import os; "), "return 1.0"])
    install("acme", {"tamis.metrics": {"acme.x": "acme_x"}}, acme_x=metric_module("acme.x", body=body))
    Image.new("RGB", (7, 7)).save(photographs / "a/odd.png")
    dataset = Dataset.from_directory(photographs)

    def run() -> Table:
        with Workers(1, timeout=timeout) as workers:
            return compute(dataset, ["acme.x"], executor=workers, store=tmp_path / "store")

    assert [(failure.sample, failure.stage) for failure in run().failures] == [("a/odd.png", stage)]
    assert not Store(tmp_path / "store").failures()
    (tmp_path / "better").touch()
    assert not run().failures


READ = """
import sys
from tamis import Dataset, Store, compute
table = compute(Dataset.from_directory(sys.argv[1]), ["lightly.meanRed"], store=sys.argv[2])
assert table["lightly.meanRed"].valid.all()
print(len(Store(sys.argv[2]).info()), len(Store(sys.argv[2]).table()))
try:
    compute(Dataset.from_directory(sys.argv[1]), ["lightly.width"], store=sys.argv[2])
except Exception as error:
    print(type(error).__name__, error)
"""


def test_a_store_is_read_where_nobody_may_write(tmp_path: Path) -> None:
    """What it has is there; what it lacks can't be kept, which is said in one line. Read-only as a mount is."""
    folder, store = grey(tmp_path / "in", 10), tmp_path / "st?ore 100%"
    compute(Dataset.from_directory(folder), RED, store=store)
    command = [sys.executable, "-c", READ, str(folder), str(store)]
    if os.geteuid() == 0:
        mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
        command = ["unshare", "-m", "sh", "-c", mount, str(store), *command]
        if not shutil.which("unshare") or subprocess.run([*command[:6], "true"], check=False).returncode:
            pytest.skip("as root, this needs a mount of its own")
    else:
        for path in (*store.iterdir(), store):
            path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        if os.geteuid():
            store.chmod(0o755)

    counts, said = done.stdout.splitlines()
    assert counts == "2 1"
    assert said.startswith(f"StoreError the store {str(store)!r} lacks something that this run needs")


def test_a_store_of_before_that_nobody_may_write_is_refused(tmp_path: Path) -> None:
    """It can't be brought up to date there."""
    import sqlite3
    from contextlib import closing

    from tamis.store import ledger

    store = tmp_path / "store"
    compute(Dataset.from_directory(grey(tmp_path / "in", 10)), RED, store=store)
    with closing(sqlite3.connect(store / ledger.LEDGER)) as connection:
        connection.execute("PRAGMA user_version = 1")
        connection.commit()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ledger, "MIGRATIONS", (*ledger.MIGRATIONS, "SELECT 1"))
        patch.setattr(ledger, "_is_writable", lambda folder: False)
        with pytest.raises(errors.StoreError, match="written by an older version of tamis, and can't be brought up"):
            Store(store).info()
