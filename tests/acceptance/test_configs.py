"""Configs as people have them, on the command line: from standard input, several at once, in all formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from PIL import Image

from tests.acceptance.test_command_line import tamis

STRATEGIES: list[dict[str, Any]] = [
    {"input": {"type": "METADATA", "key": "lightly.width"}, "strategy": {"type": "WEIGHTS"}}
]
CONFIG = {"n_samples": 2, "strategies": STRATEGIES}


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Three images, of which the second and third are the widest."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name, width in (("a.png", 8), ("b.png", 24), ("c.png", 16)):
        Image.new("RGB", (width, 8)).save(folder / name)
    return folder


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(CONFIG),
        f"// mine\n{json.dumps(CONFIG)[:-1]}, /* all */ }}",
        f"selection_config = {CONFIG!r}",
        yaml.safe_dump(CONFIG),
    ],
    ids=["json", "comments", "python", "yaml"],
)
def test_every_format_selects_the_same(images: Path, tmp_path: Path, text: str) -> None:
    """From a file, whatever its name, and from standard input."""
    (tmp_path / "config.txt").write_text(text)
    from_file = tamis("select", tmp_path / "config.txt", "--input", images, "--no-store")
    from_stdin = tamis("select", "-", "--input", images, "--no-store", input=text)

    assert from_file.stdout == from_stdin.stdout == "b.png\nc.png\n"


def test_predictions_may_be_written_of_a_config_from_standard_input(images: Path, tmp_path: Path) -> None:
    """Which is read once, though it's needed before the run as well."""
    task = {"type": "TILING", "name": "tiles", "num_rows": 2, "num_cols": 2}
    count = {"type": "PREDICTIONS", "task": "tiles", "name": "CATEGORY_COUNT"}
    config = {"n_samples": 1, "auto_tasks": [task], "strategies": [{"input": count, "strategy": {"type": "WEIGHTS"}}]}
    out = tmp_path / "out"
    tamis("select", "-", "--input", images, "--no-store", "--write-predictions", out, input=json.dumps(config))

    assert len(list(out.glob(".lightly/predictions/tiles/*.json"))) == 4  # three images, and the schema


def test_a_config_among_others_is_noted(images: Path, tmp_path: Path) -> None:
    """On stderr, and not where quiet is asked for; the result is the same."""
    path = tmp_path / "run.json"
    path.write_text(json.dumps({"worker_config": {}, "selection_config": CONFIG}))
    note = f"note: {path}: the config is its 'selection_config'; 'worker_config' is not used"
    told = tamis("select", path, "--input", images, "--no-store")
    quiet = tamis("select", path, "--input", images, "--no-store", "-q")

    assert told.stderr.splitlines()[0] == note
    assert (quiet.stdout, quiet.stderr) == (told.stdout, "")
    assert tamis("validate", path).stderr == f"{note}\n"
    assert tamis("validate", path, "-q").stderr == ""


def test_several_configs_are_validated_at_once(images: Path, tmp_path: Path) -> None:
    """Each on a line, in their order, the problems of one below its name; status 2 if any is wrong."""
    good, bad, torn, missing = (tmp_path / name for name in ("good.json", "bad.json", "torn.json", "missing.json"))
    good.write_text(json.dumps(CONFIG))
    bad.write_text(json.dumps({"n_samples": 2.5, "strategies": [{**STRATEGIES[0], "strength": 2}]}))
    torn.write_text('{"n_samples": 1,\n "strategies": [}')
    wrong = [
        f"{bad} is wrong:",
        "  n_samples: 2.5 is not an integer",
        """  strategies[0].strength: goes inside 'strategy': {"type": "WEIGHTS", "strength": 2}""",
        f"{torn} is wrong:",
        "  not JSON, with or without comments, or a Python literal: Expecting value (line 2, column 17, at '}')",
        f"{missing} is wrong:",
        "  can't be read: No such file or directory",
    ]
    done = tamis("validate", bad, good, torn, missing, "-", input=json.dumps(CONFIG), check=2)

    assert done.stdout.splitlines() == [f"{good} is valid", "standard input is valid"]
    assert done.stderr.splitlines() == wrong
    quiet = tamis("validate", "-q", bad, good, torn, missing, check=2)
    assert (quiet.stdout, quiet.stderr.splitlines()) == ("", wrong)
    both = tamis("validate", good, good, "--input", images)
    assert both.stdout.splitlines() == [f"{good} is valid: selects up to 2 of 3 samples"] * 2


def test_one_config_from_standard_input_is_validated() -> None:
    """What is wrong with it is said as of a file."""
    assert tamis("validate", "-", input=json.dumps(CONFIG)).stdout == "standard input is valid\n"
    assert tamis("validate", "-", input="", check=2).stderr == "tamis: standard input: it is empty\n"
    assert tamis("validate", check=2).stdout == ""


def test_validate_with_images_finds_what_select_would(images: Path, tmp_path: Path) -> None:
    """A query dataset that isn't there; without images, which datasets there are isn't known."""
    query = {"type": "EMBEDDINGS", "dataset_id": "63d3", "tag_name": "initial-tag"}
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"n_samples": 1, "strategies": [{"input": query, "strategy": {"type": "SIMILARITY"}}]}))
    message = (
        "tamis: strategies[0].input.dataset_id: there is no dataset '63d3': --dataset ID=DIR names one, and in Python "
        "datasets\n"
    )

    assert tamis("validate", path, "--input", images, check=2).stderr == message
    assert tamis("select", path, "--input", images, "--no-store", check=2).stderr == message
    assert tamis("validate", path).stdout == f"{path} is valid\n"
    assert "is valid" in tamis("validate", path, "--input", images, "--dataset", f"63d3={images}").stdout
