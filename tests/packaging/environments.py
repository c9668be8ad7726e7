"""Wheels, and virtual environments to install them in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"


def run(*command: object, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program; its output is part of a failure."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, **options)
    if check and done.returncode:
        pytest.fail(f"{command}\n{done.stdout}\n{done.stderr}")
    return done


def copied(source: Path, target: Path) -> Path:
    """A copy of a project without what building it leaves behind."""
    return Path(shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info", "build")))


def build(source: Path, out: Path) -> Path:
    """The wheel of a project."""
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", out, source)
    (wheel,) = out.glob("*.whl")
    return wheel


def link_required(of: Distribution, folder: Path) -> None:
    """Link what a distribution requires, and that requires, into a folder: no extra, and nothing else that is here."""
    folder.mkdir(exist_ok=True)
    for requirement in map(Requirement, of.requires or ()):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        found = distribution(requirement.name)
        for name in {file.parts[0] for file in found.files or ()} - {"..", "__pycache__"}:
            if not (folder / name).exists():
                (folder / name).symlink_to(Path(str(found.locate_file(name))).resolve())
        link_required(found, folder)


class Environment:
    """A virtual environment with tamis in it. Its dependencies are those of the environment of the tests.

    Args:
        path: Where to make it.
        wheel: tamis's own.
        plain: Whether it has only what tamis requires, as after ``pip install`` without an extra.
    """

    def __init__(self, path: Path, wheel: Path, *, plain: bool = False) -> None:
        venv.create(path, with_pip=False)
        self.python = path / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        version = f"python{sys.version_info.major}.{sys.version_info.minor}"
        self.site = path / ("Lib/site-packages" if os.name == "nt" else f"lib/{version}/site-packages")
        (self.site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.install(wheel)
        if plain:
            link_required(next(iter(Distribution.discover(name="tamis", path=[str(self.site)]))), path / "required")
            (self.site / "dependencies.pth").write_text(f"{path / 'required'}\n")

    def install(self, *projects: Path) -> None:
        """Wheels, or folders of projects, as pip does it."""
        run(
            *(sys.executable, "-m", "pip", "--python", self.python),
            *("install", "-q", "--no-deps", "--no-index", "--no-build-isolation", "--disable-pip-version-check"),
            *projects,
        )

    def tamis(self, *arguments: object, check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
        """Run the program, from a folder where the repository is not."""
        return run(self.python, "-m", "tamis", *arguments, check=check, **{"cwd": self.python.parent, **options})

    def run(self, code: str) -> str:
        """Run some Python."""
        return run(self.python, "-c", code, cwd=self.python.parent).stdout

    def pytest(self, *paths: Path) -> str:
        """Run the tests of projects, from a folder where the repository is not; all must pass."""
        options = ("-q", "-p", "no:cacheprovider", "--import-mode=importlib", "-W", "error", "--rootdir", paths[0])
        return run(self.python, "-m", "pytest", *options, *paths, cwd=self.python.parent).stdout
