"""Names with quotes, markup, formulas, line ends and 300 bytes, through every export that is built in, and back."""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Callable, Iterable, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pyarrow.parquet
import pytest

from tamis import Registry, Selection
from tests.plugins.exported import NAMES, make_result, read_result

REGISTRY = Registry(environ=False)
SELECTED = set(NAMES[1:])
#: Of a name, what there is no place for in XML, and what doesn't show on a page, is spelled out.
SPELLED = {name.replace("line\u2028end\x0b\x85", r"line\u2028end\x0b\x85") for name in SELECTED}


def files_in(folder: Path) -> set[str]:
    """Their paths in it."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def names_in_archives(folder: Path) -> set[str]:
    """What is said of each image, beside it."""
    found = set()
    for path in folder.iterdir():
        with tarfile.open(path) as archive:
            for member in archive.getmembers():
                if member.name.endswith(".json") and (file := archive.extractfile(member)):
                    found.add(json.load(file)["name"])
    return found


class Page(HTMLParser):
    """The report, as a browser takes it apart."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.names: set[str] = set()
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: Iterable[tuple[str, str | None]]) -> None:
        """Names are titles, as they may be too long to show."""
        self.tags.append(tag)
        given = dict(attrs)
        if given.get("class") == "name":
            self.names.add(str(given.get("title")))


def names_on(path: Path) -> set[str]:
    """Those on the page, in which no name has become a program."""
    page = Page(path)
    assert page.tags.count("script") == 1
    return page.names - {NAMES[0]}


def from_json(names: Callable[[Any], Iterable[str]]) -> Callable[[Path], set[str]]:
    """A reader of JSON."""
    return lambda path: set(names(json.loads(path.read_text("utf-8"))))


def rows_of(path: Path) -> set[str]:
    """Of a table."""
    with path.open(encoding="utf-8", newline="") as file:
        return {row["sample"] for row in csv.DictReader(file)}


def names_in_xml(path: Path) -> set[str]:
    """Of CVAT."""
    return {str(image.get("name")) for image in ElementTree.parse(path).getroot().iter("image")}  # noqa: S314


#: How the names are read back, and as what.
READERS: Mapping[str, tuple[Callable[[Path], set[str]], set[str]]] = {
    "coco": (from_json(lambda found: (image["file_name"] for image in found["images"])), SELECTED),
    "cvat": (names_in_xml, SPELLED),
    "files": (files_in, SELECTED),
    "huggingface": (
        lambda path: {*pyarrow.parquet.read_table(next((path / "data").iterdir()))["sample"].to_pylist()},
        SELECTED,
    ),
    "labelstudio": (from_json(lambda found: (task["data"]["sample"] for task in found)), SELECTED),
    "lightly": (lambda path: {*(path / ".lightly/tags/selected.txt").read_text("utf-8").split("\n")} - {""}, SELECTED),
    "report": (names_on, SPELLED),
    "sequences": (from_json(lambda found: (name for each in found for name in each["frame_names"])), SELECTED),
    "table": (rows_of, SELECTED),
    "tar": (names_in_archives, SELECTED),
    "voc": (lambda path: files_in(path / "JPEGImages"), SELECTED),
    "yolo": (lambda path: files_in(path / "images"), SELECTED),
}
#: Read back elsewhere, where the program that it is for is installed: see test_lightlystudio.py.
ELSEWHERE = {"lightlystudio"}


@pytest.fixture(scope="module")
def selection(tmp_path_factory: pytest.TempPathFactory) -> Selection:
    """Read back; all images but the first."""
    folder = tmp_path_factory.mktemp("names")
    make_result(folder)
    return read_result(folder)


def test_no_export_is_forgotten() -> None:
    """One that is added is added here, too."""
    assert READERS.keys() | ELSEWHERE == set(REGISTRY.keys("export"))


@pytest.mark.parametrize("format_", READERS)
def test_names_come_back(format_: str, selection: Selection, tmp_path: Path) -> None:
    """As they were, in files of their own; nothing is written but at the target and beside it."""
    read, expected = READERS[format_]
    known = REGISTRY.export(format_).schema["properties"]
    options = {"task": "detection"} if "task" in known else {"suffix": "csv"} if "suffix" in known else {}
    selection.export(format_, tmp_path / "out", **options)

    assert read(tmp_path / "out") == expected
    assert {path.name for path in tmp_path.iterdir()} <= {"out", "out.xml", "out.json"}
