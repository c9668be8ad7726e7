"""``tamis compute --summary`` and keys of metadata, on the command line."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.acceptance.test_command_line import tamis


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Twenty images of widths 1 to 20, each with a weather but the last, and one that can't be read."""
    root = tmp_path / "images"
    metadata = root / ".lightly" / "metadata"
    metadata.mkdir(parents=True)
    schema = [{"name": "Weather", "path": "weather", "defaultValue": None, "valueDataType": "CATEGORICAL_STRING"}]
    (metadata / "schema.json").write_text(json.dumps(schema))
    for width in range(1, 21):
        Image.new("RGB", (width, 2)).save(root / f"{width:02}.png")
        weather = {"weather": "sunny" if width % 4 else "cloudy"} if width < 20 else {}
        (metadata / f"{width:02}.json").write_text(json.dumps({"metadata": weather}))
    (root / "21.png").write_bytes(b"torn")
    return root


def test_a_summary_of_numbers_and_categories(folder: Path) -> None:
    """The same numbers as numpy has them, as text; what failed is named on stderr."""
    done = tamis("compute", "lightly.width", "weather", "--input", folder, "--summary", "-q")
    header, width, blank, second, weather = done.stdout.splitlines()
    quantiles = np.quantile(np.arange(1, 21), [0.05, 0.25, 0.5, 0.75, 0.95])

    assert re.split(r"\s{2,}", header.strip()) == [
        *("count", "missing", "minimum", "5 %", "25 %", "50 %", "75 %", "95 %", "maximum", "distribution"),
    ]
    assert width.split()[:10] == ["lightly.width", "20", "1", "1", *(f"{value:.4g}" for value in quantiles), "20"]
    assert blank == ""
    assert second.split() == ["count", "missing", "commonest"]
    assert weather == "weather     19        2  sunny 15, cloudy 4"
    assert "21.png: open: not an image in a format that can be read" in done.stderr
    assert "20.png: input weather: no value, and the schema has no default" in done.stderr


def test_a_summary_beside_the_table(folder: Path, tmp_path: Path) -> None:
    """With -o the table is written as ever; --json is the summary's."""
    out = tmp_path / "table.csv"
    done = tamis("compute", "weather", "lightly.width", "--input", folder, "--summary", "--json", "-o", out)
    summary = json.loads(done.stdout)
    rows = list(csv.DictReader(io.StringIO(out.read_text())))

    assert summary["weather"] == {"count": 19, "missing": 2, "values": {"sunny": 15, "cloudy": 4}}
    assert summary["lightly.width"]["maximum"] == 20
    assert list(rows[0]) == ["sample", "weather", "lightly.width"]
    assert [row["lightly.width"] for row in rows] == [*map(str, range(1, 21)), ""]
    assert rows[3]["weather"] == "cloudy"


def test_metadata_alone_opens_no_image(folder: Path) -> None:
    """So one that is torn doesn't matter; a key that is neither is answered with the nearest."""
    done = tamis("compute", "weather", "--input", folder, "--no-store")
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    wrong = tamis("compute", "wether", "--input", folder, check=2)
    blocked = tamis("compute", "lightly.sharpnes", "--input", folder, check=2)

    assert [row["weather"] for row in rows] == [*(["sunny"] * 3 + ["cloudy"]) * 4, "sunny", "sunny", "sunny", "", ""]
    assert "open" not in done.stderr
    assert "measuring" not in done.stderr
    assert "'wether' is neither a metric nor metadata of" in wrong.stderr
    assert "Did you mean 'weather'?" in wrong.stderr
    assert "Did you mean 'lightly.sharpness'?" in blocked.stderr


def test_where_there_are_no_blocks_there_is_ascii(folder: Path) -> None:
    """By the encoding of standard output."""
    arguments = ("compute", "lightly.width", "--input", folder, "--summary", "-q")
    plain = tamis(*arguments, env={"PYTHONIOENCODING": "ascii"}).stdout
    blocks = tamis(*arguments, env={"PYTHONIOENCODING": "utf-8"}, encoding="utf-8").stdout

    assert plain.isascii()
    assert len(plain.splitlines()[1].split()[-1]) == 16
    assert set(blocks.splitlines()[1].split()[-1]) <= set("▁▂▃▄▅▆▇█")
    assert len(blocks.splitlines()[1].split()[-1]) == 16


@pytest.mark.parametrize("columns", [60, 120])
def test_on_a_terminal_it_fits(folder: Path, columns: int) -> None:
    """As a table where that fits, or line by line; nothing is cut off."""
    command = f"{sys.executable} -m tamis compute lightly.width weather --input {folder} --summary -q 2>/dev/null"
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TAMIS_BLOCK_PLUGINS": "*", "PYTHONIOENCODING": "utf-8"}
    subprocess.run(["sh", "-c", command], stdout=theirs, env=environment, timeout=60, check=True)
    text = os.read(ours, 100_000).decode()
    for end in (ours, theirs):
        os.close(end)
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()]

    assert max(map(len, lines)) <= columns
    assert "…" not in text
    told = " ".join(text.split())
    for shown in ("lightly.width", "5.75", "19.05", "sunny 15, cloudy 4", "distribution"):
        assert shown in told
