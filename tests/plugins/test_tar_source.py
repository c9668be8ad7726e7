"""Images in tar archives: which there are, what comes along, and that they are measured as files are."""

from __future__ import annotations

import io
import json
import os
import tarfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Registry, Store, compute, errors, select
from tamis.testing import check_source
from tamis_plugins.anywhere import reading
from tamis_plugins.local_files.last_open import LastOpen
from tamis_plugins.sources import tar as plugin
from tests.conftest import photograph
from tests.plugins.photos import photos

REGISTRY = Registry(allow=["tamis"], environ=False)
KEYS = ["lightly.sharpness", "lightly.luminance", "lightly.width"]


def add(archive: tarfile.TarFile, name: str, content: bytes, **fields: Any) -> None:
    """A member."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    for field, value in fields.items():
        setattr(member, field, value)
    archive.addfile(member, io.BytesIO(content))


def shards(folder: Path, files: list[Path], count: int = 3) -> Path:
    """The files in archives; a pattern that means all of them."""
    folder.mkdir(exist_ok=True)
    for number in range(count):
        with tarfile.open(folder / f"s-{number}.tar", "w") as archive:
            for path in files[number * len(files) // count : (number + 1) * len(files) // count]:
                archive.add(path, path.name)
    return folder / f"s-{{0..{count - 1}}}.tar"


@pytest.mark.parametrize("run", [{"jobs": 1}, {"jobs": 2}, {"executor": ThreadPoolExecutor}])
def test_metrics_are_those_of_the_files(run: dict[str, Any], tmp_path: Path) -> None:
    """Bit for bit, however it is run; of one archive, too."""
    files = photos(tmp_path / "photos")
    expected = compute(Dataset.from_directory(tmp_path / "photos"), KEYS, jobs=1)
    options = {key: value(2) if callable(value) else value for key, value in run.items()}
    several = compute(Dataset.open(shards(tmp_path / "shards", files)), KEYS, **options)
    with tarfile.open(tmp_path / "all.tar", "w") as archive:
        archive.add(tmp_path / "photos", "")
    one = compute(Dataset.open(tmp_path / "all.tar"), KEYS, **options)

    assert sorted(one.samples) == list(expected.samples)
    for key in KEYS:
        of_files = dict(zip(expected.samples, expected[key].values.tolist(), strict=True))
        for table in (several, one):
            found = zip(table.samples, table[key].values.tolist(), strict=True)
            assert {name.rpartition("/")[2]: value for name, value in found} == of_files


def test_samples_are_named_by_member_and_archive(tmp_path: Path) -> None:
    """In the order of the archives; of one alone by the member."""
    files = photos(tmp_path / "photos", 4)
    pattern = shards(tmp_path / "shards", files, 2)
    names = [path.name for path in files]

    expected = (f"s-0/{names[0]}", f"s-0/{names[1]}", f"s-1/{names[2]}", f"s-1/{names[3]}")
    assert Dataset.open(pattern, registry=REGISTRY).samples == expected
    assert Dataset.open(tmp_path / "shards" / "*.tar", registry=REGISTRY).samples == expected
    assert Dataset.open(tmp_path / "shards" / "s-{0,1}.tar", registry=REGISTRY).samples == expected
    assert Dataset.open(tmp_path / "shards", "tar", registry=REGISTRY).samples == expected
    assert Dataset.open(tmp_path / "shards" / "s-1.tar", registry=REGISTRY).samples == tuple(names[2:])
    assert Dataset.open(pattern, registry=REGISTRY).parts == (0, 2)


def test_an_archive_is_opened_once_in_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the thread that measures its images, whose batches end where it ends; and not at all in a second run."""
    dataset = Dataset.open(shards(tmp_path / "shards", photos(tmp_path / "photos", 30)), registry=REGISTRY)
    opened: Counter[str] = Counter()
    real = reading._Handle

    class Counting(real):  # type: ignore[valid-type, misc]  # a class in a variable
        def __init__(self, path: str) -> None:
            opened[Path(path).name] += 1
            super().__init__(path)

    monkeypatch.setattr(reading, "_HANDLES", LastOpen(Counting))
    store = Store(tmp_path / "store")
    first = compute(dataset, KEYS, executor=ThreadPoolExecutor(1), store=store)
    assert opened == {"s-0.tar": 1, "s-1.tar": 1, "s-2.tar": 1}
    opened.clear()
    again = compute(dataset, KEYS, executor=ThreadPoolExecutor(1), store=store)

    assert not opened
    assert all(first[key].equals(again[key]) for key in KEYS)


def test_what_lies_beside_an_image_is_metadata(tmp_path: Path) -> None:
    """Of the same key: up to the first dot. It's read when a config asks for it, and needs no option."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for number in range(3):
            buffer = io.BytesIO()
            photograph(number).convert("RGB").save(buffer, "PNG")
            add(archive, f"x/{number}.left.png", buffer.getvalue())
            add(archive, f"x/{number}.json", json.dumps({"width": 40 + number, "at": {"city": "Zug"}}).encode())
            add(archive, f"x/{number}.cls", str(number % 2).encode())
        add(archive, "x/2.txt", b"a caption\n")
        add(archive, "readme.md", b"no sample")
    dataset = Dataset.open(tmp_path / "a.tar", registry=REGISTRY)
    found = dataset.annotations.metadata(("width", "at.city", "cls", "txt"), dataset.samples, lambda done, total: None)
    entry = {
        "input": {"type": "METADATA", "key": "cls"},
        "strategy": {"type": "BALANCE", "distribution": "TARGET", "target": {"1": 1.0}},
    }

    assert {key: column.cells() for key, column in found.columns.items()} == {
        "width": [40, 41, 42],
        "at.city": ["Zug"] * 3,
        "cls": ["0", "1", "0"],
        "txt": [None, None, "a caption"],
    }
    assert dataset.ignored == 1
    assert select(dataset, {"n_samples": 1, "strategies": [entry]}, registry=REGISTRY).selected == ("x/1.left.png",)


def test_what_leaves_the_archive_or_is_no_file_is_refused(tmp_path: Path) -> None:
    """Each is named with its reason; hidden files are passed over, and of a member written twice the last counts."""
    png = io.BytesIO()
    photograph(0).save(png, "PNG")
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        add(archive, "../up.png", png.getvalue())
        add(archive, "/root.png", png.getvalue())
        add(archive, "link.png", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd")
        add(archive, "hard.png", b"", type=tarfile.LNKTYPE, linkname="good.png")
        add(archive, "fifo.png", b"", type=tarfile.FIFOTYPE)
        add(archive, "._good.png", b"of a Macintosh")
        add(archive, "good.png", b"an older one")
        add(archive, "good.png", png.getvalue())
    dataset = Dataset.open(tmp_path / "a.tar", registry=REGISTRY)

    assert dataset.samples == ("good.png",)
    assert {failure.sample: failure.reason for failure in dataset.failures} == {
        "../up.png": "its name leaves the archive",
        "/root.png": "its name leaves the archive",
        **dict.fromkeys(("link.png", "hard.png", "fifo.png"), "a link or a device, not a file in the archive"),
    }
    assert compute(dataset, KEYS, registry=REGISTRY).failures == dataset.failures


def test_sparse_members_are_refused(tmp_path: Path) -> None:
    """Their bytes are not where they seem to be. As GNU tar writes them."""
    png = io.BytesIO()
    photograph(0).save(png, "PNG")
    with (tmp_path / "holes.png").open("wb") as file:
        file.truncate(1 << 20)
    header = tarfile.TarInfo("holes.png")
    header.type, header.size = tarfile.GNUTYPE_SPARSE, 0
    block = bytearray(header.tobuf(tarfile.GNU_FORMAT))
    block[483:495] = b"00004000000\0"  # the real size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    with tarfile.open(tmp_path / "a.tar", "w", format=tarfile.GNU_FORMAT) as archive:
        add(archive, "good.png", png.getvalue())
        archive.fileobj.write(block)  # type: ignore[union-attr]  # it is open
        archive.offset += len(block)
    dataset = Dataset.open(tmp_path / "a.tar", registry=REGISTRY)

    assert dataset.samples == ("good.png",)
    assert [failure.reason for failure in dataset.failures] == ["a sparse member of a tar archive"]


@pytest.mark.parametrize("where", ["within a member", "within a header"])
def test_an_archive_that_was_cut_off_keeps_what_it_has(where: str, tmp_path: Path) -> None:
    """What is lost is named; the run goes on with the others."""
    files = photos(tmp_path / "photos", 6)
    shards(tmp_path / "shards", files, 2)
    path = tmp_path / "shards" / "s-1.tar"
    with tarfile.open(path) as archive:
        last = archive.getmembers()[-1]
    os.truncate(path, last.offset_data + 100 if where == "within a member" else last.offset + 100)
    dataset = Dataset.open(tmp_path / "shards" / "s-*.tar", registry=REGISTRY)

    assert [name.rpartition("/")[2] for name in dataset.samples] == [path.name for path in files[:5]]
    assert len(dataset.failures) in (1, 2)
    assert dataset.failures[-1].sample.startswith("s-1")
    assert compute(dataset, KEYS, registry=REGISTRY).failures == dataset.failures


def test_an_archive_that_changes_is_measured_again(tmp_path: Path) -> None:
    """It is known by its size and time, and a name is looked up where it is now."""
    location = tmp_path / "a.tar"
    values = []
    store = Store(tmp_path / "store")
    for number in (1, 2):
        with tarfile.open(location, "w") as archive:
            png = io.BytesIO()
            photograph(number).save(png, "PNG")
            add(archive, "first.txt", b"x" * 1000 * number)
            add(archive, "a.png", png.getvalue())
        os.utime(location, ns=(number * 10**9, number * 10**9))
        dataset = Dataset.open(location, registry=REGISTRY)
        values.append(compute(dataset, KEYS, registry=REGISTRY, store=store)["lightly.sharpness"].values[0])
    expected = [
        compute(Dataset.from_images(["a.png"], [photograph(number)]), KEYS)["lightly.sharpness"].values[0]
        for number in (1, 2)
    ]

    assert np.array_equal(values, expected)


@pytest.mark.parametrize(
    ("location", "content", "message"),
    [
        ("gone.tar", None, r"file '.*gone\.tar' does not exist"),
        ("s-{0..2}.tar", None, r"file '.*s-0\.tar' does not exist \(one of 3 that"),
        ("s-{2..0}.tar", None, r"\{2\.\.0\} is no range"),
        ("*.tar", None, r"matches no file"),
        ("a.tar", b"\x1f\x8b nothing", r"a\.tar: not a tar archive, or a compressed one"),
        ("a.tar", b"\0" * 10240, r"no image in"),
    ],
)
def test_what_is_no_archive_is_said(location: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    """Before any work."""
    if content is not None:
        (tmp_path / location).write_bytes(content)
    with pytest.raises(errors.DatasetError, match=message):
        Dataset.open(tmp_path / location, registry=REGISTRY)


def test_conformance(tmp_path: Path) -> None:
    """No check of the kit fails, for one archive and for several."""
    (declared,) = plugin.tamis_sources()
    pattern = shards(tmp_path / "shards", photos(tmp_path / "photos", 6))
    for location in (pattern, tmp_path / "shards" / "s-0.tar"):
        results = check_source(declared, location=str(location))
        assert [result for result in results if result.status == "failed"] == []


@pytest.mark.parametrize("odd", [b"{bad", b"", b"[1]", b"\xff\xfe"])
def test_one_odd_file_beside_an_image_costs_what_it_says(odd: bytes, tmp_path: Path) -> None:
    """With a note; what needs no metadata doesn't read it at all."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for path in photos(tmp_path / "photos", 3):
            archive.add(path, path.name)
        for name, content in {"000": b'{"weather": "sun"}', "001": odd, "002": b'{"weather": "rain"}'}.items():
            add(archive, f"{name}.json", content)
    dataset = Dataset.open(tmp_path / "a.tar")
    weights = {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS"}}
    weather = {
        "input": {"type": "METADATA", "key": "weather"},
        "strategy": {"type": "BALANCE", "distribution": "UNIFORM"},
    }

    assert len(select(dataset, {"n_samples": 3, "strategies": [weights]}).selected) == 3
    found = select(dataset, {"n_samples": 3, "strategies": [weather]})
    assert set(found.selected) == {"000.jpg", "002.webp"}
    assert any("1 files beside images are passed over, such as" in note and "001.json" in note for note in found.notes)
