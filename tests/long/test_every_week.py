"""Runs every week: a folder that grows, or a folder a week. What was selected counts, only new files are candidates."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.test_command_line import tamis
from tests.conftest import photograph

CONFIG = {
    "n_samples": 3,
    "strategies": [
        {"input": {"type": "EMBEDDINGS"}, "strategy": {"type": "DIVERSITY"}},
        {"input": {"type": "METADATA", "key": "lightly.sharpness"}, "strategy": {"type": "WEIGHTS"}},
    ],
}
WEEKS = (1, 2, 3)


def batch(folder: Path, week: int) -> list[str]:
    """The six photographs of a week, written to a folder; their names begin anew every week."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(6):
        photograph(10 * week + number).save(folder / f"{number}.png")
    return [f"{number}.png" for number in range(6)]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config file; commands are run beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return Path("config.json")


def result(folder: str) -> dict[str, Any]:
    """The manifest."""
    manifest: dict[str, Any] = json.loads((Path(folder) / "selection.json").read_text())
    return manifest


def selected(*folders: str) -> list[str]:
    """All that some results have selected."""
    return [name for folder in folders for name in (Path(folder) / "selected.txt").read_text().splitlines()]


def test_a_folder_that_grows(config: Path) -> None:
    """Each week's picks are of that week; none is picked again; one that was deleted is a note."""
    for week in WEEKS:
        names = batch(Path(f"photos/{week}"), week)
        Path(f"new{week}.txt").write_text("".join(f"./{week}/{name}\n" for name in names))
        before = [argument for other in range(1, week) for argument in ("--preselected", f"out{other}")]
        if week == 3:
            gone = selected("out1")[0]
            (Path("photos") / gone).unlink()
        arguments = ("select", config, "--input", "photos", "--candidates", f"new{week}.txt", *before)
        done = tamis(*arguments, "-o", f"out{week}")

        assert [name.partition("/")[0] for name in selected(f"out{week}")] == [str(week)] * 3
    assert f"preselected: 1 of 3 names in 'out1' are no samples (any more), such as '{gone}'" in done.stderr
    assert done.stderr.count("note: preselected") == 1
    counts = result("out3")["counts"]
    assert counts["preselected"] == 5
    assert counts["not_candidates"] == 17 - 6 - 5
    assert counts["candidates"] == 6
    assert len(set(selected("out1", "out2", "out3"))) == 9
    lists = result("out3")["lists"]
    assert lists["candidates"] == {"samples": 6, "lists": [{"from": "new3.txt", "names": 6, "samples": 6}]}
    assert lists["preselected"]["lists"] == [
        {"from": "out1", "names": 3, "samples": 2},
        {"from": "out2", "names": 3, "samples": 3},
    ]
    # What was selected is what new picks are compared with.
    nearest = {pick["nearest"]["strategies[0]"]["sample"] for pick in result("out3")["picks"]}
    assert nearest & {*selected("out1", "out2")}


def test_a_folder_a_week(config: Path) -> None:
    """Under labels, from results of runs without one too; all weeks together are what one folder would give."""
    picked = []
    for week in WEEKS:
        batch(Path(f"week{week}"), week)
        Path("new.txt").write_text("".join(f"{path.absolute()}\n" for path in Path(f"week{week}").iterdir()))
        inputs = [argument for other in range(1, week + 1) for argument in ("--input", f"w{other}=week{other}")]
        if week == 1:  # as whoever has just begun
            inputs = ["--input", "week1"]
        before = [argument for other in range(1, week) for argument in ("--preselected", f"out{other}")]
        done = tamis("select", config, *inputs, "--candidates", "new.txt", *before, "-o", f"out{week}")

        assert re.findall("note: (.*?):", done.stderr) == ["embedder 'descriptor'"]
        assert len(selected(f"out{week}")) == 3
        picked += [name if "/" in name else f"w1/{name}" for name in selected(f"out{week}")]
    assert [name[:2] for name in picked] == ["w1"] * 3 + ["w2"] * 3 + ["w3"] * 3
    assert len(set(picked)) == 9
    assert result("out3")["preselected"] == picked[:6]

    for week in WEEKS:
        shutil.copytree(f"week{week}", f"all/w{week}")
    Path("before.txt").write_text("".join(f"{name}\n" for name in picked[:6]))
    Path("new.txt").write_text("".join(f"w3/{number}.png\n" for number in range(6)))
    lists = ("--candidates", "new.txt", "--preselected", "before.txt")
    together = tamis("select", config, "--input", "all", *lists).stdout
    assert together.splitlines() == picked[6:]


def test_the_picks_of_another_folder_are_not_those_of_the_same_name(config: Path) -> None:
    """Cameras number from 0 again: what another folder had under a name is nothing here; the list by itself counts."""
    for week in (1, 2):
        batch(Path(f"week{week}"), week)
    tamis("select", config, "--input", "week1", "-o", "out1")
    other = tamis("select", config, "--input", "week2", "--preselected", "out1", check=2)
    by_name = tamis("select", config, "--input", "week2", "--preselected", "out1/selected.txt").stdout.splitlines()

    where = str(Path("week1").absolute())
    assert f"in 'out1' was selected from '{where}', which is no input here: add it as one, or give" in other.stderr
    assert len(by_name) == 3
    assert not {*by_name} & {*selected("out1")}
    Path("week1").rename("moved")
    moved = tamis("select", config, "--input", "moved", "--preselected", "out1/selection.json").stdout.splitlines()
    assert not {*moved} & {*selected("out1")}


def test_files_tags_and_results_are_told_apart(config: Path) -> None:
    """A folder that is no result may be called like a tag; what is neither is refused, with the nearest tag."""
    batch(Path("photos"), 1)
    first = tamis("select", config, "--input", "photos", "--save-tag", "week1").stdout.splitlines()
    Path("week1").mkdir()
    second = tamis("select", config, "--input", "photos", "--preselected", "week1").stdout.splitlines()
    lost = tamis("select", config, "--input", "photos", "--exclude", "photos", check=2)
    none = tamis("select", config, "--input", "photos", "--exclude", "week2", check=2)
    torn = Path("torn/selection.json")
    torn.parent.mkdir()
    torn.write_text("{}")

    assert sorted(first + second) == [f"{number}.png" for number in range(6)]
    assert "'photos' is a folder without selection.json, and no tag: there is no tag 'photos'" in lost.stderr
    assert "'week2' is neither a file nor a tag: there is no tag 'week2'. Did you mean 'week1'?" in none.stderr
    for name in ("torn", "torn/selection.json"):
        done = tamis("select", config, "--input", "photos", "--candidates", name, check=2)
        assert "is not what a selection has written" in done.stderr


def test_a_week_without_new_photographs_fails(config: Path) -> None:
    """So that whoever is waiting for a batch hears of it, --quiet or not; nor is a result with nothing in it lost."""
    batch(Path("photos"), 1)
    entry = {
        "input": {"type": "METADATA", "key": "lightly.width"},
        "strategy": {"type": "THRESHOLD", "threshold": 0.5, "operation": "SMALLER"},
    }
    Path("none.json").write_text(json.dumps({"n_samples": 3, "strategies": [entry]}))
    Path("nothing.json").write_text(json.dumps({"n_samples": 0, "strategies": [entry]}))
    told = "note: strategies[0]: lightly.width is 48 in all of them, and no sample is SMALLER than 0.5"

    for more in ((), ("--quiet",)):
        done = tamis("select", "none.json", "--input", "photos", "-o", "out", "--force", *more, check=1)
        assert told in done.stderr.splitlines()
    assert result("out")["counts"]["selected"] == 0
    tamis("select", "nothing.json", "--input", "photos")
    tamis("select", config, "--input", "photos", "-o", "all")
    Path("empty.txt").write_text("")
    empty = ("--candidates", "empty.txt", "--preselected", "all")
    assert "only 0 left to choose from" in tamis("select", config, "--input", "photos", *empty, check=1).stderr
    alone = tamis("select", config, "--input", "photos", *empty[:2], check=1)
    assert "no sample takes part" in alone.stderr
