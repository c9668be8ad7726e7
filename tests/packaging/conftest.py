"""One wheel and one environment for all tests of what is shipped: making them takes most of the time."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from PIL import Image

from tests.packaging.environments import ROOT, Environment, build, copied


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tamis's own, built from a copy of what is in the repository."""
    source = tmp_path_factory.mktemp("source")
    for name in ("core", "plugins"):
        copied(ROOT / name, source / name)
    for name in ("setup.cfg", "pyproject.toml", "README.md", "LICENSE", "MANIFEST.in", "CHANGELOG.md"):
        shutil.copy(ROOT / name, source / name)
    return build(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """The one that tests share; what they install has keys of its own, and nothing in it is broken."""
    return Environment(tmp_path_factory.mktemp("shared") / "venv", wheel)


@pytest.fixture(scope="session")
def plain_environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Environment:
    """The one that the README's first command makes: without pyarrow, pandas, and all else that is an extra."""
    return Environment(tmp_path_factory.mktemp("plain") / "venv", wheel, plain=True)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with two images."""
    root = tmp_path / "images"
    root.mkdir()
    for name, color in (("dark", 10), ("light", 200)):
        Image.new("RGB", (8, 6), (color, color, color)).save(root / f"{name}.png")
    return root
