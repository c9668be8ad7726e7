"""The pages of the documentation as a reader follows them: every shell block, in order, in one folder."""

from __future__ import annotations

import os
import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.conftest import photograph
from tests.packaging.environments import ROOT, Environment, run

#: The first steps of a page that begins with an empty clone; .ci/run takes the README's as they are.
INSTALLING = re.compile(r"python3 -m venv|\.venv/bin/pip install|\.venv/bin/python -m pytest")
FENCE = re.compile(r'^```(\w+)(?: title="([^"]*)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)


def installs(page: Path) -> bool:
    """Whether a page begins with making an environment; others go on in one that is active."""
    return "python3 -m venv" in page.read_text(encoding="utf-8")


def script(page: Path) -> str:
    """The shell blocks of a page, without installing; blocks with a title are files that the reader saves."""
    lines = []
    for language, title, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "sh" and "python3 -m venv" in text:
            steps = [step for line in text.splitlines() for step in line.split(" && ")]
            lines += [f"{step}\n" for step in steps if not INSTALLING.match(step)]
        elif language == "sh":
            lines.append(text)
        elif language in ("json", "python") and title:
            lines.append(f"printf %s {shlex.quote(text)} > {shlex.quote(title)}\n")
    return "".join(lines)


def write_photographs(folder: Path) -> None:
    """A folder as people have them: names that occur twice in sub-folders, a file that is damaged, and a note."""
    for number in range(26):
        path = folder / ("summer" if number % 2 else "winter 2025") / f"{number // 2:02}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        photograph(number, (64, 48)).save(path, quality=95)
    (folder / "summer" / "00-damaged.jpg").write_bytes(b"")
    (folder / "notes.txt").write_text("Where I was.\n")


def search_path() -> str:
    """The shell's, without the environment of the tests, whose programs a reader has not."""
    folders = os.environ["PATH"].split(os.pathsep)
    own = Path(sys.executable).parent if sys.prefix != sys.base_prefix else None
    return os.pathsep.join(folder for folder in folders if Path(folder) != own)


PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "examples" not in page.parts and re.search(r"^```sh$", page.read_text(encoding="utf-8"), re.MULTILINE)
]


def followed(page: Path, folder: Path, environment: Environment, plain: Environment) -> str:
    """What a page's commands print, run in a folder; no command fails.

    A page that installs tamis begins with ``.venv``, which has what its commands install, and nothing on ``PATH``.
    A page that doesn't copy photographs begins with some.
    """
    commands, path = script(page), search_path()
    if installs(page):
        (folder / ".venv").symlink_to(plain.python.parents[1])
    else:
        path = f"{environment.python.parent}{os.pathsep}{path}"
    if not re.search(r"^cp -R \S+ photos$", commands, re.MULTILINE):
        write_photographs(folder / "photos")
    variables = {
        **os.environ,
        "PATH": path,
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say that there is none
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "HOME": str(folder / "home"),
    }
    return run("bash", "-euo", "pipefail", "-c", commands, cwd=folder, env=variables).stdout


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_what_a_page_says_works(
    page: Path, environment: Environment, plain_environment: Environment, tmp_path: Path
) -> None:
    """No command fails; where there is more to see, it is there."""
    printed = followed(page, tmp_path, environment, plain_environment)

    if check := SEEN.get(page.relative_to(ROOT).as_posix()):
        check(tmp_path, printed)


def lines(path: Path) -> list[str]:
    """Of a file."""
    return path.read_text(encoding="utf-8").splitlines()


def readme_leaves_what_it_names(folder: Path, printed: str) -> None:
    """The files of a selection as an install without extras writes them, and a tenth of the demo's images in it."""
    names = {path.name for path in (folder / "selection").iterdir()}

    written = {"selected.txt", "selection.json", "inputs.csv", "standings.csv", "errors.jsonl"}
    assert names == written | {"report.html", "report.json"}
    assert len(lines(folder / "selection" / "selected.txt")) == 41 // 10
    assert len(lines(folder / "metrics.csv")) == 1 + 41
    assert "sharpness, median: " in printed
    assert printed.count(" was picked as number ") == 3
    assert (folder / "acme-colorful" / "pyproject.toml").exists()


def all_that_was_selected_is_copied(folder: Path, printed: str) -> None:
    """With its folder; files of the same name don't replace each other."""
    chosen = [path.relative_to(folder / "chosen").as_posix() for path in (folder / "chosen").rglob("*.jpg")]
    selected = lines(folder / "varied" / "selected.txt")

    assert sorted(chosen) == sorted(selected)
    assert len(selected) == 20 > len({Path(name).name for name in selected})


def the_dearest_are_selected(folder: Path, printed: str) -> None:
    """Two of those that have a price, the higher first."""
    rows = [line.rsplit(",", 1) for line in lines(folder / "acme-prices" / "prices.csv")[1:]]
    prices = {sample: float(price) for sample, price in rows if price}

    assert len(rows) == 5
    assert printed.splitlines()[-2:] == sorted(prices, key=lambda sample: -prices[sample])[:2]


def each_week_has_picks_of_its_own(folder: Path, printed: str) -> None:
    """As one folder and as two; Python picks what the command line has picked."""
    first, second = lines(folder / "week1" / "selected.txt"), lines(folder / "week2" / "selected.txt")
    labelled = lines(folder / "w2" / "selected.txt")

    assert {name.partition("/")[0] for name in first} == {"winter 2025"}
    assert {name.partition("/")[0] for name in second} == {"summer"}
    assert labelled == [name.replace("summer/", "w2/") for name in second]
    assert len(first) == len(second) == 4
    assert printed.splitlines()[-4:] == second


#: What is there after a page's commands, beside that none has failed.
SEEN = {
    "README.md": readme_leaves_what_it_names,
    "docs/how-to/every-week.md": each_week_has_picks_of_its_own,
    "docs/tutorial/select-your-photographs.md": all_that_was_selected_is_copied,
    "docs/tutorial/write-an-input.md": the_dearest_are_selected,
}
