"""``tamis inspect``: what is in a dataset, as a table, files, a page, and a config that leaves it out."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import pytest
from PIL import Image, ImageFilter

from tamis import read_names
from tests.acceptance.test_command_line import tamis
from tests.plugins.test_issues import scene


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Six scenes, of which one is dark, one blurred, one there twice and one a torn file."""
    root = tmp_path / "photos"
    root.mkdir()
    for number in range(6):
        scene(number).save(root / f"{number}.png")
    Image.blend(scene(6), Image.new("RGB", (320, 240)), 0.85).save(root / "night.png")
    scene(7).filter(ImageFilter.GaussianBlur(9)).save(root / "soft.png")
    scene(2).save(root / "twice.png", compress_level=1)
    (root / "torn.jpg").write_bytes(b"torn")
    return root


FOUND = ["night.png", "soft.png", "torn.jpg", "twice.png"]


def test_a_table_of_what_is_found(folder: Path) -> None:
    """An issue a line, with how many have it, its limit and the worst; then what was looked for in vain."""
    done = tamis("inspect", "--input", folder, "--no-store")
    table, none = done.stdout.split("\n\n")
    header, *lines = table.splitlines()
    cells = {line.split()[0]: re.split(r"\s{2,}", line) for line in lines}

    assert header.split() == ["issue", "samples", "share", "key", "limit", "worst"]
    assert cells["dark"][1:4] == ["1", "10.0%", "tamis.brightness.p95"]
    assert cells["dark"][4].startswith("below 0.")
    assert cells["dark"][5].startswith("night.png (0.")
    assert cells["blurred"][5].startswith("soft.png (0.")
    assert cells["exact_duplicate"][5] == "twice.png (1)"
    assert cells["unreadable"][3:] == ["-", "above 0", "torn.jpg (1)"]
    assert none.startswith("none: bright, ")
    assert "torn.jpg: open: not an image" in done.stderr
    assert "not looked for: label_out_of_range, rare_class: there are no labels" in done.stderr
    assert "4 of 10 samples have an issue" in done.stderr


def test_a_folder_of_results(folder: Path, tmp_path: Path) -> None:
    """Names, tables, failures and a page; as CSV, names are the same."""
    out = tmp_path / "out"
    tamis("inspect", "--input", folder, "-o", out, "--no-store", "-q")
    again = tamis("inspect", "--input", folder, "-o", out, "--no-store", "-q", check=2)
    manifest = json.loads((out / "inspection.json").read_text())

    assert {path.name for path in out.iterdir()} == {
        *("inspection.json", "flagged.txt", "errors.jsonl", "issues.parquet", "values.parquet"),
        *("report.html", "report.json"),
    }
    assert list(read_names(out / "flagged.txt")) == FOUND
    assert manifest["counts"] == {"samples": 10, "not_opened": 1, "flagged": 4}
    assert [json.loads(line)["sample"] for line in (out / "errors.jsonl").read_text().splitlines()] == ["torn.jpg"]
    assert "night.png" in (out / "report.html").read_text()
    assert again.stdout == ""
    assert "already holds a result: use --force" in again.stderr


def test_the_config_leaves_out_what_was_found(folder: Path, tmp_path: Path) -> None:
    """`tamis select` with it removes exactly that."""
    config = tmp_path / "config.json"
    done = tamis("inspect", "--input", folder, "--write-config", config, "--no-store")
    selected = tamis("select", config, "--input", folder, "--no-store", "-q").stdout.splitlines()

    assert sorted(selected) == [f"{number}.png" for number in range(6)]
    assert "leaves out: " in done.stderr
    assert "no config can say: unreadable" in done.stderr

    arguments = ("--input", folder, "--issue", "dark", "--limit", "dark=0", "--write-config", config, "--no-store")
    assert "is not written" in tamis("inspect", *arguments, "--force").stderr
    assert not config.exists()  # as it says something else


def test_limits_are_numbers_that_can_be_changed(folder: Path) -> None:
    """By name; what is found then is of that limit."""
    limits = ["--limit", "dark=0", "--limit", "odd_size=0.5", "--issue", "dark", "--issue", "odd_size"]
    done = tamis("inspect", "--input", folder, *limits, "--json", "-q", "--no-store")
    issues = {issue["issue"]: issue for issue in json.loads(done.stdout)["issues"]}

    assert issues["dark"]["samples"] == 0
    assert (issues["odd_size"]["samples"], issues["odd_size"]["above"], issues["odd_size"]["source"]) == (
        9,
        0.5,
        "given",
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--issue", "drak"], "no installed plugin has the issue 'drak'. Did you mean 'dark'?"),
        (["--limit", "tamis.blur=1"], "that of the issue 'blurred' is on it"),
        (["--limit", "dark=low"], "'dark=low' is not ISSUE=NUMBER"),
        (["--limit", "dark=1", "--limit", "dark=2"], "'dark' is there twice"),
    ],
)
def test_what_is_wrong_is_told_before_the_work(options: list[str], message: str, folder: Path) -> None:
    """On a line, with status 2."""
    done = tamis("inspect", "--input", folder, *options, "--no-store", check=2)

    assert done.stdout == ""
    assert message in done.stderr


def test_where_nothing_can_be_read_that_is_what_is_found(tmp_path: Path) -> None:
    """The table and the files are there, and the status is 1; an empty folder is no dataset."""
    (tmp_path / "photos").mkdir()
    empty = tamis("inspect", "--input", tmp_path / "photos", check=2)
    (tmp_path / "photos" / "a.jpg").write_bytes(b"")
    options = ["-o", tmp_path / "out", "--no-store"]
    done = tamis("inspect", "--input", tmp_path / "photos", *options, check=1)

    assert "no image" in empty.stderr
    assert "unreadable" in done.stdout
    assert "none of 1 images could be read" in done.stderr
    assert read_names(tmp_path / "out" / "flagged.txt") == ("a.jpg",)


def test_without_pyarrow_tables_are_csv(folder: Path, tmp_path: Path) -> None:
    """The same rows, for a spreadsheet."""
    (tmp_path / "without").mkdir()
    (tmp_path / "without" / "pyarrow.py").write_text("raise ImportError('not here')")
    out = tmp_path / "out"
    options = ["--issue", "exact_duplicate", "-o", out, "--no-store", "-q"]
    tamis("inspect", "--input", folder, *options, env={"PYTHONPATH": str(tmp_path / "without")})
    with (out / "issues.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))

    assert [(row["sample"], row["issue"], row["value"]) for row in rows] == [("twice.png", "exact_duplicate", "1.0")]
