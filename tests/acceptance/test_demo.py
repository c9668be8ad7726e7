"""What the README says of `tamis demo`, held against a run of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

README = Path(__file__).parents[2] / "README.md"
SAID = (
    "The demo draws a small dataset in `tamis-demo/`: ten scenes, each sharp, out of focus, too dark, and torn as by a "
    "failed transfer, with predictions and metadata in a `.lightly` folder. It leaves out what is torn, too dark, of "
    "cold weather or no image at all, and selects six of the rest: all sharp, no two of one scene, two of them in "
    "rain, and with many houses that the detector isn't sure of."
)
VARIANTS = ["dark", "sharp", "soft", "torn"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the demo was run; beside its own folder it left nothing."""
    root = tmp_path_factory.mktemp("demo")
    environment = {**os.environ, "TAMIS_BLOCK_PLUGINS": "*", "XDG_CACHE_HOME": str(root / "cache")}
    command = [sys.executable, "-m", "tamis", "demo"]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=120, check=True)
    found = root / "tamis-demo"
    assert [path.name for path in root.iterdir()] == ["tamis-demo"]
    assert done.stdout == (found / "selection" / "selected.txt").read_text()
    return found


@pytest.fixture
def selected(folder: Path) -> list[str]:
    """The six names."""
    return (folder / "selection" / "selected.txt").read_text().splitlines()


def scene(name: str) -> str:
    """Which scene an image is of."""
    return name.rpartition("-")[0]


def weather(folder: Path, name: str) -> dict[str, Any]:
    """What the metadata file of an image says."""
    file = folder / "images" / ".lightly" / "metadata" / Path(name).with_suffix(".json")
    found: dict[str, Any] = json.loads(file.read_text())["metadata"]["weather"]
    return found


def scores(folder: Path, name: str) -> list[float]:
    """How sure the detector is of each house in an image."""
    root = folder / "images" / ".lightly" / "predictions" / "houses"
    categories = json.loads((root / "schema.json").read_text())["categories"]
    (house,) = (category["id"] for category in categories if category["name"] == "house")
    found = json.loads((root / Path(name).with_suffix(".json")).read_text())["predictions"]
    return [each["score"] for each in found if each["category_id"] == house]


def pixels(folder: Path, name: str) -> Any:
    """An image, as float64."""
    with Image.open(folder / "images" / name) as image:
        return np.asarray(image.convert("RGB"), dtype=np.float64)


def test_the_readme_says_what_is_tested_here() -> None:
    """Whoever changes these words finds the tests below."""
    assert SAID in " ".join(README.read_text(encoding="utf-8").split())


def test_there_are_ten_scenes_with_four_shots_each(folder: Path) -> None:
    """And one file that is no image."""
    names = [path.stem for path in (folder / "images").glob("*.jpg")]

    assert sorted(names) == ["broken", *(f"scene{number}-{variant}" for number in range(10) for variant in VARIANTS)]


def test_six_are_selected_all_sharp_and_no_two_of_one_scene(folder: Path, selected: list[str]) -> None:
    """By their names; and each has finer detail than every image that is out of focus."""
    assert len(selected) == 6
    assert all(name.endswith("-sharp.jpg") for name in selected)
    assert len({scene(name) for name in selected}) == 6

    def detail(name: str) -> float:
        return float(np.abs(np.diff(pixels(folder, name).mean(axis=2))).mean())

    assert min(map(detail, selected)) > 2 * max(detail(f"scene{number}-soft.jpg") for number in range(10))


def test_the_six_look_different(folder: Path, selected: list[str]) -> None:
    """Any two are much further apart, in colours of small thumbnails, than a scene is from its copy out of focus."""

    def apart(first: str, second: str) -> float:
        small = [
            Image.fromarray(pixels(folder, name).astype(np.uint8)).resize((16, 12), Image.Resampling.BOX)
            for name in (first, second)
        ]
        return float(np.abs(np.subtract(*(np.asarray(each, dtype=np.float64) for each in small))).mean())

    copies = [apart(name, name.replace("sharp", "soft")) for name in selected]
    assert min(apart(*pair) for pair in combinations(selected, 2)) > 3 * max(copies)


def test_two_of_them_are_in_rain_and_none_in_the_cold(folder: Path, selected: list[str]) -> None:
    """As the metadata has it."""
    found = [weather(folder, name) for name in selected]

    assert [each["sky"] for each in found].count("rain") == 2
    assert all(each["temperature"] >= 0 for each in found)


def test_they_have_many_houses_that_the_detector_is_not_sure_of(folder: Path, selected: list[str]) -> None:
    """More than the sharp ones of warm weather that were left: in number, and in doubt, 1 less the mean score."""
    warm = [f"scene{n}-sharp.jpg" for n in range(10) if weather(folder, f"scene{n}-sharp.jpg")["temperature"] >= 0]
    left = sorted(set(warm) - set(selected))

    assert len(left) >= 2
    for measure in (len, lambda values: 1 - np.mean(values)):
        assert np.mean([measure(scores(folder, name)) for name in selected]) > np.mean(
            [measure(scores(folder, name)) for name in left]
        )


def test_the_torn_the_dark_the_cold_and_what_is_no_image_are_left_out(folder: Path) -> None:
    """Each counts where it was removed first: of the cold, those neither torn nor dark. Nothing else is left out."""
    manifest = json.loads((folder / "selection" / "selection.json").read_text())
    cold = sum(weather(folder, f"scene{number}-sharp.jpg")["temperature"] < 0 for number in range(10))

    removed = [each["samples"] for each in manifest["counts"]["removed"]]
    assert cold == 2
    assert removed == [10, 10, cold * 2]
    assert manifest["counts"]["failed"] == 1
    assert manifest["counts"]["candidates"] == (10 - cold) * 2
    assert manifest["predictions"]["houses"]["present"] == 40


def test_it_is_small(folder: Path) -> None:
    """Little more than a megabyte, for whoever runs it first thing."""
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 1_250_000


def test_its_report_can_be_opened(folder: Path) -> None:
    """The page is there, with a picture of each pick and the samples that the thresholds removed."""
    page = (folder / "selection" / "report.html").read_text(encoding="utf-8")

    assert page.count('<figure class="card" id="picks-') == 6
    assert "Removed: not lightly.luminance &gt; 20" in page


def test_its_help_says_the_same() -> None:
    """Of scenes, of how many are selected, and of rain."""
    done = subprocess.run([sys.executable, "-m", "tamis", "demo", "--help"], capture_output=True, text=True, check=True)
    text = re.sub(r"\s+", " ", done.stdout)

    for words in ("ten scenes", "selects six of the rest", "no two of one scene", "two of them in rain"):
        assert words in text
