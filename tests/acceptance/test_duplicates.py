"""Removing duplicates on the command line, from a folder as people have them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet
import pytest
from PIL import Image

from tests.acceptance.test_command_line import tamis
from tests.conftest import photograph


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two photographs; of the first a copy and one encoded again; an animation of both; one pixel; and no image."""
    root = tmp_path / "images"
    root.mkdir()
    for name, number in (("one.jpg", 1), ("two.jpg", 2)):
        photograph(number, (320, 240)).convert("RGB").save(root / name, quality=95)
    shutil.copy(root / "one.jpg", root / "one copy.jpg")
    first, second = (Image.open(root / name) for name in ("one.jpg", "two.jpg"))
    first.save(root / "one encoded again.jpg", quality=60)
    first.save(root / "z animation.webp", save_all=True, append_images=[second], quality=90)
    Image.new("L", (1, 1), 200).save(root / "pixel.png")
    (root / "unreadable.jpg").write_bytes(b"\xff\xd8\xff\xe0 was cut off")
    return root


@pytest.mark.parametrize(
    ("by", "removed"),
    [
        ("bytes", {"one.jpg"}),
        ("pixels", {"one.jpg"}),
        ("phash", {"one encoded again.jpg", "one.jpg", "z animation.webp"}),
    ],
)
def test_a_folder_is_left_with_one_of_each(folder: Path, tmp_path: Path, by: str, removed: set[str]) -> None:
    """An animation counts by its first frame; what can't be read is a failure, and no duplicate of anything."""
    given = {"type": "DUPLICATES", "by": by}
    strategy = {"type": "THRESHOLD", "threshold": 1, "operation": "SMALLER"}
    config = {"proportion_samples": 1, "strategies": [{"input": given, "strategy": strategy}]}
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = tamis("select", tmp_path / "config.json", "--input", folder, "-o", tmp_path / "out")

    left = set((tmp_path / "out" / "selected.txt").read_text().splitlines())
    assert {path.name for path in folder.iterdir()} - left - {"unreadable.jpg"} == removed
    assert "1 failed" in done.stderr
    text = tamis("explain", tmp_path / "out", "one.jpg").stdout
    assert f"was removed by THRESHOLD of DUPLICATES.{by}" in text
    assert "Its kept duplicate is one copy.jpg. Its distance is 0. Its group is 1." in text
    rows = {row["sample"]: row for row in pyarrow.parquet.read_table(tmp_path / "out" / "inputs.parquet").to_pylist()}
    groups = {name: row[f"DUPLICATES.{by}.group"] for name, row in rows.items()}
    assert {name for name, group in groups.items() if group == 1} == removed | {"one copy.jpg"}
    assert groups["pixel.png"] is None
    assert rows["unreadable.jpg"][f"DUPLICATES.{by}"] is None


def test_hashes_are_measured_like_any_metric(folder: Path, tmp_path: Path) -> None:
    """Whole numbers of 64 bits, in a table for other tools."""
    tamis("compute", "hash.bytes", "hash.phash", "--input", folder, "-o", tmp_path / "hashes.parquet")
    rows = pyarrow.parquet.read_table(tmp_path / "hashes.parquet").to_pylist()
    of = {row["sample"]: (row["hash.bytes"], row["hash.phash"]) for row in rows}

    assert of["one.jpg"] == of["one copy.jpg"]
    assert of["one.jpg"][0] != of["one encoded again.jpg"][0]
    assert of["unreadable.jpg"] == (None, None)
