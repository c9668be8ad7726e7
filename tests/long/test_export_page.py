"""Every command of the page on exports that needs labels or packages does what it says, from small files made here."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from tamis.cli import cli
from tests.conftest import photograph

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "export.md"
FENCES = re.findall(r'^```(\w+)(?: title="([^"]*)")?\n(.*?)^```$', PAGE.read_text(encoding="utf-8"), re.S | re.M)


def test_commands_that_need_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other, as a reader would: each ends well, and its target is there."""
    monkeypatch.chdir(tmp_path)
    images, boxes = [], []
    Path("photos").mkdir()
    for number in range(6):
        photograph(number).save(f"photos/{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "width": 48, "height": 32})
        boxes.append({"id": number, "image_id": number, "category_id": 1, "bbox": [1, 1, 9, 9]})
    truth = {"images": images, "categories": [{"id": 1, "name": "cat"}], "annotations": boxes}
    Path("instances.json").write_text(json.dumps(truth))
    for _, title, text in FENCES:
        if title:
            Path(title).write_text(text)
    commands = [shlex.split(line) for language, _, text in FENCES if language == "text" for line in text.splitlines()]
    assert CliRunner().invoke(cli, shlex.split("select config.json --input photos -o selection")).exit_code == 0

    for program, *arguments in commands:
        assert program == "tamis"
        done = CliRunner().invoke(cli, arguments)
        assert done.exit_code == 0, (arguments, done.stderr)
        if arguments[0] == "export":
            assert Path(arguments[3]).exists()
    assert len(commands) == 7
