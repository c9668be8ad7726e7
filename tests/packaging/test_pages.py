"""The pages of the documentation as a reader follows them: every shell block, in order, in one folder."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.conftest import photograph
from tests.packaging.environments import ROOT, Environment, run

#: A reader's first block, which makes an environment; .ci/run does it with the README's.
INSTALLING = "in the clone"
FENCE = re.compile(r'^```(\w+)(?: title="([^"]*)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)


def script(page: Path) -> str:
    """The shell blocks of a page; blocks with a title are files that the reader saves."""
    lines = []
    for language, title, text in FENCE.findall(page.read_text(encoding="utf-8")):
        if language == "sh" and title != INSTALLING and not text.startswith("python3 -m venv"):
            lines.append(text)
        elif language in ("json", "python") and title:
            lines.append(f"printf %s {shlex.quote(text)} > {shlex.quote(title)}\n")
    return "".join(lines)


PAGES = [
    page
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if "examples" not in page.parts and re.search(r"^```sh$", page.read_text(encoding="utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_what_a_page_says_works(page: Path, environment: Environment, tmp_path: Path) -> None:
    """In a folder with photographs, in an environment with tamis: no command fails."""
    for number in range(25):
        path = tmp_path / "photos" / f"{number:02}.jpg"
        path.parent.mkdir(exist_ok=True)
        photograph(number, (64, 48)).save(path, quality=95)
    variables = {
        **os.environ,
        "PATH": f"{environment.python.parent}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",
        "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say that there is none
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "HOME": str(tmp_path / "home"),
    }
    run("bash", "-euo", "pipefail", "-c", script(page), cwd=tmp_path, env=variables)
