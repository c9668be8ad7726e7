"""Label files that are no files, or no text: each is told, and nothing waits."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from signal import SIGALRM, alarm, signal
from typing import Any

import numpy as np
import pytest

from tamis import Dataset, Metadata, Predictions, Registry, errors

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs FIFOs")

REGISTRY = Registry(allow=["tamis"], environ=False)
VOC = "<object><name>cat</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>3</xmax><ymax>4</ymax></bndbox></object>"


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    """What waits for the other end of a FIFO is interrupted."""
    before = signal(SIGALRM, lambda *_: pytest.fail("it waits"))
    alarm(20)
    yield
    alarm(0)
    signal(SIGALRM, before)


def annotated(format_: str, location: Path, *names: str, **options: Any) -> Dataset:
    """Samples whose images nobody looks at."""
    dataset = Dataset.from_images(names or ("a.jpg", "b.jpg"), [np.zeros((2, 2, 3), np.uint8)] * (len(names) or 2))
    return dataset.annotate(format_, location, registry=REGISTRY, **options)


def predictions(dataset: Dataset) -> Predictions:
    """Of the task detection."""
    return dataset.annotations.predictions("detection", dataset.samples, lambda done, total: None)


def metadata(dataset: Dataset, key: str) -> Metadata:
    """Of one key."""
    return dataset.annotations.metadata([key], dataset.samples, lambda done, total: None)


def fifo(path: Path) -> Path:
    """A FIFO to which nobody writes."""
    os.mkfifo(path)
    return path


@contextmanager
def refused(message: str) -> Iterator[None]:
    """With this in the error."""
    with pytest.raises(errors.TamisError) as caught:
        yield
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("format_", "name"),
    [
        ("table", "x.csv"),
        ("table", "x.jsonl"),
        ("table", "x.parquet"),
        ("folders", "x.txt"),
        ("coco", "x.json"),
    ],
)
def test_a_fifo_is_no_file(format_: str, name: str, tmp_path: Path) -> None:
    """At once, with what it is."""
    path = fifo(tmp_path / name)
    with refused(f"{name}' is not a regular file"):
        annotated(format_, path)


@pytest.mark.parametrize(
    ("format_", "suffix", "good", "options"),
    [
        ("yolo", ".txt", "0 0.5 0.5 0.2 0.2\n", {"names": ["cat"]}),
        ("kitti", ".txt", "cat 0 0 0 1 2 3 4 0 0 0 0 0 0 0\n", {}),
        ("voc", ".xml", f"<annotation>{VOC}</annotation>", {}),
    ],
)
def test_a_fifo_among_label_files_costs_its_sample(
    format_: str, suffix: str, good: str, options: dict[str, Any], tmp_path: Path
) -> None:
    """With the reason; the other files are read."""
    fifo(tmp_path / f"a{suffix}")
    (tmp_path / f"b{suffix}").write_text(good)
    found = predictions(annotated(format_, tmp_path, **options))

    assert "not a regular file" in found.reasons[0]
    assert list(found.reasons) == [0]
    assert found.counts.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (f'<?xml version="1.0" encoding="nosuch"?><annotation>{VOC}</annotation>', "not XML: unknown encoding: nosuch"),
        ("<annotation>", "not XML: no element found"),
        (f"<annotations>{VOC}</annotations>", "its root is <annotations>, not <annotation>"),
        ("<kml/>", "its root is <kml>, not <annotation>"),
    ],
)
def test_xml_that_is_no_label_costs_its_sample(content: str, reason: str, tmp_path: Path) -> None:
    """An encoding that nobody knows, or a root of something else, is no file without objects."""
    (tmp_path / "a.xml").write_text(content)
    (tmp_path / "b.xml").write_text(f"<annotation>{VOC}</annotation>")
    found = predictions(annotated("voc", tmp_path))

    assert reason in found.reasons[0]
    assert found.counts.tolist() == [0, 1]


def test_a_namespace_of_xml_changes_nothing(tmp_path: Path) -> None:
    """A default one, as some editors write it."""
    (tmp_path / "a.xml").write_text(f'<annotation xmlns="http://example.org/voc">{VOC}</annotation>')
    (tmp_path / "b.xml").write_text(f"<annotation>{VOC}</annotation>")
    found = predictions(annotated("voc", tmp_path))

    assert found.boxes.tolist() == [[1, 2, 2, 2], [1, 2, 2, 2]]


def test_a_table_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    """With file, row and column; a header, too. Bytes that are the name of a file stay such."""
    path = tmp_path / "l1.csv"
    path.write_bytes(b"sample,place\na.jpg,bar\nb.jpg,caf\xe9\n")
    with refused("l1.csv, row 2, column 'place': 'caf\\udce9' is not UTF-8: save the table as UTF-8"):
        metadata(annotated("table", path), "place")
    path.write_bytes(b"sample,caf\xe9\na.jpg,bar\n")
    with refused("l1.csv: its header is not UTF-8: save the table as UTF-8"):
        annotated("table", path)
    path.write_bytes(b"sample,x\n\xe9.jpg,1\nb.jpg,2\n")
    assert metadata(annotated("table", path, os.fsdecode(b"\xe9.jpg")), "x").columns["x"].cells() == [1]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-8-sig"])
def test_a_byte_order_mark_says_the_encoding(encoding: str, tmp_path: Path) -> None:
    """UTF-16, as spreadsheets save text, and UTF-8."""
    path = tmp_path / "x.csv"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path.write_bytes(f"{mark}sample,place\r\na.jpg,café\r\nb.jpg,bar\r\n".encode(encoding))

    assert metadata(annotated("table", path), "place").columns["place"].cells() == ["café", "bar"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('sample,x\na.jpg,1\nb.jpg,"open\nc.jpg,3\nd.jpg,4\n', 3),
        ('sample,x\na.jpg,"two\nlines"\nb.jpg,"open\nc.jpg,"3"\n', 4),
    ],
)
def test_a_quote_that_is_not_closed_is_an_error(content: str, line: int, tmp_path: Path) -> None:
    """In the line where its row begins; what follows is no value."""
    path = tmp_path / "x.csv"
    path.write_text(content)
    with refused(f"x.csv, line {line}: not CSV"):
        metadata(annotated("table", path), "x")


def test_a_quote_that_is_not_closed_in_the_header_is_an_error(tmp_path: Path) -> None:
    """As elsewhere."""
    path = tmp_path / "x.csv"
    path.write_text('sample,"x\na.jpg,1\n')
    with refused("x.csv, line 1: not CSV"):
        annotated("table", path)
