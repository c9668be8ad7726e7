"""Tags and other datasets on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tamis import errors
from tamis.dataset.catalogue import catalogue_of, read_catalogue
from tests.acceptance.test_command_line import CONFIG, tamis


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config file."""
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG))
    return path


def test_a_selection_is_saved_as_a_tag(photographs: Path, config: Path, tmp_path: Path) -> None:
    """A name on every line, in the order picked; never over another one without --force, and only on request."""
    lightly = tmp_path / "side"
    lightly.mkdir()
    arguments = ("select", config, "--input", photographs, "--lightly", lightly)
    selected = tamis(*arguments).stdout
    assert not list(lightly.iterdir())

    done = tamis(*arguments, "--save-tag", "round 1")
    file = lightly / ".lightly" / "tags" / "round 1.txt"
    assert file.read_text() == selected == done.stdout
    assert f"tag round 1 -> {file}" in done.stderr

    refused = tamis(*arguments, "--save-tag", "round 1", check=2)
    assert "exists already: use --force to replace it" in refused.stderr
    tamis(*arguments, "--save-tag", "round 1", "--force")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../../evil", "is not 3 or more letters, digits or"),
        ("ab", "is not 3 or more letters, digits or"),
        ("initial-tag", "is all of a dataset"),
    ],
)
def test_a_tag_of_another_name_is_refused_before_the_run(
    photographs: Path, config: Path, name: str, reason: str
) -> None:
    """It would be a file."""
    done = tamis("select", config, "--input", photographs, "--save-tag", name, check=2)

    assert f"a tag can't be named {name!r}: that {reason}" in done.stderr
    assert done.stdout == ""


def test_a_catalogue_maps_ids_to_folders(photographs: Path) -> None:
    """A folder, or one of images and one with .lightly, relative to the file."""
    content = {"one": "a", "two": {"input": "b", "lightly": "a"}}
    (photographs / "datasets.json").write_text(json.dumps(content))
    found = read_catalogue(photographs / "datasets.json")

    assert found["one"].samples == ("0.png", "1.png", "2.png", "3.png", "4.png")
    assert found["two"].samples[0] == "5.png"
    assert str(photographs / "a" / ".lightly") in found["two"].annotations.where


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("[]", "not an object with a folder for each dataset id"),
        ("{", "not JSON"),
        ('{"x": 3}', "'x' is neither a folder nor an object with 'input'"),
        ('{"x": {"lightly": "a"}}', "'x' is neither a folder nor an object with 'input'"),
        ('{"x": {"input": 3}}', "'x' has a folder that is no text"),
        ('{"x": "none"}', "dataset 'x': the input folder"),
    ],
)
def test_a_catalogue_that_is_none_is_refused(photographs: Path, content: str, message: str) -> None:
    """With the id."""
    (photographs / "datasets.json").write_text(content)
    with pytest.raises(errors.DatasetError, match=message):
        read_catalogue(photographs / "datasets.json")


@pytest.mark.parametrize(
    ("items", "message"),
    [
        (["a"], "'a' is not ID=DIR"),
        (["=a"], "'=a' is not ID=DIR"),
        (["x=none"], "dataset 'x': the input folder 'none' does not exist"),
        (["x=.", "x=."], "two datasets have the id 'x'"),
    ],
)
def test_datasets_of_the_command_line(
    photographs: Path, monkeypatch: pytest.MonkeyPatch, items: list[str], message: str
) -> None:
    """What is none is refused."""
    monkeypatch.chdir(photographs)
    with pytest.raises(errors.DatasetError, match=message):
        catalogue_of(items)
