"""A selection that is written to a folder and read back."""

from __future__ import annotations

import csv
import json
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import attrs
import numpy as np
import pytest

from tamis import Dataset, Registry, Selection, Table, errors, select

CONFIG: dict[str, Any] = {
    "n_samples": 3,
    "strategies": [
        {
            "input": {"type": "METADATA", "key": "lightly.luminance"},
            "strategy": {"type": "THRESHOLD", "threshold": 1, "operation": "BIGGER"},
        },
        {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS"}},
        {"input": {"type": "METADATA", "key": "ward"}, "strategy": {"type": "BALANCE", "distribution": "UNIFORM"}},
    ],
}
WARDS = {"sample": ["a/0.png", "a/1.png", "a/2.png", "b/5.png", "b/6.png"], "ward": ["1", "2", "1", "2", "x"]}


@pytest.fixture
def selection(photographs: Path) -> Selection:
    """From ten photographs, five of which are of a ward; the names of wards are mostly digits."""
    dataset = Dataset.open(photographs).with_metadata(WARDS)
    return select(dataset, CONFIG, registry=Registry(environ=False))


def test_rows_are_where_the_picks_are(selection: Selection) -> None:
    """Among all samples, in the order picked, as arrays and tables are cut down."""
    assert [selection.samples[row] for row in selection.rows] == list(selection.selected)
    assert np.array(selection.samples)[selection.rows].tolist() == list(selection.selected)
    assert (selection.rows.dtype, selection.rows.flags.writeable) == (np.int64, False)


def test_reading_is_the_inverse_of_writing(selection: Selection, tmp_path: Path) -> None:
    """Names, ranks, rows, reasons, values with their kinds, standings and the manifest."""
    selection.write(tmp_path / "out")
    assert Selection.read(tmp_path / "out").rows.tolist() == selection.rows.tolist()
    again = Selection.read(tmp_path / "out")

    assert (again.selected, again.ranks, again.samples) == (selection.selected, selection.ranks, selection.samples)
    assert (again.failures, again.notes, again.stopped) == (selection.failures, selection.notes, selection.stopped)
    assert again.manifest() == json.loads(json.dumps(selection.manifest()))
    assert [column.cells() for column in again.columns] == [column.cells() for column in selection.columns]
    assert [column.kind for column in again.columns] == [column.kind for column in selection.columns]
    assert list(again.table().rows()) == list(selection.table().rows())
    assert list(again.standings().rows()) == list(selection.standings().rows())
    for sample in selection.samples:
        assert again.explain(sample) == selection.explain(sample)
    again.write(tmp_path / "twice")
    assert (tmp_path / "twice" / "selected.txt").read_bytes() == (tmp_path / "out" / "selected.txt").read_bytes()


def test_it_knows_where_its_images_are(selection: Selection, photographs: Path, tmp_path: Path) -> None:
    """They are opened when they are asked for; if they are gone, that says so, and another dataset may be passed."""
    selection.write(tmp_path / "out")

    assert Selection.read(tmp_path / "out").dataset.images == selection.dataset.images
    shutil.move(photographs, tmp_path / "moved")
    again = Selection.read(tmp_path / "out")
    assert again.selected == selection.selected
    with pytest.raises(errors.DatasetError, match="does not exist"):
        _ = again.dataset
    moved = Dataset.open(tmp_path / "moved")
    assert Selection.read(tmp_path / "out", dataset=moved).dataset is moved


def test_samples_that_are_gone_are_named(selection: Selection, photographs: Path, tmp_path: Path) -> None:
    """A dataset that has lost some is not the one that was selected from."""
    selection.write(tmp_path / "out")
    (photographs / "a" / "0.png").unlink()

    with pytest.raises(errors.DatasetError, match=r"no longer has 1 of its 10 samples, such as 'a/0\.png'"):
        _ = Selection.read(tmp_path / "out").dataset


def test_several_inputs_and_their_annotations_are_opened_again(photographs: Path, tmp_path: Path) -> None:
    """By label, and under the names that tasks were given."""
    predictions = tmp_path / "labels" / ".lightly" / "predictions"
    (predictions / "cars").mkdir(parents=True)
    (predictions / "tasks.json").write_text('["cars"]')
    schema = {"task_type": "object-detection", "categories": [{"id": 0, "name": "car"}]}
    (predictions / "cars" / "schema.json").write_text(json.dumps(schema))
    registry = Registry(environ=False)
    parts = {"one": Dataset.open(photographs / "a"), "two": Dataset.from_files(photographs / "b", ["7.png", "6.png"])}
    dataset = Dataset.concat(parts).annotate("lightly", tmp_path / "labels", "vehicles", registry=registry)
    config = {"n_samples": 2, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    select(dataset, config, registry=registry).write(tmp_path / "out")
    again = Selection.read(tmp_path / "out").dataset

    assert again.samples == dataset.samples
    assert again.samples[-2:] == ("two/7.png", "two/6.png")
    assert again.images == dataset.images
    assert again.annotations.tasks() == ("vehicles",)


def test_what_was_in_memory_is_passed_again(tmp_path: Path) -> None:
    """Its selection is read, and its images are asked for."""
    images = [np.full((4, 4, 3), shade, dtype=np.uint8) for shade in (10, 20, 30)]
    dataset = Dataset.from_images(["x", "y", "z"], images)
    config = {"n_samples": 1, "strategies": [{"input": {"type": "RANDOM"}, "strategy": {"type": "WEIGHTS"}}]}
    made = select(dataset, config, registry=Registry(environ=False))
    made.write(tmp_path / "out")
    again = Selection.read(tmp_path / "out")

    assert again.selected == made.selected
    with pytest.raises(errors.DatasetError, match="was in memory"):
        _ = again.dataset


def test_a_result_is_not_written_over_without_being_told_to(selection: Selection, tmp_path: Path) -> None:
    """With force, it is replaced."""
    selection.write(tmp_path / "out")

    with pytest.raises(errors.OutputError, match=r"already holds a result: use --force .*, in Python force=True$"):
        selection.write(tmp_path / "out")
    selection.write(tmp_path / "out", force=True)


@pytest.mark.parametrize(
    ("file", "content"),
    [("selection.json", b"{"), ("selection.json", b"[]"), ("errors.jsonl", b"{}\n"), ("selection.json", None)],
)
def test_what_is_no_result_is_an_error_that_names_the_folder(
    selection: Selection, tmp_path: Path, file: str, content: bytes | None
) -> None:
    """Cut off, another thing, or not there."""
    selection.write(tmp_path / "out")
    if content is None:
        (tmp_path / "out" / file).unlink()
    else:
        (tmp_path / "out" / file).write_bytes(content)

    with pytest.raises(errors.OutputError, match=str(tmp_path / "out")):
        Selection.read(tmp_path / "out")


@pytest.mark.parametrize(
    ("file", "content", "told"),
    [
        ("errors.jsonl", b"\xc7\xff", "errors.jsonl, line 1: 'utf-8' codec can't decode"),
        ("errors.jsonl", b"[]", "errors.jsonl, line 1: it has not the sample, stage, key, reason"),
        ("selection.json", b"\xc7\xff", "selection.json: 'utf-8' codec can't decode"),
        ("inputs.parquet", b"{}", "inputs.parquet: "),
        ("standings.parquet", b"{}", "standings.parquet: "),
    ],
)
def test_a_damaged_file_of_a_result_is_named(
    selection: Selection, tmp_path: Path, file: str, content: bytes, told: str
) -> None:
    """With the line, where it has lines."""
    selection.write(tmp_path / "out")
    (tmp_path / "out" / file).write_bytes(content)
    with pytest.raises(errors.OutputError, match=re.escape(f"'{tmp_path / 'out'}' can't be read: {told}")):
        Selection.read(tmp_path / "out").standings()


def test_without_pyarrow_tables_are_csv_and_read_back(
    selection: Selection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Numbers as numbers, to the last digit; empty cells as none."""
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    selection.write(tmp_path / "out")
    again = Selection.read(tmp_path / "out")

    assert (tmp_path / "out" / "inputs.csv").exists()
    assert again.columns[1].cells() == selection.columns[1].cells()


def test_reading_in_threads_leaves_the_csv_module_as_it_was(
    selection: Selection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its limit on the length of a field is one for the whole process; a result's fields may be longer."""
    with monkeypatch.context() as absent:
        absent.setitem(sys.modules, "pyarrow", None)
        selection.write(tmp_path / "out")
    usual = csv.field_size_limit()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(Selection.read, [tmp_path / "out"] * 40))

    assert {each.selected for each in found} == {selection.selected}
    assert csv.field_size_limit() == usual


def test_a_result_that_another_run_wrote_meanwhile_stays(selection: Selection, tmp_path: Path) -> None:
    """What may be replaced is looked at when it is about to be."""

    def standings() -> Table:
        selection.write(tmp_path / "out")
        return selection.standings()

    with pytest.raises(errors.OutputError, match="already holds a result"):
        attrs.evolve(selection, standings=standings, samples=()).write(tmp_path / "out")

    assert Selection.read(tmp_path / "out").samples == selection.samples
    assert not list(tmp_path.glob("out/.*"))
